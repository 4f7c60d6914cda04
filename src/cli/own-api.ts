/**
 * Plugins of users import `logferry`. Wherever they lie, and whatever copy stands in their node_modules: they get the
 * API of the program that runs, as a second copy would have classes of its own (ConfigError, ObjectBatch, ...).
 */
import * as module from 'node:module';

/** The URL of the running program's `src/api`. */
export const API_URL = new URL(import.meta.url.endsWith('.ts') ? '../api.ts' : '../api.js', import.meta.url).href;

type Resolve = (specifier: string, context: unknown, next: (specifier: string, context: unknown) => unknown) => unknown;

/** Newer versions of Node resolve in the same thread, for `require`, too. */
type RegisterHooks = (hooks: { readonly resolve: Resolve }) => unknown;

let led = false;

/** From now on `import 'logferry'` gives the running program's own API, in every module. */
export function leadToOwnApi(): void {
  if (led) return;
  led = true;
  const { registerHooks } = module as unknown as { readonly registerHooks?: RegisterHooks };
  if (registerHooks) {
    registerHooks({
      resolve: (specifier, context, next) => (specifier === 'logferry' ? { url: API_URL, format: 'module', shortCircuit: true } : next(specifier, context)),
    });
    return;
  }
  // From the source (tests) such a Node cannot load what it would resolve to.
  if (import.meta.url.endsWith('.ts')) return;
  module.register(new URL('./own-api-hooks.js', import.meta.url).href, { data: { url: API_URL } });
}
