/**
 * The pods and namespaces that the agent knows: one for all filters that ask the same API in the
 * same way.
 */
import type { Counter, Logger, Metrics } from '#logferry';
import type { ApiSource } from './api-client.ts';
import { toNamespace, toPod, type Namespace, type Pod } from './objects.ts';
import { Shelf, type Entry } from './shelf.ts';
import { watchForEver, type WatchOptions } from './watch.ts';

export interface CatalogSettings {
  readonly size: number;
  readonly ttlMs: number;
  /** undefined: changes are not followed. */
  readonly watch: { readonly intervalMs: number; readonly backoffBase: number; readonly backoffTimes: number } | undefined;
  /** Pods are followed on this node only; undefined: everywhere. */
  readonly node: string | undefined;
}

export class Catalog {
  readonly #client: ApiSource;
  readonly #settings: CatalogSettings;
  readonly #log: Logger;
  readonly #pods: Shelf<Pod>;
  readonly #namespaces: Shelf<Namespace>;
  readonly #hits: Counter;
  readonly #misses: Counter;
  #users = 0;
  #watches: AbortController | undefined;
  /** Namespaces are followed only if a filter wants them. */
  #withNamespaces = false;

  constructor(client: ApiSource, settings: CatalogSettings, log: Logger, metrics: Metrics, now: () => number) {
    this.#client = client;
    this.#settings = settings;
    this.#log = log;
    const get = (path: string) => client.get(path);
    const options = { size: Math.max(settings.size, 1), ttlMs: settings.ttlMs, get, now, random: Math.random };
    this.#pods = new Shelf({ ...options, parse: toPod });
    this.#namespaces = new Shelf({ ...options, parse: toNamespace });
    this.#hits = metrics.counter('kubernetes_cache_hits_total', 'Batches whose metadata was known.');
    this.#misses = metrics.counter('kubernetes_cache_misses_total', 'Batches whose metadata had to be asked for.');
    metrics.observe('kubernetes_cache_pods', 'Pods that are known.', () => this.#pods.size);
    metrics.observe('kubernetes_cache_namespaces', 'Namespaces that are known.', () => this.#namespaces.size);
  }

  pod(namespace: string, name: string): Entry<Pod> {
    return this.#pods.entry(`${namespace}/${name}`, `namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`);
  }

  namespace(name: string): Entry<Namespace> {
    return this.#namespaces.entry(name, `namespaces/${encodeURIComponent(name)}`);
  }

  /**
   * Asks for what is not known or too old. The promise (if any) settles when it is known; undefined
   * also where waiting is no use: the API is down, or somebody waited already.
   */
  refresh(pod: Entry<Pod>, namespace: Entry<Namespace> | undefined, containerId: string): Promise<unknown> | undefined {
    const waits: Promise<unknown>[] = [];
    if (this.#isUnknownContainer(pod, containerId)) {
      this.#pods.noteAsked(pod, containerId);
      pod.nextAt = 0;
    }
    const podWait = this.#refresh(this.#pods, pod);
    const namespaceWait = namespace && this.#refresh(this.#namespaces, namespace);
    if (podWait) waits.push(podWait);
    if (namespaceWait) waits.push(namespaceWait);
    (waits.length === 0 ? this.#hits : this.#misses).add();
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  /** Asks again at once for what failed; undefined if nothing did. */
  retry(pod: Entry<Pod>, namespace: Entry<Namespace> | undefined): Promise<unknown> | undefined {
    const waits: Promise<unknown>[] = [];
    if (pod.known.kind === 'failed') waits.push(this.#pods.read(pod));
    if (namespace?.known.kind === 'failed') waits.push(this.#namespaces.read(namespace));
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  numbers(): Readonly<Record<string, number>> {
    return {
      pod_cache_size: this.#pods.size,
      namespace_cache_size: this.#namespaces.size,
      cache_hits: this.#hits.value,
      cache_misses: this.#misses.value,
      requests: this.#client.requests,
      errors: this.#client.errors,
    };
  }

  /** Begins to follow changes for the first user. */
  acquire(withNamespaces: boolean): void {
    this.#users++;
    this.#client.acquire();
    if (!this.#settings.watch) return;
    const { signal } = (this.#watches ??= new AbortController());
    if (this.#users === 1) void watchForEver(this.#podWatch(), signal);
    if (withNamespaces && !this.#withNamespaces) {
      this.#withNamespaces = true;
      void watchForEver(this.#namespaceWatch(), signal);
    }
  }

  release(): void {
    if (--this.#users === 0) {
      this.#watches?.abort();
      this.#watches = undefined;
      this.#withNamespaces = false;
    }
    this.#client.release();
  }

  /** A pod of this name is known, but it has no such container: it was restarted, or it is another pod by now. */
  #isUnknownContainer({ known, asked }: Entry<Pod>, id: string): boolean {
    return id !== '' && known.kind === 'found' && !known.value.containerIds.has(id) && !asked.has(id);
  }

  #refresh<T>(shelf: Shelf<T>, entry: Entry<T>): Promise<void> | undefined {
    if (!entry.pending && !shelf.isDue(entry)) return undefined;
    const pending = shelf.read(entry);
    if (entry.known.kind === 'missing' || entry.waitedFor || this.#client.down) return undefined;
    return pending;
  }

  #podWatch(): WatchOptions {
    const { node } = this.#settings;
    const shelf = this.#pods;
    const take = (pod: Pod | undefined, always: boolean) => {
      if (pod && (always || shelf.has(`${pod.namespace}/${pod.name}`))) shelf.found(this.pod(pod.namespace, pod.name), pod);
    };
    return this.#watch('pods', node === undefined ? '' : `fieldSelector=${encodeURIComponent(`spec.nodeName=${node}`)}`, node !== undefined, {
      onList: (items) => (node === undefined ? shelf.expireAll() : items.forEach((item) => take(toPod(item), true))),
      onObject: (type, object) => {
        // A pod that was deleted may have logs that are not read yet.
        if (type !== 'DELETED') take(toPod(object), node !== undefined);
      },
    });
  }

  #namespaceWatch(): WatchOptions {
    const shelf = this.#namespaces;
    return this.#watch('namespaces', '', false, {
      onList: () => shelf.expireAll(),
      onObject: (type, object) => {
        const namespace = toNamespace(object);
        if (type !== 'DELETED' && namespace && shelf.has(namespace.name)) shelf.found(this.namespace(namespace.name), namespace);
      },
    });
  }

  #watch(resource: string, selector: string, listAll: boolean, handlers: Pick<WatchOptions, 'onList' | 'onObject'>): WatchOptions {
    return { client: this.#client, log: this.#log, resource, selector, listAll, random: Math.random, ...this.#settings.watch!, ...handlers };
  }
}
