/** Who may import whom, as data. */

/**
 * The layers of src/, lowest first; the first pattern that fits decides. A file imports from its own layer
 * and from lower ones. A pattern that ends in `/` is a folder.
 */
export const LAYERS: readonly { readonly name: string; readonly files: readonly string[] }[] = [
  { name: 'lib', files: ['src/lib/', 'src/event.ts', 'src/errors.ts', 'src/systemd-journal-reader/'] },
  // What the configuration makes of plugins: declared with config, but about what lies above it.
  { name: 'registry', files: ['src/registry.ts', 'src/config/schema.ts', 'src/config/checked.ts', 'src/config/describe.ts', 'src/config/legacy.ts', 'src/config/secrets.ts'] },
  { name: 'facts', files: ['src/config/', 'src/ruby/', 'src/regexp/', 'src/time/', 'src/record/', 'src/log/', 'src/metrics/', 'src/text-batch.ts'] },
  { name: 'plugin', files: ['src/plugin.ts', 'src/plugin/', 'src/planning.ts', 'src/parse/', 'src/format/'] },
  { name: 'flow', files: ['src/routing/', 'src/buffer/', 'src/forward-protocol/', 'src/net/'] },
  { name: 'topology', files: ['src/topology/'] },
  { name: 'app', files: ['src/app.ts', 'src/rpc.ts', 'src/admin/', 'src/cli/', 'src/doctor/', 'src/dry-run/', 'src/lint/', 'src/local-cloudwatch/'] },
  { name: 'main', files: ['src/main.ts'] },
];

/** Lowest first. */
export const ORDER = ['lib', 'facts', 'plugin', 'flow', 'registry', 'topology', 'app', 'main'] as const;

/** The way out of the order: who imports what, and why that is no harm. Both are file names or folders with `/`. */
export const EXCEPTIONS: readonly { readonly from: string; readonly to: string; readonly reason: string }[] = [];

/** Files that may import one another in a circle: their functions call each other, as a grammar's rules do. */
export const CIRCLES: readonly { readonly files: RegExp; readonly reason: string }[] = [
  { files: /^src\/ruby\/pars\w+(?:-\w+)*\.ts$/, reason: 'an operand may hold a call, a call operands, and each an expression' },
  { files: /^src\/ruby\/compile(?:-\w+)*\.ts$/, reason: 'compiles the same tree: an expression holds blocks and assignments, and they expressions' },
  { files: /^src\/local-cloudwatch\/(?:\w+-)?filter-pattern\.ts$/, reason: 'the JSON form is one of the forms of a filter pattern' },
];

/** Everything that a plugin may use, whoever wrote it: it may name all layers below the app. */
export const API = 'src/api.ts';

/** The only file of src/ that names plugins. */
export const COMPOSITION_ROOT = 'src/main.ts';
