/** A BufferedOutput with stage, queue and flush loop around it: an Output that takes batches. */
import type { EventBatch } from '../event.ts';
import type { Clock } from '../lib/clock.ts';
import type { MemoryBudget } from '../lib/memory-budget.ts';
import type { Logger } from '../log/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { BufferedOutput, ChunkStorage, Output, Router } from '../plugin.ts';
import { BackPressure, type BackPressureOptions } from './back-pressure.ts';
import type { Backup } from './backup.ts';
import { ChunkBuffer, type BufferLimits } from './chunk-buffer.ts';
import type { Compress } from './compression.ts';
import { createBufferCounters, type BufferCounters } from './counters.ts';
import { createDelivery, type Secondary } from './delivery.ts';
import { dueTimes, type DueSettings } from './due-chunks.ts';
import { createFormat } from './event-bytes.ts';
import { createGrouping } from './event-groups.ts';
import { FlushLoop } from './flush-loop.ts';
import type { RetrySettings } from './retry.ts';
import { createStaging, type StageResult } from './staging.ts';
import { readStatistics, type BufferStatistics } from './statistics.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface BufferSettings extends DueSettings, Pick<BackPressureOptions, 'overflowAction' | 'softLimitBytes'> {
  readonly limits: BufferLimits;
  readonly flushAtShutdown: boolean;
  readonly flushThreadCount: number;
  readonly retry: RetrySettings;
  readonly compress: Compress;
  readonly decompressionLimit: number;
  readonly disableChunkBackup: boolean;
  readonly timeAsInteger: boolean;
  readonly slowFlushMs: number;
}

export interface BufferedOutputOptions {
  readonly output: BufferedOutput;
  readonly type: string;
  readonly storage: ChunkStorage;
  readonly secondary?: Secondary | undefined;
  readonly settings: BufferSettings;
  readonly backup: Backup;
  readonly context: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly metrics: Metrics;
    readonly router: Pick<Router, 'emitError'>;
  };
  /** What the agent may hold in memory, all buffers together. */
  readonly memory: MemoryBudget;
}

export interface BufferControl {
  /** Queues all that is staged (SIGUSR1, the RPC plugins.flushBuffers); returns at once. */
  flushNow(): void;
  /** To be called before `stop` if another output is going to open the same files: deliveries under way may end, and its account of the rest does. */
  leave(): Promise<void>;
  /** Events that are not delivered yet. */
  held(): number;
  /** Counters and sizes, with the names of Fluentd's monitor_agent. */
  statistics(): BufferStatistics;
}

/** How long an output may take to end what it does when the time for it is over. */
const GRACE_MS = 250;

/** How long a reload waits for deliveries that are under way from files which change hands, milliseconds. */
const LEAVE_MS = 2000;

/** Undelivered bytes of a memory buffer beyond which inputs are asked to wait. */
export const SOFT_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * Wraps an output. The storage and the secondary are started and closed by whoever made them, before and
 * after this; the output itself is started, stopped and closed here.
 */
export function createBufferedOutput(options: BufferedOutputOptions): Output & BufferControl {
  return new Buffering(options);
}

class Buffering implements Output, BufferControl {
  readonly #options: BufferedOutputOptions;
  readonly #buffer: ChunkBuffer;
  readonly #loop: FlushLoop;
  readonly #pressure: BackPressure;
  readonly #counters: BufferCounters;
  readonly #stage: (batch: EventBatch, enqueue: boolean) => StageResult;
  /** Events that were said to be left: outputs are flushed twice. */
  #toldLeft = 0;
  readonly #counts = {
    emit: 0, emitRecords: 0, emitBytes: 0, write: 0, writeSecondary: 0, slowFlush: 0, flushTimeMs: 0, dropOldest: 0,
  };

  constructor(options: BufferedOutputOptions) {
    this.#options = options;
    const { output, storage, settings, context, secondary } = options;
    const { keys, limits, compress } = settings;
    const now = () => context.clock.now();
    const pack = usablePack(options);
    this.#counters = createBufferCounters(context.metrics);
    const { lost: onLost, backedUp: onBackedUp, failed: onFailed, delivered: onDelivered, discarded } = this.#counters;
    context.metrics.observe('buffer_memory_bytes', 'Bytes of events that the buffer holds in memory.', () => this.#pressure.memoryBytes);
    context.metrics.observe('buffer_oldest_chunk_seconds', 'Age of the oldest chunk that is not delivered; 0 without chunks.', () => {
      const { oldestAt } = this.#buffer;
      return oldestAt === undefined ? 0 : Math.max(0, (now() - oldestAt) / 1000);
    });
    this.#buffer = new ChunkBuffer({
      limits,
      storage: pack ? undefined : storage,
      compress,
      decompressionLimit: settings.decompressionLimit,
      unpack: pack && output.unpack ? (bytes) => output.unpack!(bytes) : undefined,
      recycle: pack && output.recycle ? (packed) => output.recycle!(packed) : undefined,
      onReleased: (events) => {
        onDelivered({ eventCount: events });
        this.#pressure.shrank();
      },
      now,
      onStaged: (chunk) => {
        output.staged?.(chunk);
        this.#loop.watch(chunk);
      },
    });
    this.#stage = createStaging({
      buffer: this.#buffer,
      grouping: createGrouping(keys),
      format: createFormat(output, settings.timeAsInteger),
      pack,
      relief: output.relief && ((packed) => output.relief!(packed)),
      compressed: compress !== 'text',
      holdAcks: !storage.persistent,
      whenSafe: storage.persistent && storage.whenSafe ? (done) => storage.whenSafe!(done) : undefined,
      now,
    });
    this.#loop = new FlushLoop({
      buffer: this.#buffer,
      deliver: createDelivery({
        output,
        type: options.type,
        secondary,
        backup: options.backup,
        disableBackup: settings.disableChunkBackup,
        slowFlushMs: settings.slowFlushMs,
        clock: context.clock,
        log: context.log,
        counts: this.#counts,
        onBackedUp,
        onLost,
      }),
      log: context.log,
      retry: settings.retry,
      threads: Math.max(1, settings.flushThreadCount),
      dueAt: dueTimes(settings),
      now,
      onPurged: () => this.#pressure.shrank(),
      onFailed,
      onDelivered,
      onDiscarded: (chunk) => discarded(chunk, 'retry_limit'),
    });
    this.#pressure = new BackPressure({
      buffer: this.#buffer,
      loop: this.#loop,
      memory: options.memory,
      persistent: storage.persistent,
      overflowAction: settings.overflowAction,
      softLimitBytes: settings.softLimitBytes,
      log: context.log,
      store: (batch) => this.#store(batch),
      onRefused: () => this.#counters.refused(),
      onDropped: (chunk) => {
        this.#counts.dropOldest++;
        discarded(chunk, 'overflow');
      },
    });
  }

  emit(batch: EventBatch): void | Promise<void> {
    if (batch.size === 0) return undefined;
    const held = this.#pressure.hold(batch);
    if (held) return held;
    const own = this.#store(batch);
    return this.#pressure.relief() ?? own;
  }

  async start(): Promise<void> {
    this.#counters.resumed(this.#buffer.resume());
    await this.#options.output.start?.();
    this.#loop.start();
  }

  async flush(signal: AbortSignal): Promise<void> {
    const { flushAtShutdown } = this.#options.settings;
    if (flushAtShutdown) this.#loop.flushStage();
    this.#options.output.hurry?.();
    await this.#loop.drain(signal, flushAtShutdown);
    this.#tellOfRest();
    await unlessAborted(Promise.resolve(this.#options.output.flush?.(signal)), signal, GRACE_MS);
  }

  /** What is left in memory at the end, handed on or not, is not lost where the input keeps positions: say so. */
  #tellOfRest(): void {
    if (this.#options.storage.persistent) return;
    const left = this.#buffer.eventCount;
    if (left === this.#toldLeft) return;
    this.#toldLeft = left;
    if (left > 0)
      this.#options.context.log.warn('events could not be delivered before the end; inputs with positions read them again at the next start', { events: left });
  }

  async stop(): Promise<void> {
    this.#pressure.stop();
    this.#loop.stop();
    await this.#options.output.stop?.();
  }

  async close(): Promise<void> {
    this.#loop.stop();
    this.#loop.close();
    this.#buffer.close();
    this.#pressure.close();
    await this.#options.output.close?.();
  }

  async leave(): Promise<void> {
    await this.#loop.rest(LEAVE_MS);
    this.#loop.stop();
    this.#loop.close();
    this.#counters.left(this.#buffer);
  }

  flushNow(): void {
    this.#loop.flushStage();
  }

  held(): number {
    return this.#buffer.eventCount;
  }

  statistics(): BufferStatistics {
    return readStatistics(this.#buffer, this.#loop, this.#counts);
  }

  /** The result is what the output asks this input to wait for. */
  #store(batch: EventBatch): Promise<void> | undefined {
    const { settings, context } = this.#options;
    const draining = settings.flushAtShutdown && this.#loop.phase === 'draining';
    const { byteLength, oversize, failed, relief } = this.#stageOrRefuse(batch, settings.flushMode === 'immediate' || draining);
    this.#pressure.grew();
    this.#counts.emit++;
    this.#counts.emitRecords += batch.size - oversize.length - failed.length;
    this.#counts.emitBytes += byteLength;
    for (const { event, byteLength: size } of oversize) {
      const error = new Error(`a ${size} bytes record is larger than buffer chunk limit size (${settings.limits.chunkLimitSize})`);
      context.router.emitError(batch.tag, event, error, batch.ack?.retain());
    }
    for (const { event, error } of failed) context.router.emitError(batch.tag, event, error, batch.ack?.retain());
    if (this.#buffer.queueLength > 0) this.#loop.wake();
    return relief;
  }

  /** Throws if the chunks cannot be written, as when the disk is full: the batch is still the input's. */
  #stageOrRefuse(batch: EventBatch, enqueue: boolean): StageResult {
    try {
      return this.#stage(batch, enqueue);
    } catch (error) {
      this.#counters.refused();
      throw error;
    }
  }
}

/** Packed chunks cannot be kept in files, compressed, split by fields, or handed to another output. */
function usablePack({ output, storage, secondary, settings }: BufferedOutputOptions): BufferedOutput['pack'] {
  const usable = !storage.persistent && settings.keys.fields.length === 0 && settings.compress === 'text' && !secondary;
  return usable && output.pack ? (batch) => output.pack!(batch) : undefined;
}
