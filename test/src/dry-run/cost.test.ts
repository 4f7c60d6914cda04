import { describe, expect, test } from 'vitest';
import { costShares, estimateCost, podOf } from '../../../src/dry-run/cost.ts';
import { parsePrices } from '../../../src/dry-run/prices.ts';
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
    expect(assumptions.join('\n')).toContain('region eu-west-9 is not in the table, counted as us-east-1');
    expect(assumptions.join('\n')).toContain('https://aws.amazon.com/cloudwatch/pricing/');
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
  expect(costShares(all, 'namespace').map(({ namespace, pod, events }) => [namespace, pod, events])).toEqual([['shop', null, 2010], [null, null, 1]]);
  expect(costShares(all, 'pod').map(({ namespace, pod, bytes }) => [namespace, pod, bytes])).toEqual([['shop', 'web-1', 4_052_000], ['shop', 'db-0', 1_000_260], [null, null, 36]]);
  expect(podOf(`var.log.containers.a.b_ns_c-d-${ID}.log`)).toEqual({ namespace: 'ns', pod: 'a.b' });
});

test('prices are given by name', () => {
  expect(parsePrices(['ingestion=0.57', 'ingestion-infrequent=0.3', 'storage=0.03'])).toEqual({ ingestion: 0.57, ingestionInfrequent: 0.3, storage: 0.03 });
  expect(() => parsePrices(['ingest=1'])).toThrow("--price: expected ingestion=USD, ingestion-infrequent=USD, storage=USD, such as ingestion=0.57, found 'ingest=1'");
  expect(() => parsePrices(['storage=x'])).toThrow("found 'storage=x'");
});
