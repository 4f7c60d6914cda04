import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BufferOverflowError, UnrecoverableError } from '../../../src/errors.ts';
import { Ack } from '../../../src/event.ts';
import { event, objectBatch } from '../../support/batches.ts';
import { createBuffering } from '../../support/buffering.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2022, 9, 3, 10) });
});
afterEach(() => {
  vi.useRealTimers();
});

type Step =
  | { readonly do: 'emit'; readonly events: readonly { readonly key: number; readonly slot: number; readonly width: number }[] }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'flush' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('emit' as const),
      events: fc.array(fc.record({ key: fc.nat(2), slot: fc.nat(2), width: fc.nat(30) }), { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'flush' as const }) },
);

const setups = fc.record({
  flushMode: fc.constantFrom('interval' as const, 'immediate' as const, 'lazy' as const),
  flushThreadCount: fc.integer({ min: 1, max: 3 }),
  chunkLimitSize: fc.integer({ min: 40, max: 200 }),
  chunkLimitRecords: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  totalLimitSize: fc.constantFrom(150, 1_000_000),
  overflowAction: fc.constantFrom('throw_exception' as const, 'block' as const),
  compress: fc.constantFrom('text' as const, 'gzip' as const),
  pack: fc.boolean(),
});
const outcomes = fc.infiniteStream(fc.constantFrom('ok', 'ok', 'fail', 'slow', 'slowFail', 'bad'));

test('every event is delivered or set aside exactly once, and its acknowledgement settles exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(setups, fc.array(steps, { maxLength: 25 }), outcomes, async (setup, plan, results) => {
      const outcome = results[Symbol.iterator]();
      let calm = false;
      const delivered: string[] = [];
      const take = (text: string) => void delivered.push(...text.split('\n').slice(0, -1));
      const { output, backups } = createBuffering({
        keys: { fields: setup.pack ? [] : ['k'], tag: true, time: true, timekey: 10 },
        limits: setup,
        settings: { ...setup, flushIntervalMs: 2000 },
        output: {
          ...(setup.pack
            ? {
                pack: (part) => {
                  const bytes = Buffer.from(part.events.map(({ record }) => `${String(record.get('m'))}\n`).join(''));
                  return { bytes, events: part.size, size: bytes.length };
                },
              }
            : {}),
          async write(chunk) {
            const result = calm ? 'ok' : outcome.next().value;
            if (result === 'slow' || result === 'slowFail') await new Promise((resolve) => setTimeout(resolve, 700));
            if (result === 'fail' || result === 'slowFail') throw new Error('down');
            if (result === 'bad') throw new UnrecoverableError('refused');
            take((await chunk.read()).toString());
          },
        },
      });
      await output.start!();
      const offered = new Map<string, number>();
      const refused = new Set<string>();
      const acks: { settled: number; names: string[] }[] = [];
      let number = 0;
      for (const step of plan) {
        if (step.do === 'wait') await vi.advanceTimersByTimeAsync(step.ms);
        else if (step.do === 'flush') output.flushNow();
        else {
          const names: string[] = [];
          const seen = { settled: 0, names };
          const ack = new Ack(() => void seen.settled++);
          const events = step.events.map(({ key, slot, width }) => {
            const m = `${number++}`.padEnd(width, '.');
            names.push(m);
            offered.set(m, 0);
            return event(slot * 10 + 1, { m, k: key });
          });
          try {
            const wait = output.emit(objectBatch('t', events, ack));
            if (wait) void wait.then(() => ack.settle());
            else ack.settle();
            acks.push(seen);
          } catch (error) {
            expect(error).toBeInstanceOf(BufferOverflowError);
            for (const name of names) refused.add(name);
          }
        }
      }
      calm = true;
      for (let round = 0; round < 40; round++) {
        output.flushNow();
        await vi.advanceTimersByTimeAsync(100_000);
      }
      for (const { text } of backups) take(text);
      for (const name of delivered) offered.set(name, offered.get(name)! + 1);
      for (const [name, times] of offered) expect([name, times]).toEqual([name, refused.has(name) ? 0 : 1]);
      expect(acks.filter(({ settled }) => settled !== 1)).toEqual([]);
      expect(output.statistics()).toMatchObject({ buffer_total_queued_size: 0, buffer_queue_length: 0, buffer_stage_length: 0 });
      await output.stop!();
      await output.close!();
    }),
    { numRuns: 150 },
  );
});
