/** The fields `docker` and `kubernetes` of an event, from what is known of its pod and namespace. */
import type { Value } from '#logferry';
import type { Names } from './names.ts';
import type { Namespace, Pod, Texts } from './objects.ts';
import type { Known } from './shelf.ts';

export interface MetadataOptions {
  /** Goes into the records; undefined: does not. */
  readonly masterUrl: string | undefined;
  /** Annotations are added in the order of these, each with those whose name it matches. */
  readonly annotationMatches: readonly ((name: string) => boolean)[];
  readonly podLabels: boolean;
  readonly namespaceLabels: boolean;
  readonly containers: boolean;
  readonly owners: boolean;
  /** Name and id of the namespace of orphans; undefined: they are not marked. */
  readonly orphans: { readonly name: string; readonly id: string } | undefined;
}

export interface Metadata {
  readonly docker: ReadonlyMap<string, Value> | undefined;
  readonly kubernetes: ReadonlyMap<string, Value>;
}

/** All that is known without an API. */
export function namesOnly(names: Names): Metadata {
  return { docker: dockerOf(names.containerId), kubernetes: namesOf(names) };
}

/**
 * The fields as Fluentd has them. `namespace` undefined: namespaces are not asked for. `isOlder`:
 * whether the namespace was there when the event happened; a pod that is unknown is then named by
 * the id in the tag.
 */
export function toMetadata(
  names: Names, pod: Known<Pod>, namespace: Known<Namespace> | undefined, isOlder: (namespace: Namespace) => boolean, options: MetadataOptions,
): Metadata {
  const kubernetes = namesOf(names);
  let docker = dockerOf(names.containerId);
  // What the API says of a pod does not count where it does not know the namespace.
  if (namespace?.kind === 'missing') {
    if (options.orphans) {
      kubernetes.set('orphaned_namespace', names.namespace);
      kubernetes.set('namespace_name', options.orphans.name);
      kubernetes.set('namespace_id', options.orphans.id);
    }
    return { docker, kubernetes };
  }
  const container = pod.kind === 'found' && options.containers ? pod.value.containers.get(names.container) : undefined;
  if (container && container.id !== '') docker = dockerOf(container.id);
  if (container) {
    if (container.image !== undefined) kubernetes.set('container_image', container.image);
    if (container.imageId !== '') kubernetes.set('container_image_id', container.imageId);
  }
  if (pod.kind === 'found') addPod(kubernetes, pod.value, options);
  else if (namespace?.kind === 'found' && isOlder(namespace.value)) {
    const id = names.podId ?? names.containerId;
    if (id !== '') kubernetes.set('pod_id', id);
  }
  if (namespace?.kind === 'found') addNamespace(kubernetes, namespace.value, options);
  return { docker, kubernetes };
}

function namesOf({ container, namespace, pod }: Names): Map<string, Value> {
  return new Map<string, Value>([['container_name', container], ['namespace_name', namespace], ['pod_name', pod]]);
}

function dockerOf(id: string): ReadonlyMap<string, Value> | undefined {
  return id === '' ? undefined : new Map([['container_id', id]]);
}

function addPod(to: Map<string, Value>, pod: Pod, options: MetadataOptions): void {
  to.set('pod_id', pod.uid);
  if (pod.ip !== undefined) to.set('pod_ip', pod.ip);
  if (pod.host !== undefined) to.set('host', pod.host);
  if (options.owners) to.set('ownerrefs', pod.owners);
  if (options.podLabels && pod.labels.size > 0) to.set('labels', pod.labels);
  addAnnotations(to, 'annotations', pod.annotations, options);
  if (options.masterUrl !== undefined) to.set('master_url', options.masterUrl);
}

function addNamespace(to: Map<string, Value>, namespace: Namespace, options: MetadataOptions): void {
  to.set('namespace_id', namespace.uid);
  if (options.namespaceLabels && namespace.labels.size > 0) to.set('namespace_labels', namespace.labels);
  addAnnotations(to, 'namespace_annotations', namespace.annotations, options);
}

function addAnnotations(to: Map<string, Value>, key: string, annotations: Texts, { annotationMatches }: MetadataOptions): void {
  const matching = new Map(annotationMatches.flatMap((matches) => [...annotations].filter(([name]) => matches(name))));
  if (matching.size > 0) to.set(key, matching);
}
