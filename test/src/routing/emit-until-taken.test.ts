import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BufferOverflowError } from '../../../src/errors.ts';
import { emitUntilTaken } from '../../../src/routing/emit-until-taken.ts';
import { event, objectBatch } from '../../support/batches.ts';
import { testContext } from '../../support/context.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const batch = objectBatch('t', [event(1, { a: 1 })]);

it('offers a batch again until there is room, and says so once', async () => {
  const context = testContext();
  context.router.fail = new BufferOverflowError('full');
  let result: boolean | undefined;
  void emitUntilTaken(context, batch, new AbortController().signal).then((taken) => (result = taken));
  await vi.advanceTimersByTimeAsync(1000);
  expect([result, context.router.batches.length, context.log.lines.length]).toEqual([undefined, 0, 1]);
  context.router.fail = undefined;
  await vi.advanceTimersByTimeAsync(5000);
  expect([result, context.router.batches.length, context.log.lines.length]).toEqual([true, 1, 1]);
});

it('gives up when it is told to', async () => {
  const context = testContext();
  context.router.fail = new BufferOverflowError('full');
  const stop = new AbortController();
  stop.abort();
  expect(await emitUntilTaken(context, batch, stop.signal)).toBe(false);
});

it('passes other errors on', async () => {
  const context = testContext();
  context.router.fail = new TypeError('x');
  await expect(emitUntilTaken(context, batch, new AbortController().signal)).rejects.toThrow('x');
});
