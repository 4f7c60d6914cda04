/**
 * What becomes of a batch when there is no room for it: it waits, is refused, or the oldest chunk goes.
 *
 * The limit of the buffer (total_limit_size) is one thing, the memory that the agent may use another. Long before either is
 * used up inputs that can wait are asked to: their batch is taken, and they go on when deliveries have made it less.
 */
import { BufferOverflowError } from '../errors.ts';
import type { EventBatch } from '../event.ts';
import type { MemoryAccount, MemoryBudget } from '../lib/memory-budget.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import type { FlushLoop } from './flush-loop.ts';
import type { HeldChunk } from './held-chunk.ts';
import { Waiters } from './waiters.ts';

export interface BackPressureOptions {
  readonly buffer: ChunkBuffer;
  readonly loop: Pick<FlushLoop, 'phase' | 'flushStage'>;
  readonly memory: MemoryBudget;
  /** Chunks in files are in memory only while they are delivered. */
  readonly persistent: boolean;
  readonly overflowAction: 'throw_exception' | 'block' | 'drop_oldest_chunk';
  /** Beyond this many undelivered bytes in memory inputs are asked to wait. */
  readonly softLimitBytes: number;
  readonly log: Logger;
  /** Puts a batch that has waited into the buffer. */
  readonly store: (batch: EventBatch) => unknown;
  readonly onRefused: () => void;
  /** A chunk was dropped to make room. */
  readonly onDropped: (chunk: HeldChunk) => void;
}

interface Blocked {
  readonly batch: EventBatch;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class BackPressure {
  readonly #options: BackPressureOptions;
  readonly #memory: MemoryAccount;
  readonly #forgetMemory: () => void;
  /** Batches that overflow_action block holds back, in order. */
  readonly #blocked: Blocked[] = [];
  /** Inputs whose batch was taken. */
  readonly #relieved = new Waiters();
  /** Whether an overflow was logged since the last batch that fitted. */
  #overflowing = false;
  #stopped = false;

  constructor(options: BackPressureOptions) {
    this.#options = options;
    this.#memory = options.memory.open();
    this.#forgetMemory = options.memory.onRelief(() => this.#roomAgain());
  }

  /** Bytes of events that the buffer holds in memory. */
  get memoryBytes(): number {
    return this.#memory.bytes;
  }

  /** Undefined if there is room for a batch; otherwise it resolves when the batch is stored. Throws BufferOverflowError if the batch is refused. */
  hold(batch: EventBatch): Promise<void> | undefined {
    if (this.#blocked.length > 0) return this.#block(batch);
    const hasRoom = (this.#options.buffer.storable || this.#makeRoom()) && !this.#isFull();
    return hasRoom ? undefined : this.#overflow(batch);
  }

  /** After a batch was stored: resolves when its input should go on, undefined if that is at once. */
  relief(): Promise<void> | undefined {
    return this.#isPressed() ? this.#relieved.wait() : undefined;
  }

  /** A batch was stored. */
  grew(): void {
    this.#account();
    this.#overflowing = false;
  }

  /** Chunks were delivered or dropped. */
  shrank(): void {
    this.#account();
    this.#roomAgain();
  }

  /** Nobody waits any more: what is held back is refused. */
  stop(): void {
    this.#stopped = true;
    for (const { reject } of this.#blocked.splice(0)) reject(new BufferOverflowError('the agent stops and the buffer has no room'));
    this.#relieved.wake();
  }

  close(): void {
    this.#forgetMemory();
    this.#memory.close();
  }

  #account(): void {
    const { buffer, persistent } = this.#options;
    this.#memory.set(persistent ? buffer.dequeuedBytes : buffer.stageBytes + buffer.queueBytes);
  }

  /** Whether the agent's memory is used up: inputs that did not wait must. Never a reason to drop what is there. */
  #isFull(): boolean {
    if (this.#options.persistent || !this.#memory.isFull) return false;
    this.#flushEarly();
    return true;
  }

  /** Whether inputs should wait: much is in memory, and deliveries will make it less. */
  #isPressed(): boolean {
    const { buffer, persistent, softLimitBytes } = this.#options;
    if (persistent || this.#stopped) return false;
    // What was handed on waits for destinations of its own: the output says who has to wait for those.
    const bytes = buffer.stageBytes + buffer.queueBytes - buffer.handedOnBytes;
    if (bytes > softLimitBytes && buffer.queueLength + buffer.dequeuedLength > 0) return true;
    if (!this.#memory.isPressed) return false;
    this.#flushEarly();
    return true;
  }

  /** The agent's memory is short: what waits for its age or time slot alone does not wait for it. */
  #flushEarly(): void {
    const { buffer, loop } = this.#options;
    if (loop.phase === 'running' && buffer.queueLength + buffer.dequeuedLength === 0) loop.flushStage();
  }

  /** What overflow_action drop_oldest_chunk does; true if there is room now. */
  #makeRoom(): boolean {
    const { buffer, overflowAction, log, onDropped } = this.#options;
    if (overflowAction !== 'drop_oldest_chunk') return false;
    this.#logOverflow();
    const dropped = buffer.dropOldest();
    if (dropped) {
      onDropped(dropped);
      log.warn('dropping oldest chunk to make space after buffer overflow', { chunk_id: dropped.id, records: dropped.eventCount });
    } else log.error('no queued chunks to be dropped for drop_oldest_chunk');
    return buffer.storable;
  }

  #overflow(batch: EventBatch): Promise<void> {
    const { buffer, memory, overflowAction, onRefused } = this.#options;
    this.#logOverflow();
    if (overflowAction === 'block' && !this.#stopped) return this.#block(batch);
    onRefused();
    const used = buffer.stageBytes + buffer.queueBytes;
    if (buffer.storable) {
      const { bytes, limit } = memory;
      throw new BufferOverflowError(`the agent holds ${bytes} bytes of events of at most ${limit} (<system> memory_limit), ${used} of them in this buffer`);
    }
    throw new BufferOverflowError(`buffer space has too many data: ${used} bytes of at most ${buffer.limits.totalLimitSize} (total_limit_size)`);
  }

  #logOverflow(): void {
    if (this.#overflowing) return;
    this.#overflowing = true;
    const { buffer, memory, overflowAction, log } = this.#options;
    log.warn('failed to write data into buffer by buffer overflow', {
      action: overflowAction,
      total_limit_size: buffer.limits.totalLimitSize,
      ...(buffer.storable ? { memory_limit: memory.limit } : {}),
    });
  }

  #block(batch: EventBatch): Promise<void> {
    return new Promise((resolve, reject) => this.#blocked.push({ batch, resolve, reject }));
  }

  #roomAgain(): void {
    while (this.#blocked.length > 0 && this.#options.buffer.storable && !this.#isFull()) {
      const { batch, resolve, reject } = this.#blocked.shift()!;
      try {
        this.#options.store(batch);
        resolve();
      } catch (error) {
        reject(error);
      }
    }
    if (this.#relieved.isAny && !this.#isPressed()) this.#relieved.wake();
  }
}
