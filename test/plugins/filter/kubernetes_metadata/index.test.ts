import { mkdtempSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesConfig } from '../../../../plugins/filter/kubernetes_metadata/fields.ts';
import kubernetesMetadata from '../../../../plugins/filter/kubernetes_metadata/index.ts';
import { ConfigError } from '../../../../src/errors.ts';
import { Ack, type EventBatch } from '../../../../src/event.ts';
import type { Filter } from '../../../../src/plugin.ts';
import { TextBatch } from '../../../../src/text-batch.ts';
import { event, lines, objectBatch, plain, textBatch } from '../../../support/batches.ts';
import { createPlugin, testClock, testContext, type TestContext } from '../../../support/context.ts';
import { fakeApi, ID, NAMESPACE_PATH, namespace, OTHER_ID, pod, POD_PATH, tagOf, type FakeApi } from './fake-api.ts';

let api: FakeApi;
let contexts: TestContext[] = [];
let shared: Map<string, unknown>;
const clock = testClock();

beforeEach(async () => {
  api = await fakeApi();
  api.objects.set(POD_PATH, pod());
  api.objects.set(NAMESPACE_PATH, namespace());
  shared = new Map();
});
afterEach(async () => {
  for (const context of contexts) await context.close();
  contexts = [];
  await api.close();
});

interface Running {
  filter(batch: EventBatch): EventBatch | Promise<EventBatch>;
  context: TestContext;
}

async function start(given: Partial<KubernetesConfig> = {}): Promise<Running> {
  const context = testContext({ clock, shared });
  contexts.push(context);
  const plugin = createPlugin(kubernetesMetadata, {
    kubernetes_url: api.url, watch: false, secret_dir: '/nonexistent', skip_master_url: true, ...given,
  }, context) as Filter;
  await plugin.start!();
  return { filter: (batch) => plugin.filter(batch), context };
}

const batchOf = (tag = tagOf(), count = 1) => textBatch(tag, Array.from({ length: count }, (_, i) => event(1664791200 + i, { log: `line ${i}` })));

const FOUND =
  `{"log":"line 0","docker":{"container_id":"${ID}"},"kubernetes":{"container_name":"nginx","namespace_name":"shop","pod_name":"web-1",`
  + '"container_image":"nginx:1","container_image_id":"nginx@sha256:1","pod_id":"pod-uid","pod_ip":"10.1.0.4","host":"node-1",'
  + '"labels":{"app":"web"},"namespace_id":"shop-uid","namespace_labels":{"env":"x"}}}';

const kubernetesOf = (batch: EventBatch, i = 0) => batch.events[i]!.record.get('kubernetes') as ReadonlyMap<string, unknown>;

describe('kubernetes_metadata', () => {
  it('adds constants to bytes, and the same fields to objects', async () => {
    const { filter } = await start();
    const text = await filter(batchOf());
    expect(text).toBeInstanceOf(TextBatch);
    expect(plain(text.events[0]!.record)).toBe(FOUND);
    const objects = await filter(objectBatch(tagOf(), batchOf().events));
    expect(plain(objects.events[0]!.record)).toBe(FOUND);
    expect(objects.events[0]!.record.get('kubernetes')).toBe(text.events[0]!.record.get('kubernetes'));
  });

  it('asks once for a pod, whoever wants it, and answers at once when it knows', async () => {
    const one = await start();
    const two = await start();
    await Promise.all([one.filter(batchOf()), one.filter(batchOf()), two.filter(batchOf())]);
    expect(two.filter(batchOf())).not.toBeInstanceOf(Promise);
    expect(api.requests.sort()).toEqual([NAMESPACE_PATH, POD_PATH]);
  });

  it('joins requests of filters that keep what they read for other times', async () => {
    const one = await start({ cache_ttl: 10 });
    const two = await start({ cache_ttl: 20 });
    await Promise.all([one.filter(batchOf()), two.filter(batchOf())]);
    expect(api.requests).toHaveLength(2);
  });

  it('keeps the acknowledgement', async () => {
    const { filter } = await start();
    const ack = new Ack(() => {});
    expect((await filter(batchOf().with({ ack }))).ack).toBe(ack);
  });

  it('passes tags of other things as they are', async () => {
    const { filter } = await start();
    const batch = batchOf('host.messages');
    expect(filter(batch)).toBe(batch);
    expect(api.requests).toEqual([]);
  });

  it('has at most four requests at a time', async () => {
    const { filter } = await start({ skip_namespace_metadata: true });
    await Promise.all(Array.from({ length: 30 }, (_, i) => filter(batchOf(tagOf(`web-${i}`)))));
    expect(api.requests).toHaveLength(30);
    expect(api.most).toBeLessThanOrEqual(4);
  });

  it('reads again when cache_ttl is over, and keeps what it has while the API fails', async () => {
    const { filter } = await start({ cache_ttl: 60 });
    await filter(batchOf());
    api.objects.set(POD_PATH, pod({ labels: { app: 'new' } }));
    clock.advance(59_000);
    expect(kubernetesOf(await filter(batchOf())).get('labels')).toEqual(new Map([['app', 'web']]));
    clock.advance(1000);
    expect(kubernetesOf(await filter(batchOf())).get('labels')).toEqual(new Map([['app', 'new']]));
    clock.advance(60_000);
    api.faults.set(POD_PATH, (_request, response) => response.writeHead(500).end());
    expect(kubernetesOf(await filter(batchOf())).get('labels')).toEqual(new Map([['app', 'new']]));
  });

  it('keeps the same objects when what is read again has not changed', async () => {
    const { filter } = await start({ cache_ttl: 60 });
    const before = kubernetesOf(await filter(batchOf()));
    clock.advance(60_000);
    expect(kubernetesOf(await filter(batchOf()))).toBe(before);
    expect(api.requests).toHaveLength(4);
  });

  it('asks again for a pod whose container it does not know, once', async () => {
    const { filter } = await start();
    const first = await filter(batchOf());
    api.objects.set(POD_PATH, pod({ uid: 'new-uid', id: OTHER_ID }));
    expect(kubernetesOf(await filter(batchOf(tagOf(undefined, undefined, undefined, OTHER_ID)))).get('pod_id')).toBe('new-uid');
    expect(kubernetesOf(await filter(batchOf()))).toBe(kubernetesOf(first));
    expect(kubernetesOf(await filter(batchOf(tagOf(undefined, undefined, undefined, 'c'.repeat(64))))).get('pod_id')).toBe('new-uid');
    expect(api.requests.filter((path) => path === POD_PATH)).toHaveLength(3);
    await filter(batchOf(tagOf(undefined, undefined, undefined, 'c'.repeat(64))));
    expect(api.requests.filter((path) => path === POD_PATH)).toHaveLength(3);
  });
});

describe('kubernetes_metadata when the API does not say', () => {
  const names = `"container_name":"nginx","namespace_name":"shop","pod_name":"web-1"`;

  it('names an unknown pod by its container, and looks again later without waiting', async () => {
    api.objects.delete(POD_PATH);
    const { filter } = await start();
    expect(plain((await filter(batchOf())).events[0]!.record)).toBe(
      `{"log":"line 0","docker":{"container_id":"${ID}"},"kubernetes":{${names},"pod_id":"${ID}","namespace_id":"shop-uid","namespace_labels":{"env":"x"}}}`,
    );
    await filter(batchOf());
    expect(api.requests).toHaveLength(2);
    api.objects.set(POD_PATH, pod());
    clock.advance(7000);
    expect(filter(batchOf())).not.toBeInstanceOf(Promise);
    await expect.poll(async () => plain((await filter(batchOf())).events[0]!.record)).toBe(FOUND);
    expect(api.requests).toHaveLength(3);
  });

  it('does not name it so if the namespace is younger than the event', async () => {
    api.objects.delete(POD_PATH);
    const { filter } = await start();
    const old = textBatch(tagOf(), [event(1600000000, { log: 'x' })]);
    expect(kubernetesOf(await filter(old)).has('pod_id')).toBe(false);
    expect(kubernetesOf(await filter(batchOf())).has('pod_id')).toBe(false);
  });

  it('marks orphans if it may', async () => {
    api.objects.clear();
    const { filter } = await start();
    expect(plain((await filter(batchOf())).events[0]!.record)).toBe(
      `{"log":"line 0","docker":{"container_id":"${ID}"},"kubernetes":{"container_name":"nginx","namespace_name":".orphaned","pod_name":"web-1",`
      + '"orphaned_namespace":"shop","namespace_id":"orphaned"}}',
    );
    const strict = await start({ allow_orphans: false });
    expect(plain((await strict.filter(batchOf())).events[0]!.record)).toBe(
      `{"log":"line 0","docker":{"container_id":"${ID}"},"kubernetes":{${names}}}`,
    );
  });

  it('gives one event without metadata for a failure that passes, the rest with it', async () => {
    let failures = 0;
    api.faults.set(POD_PATH, (_request, response) => {
      failures++;
      api.faults.delete(POD_PATH);
      response.writeHead(401).end();
    });
    const { filter } = await start();
    const ack = new Ack(() => {});
    const result = await filter(batchOf(tagOf(), 3).with({ ack }));
    expect(failures).toBe(1);
    expect(result.ack).toBe(ack);
    expect(result.events.map((_, i) => kubernetesOf(result, i).get('pod_id'))).toEqual([ID, 'pod-uid', 'pod-uid']);
  });

  it('goes on with the names while nobody listens, says so once, and finds out later', async () => {
    const url = api.url;
    await api.close();
    const { filter, context } = await start({ kubernetes_url: url });
    for (let i = 0; i < 5; i++) {
      expect(plain((await filter(batchOf(tagOf(`web-${i}`)))).events[0]!.record)).toContain('"pod_name":"web-');
    }
    expect(filter(batchOf(tagOf('web-9')))).not.toBeInstanceOf(Promise);
    const warnings = context.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message }) => message)).toEqual(['the Kubernetes API could not be read: events go on without its metadata until it can']);
    expect([...context.metrics.read()].find(({ name }) => name === 'kubernetes_api_errors_total')!.value).toBeGreaterThan(2);
    api = await fakeApi();
  });

  it('waits two seconds for an API that hangs, and only once', async () => {
    for (const path of [POD_PATH, NAMESPACE_PATH]) api.faults.set(path, () => {});
    const { filter } = await start();
    const began = performance.now();
    const result = await filter(batchOf());
    expect(performance.now() - began).toBeGreaterThan(1900);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(plain(result.events[0]!.record)).toBe(`{"log":"line 0","docker":{"container_id":"${ID}"},"kubernetes":{${names}}}`);
    expect(filter(batchOf())).not.toBeInstanceOf(Promise);
  });

  it('needs no API at all', async () => {
    const { filter } = await start({ kubernetes_url: undefined });
    expect(plain((filter(batchOf()) as EventBatch).events[0]!.record)).toBe(`{"log":"line 0","docker":{"container_id":"${ID}"},"kubernetes":{${names}}}`);
  });
});

describe('what kubernetes_metadata takes from records', () => {
  const named = (pod: string, id: string) => ({
    kubernetes: new Map([['namespace_name', 'shop'], ['pod_name', pod], ['container_name', 'nginx'], ['extra', '1']]),
    docker: new Map([['container_id', id], ['image', 'x']]),
  });

  it('uses names in the record rather than those of the tag', async () => {
    const { filter } = await start({ skip_namespace_metadata: true });
    const events = [event(1, { ...named('web-1', ID), log: 'a' }), event(2, { log: 'b' }), event(3, { log: 'c', kubernetes: 'x', docker: named('', '')['docker'] })];
    expect(lines((await filter(objectBatch('app', events))).events).map((line) => line.slice(0, 91))).toEqual([
      '1 {"kubernetes":{"container_name":"nginx","namespace_name":"shop","pod_name":"web-1","conta',
      '2 {"log":"b"}',
      '3 {"log":"c","kubernetes":"x","docker":{"container_id":"","image":"x"}}',
    ]);
    const both = await filter(objectBatch(tagOf('other'), events));
    expect(both.events.map((_, i) => kubernetesOf(both, i).get('pod_name'))).toEqual(['web-1', 'other', 'other']);
    expect((await filter(textBatch('app', [event(1, named('web-1', ID))]))).events[0]!.record.get('docker')).toEqual(new Map([['container_id', ID]]));
  });

  it('leaves records alone where lookup_from_k8s_field is off', async () => {
    const { filter } = await start({ lookup_from_k8s_field: false });
    const batch = objectBatch('app', [event(1, named('web-1', ID))]);
    expect(filter(batch)).toBe(batch);
  });
});

describe('kubernetes_metadata with watch', () => {
  it('follows changes of pods and namespaces that it knows, and remembers deleted ones', async () => {
    api.objects.set('pods', { metadata: { resourceVersion: '10' }, items: [] });
    api.objects.set('namespaces', { metadata: { resourceVersion: '20' }, items: [] });
    const { filter } = await start({ watch: true });
    await filter(batchOf());
    await api.tell('pods', { type: 'MODIFIED', object: pod({ labels: { app: 'changed' } }) });
    await api.tell('namespaces', { type: 'MODIFIED', object: namespace({ env: 'y' }) });
    await expect.poll(async () => {
      const kubernetes = kubernetesOf(await filter(batchOf()));
      return [kubernetes.get('labels'), kubernetes.get('namespace_labels')];
    }).toEqual([new Map([['app', 'changed']]), new Map([['env', 'y']])]);
    await api.tell('pods', { type: 'DELETED', object: pod() });
    await new Promise((done) => setTimeout(done, 30));
    expect(kubernetesOf(await filter(batchOf())).get('pod_id')).toBe('pod-uid');
    expect(api.requests.find((path) => path.startsWith('pods?watch'))).toContain('resourceVersion=10');
  });
});

describe('access of kubernetes_metadata', () => {
  it('sends the token of its file, and reads it again when it is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'logferry-token-'));
    writeFileSync(join(folder, 'token'), 'first\n');
    const { filter } = await start({ secret_dir: folder });
    await filter(batchOf());
    writeFileSync(join(folder, 'token'), 'second\n');
    const path = 'namespaces/shop/pods/web-2';
    api.objects.set(path, pod({ name: 'web-2' }));
    api.faults.set(path, (_request, response) => {
      api.faults.delete(path);
      response.writeHead(401).end();
    });
    await filter(batchOf(tagOf('web-2'), 2));
    expect([...new Set(api.tokens)]).toEqual(['Bearer first', 'Bearer second']);
    rmSync(folder, { recursive: true });
  });

  it('says which file it cannot read', async () => {
    const { filter, context } = await start({ ca_file: '/nonexistent/ca.crt', kubernetes_url: 'https://127.0.0.1:1/api' });
    await filter(batchOf());
    expect(String(context.log.lines.find(({ level }) => level === 'warn')!.fields!['error'])).toBe("Error: ca_file '/nonexistent/ca.crt' cannot be read");
  });
});

describe('the configuration of kubernetes_metadata', () => {
  it.each([
    [{ kubernetes_url: 'cluster' }, "test.conf:1:1: kubernetes_url 'cluster' is not a URL (such as https://kubernetes.default.svc/api)"],
    [{ kubernetes_url: 'ftp://cluster' }, "test.conf:1:1: kubernetes_url 'ftp://cluster' is neither http nor https"],
    [
      { tag_to_kubernetes_name_regexp: '(?<namespace>a)(?<pod_name>b)' },
      'test.conf:1:1: tag_to_kubernetes_name_regexp: has no group (?<container_name>…) (it needs the named groups namespace, pod_name and container_name)',
    ],
  ])('refuses %j', (given, message) => {
    const create = () => createPlugin(kubernetesMetadata, given as Partial<KubernetesConfig>, testContext());
    expect(create).toThrow(ConfigError);
    expect(create).toThrow(message);
  });

  it('leaves out expressions for annotations that are not valid, and says so', async () => {
    api.objects.set(POD_PATH, pod({ annotations: { note: 'a', 'example.com/team': 'b', other: 'c' } }));
    const { filter, context } = await start({ annotation_match: ['(', '^note$', 'team$'] });
    expect(kubernetesOf(await filter(batchOf())).get('annotations')).toEqual(new Map([['note', 'a'], ['example.com/team', 'b']]));
    expect(context.log.lines.map(({ message }) => message)).toContain('an expression of annotation_match is not valid and is left out');
  });
});
