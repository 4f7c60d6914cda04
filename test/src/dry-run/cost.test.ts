import { describe, expect, test } from 'vitest';
import { estimateCost, podOf } from '../../../src/dry-run/cost.ts';
import { parsePrices, PRICES } from '../../../src/dry-run/prices.ts';
import type { CloudWatchPlan, GroupReport, StreamReport } from '../../../src/dry-run/report.ts';

const ID = 'a'.repeat(64);

function stream(name: string, events: number, bytes: number, first = '2024-05-14T09:00:00.000Z', last = '2024-05-14T10:00:00.000Z'): StreamReport {
  return { name, events, bytes, requests: 1, first, last, samples: [] };
}

function group(streams: readonly StreamReport[], more: Partial<GroupReport> = {}): GroupReport {
  const sum = (value: (one: StreamReport) => number) => streams.reduce((total, one) => total + value(one), 0);
  return {
    name: 'g', outputs: [0], region: 'us-east-1', existence: 'created', retentionDays: 365, tags: {}, flushIntervalSec: 5,
    events: sum(({ events }) => events), bytes: sum(({ bytes }) => bytes), requests: 1, streams, ...more,
  };
}

function plan(...groups: GroupReport[]): CloudWatchPlan {
  return { groups, requests: groups.length };
}

/** An hour of it is a gigabyte with its overhead. */
const GIGABYTE = stream('s', 1_000_000, 1e9 - 26e6);

describe('the cost of a month', () => {
  test('comes from the time between the first and the last event', () => {
    const report = estimateCost(plan(group([GIGABYTE])));
    expect(report).toMatchObject({ spanSec: 3600, eventsPerSec: 277.778, bytesPerSec: 277_777.778, currency: 'USD' });
    expect(report.items).toEqual([
      { what: 'ingestion into g', perMonth: 365, quantity: '730 GB a month' },
      { what: 'storage of g', perMonth: 39.42, quantity: '1.3 TB compressed, kept 365 days' },
    ]);
    expect(report.totalPerMonth).toBe(404.42);
  });

  test('is lower for infrequent access, and takes prices that are given', () => {
    const [item] = estimateCost(plan(group([GIGABYTE])), { classes: new Map([[0, 'INFREQUENT_ACCESS']]) }).items;
    expect(item!.perMonth).toBe(182.5);
    expect(estimateCost(plan(group([GIGABYTE])), { prices: { ingestion: 1, storage: 0 } }).totalPerMonth).toBe(730);
  });

  test('says which prices it assumes', () => {
    const { assumptions } = estimateCost(plan(group([GIGABYTE], { region: 'eu-west-9', retentionDays: null })));
    expect(assumptions).toContain('groups without a retention: what 12 months leave');
    expect(assumptions).toContain('no prices are known of region eu-west-9, counted as us-east-1: $0.50 a GB taken in ($0.25 infrequent access), $0.03 a GB kept for a month');
    const ireland = estimateCost(plan(group([GIGABYTE], { region: 'eu-west-1' })), { prices: { storage: 1 } }).assumptions;
    expect(ireland).toContain('region eu-west-1: $0.57 a GB taken in ($0.285 infrequent access), $1.00 a GB kept for a month');
    expect(ireland.at(-1)).toBe('prices given with --price win');
    expect(assumptions.join('\n')).toContain('https://aws.amazon.com/cloudwatch/pricing/');
  });

  test('is not estimated from logs of several times', () => {
    const apart = estimateCost(plan(group([GIGABYTE, stream('t', 10, 100, '2026-05-14T09:00:00.000Z', '2026-05-14T10:00:00.000Z')])));
    expect(apart).toMatchObject({ totalPerMonth: null, items: [] });
    expect(apart.assumptions[0]).toMatch(/^the events are from times far apart, 730 days between/);
    expect(estimateCost(plan(group([stream('rare', 2, 100, '2024-01-14T09:00:00.000Z', '2024-05-14T10:00:00.000Z')]))).totalPerMonth).toBe(0);
  });

  test('is not estimated from too little', () => {
    const short = estimateCost(plan(group([stream('s', 10, 100, '2024-05-14T09:00:00.000Z', '2024-05-14T09:00:30.000Z')])));
    expect(short).toMatchObject({ spanSec: 30, totalPerMonth: null, items: [], requestsPerSec: null });
    expect(estimateCost(plan())).toMatchObject({ spanSec: null, totalPerMonth: null, assumptions: ['no events with a time: nothing can be estimated'] });
  });
});

test('a busy stream makes a request for each flush, a quiet one for each event, a large one by its size', () => {
  const perSec = (...streams: StreamReport[]) => estimateCost(plan(group(streams))).requestsPerSec;
  expect(perSec(stream('busy', 360_000, 1000))).toBe(0.2);
  expect(perSec(stream('quiet', 36, 1000))).toBe(0.01);
  expect(perSec(stream('large', 36_000, 3600 * 10 * 1024 * 1024))).toBe(10);
});

test('namespaces and pods are known by the names of their streams', () => {
  const all = plan(group([
    stream(`web-1_shop_nginx-${ID}`, 1000, 3e6), stream(`web-1_shop_sidecar-${ID}`, 1000, 1e6), stream(`db-0_shop_pg-${ID}`, 10, 1e6), stream('host.messages', 1, 10),
  ]));
  const { byNamespace, byPod } = estimateCost(all);
  expect(byNamespace).toEqual([
    { namespace: 'shop', pods: 2, events: 2010, bytes: 5_052_260, perMonth: 2.04 },
    { namespace: null, pods: 0, events: 1, bytes: 36, perMonth: 0 },
  ]);
  expect(byPod.map(({ namespace, pod, bytes, perMonth }) => [namespace, pod, bytes, perMonth])).toEqual([['shop', 'web-1', 4_052_000, 1.64], ['shop', 'db-0', 1_000_260, 0.4], [null, null, 36, 0]]);
  expect(podOf(`var.log.containers.a.b_ns_c-d-${ID}.log`)).toEqual({ namespace: 'ns', pod: 'a.b' });
});

test('what a pod costs depends on the groups that it writes to', () => {
  const web = group([stream(`web_shop_c-${ID}`, 1000, 1e9)], { name: 'cheap', outputs: [1], retentionDays: 1 });
  const database = group([stream(`db_shop_c-${ID}`, 1000, 0.9e9)], { name: 'dear' });
  const { byPod, byNamespace, items, totalPerMonth } = estimateCost(plan(web, database), { classes: new Map([[1, 'INFREQUENT_ACCESS']]) });
  expect(byPod.map(({ pod }) => pod)).toEqual(['db', 'web']);
  expect(byPod[1]!.perMonth).toBeCloseTo(items[0]!.perMonth! + items[1]!.perMonth!, 1);
  expect(byNamespace[0]!.perMonth).toBe(totalPerMonth);
});

test('without an estimate pods still have their volume', () => {
  const { byPod } = estimateCost(plan(group([stream(`web_shop_c-${ID}`, 10, 100, '2024-05-14T09:00:00.000Z', '2024-05-14T09:00:30.000Z')])));
  expect(byPod).toEqual([{ namespace: 'shop', pod: 'web', events: 10, bytes: 360, perMonth: null }]);
});

test('every price says where it comes from', () => {
  expect(Object.keys(PRICES).length).toBeGreaterThan(25);
  for (const { ingestion, ingestionInfrequent, storage, source, date } of Object.values(PRICES)) {
    expect(ingestionInfrequent).toBeCloseTo(ingestion / 2, 2);
    expect(storage).toBeLessThan(0.05);
    expect([source, date]).toEqual([expect.stringMatching(/^https:/), expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
  }
});

test('prices are given by name', () => {
  expect(parsePrices(['ingestion=0.57', 'ingestion-infrequent=0.3', 'storage=0.03'])).toEqual({ ingestion: 0.57, ingestionInfrequent: 0.3, storage: 0.03 });
  expect(() => parsePrices(['ingest=1'])).toThrow("--price: expected ingestion=USD, ingestion-infrequent=USD, storage=USD, such as ingestion=0.57, found 'ingest=1'");
  expect(() => parsePrices(['storage=x'])).toThrow("found 'storage=x'");
});
