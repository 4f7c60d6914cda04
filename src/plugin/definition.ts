/** How a plugin is declared. */
import type { Fields, Infer } from '../config/params.ts';
import type { PluginContext } from './context.ts';
import type { Kind, Kinds } from './kinds.ts';

/** Groups of old flat parameters, see `src/config/legacy.ts`. */
export type LegacyGroup = 'buffer' | 'inject' | 'extract' | 'parser' | 'formatter';

/** How an output buffers. */
export interface BufferSupport {
  /**
   * `always`: chunks, whether or not `<buffer>` is written; `optional`: chunks only with `<buffer>`,
   * else `emit`.
   */
  readonly mode: 'always' | 'optional';
  /** Chunk keys where `<buffer>` has no argument. */
  readonly chunkKeys?: readonly string[];
  /** Defaults of `<buffer>` parameters that differ for this output. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/** The declaration of a plugin: everything about it is in here or derives from it. */
export interface PluginDefinition<K extends Kind = Kind, F extends Fields = Fields> {
  readonly kind: K;
  /** Its `@type`. */
  readonly type: string;
  /** A sentence or more: what it does. For the reference. */
  readonly doc: string;
  readonly config: F;
  /** Outputs only. */
  readonly buffer?: BufferSupport;
  /** Old flat parameters that stand for those of a section (`format json` for `<parse>`). */
  readonly legacy?: readonly LegacyGroup[];
  /** Cannot run in several workers at once (it would read the same thing twice). */
  readonly singleWorker?: boolean;
  /** Outputs that hand events on to labels, tags or stores and do nothing else: a dry run lets them work. */
  readonly handsOn?: boolean;
  /** Pure: opens no file, socket or timer. Throws ConfigError, or uses `context.problem`. */
  create(config: Infer<F>, context: PluginContext): Kinds[K];
}

type Definition<K extends Kind, F extends Fields> = Omit<PluginDefinition<K, F>, 'kind'>;

function define<K extends Kind>(kind: K) {
  return <const F extends Fields>(definition: Definition<K, F>): PluginDefinition<K, F> => ({ kind, ...definition });
}

/** Declares an input: what a `<source>` holds. */
export const defineInput = define('input');
/** Declares a filter: what a `<filter>` holds. */
export const defineFilter = define('filter');
/** Declares an output: what a `<match>` or `<store>` holds. */
export const defineOutput = define('output');
/** Declares a parser: what a `<parse>` holds. */
export const defineParser = define('parser');
/** Declares a formatter: what a `<format>` holds. */
export const defineFormatter = define('formatter');
/** Declares a buffer: where chunks are kept. */
export const defineBuffer = define('buffer');
/** Declares a storage: where a plugin keeps a few values over restarts. */
export const defineStorage = define('storage');
/** Declares a service discovery. */
export const defineServiceDiscovery = define('service_discovery');
