import { expect, test } from 'vitest';
import { readObjects } from '../../../src/dry-run/kubernetes-objects.ts';
import type { Value } from '../../../src/lib/value.ts';

const pod = { kind: 'Pod', metadata: { namespace: 'shop', name: 'web-0', uid: 'u' } };
const uid = (value: Value | undefined) => ((value as ReadonlyMap<string, Value>).get('metadata') as ReadonlyMap<string, Value>).get('uid');

test('pods and namespaces are found by the paths of the API', () => {
  const list = { kind: 'List', items: [pod, { kind: 'Namespace', metadata: { name: 'shop', uid: 'n' } }] };
  const objects = readObjects(JSON.stringify(list), 'pods.json');
  expect([objects.pods, objects.namespaces]).toEqual([1, 1]);
  expect(uid(objects.get('namespaces/shop/pods/web-0'))).toBe('u');
  expect(uid(objects.get('namespaces/shop'))).toBe('n');
  expect(objects.get('namespaces/shop/pods/web-1')).toBe(undefined);
});

test('the namespace of a pod exists, even if the file has no namespaces', () => {
  expect(uid(readObjects(JSON.stringify({ kind: 'PodList', items: [{ metadata: pod.metadata }] }), 'p').get('namespaces/shop'))).toBe('00000000-0000-0000-0000-000000000000');
});

test('a file that is something else is refused with what it should be', () => {
  expect(() => readObjects('x', 'pods.json')).toThrow('pods.json: expected JSON, as kubectl get pods -A -o json writes it');
  expect(() => readObjects('{}', 'pods.json')).toThrow('pods.json: found no pods in it; write it with: kubectl get pods,namespaces -A -o json');
});
