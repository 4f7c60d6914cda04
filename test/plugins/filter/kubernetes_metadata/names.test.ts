import { describe, expect, it } from 'vitest';
import { fields } from '../../../../plugins/filter/kubernetes_metadata/fields.ts';
import { compileTagNames } from '../../../../plugins/filter/kubernetes_metadata/names.ts';
import { ID } from './fake-api.ts';

const names = compileTagNames(fields.tag_to_kubernetes_name_regexp.default as string);

describe('names from tags', () => {
  it.each([
    [`kubernetes.var.log.containers.a.b.c-1_ns-1_my-container-2-${ID}.log`, ['ns-1', 'a.b.c-1', 'my-container-2', ID, undefined]],
    ['x.var.log.pods.ns-1_plain_01641fe7-7ef4.side-car.0.log', ['ns-1', 'plain', 'side-car', '', '01641fe7-7ef4']],
    ['kubernetes.var.log.containers.plain_ns-1_short-0123abcd.log', undefined],
    [`prefix.var.log.containers.Upper_ns-1_c-${ID}.log`, undefined],
    ['host.messages', undefined],
  ] as const)('%s', (tag, expected) => {
    const found = names(tag);
    expect(found && [found.namespace, found.pod, found.container, found.containerId, found.podId]).toEqual(expected);
  });

  it('needs three groups', () => {
    expect(() => compileTagNames('a(?<pod_name>b)')).toThrow('has no group (?<namespace>…), (?<container_name>…)');
  });
});
