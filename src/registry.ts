/** Where plugins come from: (kind, @type) -> definition, loaded when first asked for. */
import { suggest } from './lib/suggest.ts';
import type { Kind, PluginDefinition } from './plugin.ts';

/** Loads the module of one plugin. */
export type Loader = () => Promise<{ readonly default: PluginDefinition<never> | AnyDefinition | readonly AnyDefinition[] }>;

// A definition of any kind with any fields: what it takes is checked against its own declarations.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyDefinition = PluginDefinition<any, any>;

/** `kind/type` -> loader. */
export type Manifest = Readonly<Record<string, Loader>>;

export class Registry {
  readonly #loaders = new Map<string, Loader>();
  readonly #loaded = new Map<string, Promise<AnyDefinition>>();

  constructor(manifest: Manifest) {
    for (const [key, loader] of Object.entries(manifest)) this.#loaders.set(key, loader);
  }

  add(key: string, loader: Loader): void {
    this.#loaders.set(key, loader);
  }

  has(kind: Kind, type: string): boolean {
    return this.#loaders.has(`${kind}/${type}`);
  }

  /** The types of a kind, sorted. */
  types(kind: Kind): string[] {
    const prefix = kind + '/';
    return [...this.#loaders.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)).sort();
  }

  kinds(): Kind[] {
    return [...new Set([...this.#loaders.keys()].map((key) => key.slice(0, key.indexOf('/')) as Kind))];
  }

  /** undefined if there is no such plugin; rejects if its module cannot be loaded. */
  find(kind: Kind, type: string): Promise<AnyDefinition> | undefined {
    const key = `${kind}/${type}`;
    const known = this.#loaded.get(key);
    if (known) return known;
    const loader = this.#loaders.get(key);
    if (!loader) return undefined;
    const loading = loader().then(({ default: found }) => pick(found, kind, type));
    this.#loaded.set(key, loading);
    return loading;
  }

  /** A type that is spelt nearly so. */
  suggest(kind: Kind, type: string): string | undefined {
    return suggest(type, this.types(kind));
  }
}

/** A module may define several types (`sample` and `dummy`). */
function pick(found: unknown, kind: Kind, type: string): AnyDefinition {
  const all = (Array.isArray(found) ? found : [found]) as readonly AnyDefinition[];
  const one = all.find((definition) => definition.kind === kind && definition.type === type);
  if (!one) throw new Error(`the module of ${kind} plugin '${type}' does not define it`);
  return one;
}
