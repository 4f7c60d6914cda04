import { describe, expect, test } from 'vitest';
import { MetricsRegistry } from '../../../src/metrics/metrics.ts';

const series = (registry: MetricsRegistry) => [...registry.read()].map(({ name, type, labels, value }) => [name, type, labels, value]);

describe('metrics', () => {
  test('counters and gauges of the same name and labels are one series', () => {
    const registry = new MetricsRegistry();
    registry.counter('lines_total', 'Lines.', { a: '1', b: '2' }).add(3);
    const same = registry.counter('lines_total', 'Lines.', { b: '2', a: '1' });
    same.add();
    registry.gauge('size', 'Size.').set(7);
    expect(same.value).toBe(4);
    expect(series(registry)).toEqual([['lines_total', 'counter', { a: '1', b: '2' }, 4], ['size', 'gauge', {}, 7]]);
  });

  test('a series that ended is gone, and begins at zero when it is asked for again', () => {
    const registry = new MetricsRegistry();
    const plugin = registry.labelled({ plugin_id: 'x' });
    const counter = plugin.counter('file_lines_total', 'Lines of a file.', { path: '/a' });
    const gauge = plugin.gauge('file_size', 'Size of a file.', { path: '/a' });
    const observed = plugin.observe('file_age', 'Age of a file.', () => 5, { path: '/a' });
    counter.add(2);
    for (const each of [counter, gauge, observed]) each.end();
    expect(series(registry)).toEqual([]);
    const again = plugin.counter('file_lines_total', 'Lines of a file.', { path: '/a' });
    again.add();
    counter.end();
    counter.add(100);
    expect(series(registry)).toEqual([['file_lines_total', 'counter', { plugin_id: 'x', path: '/a' }, 1]]);
  });

  test('what is observed anew is not ended by the one before', () => {
    const registry = new MetricsRegistry();
    const first = registry.observe('depth', 'Depth.', () => 1);
    registry.observe('depth', 'Depth.', () => 2);
    first.end();
    expect(series(registry)).toEqual([['depth', 'gauge', {}, 2]]);
  });

  test('a family has the series that are there when somebody looks', () => {
    const registry = new MetricsRegistry();
    const files = new Map([['/a', 1]]);
    const family = registry.labelled({ plugin_id: 'x' }).family('file_lines_total', 'Lines of a file.', 'counter', () =>
      [...files].map(([path, value]) => ({ labels: { path }, value })));
    expect(series(registry)).toEqual([['file_lines_total', 'counter', { plugin_id: 'x', path: '/a' }, 1]]);
    files.delete('/a');
    expect(series(registry)).toEqual([]);
    files.set('/b', 2);
    expect(series(registry)).toEqual([['file_lines_total', 'counter', { plugin_id: 'x', path: '/b' }, 2]]);
    family.end();
    expect(series(registry)).toEqual([]);
  });
});
