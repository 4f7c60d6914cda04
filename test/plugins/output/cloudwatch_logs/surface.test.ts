import { afterEach, describe, expect, test } from 'vitest';
import { Ledger } from '../../../../plugins/output/cloudwatch_logs/ledger.ts';
import { MetricsRegistry } from '../../../../src/metrics/metrics.ts';
import { textBatch } from '../../../support/batches.ts';
import { testClock } from '../../../support/context.ts';
import type { Value } from '../../../../src/lib/value.ts';
import { batch, startRig, type Rig, type RigOptions } from './output.ts';

let rig: Rig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function start(config: RigOptions['config'] = {}, more: Omit<RigOptions, 'config'> = {}): Promise<Rig> {
  rig = await startRig({ ...more, config });
  return rig;
}

const map = (fields: Readonly<Record<string, Value>>): ReadonlyMap<string, Value> => new Map(Object.entries(fields));

test('a new log group gets class, key, tags and retention', async () => {
  const { deliver, endpoint } = await start({
    log_group_class: 'INFREQUENT_ACCESS', kms_key_id: 'arn:aws:kms:us-east-1:000000000000:key/k', log_group_aws_tags: map({ team: 'a' }), retention_in_days: 30,
  });
  await deliver(batch([{ s: 's', m: 1 }]));
  const { logGroupClass, kmsKeyId, tags, retentionInDays } = endpoint.store.group('g');
  expect({ logGroupClass, kmsKeyId, tags: [...tags], retentionInDays }).toEqual({
    logGroupClass: 'INFREQUENT_ACCESS', kmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/k', tags: [['team', 'a']], retentionInDays: 30,
  });
});

test('nothing of that is sent by default', async () => {
  const { deliver, endpoint, requests } = await start();
  await deliver(batch([{ s: 's', m: 1 }]));
  const { logGroupClass, kmsKeyId, streams } = endpoint.store.group('g');
  expect([logGroupClass, kmsKeyId, streams.get('s')!.entity]).toEqual(['STANDARD', undefined, undefined]);
  expect(requests.every(({ logsFormat }) => logsFormat === undefined)).toBe(true);
});

test('logs_format sends the header with the events, and the messages as they are', async () => {
  const { deliver, requests, stored } = await start({ logs_format: 'json/emf', message_keys: ['log'] });
  const emf = '{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"latency":1.50}';
  await deliver(batch([{ s: 's', log: emf }]));
  expect(requests.filter(({ logsFormat }) => logsFormat === 'json/emf').map(({ operation }) => operation)).toEqual(['PutLogEvents']);
  expect(stored('g', 's')).toEqual([emf]);
});

test('requests_per_second holds over all groups', async () => {
  const { deliver, requests } = await start({ requests_per_second: 20, log_group_name: undefined, log_group_name_key: 'g' });
  const before = performance.now();
  for (let i = 0; i < 6; i++) await deliver(batch([{ g: `g${i % 2}`, s: 's', m: i }]));
  expect(performance.now() - before).toBeGreaterThanOrEqual(240);
  expect(requests.filter(({ operation }) => operation === 'PutLogEvents')).toHaveLength(6);
});

describe('the entity', () => {
  const entity = {
    key_attributes: map({ Type: 'Service', Name: '$.kubernetes.labels.app', Environment: 'prod-${tag}' }),
    attributes: map({ 'K8s.Namespace': "$['kubernetes']['namespace_name']", 'K8s.Node': '$.missing' }),
  };
  const kubernetes = (app: string) => new Map<string, Value>([['labels', new Map([['app', app]])], ['namespace_name', 'shop']]);

  test('comes from the record and the tag; what has no value is left out', async () => {
    const { deliver, endpoint } = await start({ entity });
    await deliver(batch([{ s: 's', m: 1, kubernetes: kubernetes('cart') }]));
    expect(endpoint.store.group('g').streams.get('s')!.entity).toEqual({
      keyAttributes: { Type: 'Service', Name: 'cart', Environment: 'prod-t' }, attributes: { 'K8s.Namespace': 'shop' },
    });
  });

  test('comes from the constants of a batch of bytes, too', async () => {
    const { deliver, endpoint } = await start({ entity, log_stream_name_key: undefined, log_stream_name: 's' });
    await deliver(textBatch('t', [{ time: { sec: 1, nsec: 0 }, record: new Map<string, Value>([['log', 'x'], ['kubernetes', kubernetes('cart')]]) }]));
    expect(endpoint.store.group('g').streams.get('s')!.entity!.keyAttributes['Name']).toBe('cart');
  });

  test('parts the requests of a stream, and where a key has no value there is none', async () => {
    const { deliver, requests, stored } = await start({ entity });
    await deliver(batch([{ s: 's', m: 1, kubernetes: kubernetes('a') }, { s: 's', m: 2, kubernetes: kubernetes('b') }, { s: 's', m: 3 }]));
    expect(requests.filter(({ operation }) => operation === 'PutLogEvents').map(({ events }) => events)).toEqual([1, 1, 1]);
    expect(stored('g', 's')).toHaveLength(3);
  });

  test('that the service refuses is counted, the events are delivered', async () => {
    const { deliver, stored, metric, context } = await start({ entity: { key_attributes: map({ Type: 'Thing', Name: 'x' }), attributes: undefined } });
    await deliver(batch([{ s: 's', m: 1 }]), batch([{ s: 'r', m: 1 }]));
    expect([stored('g', 's').length, stored('g', 'r').length]).toEqual([1, 1]);
    expect(metric('cloudwatch_rejected_entities_total', { type: 'InvalidTypeValue' })).toBe(2);
    expect(context.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  test.each([
    [{ key_attributes: map({ Type: 'Service' }), attributes: undefined }, "'key_attributes' has 1 keys, the service takes 2 to 4"],
    [{ key_attributes: map({ Type: 'Service', Nmae: 'x' }), attributes: undefined }, '\'key_attributes\' has the key "Nmae" (the service knows Type, ResourceType, Identifier, Name, Environment)'],
    [{ key_attributes: map({ Type: 'Service', Name: '$.a[' }), attributes: undefined }, 'the value of "Name" is no record accessor'],
  ])('that is wrong is a mistake of the configuration: %#', async (wrong, message) => {
    await expect(startRig({ config: { entity: wrong } })).rejects.toThrow(message);
  });
});

test.each([
  ['requests_per_second', 0, "'requests_per_second' has to be at least 0.01, found 0"],
  ['request_timeout', -1, "'request_timeout' has to be at least 0, found -1"],
  ['dead_letter_limit_size', 0, "'dead_letter_limit_size' has to be at least 1, found 0"],
])('%s %s is a mistake of the configuration', async (name, value, message) => {
  await expect(startRig({ config: { [name]: value } })).rejects.toThrow(message);
});

describe('the ledger', () => {
  test('tells how long events took from their time to the answer', async () => {
    const { deliver, metric } = await start();
    const now = Math.floor(Date.now() / 1000);
    await deliver(batch([{ s: 's', m: 1 }, { s: 's', m: 2 }], now - 100));
    const sum = metric('cloudwatch_delivery_latency_seconds_sum', { group: 'g' });
    expect(metric('cloudwatch_delivery_latency_seconds_count')).toBe(2);
    expect(sum >= 199 && sum < 210).toBe(true);
    expect(metric('cloudwatch_delivery_latency_seconds_max') >= 100).toBe(true);
  });

  test('has at most 200 groups by name', () => {
    const metrics = new MetricsRegistry();
    const ledger = new Ledger(metrics, testClock());
    for (let i = 0; i < 250; i++) ledger.delivered(`g${i}`, { events: 1, messageBytes: 1, stampSumMs: 0, firstStampMs: 0 });
    const series = [...metrics.read()].filter(({ name }) => name === 'cloudwatch_delivered_events_total');
    expect(series).toHaveLength(201);
    expect(series.find(({ labels }) => labels['group'] === 'other')!.value).toBe(50);
  });

  test('forgets the longest time after a minute', () => {
    const clock = testClock(1_000_000);
    const metrics = new MetricsRegistry();
    const ledger = new Ledger(metrics, clock);
    const max = () => [...metrics.read()].find(({ name }) => name === 'cloudwatch_delivery_latency_seconds_max')!.value;
    const deliver = (firstStampMs: number) => ledger.delivered('g', { events: 1, messageBytes: 1, stampSumMs: firstStampMs, firstStampMs });
    deliver(900_000);
    deliver(999_000);
    expect(max()).toBe(100);
    clock.advance(61_000);
    deliver(1_060_000);
    expect(max()).toBe(1);
  });
});
