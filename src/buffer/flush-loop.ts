/**
 * Takes chunks from the queue to the output.
 *
 * Nothing runs while there is nothing to do: deliveries start as soon as a chunk is queued (`due-chunks.ts` does that in
 * time) and one of `threads` slots is free. After a failure the queue waits for the retry, which is one delivery only;
 * if it succeeds all slots are used again.
 */
import { TakebackError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import type { Deliver } from './delivery.ts';
import { DueChunks, type DueAt } from './due-chunks.ts';
import type { HeldChunk } from './held-chunk.ts';
import { Retries } from './retries.ts';
import type { RetrySettings, RetryState } from './retry.ts';
import { Waiters } from './waiters.ts';

export interface FlushLoopOptions {
  readonly buffer: ChunkBuffer;
  readonly deliver: Deliver;
  readonly log: Logger;
  readonly retry: RetrySettings;
  readonly threads: number;
  readonly dueAt: DueAt;
  readonly now: () => number;
  /** There is more room than before. */
  readonly onPurged: () => void;
  /** A delivery failed, and is tried again unless the retries came to their limit. */
  readonly onFailed: () => void;
  readonly onDelivered: (chunk: HeldChunk) => void;
  /** A chunk was dropped because the retries came to their limit. */
  readonly onDiscarded: (chunk: HeldChunk) => void;
}

/** How long deliveries that were aborted may take to end; then they are left alone. */
const ABORT_GRACE_MS = 250;
/** Pause before a chunk is tried again that can neither be delivered nor set aside. */
const STUCK_PAUSE_MS = 30_000;

/**
 * `running` delivers; `draining` delivers what is left, without waiting for retries; `givenUp` and
 * `stopped` start nothing more.
 */
type Phase = 'idle' | 'running' | 'draining' | 'givenUp' | 'stopped';

export class FlushLoop {
  readonly #options: FlushLoopOptions;
  readonly #due: DueChunks;
  readonly #retries: Retries;
  readonly #writes = new Set<AbortController>();
  /** How many chunks were handed on and are not yet committed. */
  #handedOn = 0;
  /** Timers of chunks that can neither be delivered nor set aside: they wait beside the queue. */
  readonly #stuck = new Set<NodeJS.Timeout>();
  #phase: Phase = 'idle';
  #isClosed = false;
  /** Deliveries that did not end although they were aborted are not waited for. */
  #isAbandoned = false;
  #takebacks = 0;
  #pumpSoon: NodeJS.Immediate | undefined;
  /** They wait until less is under way. */
  readonly #ending = new Waiters();

  constructor(options: FlushLoopOptions) {
    const { buffer, dueAt, now, log, retry: settings } = options;
    this.#options = options;
    this.#due = new DueChunks({ buffer, dueAt, now, onQueued: () => this.wake() });
    this.#retries = new Retries({ settings, log, now, onDue: () => this.#pump() });
  }

  get retry(): RetryState | undefined {
    return this.#retries.series;
  }

  get failures(): number {
    return this.#retries.failures;
  }

  get takebacks(): number {
    return this.#takebacks;
  }

  get phase(): Phase {
    return this.#phase;
  }

  start(): void {
    this.#phase = 'running';
    this.#due.start();
    this.wake();
  }

  /** A chunk was staged: it will be queued when it is due. */
  watch(chunk: HeldChunk): void {
    this.#due.watch(chunk);
  }

  /** Queues all that is staged. */
  flushStage(): void {
    this.#options.buffer.enqueueAll(() => true, true);
    this.wake();
  }

  /** Something was queued: its delivery starts once the current work is done. */
  wake(): void {
    if (this.#phase !== 'running' && this.#phase !== 'draining') return;
    this.#pumpSoon ??= setImmediate(() => {
      this.#pumpSoon = undefined;
      this.#pump();
    });
  }

  /**
   * Delivers all that is queued, each chunk once, and waits until that is done or has failed, or the
   * signal is aborted: then deliveries under way are aborted too. `evenRetries`: what waits for
   * a retry is tried a last time; otherwise it is left alone.
   */
  async drain(signal: AbortSignal, evenRetries: boolean): Promise<void> {
    if (this.#phase === 'running') this.#phase = this.retry && !evenRetries ? 'givenUp' : 'draining';
    this.#clearTimers();
    let grace: NodeJS.Timeout | undefined;
    const abort = () => {
      this.#giveUp();
      for (const write of this.#writes) write.abort(signal.reason);
      this.#ending.wake();
      grace = setTimeout(() => this.#abandon(), ABORT_GRACE_MS);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    try {
      this.#pump();
      while (this.#isBusy(signal)) await this.#ending.wait();
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', abort);
    }
  }

  #abandon(): void {
    this.#isAbandoned = true;
    if (this.#writes.size > 0) this.#options.log.warn('deliveries do not end although they were aborted: the agent ends without them', { deliveries: this.#writes.size });
    this.#ending.wake();
  }

  #isBusy(signal: AbortSignal): boolean {
    if (this.#phase === 'stopped' || this.#isAbandoned) return false;
    if (this.#writes.size > 0) return true;
    if (this.#handedOn > 0 && !signal.aborted) return true;
    return this.#phase === 'draining' && this.#options.buffer.queueLength > 0;
  }

  /** Begins no more deliveries, and waits for those under way, so long at most (milliseconds). */
  async rest(ms: number): Promise<void> {
    this.#giveUp();
    this.#clearTimers();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#ending.wake();
    }, ms);
    while (!late && !this.#isClosed && this.#writes.size + this.#handedOn > 0) await this.#ending.wait();
    clearTimeout(timer);
  }

  stop(): void {
    this.#phase = 'stopped';
    this.#clearTimers();
    for (const write of this.#writes) write.abort(new Error('the agent is shutting down'));
    this.#ending.wake();
  }

  /** After `stop`: the chunks may be somebody else's by now, and what ends late does not touch them. */
  close(): void {
    this.#isClosed = true;
    this.#ending.wake();
  }

  #giveUp(): void {
    if (this.#phase !== 'stopped') this.#phase = 'givenUp';
  }

  #clearTimers(): void {
    this.#due.stop();
    this.#retries.stop();
    clearImmediate(this.#pumpSoon);
    this.#pumpSoon = undefined;
    for (const timer of this.#stuck) clearTimeout(timer);
  }

  #pump(): void {
    const { buffer, threads } = this.#options;
    while (this.#phase === 'running' || this.#phase === 'draining') {
      if (buffer.queueLength === 0) break;
      if (this.#writes.size >= (this.retry ? 1 : threads)) return;
      if (this.#phase === 'running' && this.#retries.mustWait()) return;
      const chunk = buffer.dequeue()!;
      this.#due.queueHasRoom();
      void this.#write(chunk);
    }
    this.#ending.wake();
  }

  async #write(chunk: HeldChunk): Promise<void> {
    const { deliver, log } = this.#options;
    const aborter = new AbortController();
    this.#writes.add(aborter);
    const { useSecondary } = this.#retries;
    try {
      const result = await deliver(chunk, useSecondary, aborter.signal);
      this.#writes.delete(aborter);
      if (this.#isClosed) {
        // What becomes of it is nobody's business any more.
        if (result.kind === 'handedOn') result.committed.catch(() => {});
        return;
      }
      switch (result.kind) {
        case 'failed':
          this.#failed(chunk, result.error, result.delayMs, useSecondary, aborter.signal.aborted);
          break;
        case 'handedOn':
          void this.#commitLater(chunk, result.committed, result.by === 'secondary');
          break;
        case 'delivered':
          this.#options.onDelivered(chunk);
          this.#done(chunk, result.by === 'secondary');
          break;
        case 'setAside':
          this.#done(chunk, false);
          break;
        case 'stuck':
          this.#tryLater(chunk);
      }
    } catch (error) {
      this.#writes.delete(aborter);
      if (this.#isClosed) return;
      log.error('unexpected error around the delivery of a chunk, it stays in the queue', { chunk: chunk.id, error });
      if (chunk.state === 'dequeued') this.#failed(chunk, error, undefined, useSecondary, false);
    }
    this.#pump();
    if (this.#writes.size === 0) this.#ending.wake();
  }

  async #commitLater(chunk: HeldChunk, committed: Promise<void>, bySecondary: boolean): Promise<void> {
    this.#handedOn++;
    this.#options.buffer.handOn(chunk);
    this.#options.onPurged();
    try {
      await committed;
      if (this.#isClosed) return;
      this.#options.onDelivered(chunk);
      this.#done(chunk, bySecondary);
    } catch (error) {
      if (this.#isClosed) return;
      this.#failed(chunk, error, undefined, bySecondary, false);
    }
    this.#handedOn--;
    this.#pump();
  }

  #done(chunk: HeldChunk, bySecondary: boolean): void {
    this.#retries.succeeded(chunk.id, bySecondary);
    this.#options.buffer.purge(chunk);
    this.#options.onPurged();
  }

  #tryLater(chunk: HeldChunk): void {
    const timer = setTimeout(() => {
      this.#stuck.delete(timer);
      this.#options.buffer.takeback(chunk);
      this.#pump();
    }, STUCK_PAUSE_MS);
    this.#stuck.add(timer);
  }

  #failed(chunk: HeldChunk, error: unknown, delayMs: number | undefined, bySecondary: boolean, aborted: boolean): void {
    const { buffer, log } = this.#options;
    if (chunk.state === 'dequeued') {
      buffer.takeback(chunk);
      this.#takebacks++;
    }
    if (aborted) {
      log.debug('a delivery was aborted by the shutdown', { chunk: chunk.id, error });
      return;
    }
    if (error instanceof TakebackError) {
      log.debug('a chunk goes back to the queue', { chunk: chunk.id, error });
      return;
    }
    this.#options.onFailed();
    const over = this.#retries.failed({ chunk: chunk.id, error, delayMs, bySecondary });
    if (over) this.#dropQueue(error, over.limit);
    else if (this.#phase === 'draining') this.#giveUp();
  }

  #dropQueue(error: unknown, steps: number): void {
    const { buffer, log } = this.#options;
    const records = buffer.queued.reduce((sum, { eventCount }) => sum + eventCount, 0);
    log.error('Hit limit for retries. dropping all chunks in the buffer queue.', { retry_times: steps, records, error });
    for (let chunk = buffer.dropOldest(); chunk; chunk = buffer.dropOldest()) this.#options.onDiscarded(chunk);
    this.#due.queueHasRoom();
    this.#options.onPurged();
  }
}
