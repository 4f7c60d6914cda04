/** A buffered output for tests: its chunks are recorded, deliveries succeed or fail as told. */
import { createBufferedOutput, type BufferControl, type BufferSettings } from '../../src/buffer/index.ts';
import { MemoryBudget } from '../../src/lib/memory-budget.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { BufferedOutput, Chunk, ChunkKeys, ChunkStorage, Output, StoredChunk } from '../../src/plugin.ts';
import type { Secondary } from '../../src/buffer/delivery.ts';
import { UTC } from '../../src/time/zone.ts';
import { testContext, type TestContext } from './context.ts';

export interface Written {
  readonly id: string;
  readonly tag: string | undefined;
  readonly timekey: number | undefined;
  readonly fields: readonly unknown[];
  readonly text: string;
  readonly events: number;
  readonly atMs: number;
}

export interface BufferingOptions {
  readonly keys?: Partial<ChunkKeys>;
  readonly settings?: Partial<Omit<BufferSettings, 'limits' | 'retry' | 'keys'>>;
  readonly limits?: Partial<BufferSettings['limits']>;
  readonly retry?: Partial<BufferSettings['retry']>;
  readonly storage?: ChunkStorage;
  readonly output?: Partial<BufferedOutput>;
  readonly secondary?: Secondary;
  readonly memory?: MemoryBudget;
  /** Called before a chunk is kept as backup; may throw. */
  readonly backup?: (id: string, bytes: Buffer) => string;
  /** Called for each delivery before it is recorded; may throw or wait. */
  readonly deliver?: (chunk: Chunk, signal: AbortSignal) => void | Promise<void>;
}

export interface Buffering {
  readonly output: Output & BufferControl;
  readonly written: Written[];
  readonly backups: { id: string; text: string }[];
  readonly context: TestContext;
  /** Log lines of a level. */
  logged(level: string): string[];
}

/** The clock that vitest's fake timers move. */
export const fakeTimerClock: Clock = {
  now: () => Date.now(),
  time: () => ({ sec: Math.floor(Date.now() / 1000), nsec: (Date.now() % 1000) * 1_000_000 }),
  monotonic: () => Date.now(),
};

export const NO_KEYS: ChunkKeys = { tag: false, time: false, fields: [], timekey: undefined, zone: UTC };

/** Events are formatted as the field `m` with a line break. */
export function createBuffering(options: BufferingOptions = {}): Buffering {
  const context = testContext({ kind: 'output' });
  const written: Written[] = [];
  const backups: { id: string; text: string }[] = [];
  const output: BufferedOutput = {
    format: (_tag, _time, record) => `${String(record.get('m'))}\n`,
    async write(chunk, signal) {
      await options.deliver?.(chunk, signal);
      written.push(await describeChunk(chunk));
    },
    ...options.output,
  };
  const settings: BufferSettings = {
    keys: { ...NO_KEYS, ...options.keys },
    limits: {
      chunkLimitSize: 1000,
      chunkLimitRecords: undefined,
      chunkFullThreshold: 0.95,
      totalLimitSize: 100_000,
      queuedChunksLimitSize: 1,
      ...options.limits,
    },
    flushMode: 'interval',
    flushIntervalMs: 60_000,
    timekeyWaitMs: 0,
    flushAtShutdown: true,
    flushThreadCount: 1,
    overflowAction: 'throw_exception',
    retry: {
      type: 'exponential_backoff', waitMs: 1000, base: 2, maxIntervalMs: undefined, randomize: false,
      timeoutMs: 259_200_000, maxTimes: undefined, forever: false, secondaryThreshold: options.secondary ? 0.8 : undefined,
      ...options.retry,
    },
    compress: 'text',
    decompressionLimit: 1_000_000,
    disableChunkBackup: false,
    timeAsInteger: false,
    slowFlushMs: 20_000,
    softLimitBytes: 50_000,
    ...options.settings,
  };
  const buffered = createBufferedOutput({
    output,
    type: 'test',
    storage: options.storage ?? memoryStorage(),
    secondary: options.secondary,
    settings,
    backup: (id, bytes) => {
      const file = options.backup?.(id, bytes) ?? `/backup/${id}.log`;
      backups.push({ id, text: bytes.toString() });
      return file;
    },
    context: { ...context, clock: fakeTimerClock },
    memory: options.memory ?? new MemoryBudget(1e9),
  });
  const logged = (level: string) => context.log.lines.filter((line) => line.level === level).map((line) => line.message);
  return { output: buffered, written, backups, context, logged };
}

export async function describeChunk(chunk: Chunk): Promise<Written> {
  return {
    id: chunk.id,
    tag: chunk.metadata.tag,
    timekey: chunk.metadata.timekey,
    fields: [...(chunk.metadata.variables?.values() ?? [])],
    text: (await chunk.read()).toString(),
    events: chunk.eventCount,
    atMs: Date.now(),
  };
}

export function memoryStorage(): ChunkStorage {
  return {
    persistent: false,
    create(): StoredChunk {
      let bytes = Buffer.alloc(0);
      return {
        append: (more) => void (bytes = Buffer.concat([bytes, more])),
        truncate: (length) => void (bytes = bytes.subarray(0, length)),
        enqueue() {},
        read: () => bytes,
        purge() {},
        close() {},
      };
    },
  };
}
