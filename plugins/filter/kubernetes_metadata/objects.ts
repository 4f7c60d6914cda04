/** Pods and namespaces as the API gives them, reduced to what can get into a record. */
import { isHash } from '#logferry';
import type { Value } from '#logferry';

export type Texts = ReadonlyMap<string, Value>;

export interface Container {
  readonly image: Value | undefined;
  readonly imageId: string;
  /** Without the runtime's name in front. */
  readonly id: string;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly ip: Value | undefined;
  readonly host: Value | undefined;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly owners: readonly Texts[];
  readonly containers: ReadonlyMap<string, Container>;
  /** Ids of all containers that the pod is known to have (had), init containers too. */
  readonly containerIds: ReadonlySet<string>;
}

export interface Namespace {
  readonly name: string;
  readonly uid: string;
  /** Milliseconds since 1970; undefined if the API does not say. */
  readonly createdAt: number | undefined;
  readonly labels: Texts;
  readonly annotations: Texts;
}

const NONE: Texts = new Map();
const STATUS_LISTS = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'];

/** undefined if it is no pod. */
export function toPod(object: Value | undefined): Pod | undefined {
  const metadata = hashAt(object, 'metadata');
  const status = hashAt(object, 'status');
  const name = textAt(metadata, 'name');
  const uid = textAt(metadata, 'uid');
  if (name === '' || uid === '') return undefined;
  const containers = new Map<string, Container>();
  for (const container of listAt(status, 'containerStatuses')) {
    containers.set(textAt(container, 'name'), {
      image: container.get('image') ?? undefined,
      imageId: textAt(container, 'imageID'),
      id: bareId(textAt(container, 'containerID')),
    });
  }
  const containerIds = new Set<string>();
  for (const list of STATUS_LISTS) {
    for (const container of listAt(status, list)) {
      containerIds.add(bareId(textAt(container, 'containerID')));
      containerIds.add(bareId(textAt(hashAt(hashAt(container, 'lastState'), 'terminated'), 'containerID')));
    }
  }
  return {
    namespace: textAt(metadata, 'namespace'),
    name,
    uid,
    ip: status.get('podIP') ?? undefined,
    host: hashAt(object, 'spec').get('nodeName') ?? undefined,
    labels: hashAt(metadata, 'labels'),
    annotations: hashAt(metadata, 'annotations'),
    owners: listAt(metadata, 'ownerReferences').map(
      (owner) => new Map<string, Value>([['kind', owner.get('kind') ?? null], ['name', owner.get('name') ?? null]]),
    ),
    containers,
    containerIds,
  };
}

/** undefined if it is no namespace. */
export function toNamespace(object: Value | undefined): Namespace | undefined {
  const metadata = hashAt(object, 'metadata');
  const name = textAt(metadata, 'name');
  const uid = textAt(metadata, 'uid');
  if (name === '' || uid === '') return undefined;
  const createdAt = Date.parse(textAt(metadata, 'creationTimestamp'));
  return {
    name,
    uid,
    createdAt: Number.isNaN(createdAt) ? undefined : createdAt,
    labels: hashAt(metadata, 'labels'),
    annotations: hashAt(metadata, 'annotations'),
  };
}

/** `containerd://0123` as `0123`. */
function bareId(id: string): string {
  return id.replace(/^[-\w]+:\/\//, '');
}

export function hashAt(value: Value | undefined, key: string): Texts {
  const found = isHash(value) ? value.get(key) : undefined;
  return isHash(found) ? found : NONE;
}

export function textAt(value: Texts, key: string): string {
  const found = value.get(key);
  return typeof found === 'string' ? found : '';
}

export function listAt(value: Value | undefined, key: string): readonly Texts[] {
  const found = isHash(value) ? value.get(key) : undefined;
  return Array.isArray(found) ? (found as readonly Value[]).filter(isHash) : [];
}
