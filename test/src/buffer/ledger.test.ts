/** Every event that a buffer took is somewhere: the counters balance whatever happens. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFileStorage, type FileStorageConfig } from '../../../src/buffer/file-storage.ts';
import { fileStorageFields } from '../../../src/buffer/fields.ts';
import { BufferOverflowError, UnrecoverableError } from '../../../src/errors.ts';
import type { ChunkStorage } from '../../../src/plugin.ts';
import { event, objectBatch } from '../../support/batches.ts';
import { createBuffering, NO_KEYS, type Buffering } from '../../support/buffering.ts';
import { configOf, testContext } from '../../support/context.ts';
import { createCrashDisk, type CrashDisk } from '../../support/crash-disk.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2022, 9, 3, 10) }));
afterEach(() => void vi.useRealTimers());

function fileStorage(disk: CrashDisk): ChunkStorage {
  const config = configOf(fileStorageFields, { path: process.cwd(), fsync: 'never' }) as FileStorageConfig;
  const storage = createFileStorage({ prefix: 'buffer', suffix: '.log', meta: true }, config, testContext({ kind: 'buffer' }), disk);
  storage.attach!({
    id: 'x', type: 'test', configured: true, chunkKeys: NO_KEYS, defaultPath: undefined, msgpack: false, compress: 'text', setAside() {},
  });
  return storage;
}

const setups = fc.record({
  file: fc.boolean(),
  overflowAction: fc.constantFrom('throw_exception' as const, 'block' as const, 'drop_oldest_chunk' as const),
  flushMode: fc.constantFrom('interval' as const, 'immediate' as const),
  flushThreadCount: fc.integer({ min: 1, max: 2 }),
  disableChunkBackup: fc.boolean(),
  secondary: fc.constantFrom('none' as const, 'works' as const, 'refuses' as const),
  maxTimes: fc.constantFrom(1, 3),
});
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ emit: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 5000 }) }) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  ),
  { minLength: 3, maxLength: 25 },
);

interface Counts {
  emitted: number;
  resumed: number;
  delivered: number;
  backedUp: number;
  lost: number;
  discarded: number;
}

function countsOf({ context, output }: Buffering): Counts {
  const sum = (name: string): number => [...context.metrics.read()].reduce((all, series) => all + (series.name === name ? series.value : 0), 0);
  return {
    emitted: output.statistics().emit_records,
    resumed: sum('buffer_resumed_records_total'),
    delivered: sum('buffer_delivered_records_total'),
    backedUp: sum('buffer_backed_up_records_total'),
    lost: sum('buffer_lost_records_total'),
    discarded: sum('buffer_discarded_records_total'),
  };
}

test('emitted + resumed = delivered + backed up + lost + discarded + still there, over overflows, retries, secondaries and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(setups, steps, fc.infiniteStream(fc.constantFrom('ok', 'ok', 'fail', 'bad')), async (setup, plan, results) => {
      const disk = createCrashDisk();
      const outcome = results[Symbol.iterator]();
      const taken: string[] = [];
      const begin = async (): Promise<Buffering> => {
        const made = createBuffering({
          ...(setup.file ? { storage: fileStorage(disk) } : {}),
          limits: { chunkLimitRecords: 3, totalLimitSize: 40 },
          retry: { maxTimes: setup.maxTimes },
          settings: { ...setup, flushIntervalMs: 1000, flushAtShutdown: !setup.file },
          output: {
            async write(chunk) {
              const result = outcome.next().value;
              if (result === 'fail') throw new Error('down');
              if (result === 'bad') throw new UnrecoverableError('refused');
              taken.push(...(await chunk.read()).toString().split('\n').slice(0, -1));
            },
          },
          ...(setup.secondary === 'none'
            ? {}
            : {
                secondary: {
                  type: 'other',
                  output: {
                    async write(chunk) {
                      if (setup.secondary === 'refuses') throw new Error('secondary is down');
                      taken.push(...(await chunk.read()).toString().split('\n').slice(0, -1));
                    },
                  },
                },
              }),
        });
        await made.output.start!();
        return made;
      };
      const there = ({ output }: Buffering): number => {
        const { emitted, resumed, delivered, backedUp, lost, discarded } = countsOf(run);
        expect(output.statistics().buffer_total_queued_size === 0).toBe(emitted + resumed - delivered - backedUp - lost - discarded === 0);
        return emitted + resumed - delivered - backedUp - lost - discarded;
      };
      let run = await begin();
      let number = 0;
      const total = { delivered: 0, left: 0 };
      const end = async (): Promise<void> => {
        await run.output.flush!(AbortSignal.abort());
        await run.output.stop!();
        total.left = there(run);
        await run.output.close!();
        total.delivered += countsOf(run).delivered;
      };
      for (const step of plan) {
        if (step === 'restart') {
          await end();
          const before = total.left;
          run = await begin();
          expect(countsOf(run).resumed).toBe(setup.file ? before : 0);
        } else if ('wait' in step) await vi.advanceTimersByTimeAsync(step.wait);
        else {
          const events = Array.from({ length: step.emit }, () => event(1, { m: `${number++}`.padStart(4, '0') }));
          try {
            const wait = run.output.emit(objectBatch('a', events));
            if (wait) wait.catch(() => {});
          } catch (error) {
            expect(error).toBeInstanceOf(BufferOverflowError);
          }
        }
        expect(there(run)).toBeGreaterThanOrEqual(0);
      }
      await end();
      expect(total.delivered).toBe(taken.length);
    }),
    { numRuns: 150 },
  );
});
