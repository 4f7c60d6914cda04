import { describe, expect, test } from 'vitest';
import { MAX_SERIES, MetricFamily, type FamilyDefinition } from '../../../src/metrics/metric-family.ts';
import { UserMetrics } from '../../../src/metrics/user-metrics.ts';

const counter = (changes: Partial<FamilyDefinition> = {}): FamilyDefinition => ({ name: 'hits_total', help: 'Hits.', type: 'counter', labels: ['code'], ...changes });

describe('a family', () => {
  test('without labels has its one series from the beginning', () => {
    expect([...new MetricFamily(counter({ labels: [] })).samples()].map(({ value }) => value)).toEqual([0]);
    expect([...new MetricFamily(counter()).samples()]).toEqual([]);
  });

  test('gives the same series for the same values', () => {
    const family = new MetricFamily(counter({ labels: ['a', 'b'] }));
    expect(family.at(['1', '2'], 0)).toBe(family.at(['1', '2'], 5));
    expect(family.at(['1', '2'], 0)).not.toBe(family.at(['2', '1'], 0));
  });

  test('counts a histogram into the bucket of the first limit that is not below, and shows sums of buckets', () => {
    const family = new MetricFamily(counter({ type: 'histogram', labels: [], buckets: [{ limit: 1, text: '1' }, { limit: 2.5, text: '2.5' }] }));
    const series = family.at([], 0);
    for (const value of [1, 1.5, 9, NaN]) family.observe(series, value, 2);
    const shown = [...family.samples()].map(({ suffix, labels, value }) => [suffix, labels['le'], value]);
    expect(shown).toEqual([['_bucket', '1', 2], ['_bucket', '2.5', 4], ['_bucket', '+Inf', 8], ['_sum', undefined, NaN], ['_count', undefined, 8]]);
  });

  test('has the buckets of the Ruby client by default', () => {
    const family = new MetricFamily(counter({ type: 'histogram', labels: [] }));
    expect([...family.samples()].flatMap(({ labels }) => labels['le'] ?? [])).toEqual(['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']);
  });

  test('does not grow without end: further values share one series', () => {
    const family = new MetricFamily(counter());
    for (let i = 0; i < MAX_SERIES + 50; i++) family.at([`${i}`], 0).value++;
    expect(family.size).toBe(MAX_SERIES + 1);
    expect(family.at(['other'], 0).value).toBe(50);
    expect(family.at(['7'], 0).value).toBe(1);
  });

  test('forgets series that did not change, and whoever kept one can tell', () => {
    const family = new MetricFamily(counter());
    const old = family.at(['1'], 100);
    family.at(['2'], 200);
    family.expire(150);
    expect(old.gone).toBe(true);
    expect([...family.samples()].map(({ labels }) => labels)).toEqual([{ code: '2' }]);
  });
});

describe('the registry', () => {
  test('gives one family to all who define it alike, until the last has closed it', () => {
    const registry = new UserMetrics();
    const [first, second] = [registry.open(counter()), registry.open(counter())];
    expect(first.family).toBe(second.family);
    first.close();
    expect(registry.has('hits_total')).toBe(true);
    second.close();
    expect(registry.has('hits_total')).toBe(false);
  });

  test('begins anew for another definition, and the former owner takes nothing away from it', () => {
    const registry = new UserMetrics();
    const before = registry.open(counter());
    const after = registry.open(counter({ help: 'Other.' }));
    before.close();
    after.family.at(['200'], 0).value = 3;
    expect(registry.page()).toBe('# TYPE hits_total counter\n# HELP hits_total Other.\nhits_total{code="200"} 3.0\n');
  });

  test('shows families without series', () => {
    const registry = new UserMetrics();
    registry.open(counter());
    expect(registry.page()).toBe('# TYPE hits_total counter\n# HELP hits_total Hits.\n');
  });

  test('asks for series that are computed whenever somebody looks', () => {
    const registry = new UserMetrics();
    const { family } = registry.open(counter({ type: 'gauge' }));
    let value = 1;
    const end = family.compute(() => [{ labels: { code: 'x' }, value }]);
    value = 2;
    expect([...registry.samples()].map((sample) => sample.value)).toEqual([2]);
    end();
    expect([...registry.samples()]).toEqual([]);
  });
});
