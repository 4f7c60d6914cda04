import { expect, test } from 'vitest';
import { Ack, ObjectBatch, type EventBatch } from '../../../src/event.ts';
import type { Filter } from '../../../src/plugin.ts';
import { createPipeline } from '../../../src/routing/pipeline.ts';

const batchOf = (tag: string, ack?: Ack): EventBatch => new ObjectBatch(tag, [{ time: { sec: 0, nsec: 0 }, record: new Map() }], ack);
const none = (batch: EventBatch): EventBatch => new ObjectBatch(batch.tag, [], batch.ack);

function recorder() {
  const seen: EventBatch[] = [];
  return { seen, emit: (batch: EventBatch): void => void seen.push(batch) };
}

test('a batch goes through synchronously and its claim is settled behind the output', () => {
  const output = recorder();
  let settled = false;
  const pipeline = createPipeline([{ filter: (batch) => batch }], output, none);
  expect(pipeline.emit(batchOf('a', new Ack(() => (settled = true))))).toBeUndefined();
  expect(output.seen).toHaveLength(1);
  expect(settled).toBe(true);
});

test('a batch that a filter empties is settled and does not reach the output', () => {
  const output = recorder();
  let settled = false;
  createPipeline([{ filter: none }], output, none).emit(batchOf('a', new Ack(() => (settled = true))));
  expect(output.seen).toHaveLength(0);
  expect(settled).toBe(true);
});

test('a batch that waits in a filter holds back the later ones', async () => {
  const output = recorder();
  const waiting: (() => void)[] = [];
  const slowOnce: Filter = {
    filter: (batch) => (batch.tag === 'slow' ? new Promise((resolve) => waiting.push(() => resolve(batch))) : batch),
  };
  const pipeline = createPipeline([slowOnce], output, none);
  const first = pipeline.emit(batchOf('slow'));
  const second = pipeline.emit(batchOf('quick'));
  expect(output.seen).toHaveLength(0);
  waiting[0]!();
  await Promise.all([first, second]);
  expect(output.seen.map(({ tag }) => tag)).toEqual(['slow', 'quick']);
  expect(pipeline.emit(batchOf('later'))).toBeUndefined();
});

test('what an output throws reaches the caller and nothing is settled', () => {
  let settled = false;
  const pipeline = createPipeline([], { emit: () => { throw new Error('full'); } }, none);
  expect(() => pipeline.emit(batchOf('a', new Ack(() => (settled = true))))).toThrow('full');
  expect(settled).toBe(false);
});

test('an output that fails later does not hold up the batches behind it', async () => {
  let calls = 0;
  const pipeline = createPipeline([{ filter: (batch) => batch }], { emit: async () => { if (calls++ === 0) throw new Error('once'); } }, none);
  await expect(pipeline.emit(batchOf('a'))).rejects.toThrow('once');
  await pipeline.emit(batchOf('b'));
  expect(calls).toBe(2);
});

test.each([
  ['throws', (): never => { throw new Error('no'); }],
  ['rejects', () => Promise.reject(new Error('no'))],
])('what an output that %s could not take is told as the filters left it, with its claim', async (_how, emit) => {
  const failed: EventBatch[] = [];
  const settled: string[] = [];
  const rename: Filter = { filter: (batch) => batch.with({ tag: 'filtered' }) };
  const pipeline = createPipeline([rename], { emit }, none, (batch) => void failed.push(batch));
  await pipeline.emit(batchOf('a', new Ack(() => settled.push('a'))));
  expect(failed.map(({ tag }) => tag)).toEqual(['filtered']);
  expect(settled).toEqual([]);
});
