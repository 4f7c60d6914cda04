/** A BufferedOutput with stage, queue and flush loop around it: an Output that takes batches. */
import { BufferOverflowError } from '../errors.ts';
import type { EventBatch } from '../event.ts';
import type { Clock } from '../lib/clock.ts';
import type { MemoryAccount, MemoryBudget } from '../lib/memory-budget.ts';
import type { Logger } from '../log/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { BufferedOutput, ChunkKeys, ChunkStorage, Output, Router } from '../plugin.ts';
import type { Backup } from './backup.ts';
import { ChunkBuffer, type BufferLimits } from './chunk-buffer.ts';
import type { Compress } from './compression.ts';
import { createBufferCounters, type BufferCounters } from './counters.ts';
import { createDelivery, type Secondary } from './delivery.ts';
import { createFormat } from './event-bytes.ts';
import { createGrouping } from './event-groups.ts';
import { FlushLoop } from './flush-loop.ts';
import type { HeldChunk } from './held-chunk.ts';
import type { RetrySettings } from './retry.ts';
import { createStaging, type StageResult } from './staging.ts';
import { readStatistics, type BufferStatistics } from './statistics.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface BufferSettings {
  readonly keys: ChunkKeys;
  readonly limits: BufferLimits;
  readonly flushMode: 'lazy' | 'interval' | 'immediate';
  readonly flushIntervalMs: number;
  readonly timekeyWaitMs: number;
  readonly flushAtShutdown: boolean;
  readonly flushThreadCount: number;
  readonly overflowAction: 'throw_exception' | 'block' | 'drop_oldest_chunk';
  readonly retry: RetrySettings;
  readonly compress: Compress;
  readonly decompressionLimit: number;
  readonly disableChunkBackup: boolean;
  readonly timeAsInteger: boolean;
  readonly slowFlushMs: number;
  /** Beyond this many undelivered bytes in memory inputs are asked to wait. */
  readonly softLimitBytes: number;
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
  /** Counters and sizes, with the names of Fluentd's monitor_agent. */
  statistics(): BufferStatistics;
}

interface Waiting {
  readonly batch: EventBatch;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How long an output may take to end what it does when the time for it is over. */
const GRACE_MS = 250;

/** How long a reload waits for deliveries that are under way from files which change hands, milliseconds. */
const LEAVE_MS = 5000;

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
  readonly #counters: BufferCounters;
  readonly #stage: (batch: EventBatch, enqueue: boolean) => StageResult;
  /** Batches that overflow_action block holds back, in order. */
  readonly #blocked: Waiting[] = [];
  #relief: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  /** Whether an overflow was logged since the last batch that fitted. */
  #overflowing = false;
  #stopped = false;
  /** Events that were said to be left: outputs are flushed twice. */
  #toldLeft = 0;
  readonly #memory: MemoryAccount;
  readonly #forgetMemory: () => void;
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
    this.#memory = options.memory.open();
    this.#forgetMemory = options.memory.onRelief(() => this.#roomAgain());
    context.metrics.observe('buffer_memory_bytes', 'Bytes of events that the buffer holds in memory.', () => this.#memory.bytes);
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
      onPurged: () => {
        this.#account();
        this.#roomAgain();
      },
      onFailed,
      onDelivered,
      onDiscarded: (chunk) => discarded(chunk, 'retry_limit'),
    });
    this.#onDropped = (chunk) => {
      this.#counts.dropOldest++;
      discarded(chunk, 'overflow');
    };
  }

  readonly #onDropped: (chunk: HeldChunk) => void;

  emit(batch: EventBatch): void | Promise<void> {
    if (batch.size === 0) return undefined;
    if (this.#blocked.length > 0) return this.#block(batch);
    if (!this.#buffer.storable && !this.#makeRoom()) return this.#overflow(batch);
    if (this.#isFull()) return this.#overflow(batch);
    this.#store(batch);
    return this.#relieved();
  }

  async start(): Promise<void> {
    this.#counters.resumed(this.#buffer.resume());
    await this.#options.output.start?.();
    this.#loop.start();
  }

  async flush(signal: AbortSignal): Promise<void> {
    const { flushAtShutdown } = this.#options.settings;
    if (flushAtShutdown) this.#buffer.enqueueAll(() => true, true);
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
    this.#stopped = true;
    this.#loop.stop();
    for (const { reject } of this.#blocked.splice(0)) reject(new BufferOverflowError('the agent stops and the buffer has no room'));
    this.#relief?.resolve();
    await this.#options.output.stop?.();
  }

  async close(): Promise<void> {
    this.#loop.stop();
    this.#loop.close();
    this.#buffer.close();
    this.#forgetMemory();
    this.#memory.close();
    await this.#options.output.close?.();
  }

  async leave(): Promise<void> {
    await this.#loop.rest(LEAVE_MS);
    this.#loop.stop();
    this.#loop.close();
    this.#counters.left(this.#buffer);
  }

  flushNow(): void {
    this.#buffer.enqueueAll(() => true, true);
    this.#loop.wake();
  }

  statistics(): BufferStatistics {
    return readStatistics(this.#buffer, this.#loop, this.#counts);
  }

  #store(batch: EventBatch): void {
    const { settings, context } = this.#options;
    const draining = settings.flushAtShutdown && this.#loop.phase === 'draining';
    const { byteLength, oversize, failed } = this.#stageOrRefuse(batch, settings.flushMode === 'immediate' || draining);
    this.#account();
    this.#overflowing = false;
    this.#counts.emit++;
    this.#counts.emitRecords += batch.size - oversize.length - failed.length;
    this.#counts.emitBytes += byteLength;
    for (const { event, byteLength: size } of oversize) {
      const error = new Error(`a ${size} bytes record is larger than buffer chunk limit size (${settings.limits.chunkLimitSize})`);
      context.router.emitError(batch.tag, event, error, batch.ack?.retain());
    }
    for (const { event, error } of failed) context.router.emitError(batch.tag, event, error, batch.ack?.retain());
    if (this.#buffer.queueLength > 0) this.#loop.wake();
  }

  /** Chunks in files are in memory only while they are delivered. */
  #account(): void {
    const { stageBytes, queueBytes, dequeuedBytes } = this.#buffer;
    this.#memory.set(this.#options.storage.persistent ? dequeuedBytes : stageBytes + queueBytes);
  }

  /** Whether the agent's memory is used up: inputs that did not wait must. Never a reason to drop what is there. */
  #isFull(): boolean {
    if (this.#options.storage.persistent || !this.#memory.isFull) return false;
    this.#flushEarly();
    return true;
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

  /** What overflow_action drop_oldest_chunk does; true if there is room now. */
  #makeRoom(): boolean {
    const { settings, context } = this.#options;
    if (settings.overflowAction !== 'drop_oldest_chunk') return false;
    this.#logOverflow();
    const dropped = this.#buffer.dropOldest();
    if (dropped) {
      this.#onDropped(dropped);
      context.log.warn('dropping oldest chunk to make space after buffer overflow', { chunk_id: dropped.id, records: dropped.eventCount });
    } else context.log.error('no queued chunks to be dropped for drop_oldest_chunk');
    return this.#buffer.storable;
  }

  #overflow(batch: EventBatch): Promise<void> {
    const { settings } = this.#options;
    this.#logOverflow();
    if (settings.overflowAction === 'block' && !this.#stopped) return this.#block(batch);
    this.#counters.refused();
    const used = this.#buffer.stageBytes + this.#buffer.queueBytes;
    if (this.#buffer.storable) {
      const { bytes, limit } = this.#options.memory;
      throw new BufferOverflowError(`the agent holds ${bytes} bytes of events of at most ${limit} (<system> memory_limit), ${used} of them in this buffer`);
    }
    throw new BufferOverflowError(
      `buffer space has too many data: ${used} bytes of at most ${settings.limits.totalLimitSize} (total_limit_size)`,
    );
  }

  #logOverflow(): void {
    if (this.#overflowing) return;
    this.#overflowing = true;
    const { context, settings } = this.#options;
    context.log.warn('failed to write data into buffer by buffer overflow', {
      action: settings.overflowAction,
      total_limit_size: settings.limits.totalLimitSize,
      ...(this.#buffer.storable ? { memory_limit: this.#options.memory.limit } : {}),
    });
  }

  #block(batch: EventBatch): Promise<void> {
    return new Promise((resolve, reject) => this.#blocked.push({ batch, resolve, reject }));
  }

  #roomAgain(): void {
    while (this.#blocked.length > 0 && this.#buffer.storable && !this.#isFull()) {
      const { batch, resolve, reject } = this.#blocked.shift()!;
      try {
        this.#store(batch);
        resolve();
      } catch (error) {
        reject(error);
      }
    }
    if (this.#relief && !this.#pressed()) {
      this.#relief.resolve();
      this.#relief = undefined;
    }
  }

  /** Whether inputs should wait: much is in memory, and deliveries will make it less. */
  #pressed(): boolean {
    const { storage, settings } = this.#options;
    if (storage.persistent || this.#stopped) return false;
    const { stageBytes, queueBytes, queueLength, dequeuedLength } = this.#buffer;
    if (stageBytes + queueBytes > settings.softLimitBytes && queueLength + dequeuedLength > 0) return true;
    if (!this.#memory.isPressed) return false;
    this.#flushEarly();
    return true;
  }

  /** The agent's memory is short: what waits for its age or time slot alone does not wait for it. */
  #flushEarly(): void {
    if (this.#loop.phase !== 'running' || this.#buffer.queueLength + this.#buffer.dequeuedLength > 0) return;
    this.#buffer.enqueueAll(() => true, true);
    this.#loop.wake();
  }

  #relieved(): Promise<void> | undefined {
    if (!this.#pressed()) return undefined;
    if (!this.#relief) {
      let resolve!: () => void;
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#relief = { promise, resolve };
    }
    return this.#relief.promise;
  }
}

/** Packed chunks cannot be kept in files, compressed, split by fields, or handed to another output. */
function usablePack({ output, storage, secondary, settings }: BufferedOutputOptions): BufferedOutput['pack'] {
  const usable = !storage.persistent && settings.keys.fields.length === 0 && settings.compress === 'text' && !secondary;
  return usable && output.pack ? (batch) => output.pack!(batch) : undefined;
}

function dueTimes({ flushMode, flushIntervalMs, keys, timekeyWaitMs }: BufferSettings): (chunk: HeldChunk) => number {
  const { timekey } = keys;
  return ({ createdAt, metadata }) => {
    const byAge = flushMode === 'interval' ? createdAt + flushIntervalMs : Infinity;
    const bySlot = timekey !== undefined && metadata.timekey !== undefined ? (metadata.timekey + timekey) * 1000 + timekeyWaitMs : Infinity;
    return Math.min(byAge, bySlot);
  };
}
