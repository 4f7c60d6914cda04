import { describe, expect, test } from 'vitest';
import { ObjectBatch, type EventBatch } from '../../../src/event.ts';
import { MetricsRegistry } from '../../../src/metrics/metrics.ts';
import type { Router } from '../../../src/plugin.ts';
import { createObservers } from '../../../src/topology/observers.ts';
import { createStep } from '../../../src/topology/steps.ts';

const at = { file: 'a.conf', line: 1, column: 1 };
const batchOf = (size: number): EventBatch => new ObjectBatch('a', Array.from({ length: size }, () => ({ time: { sec: 0, nsec: 0 }, record: new Map() })));

function stepOf(kind: 'input' | 'filter' | 'output', observer?: Parameters<typeof createStep>[2]) {
  return createStep({ kind, type: 't', id: 'i', configured: true, label: '@ROOT', pattern: undefined, at, owner: undefined }, new MetricsRegistry(), observer);
}

describe('a step', () => {
  test('counts what a filter took and handed on, also when it answers later', async () => {
    const step = stepOf('filter');
    const half = { filter: (batch: EventBatch) => batch.slice(0, batch.size / 2) };
    expect((step.filter(half).filter(batchOf(4)) as EventBatch).size).toBe(2);
    await step.filter({ filter: async (batch) => half.filter(batch) }).filter(batchOf(6));
    expect([step.received, step.passed]).toEqual([10, 5]);
  });

  test('counts the events of a filter that throws as failed', () => {
    const step = stepOf('filter');
    const bad = step.filter({ filter: () => { throw new Error('no'); } });
    expect(() => bad.filter(batchOf(3))).toThrow('no');
    expect([step.received, step.passed, step.failed]).toEqual([3, 0, 3]);
  });

  test('does not count what an output refused, at once or later', async () => {
    const step = stepOf('output');
    const refuse = step.output({ emit: () => { throw new Error('full'); } });
    expect(() => refuse.emit(batchOf(2))).toThrow('full');
    await expect(step.output({ emit: () => Promise.reject(new Error('later')) }).emit(batchOf(2))).rejects.toThrow('later');
    await step.output({ emit: () => Promise.resolve() }).emit(batchOf(5));
    expect(step.received).toBe(5);
  });

  test('counts bytes as MessagePack where they are wanted: of what is emitted, handed on or given, and was not refused', () => {
    const sized = (kind: 'input' | 'filter' | 'output') =>
      createStep({ kind, type: 't', id: 'i', configured: true, label: '@ROOT', pattern: undefined, at, owner: undefined }, new MetricsRegistry(), undefined, true);
    // An event is a list of two, ten bytes of time, and an empty record.
    const eventBytes = 12;
    const input = sized('input');
    input.router({ emit: () => {}, emitError: () => {} }).emit(batchOf(3));
    const filter = sized('filter');
    filter.filter({ filter: (batch: EventBatch) => batch.slice(0, 1) }).filter(batchOf(3));
    const output = sized('output');
    output.output({ emit: () => {} }).emit(batchOf(2));
    expect(() => output.output({ emit: () => { throw new Error('full'); } }).emit(batchOf(2))).toThrow('full');
    expect([input.bytes, filter.bytes, output.bytes, stepOf('input').bytes]).toEqual([3 * eventBytes, eventBytes, 2 * eventBytes, undefined]);
  });

  test('gives one router for one router, so that they can be compared', () => {
    const step = stepOf('output');
    const router: Router = { emit: () => {}, emitError: () => {} };
    expect(step.router(router)).toBe(step.router(router));
  });

  test('shows each batch to who watches, until they stop or fail', () => {
    const failures: unknown[] = [];
    const list = createObservers(undefined, (error) => failures.push(error));
    const step = stepOf('input', list);
    const router = step.router({ emit: () => {}, emitError: () => {} });
    const seen: number[] = [];
    const stop = list.add({ emitted: (_step, _label, batch) => void seen.push(batch.size) });
    list.add({ emitted: () => { throw new Error('mine'); } });
    void router.emit(batchOf(1));
    void router.emit(batchOf(2));
    stop();
    void router.emit(batchOf(3));
    expect(seen).toEqual([1, 2]);
    expect(failures).toEqual([new Error('mine')]);
    expect(step.emitted).toBe(6);
  });
});
