/** What a filter adds to the events of one container, made again only when something changed. */
import { generateJson } from '#logferry';
import type { EventTime, Value } from '#logferry';
import type { Catalog } from './catalog.ts';
import { namesOnly, toMetadata, type Metadata, type MetadataOptions } from './metadata.ts';
import type { Names } from './names.ts';
import type { Namespace, Pod } from './objects.ts';
import type { Entry, Known } from './shelf.ts';

export type Constants = readonly (readonly [string, Value])[];

export class PodState {
  readonly #names: Names;
  readonly #options: MetadataOptions;
  readonly #catalog: Catalog | undefined;
  readonly #pod: Entry<Pod> | undefined;
  readonly #namespace: Entry<Namespace> | undefined;
  /** The pod that the container belongs to: another one may take its name. */
  #own: Pod | undefined;
  #podVersion = -1;
  #namespaceVersion = -1;
  #constants: Constants = [];
  #text = '';
  /** Decided by the first event of a pod that is unknown. */
  #isOlder: boolean | undefined;

  /** Without a catalog only the names are added. */
  constructor(names: Names, options: MetadataOptions, catalog: Catalog | undefined, withNamespace: boolean) {
    this.#names = names;
    this.#options = options;
    this.#catalog = catalog;
    this.#pod = catalog?.pod(names.namespace, names.pod);
    this.#namespace = withNamespace ? catalog?.namespace(names.namespace) : undefined;
  }

  /** Sees to it that what is known is not too old; a promise where it is worth to wait for the API. */
  refresh(): Promise<unknown> | undefined {
    const { containerId } = this.#names;
    // A container whose pod is known needs no other pod of that name.
    return this.#catalog?.refresh(this.#pod!, this.#namespace, this.#own?.containerIds.has(containerId) ? '' : containerId);
  }

  /** Asks once more for what the API failed to say. */
  retry(): Promise<unknown> | undefined {
    return this.#catalog?.retry(this.#pod!, this.#namespace);
  }

  /** Nobody waits any more for requests that are under way. */
  giveUpWaiting(): void {
    if (this.#pod?.pending) this.#pod.waitedFor = true;
    if (this.#namespace?.pending) this.#namespace.waitedFor = true;
  }

  /** The fields as they are now; the same array as long as nothing changed. `time`: of the first event. */
  constants(time: EventTime): Constants {
    const podVersion = this.#pod?.version ?? 0;
    const namespaceVersion = this.#namespace?.version ?? 0;
    if (podVersion === this.#podVersion && namespaceVersion === this.#namespaceVersion) return this.#constants;
    this.#podVersion = podVersion;
    this.#namespaceVersion = namespaceVersion;
    const { docker, kubernetes } = this.#make(time);
    const constants: [string, Value][] = docker ? [['docker', docker], ['kubernetes', kubernetes]] : [['kubernetes', kubernetes]];
    const text = constants.map(([, value]) => generateJson(value)).join();
    if (text === this.#text) return this.#constants;
    this.#text = text;
    this.#constants = constants;
    return constants;
  }

  #make(time: EventTime): Metadata {
    if (!this.#pod) return namesOnly(this.#names);
    const isOlder = ({ createdAt }: Namespace) =>
      (this.#isOlder ??= createdAt === undefined || createdAt <= time.sec * 1000 + time.nsec / 1e6);
    return toMetadata(this.#names, this.#ownPod(this.#pod.known), this.#namespace?.known, isOlder, this.#options);
  }

  #ownPod(known: Known<Pod>): Known<Pod> {
    if (known.kind !== 'found') return known;
    const { containerId } = this.#names;
    if (this.#own && this.#own.uid !== known.value.uid && containerId !== '' && !known.value.containerIds.has(containerId)) {
      return { kind: 'found', value: this.#own };
    }
    this.#own = known.value;
    return known;
  }
}
