import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BufferOverflowError } from '../../../src/errors.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { event, objectBatch } from '../../support/batches.ts';
import { createBuffering } from '../../support/buffering.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2022, 9, 3, 10) }));
afterEach(() => void vi.useRealTimers());
const passing = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** An event of 100 bytes. */
const hundred = (name = 'x') => objectBatch('a', [event(1, { m: name.padEnd(99, '.') })]);

test('an input waits for the memory of the agent, and what waits for its age is delivered before', async () => {
  const memory = new MemoryBudget(1600);
  let open = (): void => {};
  const { output, written } = createBuffering({
    memory, limits: { chunkLimitSize: 5000 }, deliver: () => new Promise((resolve) => (open = resolve)),
  });
  await output.start!();
  for (let i = 0; i < 9; i++) expect(output.emit(hundred())).toBeUndefined();
  let waited = false;
  const wait = output.emit(hundred()) as Promise<void>;
  expect(wait).toBeInstanceOf(Promise);
  void wait.then(() => (waited = true));
  await passing(10);
  expect(output.statistics()).toMatchObject({ buffer_stage_length: 0, emit_records: 10 });
  expect(waited).toBe(false);
  open();
  await passing(1);
  expect(waited).toBe(true);
  expect(written.map(({ events }) => events)).toEqual([10]);
  expect(memory.bytes).toBe(0);
});

test('one output that is stuck keeps neither memory nor room from another one', async () => {
  const memory = new MemoryBudget(3200);
  const stuck = createBuffering({ memory, settings: { flushMode: 'immediate' }, deliver: () => new Promise(() => {}) });
  const fine = createBuffering({ memory, settings: { flushMode: 'immediate' } });
  await stuck.output.start!();
  await fine.output.start!();
  let taken = 0;
  while (stuck.output.emit(hundred()) === undefined) taken++;
  expect(taken).toBe(12);
  for (let i = 0; i < 500; i++) {
    expect(fine.output.emit(hundred(String(i)))).toBeUndefined();
    await passing(1);
  }
  expect(fine.written).toHaveLength(500);
});

test('inputs that do not wait are refused before the agent holds more than its limit; nothing is dropped', async () => {
  for (const overflowAction of ['throw_exception', 'drop_oldest_chunk'] as const) {
    const memory = new MemoryBudget(1000);
    const { output, logged } = createBuffering({ memory, settings: { flushMode: 'immediate', overflowAction }, deliver: () => new Promise(() => {}) });
    await output.start!();
    let refused: unknown;
    while (!refused) {
      try {
        void output.emit(hundred());
      } catch (error) {
        refused = error;
      }
    }
    expect(refused).toBeInstanceOf(BufferOverflowError);
    expect((refused as Error).message).toBe('the agent holds 1000 bytes of events of at most 1000 (<system> memory_limit), 1000 of them in this buffer');
    expect(logged('warn')).toEqual(['failed to write data into buffer by buffer overflow']);
    expect(output.statistics().drop_oldest_chunk_count).toBe(0);
  }
});

test('block: what is held back is taken when another output has less', async () => {
  const memory = new MemoryBudget(1000);
  const other = memory.open();
  const { output } = createBuffering({ memory, settings: { flushMode: 'immediate', overflowAction: 'block' }, deliver: () => new Promise(() => {}) });
  await output.start!();
  other.set(700);
  let blocked: Promise<void> | void = undefined;
  for (let i = 0; i < 4; i++) blocked = output.emit(hundred());
  expect(output.statistics().emit_records).toBe(3);
  other.set(0);
  await blocked;
  expect(output.statistics().emit_records).toBe(4);
});

test('a chunk in a file counts while it is delivered', async () => {
  const memory = new MemoryBudget(10_000);
  const stored = { append() {}, truncate() {}, enqueue() {}, read: () => Buffer.alloc(0), purge() {}, close() {} };
  const { output } = createBuffering({
    memory, storage: { persistent: true, create: () => stored }, settings: { flushMode: 'immediate' }, deliver: () => new Promise(() => {}),
  });
  await output.start!();
  void output.emit(hundred());
  expect(memory.bytes).toBe(0);
  await passing(1);
  void output.emit(hundred());
  expect(memory.bytes).toBe(100);
  await output.stop!();
  await output.close!();
  expect(memory.bytes).toBe(0);
});
