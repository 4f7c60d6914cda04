import { describe, expect, it } from 'vitest';
import { namesOnly, toMetadata, type MetadataOptions } from '../../../../plugins/filter/kubernetes_metadata/metadata.ts';
import type { Names } from '../../../../plugins/filter/kubernetes_metadata/names.ts';
import { toNamespace, toPod, type Namespace, type Pod } from '../../../../plugins/filter/kubernetes_metadata/objects.ts';
import type { Known } from '../../../../plugins/filter/kubernetes_metadata/shelf.ts';
import { generateJson, parseJson } from '../../../../src/lib/json.ts';
import { namespace as namespaceObject, pod as podObject, type Json } from './fake-api.ts';

const names: Names = { namespace: 'shop', pod: 'web-1', container: 'nginx', containerId: 'tag-id', podId: undefined };
const options: MetadataOptions = {
  masterUrl: undefined, annotationMatches: [], podLabels: true, namespaceLabels: true, containers: true, owners: false,
  orphans: { name: '.orphaned', id: 'orphaned' },
};
const parse = (object: Json) => parseJson(JSON.stringify(object));
const pod = (object: Json = podObject()): Known<Pod> => ({ kind: 'found', value: toPod(parse(object))! });
const namespace = (object: Json = namespaceObject()): Known<Namespace> => ({ kind: 'found', value: toNamespace(parse(object))! });
const MISSING = { kind: 'missing' } as const;
const FAILED = { kind: 'failed' } as const;

function made(
  changes: { pod?: Known<Pod>; namespace?: Known<Namespace> | 'none'; names?: Partial<Names>; options?: Partial<MetadataOptions>; isOlder?: boolean } = {},
): string {
  const ns = changes.namespace === 'none' ? undefined : (changes.namespace ?? namespace());
  const { docker, kubernetes } = toMetadata(
    { ...names, ...changes.names }, changes.pod ?? pod(), ns, () => changes.isOlder ?? true, { ...options, ...changes.options },
  );
  const json = `${docker ? generateJson(docker) : 'none'} ${generateJson(kubernetes)}`;
  return json.replace('"container_name":"nginx","namespace_name":"shop","pod_name":"web-1"', 'NAMES');
}

const IMAGE = '"container_image":"nginx:1","container_image_id":"nginx@sha256:1"';
const POD = '"pod_id":"pod-uid","pod_ip":"10.1.0.4","host":"node-1"';
const ID = `{"container_id":"${'a'.repeat(64)}"}`;

describe('the fields docker and kubernetes', () => {
  it.each([
    ['all that is known', {}, `${ID} {NAMES,${IMAGE},${POD},"labels":{"app":"web"},"namespace_id":"shop-uid","namespace_labels":{"env":"x"}}`],
    ['no namespaces', { namespace: 'none' }, `${ID} {NAMES,${IMAGE},${POD},"labels":{"app":"web"}}`],
    [
      'no labels and containers', { options: { podLabels: false, namespaceLabels: false, containers: false } },
      `{"container_id":"tag-id"} {NAMES,${POD},"namespace_id":"shop-uid"}`,
    ],
    [
      'owners, annotations and URL',
      {
        pod: pod(podObject({ labels: {}, annotations: { a: '1', b: '2' }, owners: [{ kind: 'ReplicaSet', name: 'web', uid: 'u' }] })), namespace: 'none',
        options: { owners: true, masterUrl: 'https://k/api', annotationMatches: [(name: string) => name === 'b', (name: string) => name < 'c'] },
      },
      `${ID} {NAMES,${IMAGE},${POD},"ownerrefs":[{"kind":"ReplicaSet","name":"web"}],"annotations":{"b":"2","a":"1"},"master_url":"https://k/api"}`,
    ],
    ['a pod without owners', { namespace: 'none', options: { owners: true, podLabels: false } }, `${ID} {NAMES,${IMAGE},${POD},"ownerrefs":[]}`],
    [
      'a container that has not started', { pod: pod(podObject({ labels: {}, status: { containerStatuses: [{ name: 'nginx', image: 'n', imageID: '' }] } })), namespace: 'none' },
      '{"container_id":"tag-id"} {NAMES,"container_image":"n","pod_id":"pod-uid","host":"node-1"}',
    ],
    ['a container that the pod does not have', { names: { container: 'x' }, namespace: 'none' },
      `{"container_id":"tag-id"} {"container_name":"x","namespace_name":"shop","pod_name":"web-1",${POD},"labels":{"app":"web"}}`],
    ['an unknown pod', { pod: MISSING }, '{"container_id":"tag-id"} {NAMES,"pod_id":"tag-id","namespace_id":"shop-uid","namespace_labels":{"env":"x"}}'],
    ['a pod that could not be read', { pod: FAILED }, '{"container_id":"tag-id"} {NAMES,"pod_id":"tag-id","namespace_id":"shop-uid","namespace_labels":{"env":"x"}}'],
    ['an unknown pod with its id in the tag', { pod: MISSING, names: { podId: 'uuid', containerId: '' }, options: { namespaceLabels: false } },
      'none {NAMES,"pod_id":"uuid","namespace_id":"shop-uid"}'],
    ['an unknown pod, older than the namespace', { pod: MISSING, isOlder: false, options: { namespaceLabels: false } }, '{"container_id":"tag-id"} {NAMES,"namespace_id":"shop-uid"}'],
    ['an unknown namespace', { namespace: MISSING },
      '{"container_id":"tag-id"} {"container_name":"nginx","namespace_name":".orphaned","pod_name":"web-1","orphaned_namespace":"shop","namespace_id":"orphaned"}'],
    ['an unknown namespace and no orphans', { namespace: MISSING, options: { orphans: undefined } }, '{"container_id":"tag-id"} {NAMES}'],
    ['a namespace that could not be read', { namespace: FAILED }, `${ID} {NAMES,${IMAGE},${POD},"labels":{"app":"web"}}`],
    ['nothing that could be read', { pod: FAILED, namespace: FAILED }, '{"container_id":"tag-id"} {NAMES}'],
  ] as const)('%s', (_name, changes, expected) => {
    expect(made(changes)).toBe(expected);
  });

  it('are only names without an API', () => {
    expect(generateJson(namesOnly(names).kubernetes)).toBe('{"container_name":"nginx","namespace_name":"shop","pod_name":"web-1"}');
    expect(namesOnly({ ...names, containerId: '' }).docker).toBeUndefined();
  });

  it('keep the order of labels, whatever their names', () => {
    const text = JSON.stringify(podObject({ labels: {} })).replace('"labels":{}', '"labels":{"b":"1","10":"2","2":"3"}');
    const { kubernetes } = toMetadata(names, { kind: 'found', value: toPod(parseJson(text))! }, undefined, () => true, options);
    expect(generateJson(kubernetes.get('labels')!)).toBe('{"b":"1","10":"2","2":"3"}');
  });
});
