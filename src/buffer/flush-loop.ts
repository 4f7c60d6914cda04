/**
 * Takes chunks from stage to queue when their time has come, and from the queue to the output.
 *
 * Nothing runs while there is nothing to do: one timer for the staged chunk that is due next, one for
 * the next retry; deliveries start as soon as a chunk is queued and one of `threads` slots is free.
 * After a failure the queue waits for the retry, which is one delivery only; if it succeeds
 * all slots are used again.
 */
import { TakebackError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import type { Deliver } from './delivery.ts';
import type { HeldChunk } from './held-chunk.ts';
import { RetryState, type RetrySettings } from './retry.ts';

export interface FlushLoopOptions {
  readonly buffer: ChunkBuffer;
  readonly deliver: Deliver;
  readonly log: Logger;
  readonly retry: RetrySettings;
  readonly threads: number;
  /** When a staged chunk is due, in milliseconds since 1970; Infinity if age does not matter. */
  readonly dueAt: (chunk: HeldChunk) => number;
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

/** Longest delay that setTimeout takes. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * `running` delivers; `draining` delivers what is left, without waiting for retries; `givenUp` and
 * `stopped` start nothing more.
 */
type Phase = 'idle' | 'running' | 'draining' | 'givenUp' | 'stopped';

export class FlushLoop {
  readonly #options: FlushLoopOptions;
  readonly #writes = new Set<AbortController>();
  /** Chunks that were handed on and are not yet committed. */
  readonly #handedOn = new Set<HeldChunk>();
  /** Timers of chunks that can neither be delivered nor set aside: they wait beside the queue. */
  readonly #stuck = new Set<NodeJS.Timeout>();
  #phase: Phase = 'idle';
  #isClosed = false;
  /** Deliveries that did not end although they were aborted are not waited for. */
  #isAbandoned = false;
  #retry: RetryState | undefined;
  /** Failed deliveries; a success does not change it. */
  #failures = 0;
  #takebacks = 0;
  #nextDue = Infinity;
  /** Chunks are due, but the queue is full. */
  #overdue = false;
  #dueTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #pumpSoon: NodeJS.Immediate | undefined;
  #idle: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(options: FlushLoopOptions) {
    this.#options = options;
  }

  get retry(): RetryState | undefined {
    return this.#retry;
  }

  get failures(): number {
    return this.#failures;
  }

  get takebacks(): number {
    return this.#takebacks;
  }

  get phase(): Phase {
    return this.#phase;
  }

  start(): void {
    this.#phase = 'running';
    for (const chunk of this.#options.buffer.staged) this.watch(chunk);
    this.wake();
  }

  /** A chunk was staged: it will be queued when it is due. */
  watch(chunk: HeldChunk): void {
    const due = this.#options.dueAt(chunk);
    if (due >= this.#nextDue) return;
    this.#nextDue = due;
    if (this.#phase === 'running') this.#armDue();
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
    if (this.#phase === 'running') this.#phase = this.#retry && !evenRetries ? 'givenUp' : 'draining';
    this.#clearTimers();
    let grace: NodeJS.Timeout | undefined;
    const abort = () => {
      this.#giveUp();
      for (const write of this.#writes) write.abort(signal.reason);
      this.#signalIdle();
      grace = setTimeout(() => this.#abandon(), ABORT_GRACE_MS);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    try {
      this.#pump();
      while (this.#isBusy(signal)) await this.#whenIdle();
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', abort);
    }
  }

  #abandon(): void {
    this.#isAbandoned = true;
    if (this.#writes.size > 0) this.#options.log.warn('deliveries do not end although they were aborted: the agent ends without them', { deliveries: this.#writes.size });
    this.#signalIdle();
  }

  #isBusy(signal: AbortSignal): boolean {
    if (this.#phase === 'stopped' || this.#isAbandoned) return false;
    if (this.#writes.size > 0) return true;
    if (this.#handedOn.size > 0 && !signal.aborted) return true;
    return this.#phase === 'draining' && this.#options.buffer.queueLength > 0;
  }

  /** Begins no more deliveries, and waits for those under way, so long at most (milliseconds). */
  async rest(ms: number): Promise<void> {
    this.#giveUp();
    this.#clearTimers();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#signalIdle();
    }, ms);
    while (!late && this.#writes.size + this.#handedOn.size > 0) await this.#whenIdle();
    clearTimeout(timer);
  }

  stop(): void {
    this.#phase = 'stopped';
    this.#clearTimers();
    for (const write of this.#writes) write.abort(new Error('the agent is shutting down'));
    this.#signalIdle();
  }

  /** After `stop`: the chunks may be somebody else's by now, and what ends late does not touch them. */
  close(): void {
    this.#isClosed = true;
  }

  #giveUp(): void {
    if (this.#phase !== 'stopped') this.#phase = 'givenUp';
  }

  #clearTimers(): void {
    clearTimeout(this.#dueTimer);
    clearTimeout(this.#retryTimer);
    clearImmediate(this.#pumpSoon);
    for (const timer of this.#stuck) clearTimeout(timer);
    this.#dueTimer = this.#retryTimer = this.#pumpSoon = undefined;
  }

  #armDue(): void {
    clearTimeout(this.#dueTimer);
    this.#dueTimer = undefined;
    if (this.#nextDue === Infinity) return;
    const delay = Math.max(0, Math.min(this.#nextDue - this.#options.now(), MAX_DELAY_MS));
    this.#dueTimer = setTimeout(() => this.#enqueueDue(), Math.ceil(delay));
  }

  #enqueueDue(): void {
    const { buffer, dueAt, now } = this.#options;
    const time = now();
    buffer.enqueueAll((chunk) => dueAt(chunk) <= time);
    this.#nextDue = Infinity;
    this.#overdue = false;
    for (const chunk of buffer.staged) {
      const due = dueAt(chunk);
      if (due <= time) this.#overdue = true;
      else if (due < this.#nextDue) this.#nextDue = due;
    }
    this.#armDue();
    this.wake();
  }

  #pump(): void {
    const { buffer, threads, now } = this.#options;
    while (this.#phase === 'running' || this.#phase === 'draining') {
      if (buffer.queueLength === 0) break;
      if (this.#writes.size >= (this.#retry ? 1 : threads)) return;
      if (this.#retry && this.#phase === 'running' && this.#retry.nextAt > now()) {
        this.#armRetry(this.#retry.nextAt - now());
        return;
      }
      const chunk = buffer.dequeue()!;
      if (this.#overdue && this.#phase === 'running') this.#enqueueDue();
      void this.#write(chunk);
    }
    this.#signalIdle();
  }

  #armRetry(delayMs: number): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#pump(), Math.ceil(Math.min(delayMs, MAX_DELAY_MS)));
  }

  async #write(chunk: HeldChunk): Promise<void> {
    const { deliver, log, now } = this.#options;
    const aborter = new AbortController();
    this.#writes.add(aborter);
    const useSecondary = this.#retry?.usesSecondary(now()) ?? false;
    try {
      const result = await deliver(chunk, useSecondary, aborter.signal);
      this.#writes.delete(aborter);
      if (this.#isClosed) return;
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
    if (this.#writes.size === 0) this.#signalIdle();
  }

  async #commitLater(chunk: HeldChunk, committed: Promise<void>, bySecondary: boolean): Promise<void> {
    this.#handedOn.add(chunk);
    try {
      await committed;
      if (this.#isClosed) return;
      this.#options.onDelivered(chunk);
      this.#done(chunk, bySecondary);
    } catch (error) {
      if (this.#isClosed) return;
      this.#failed(chunk, error, undefined, bySecondary, false);
    }
    this.#handedOn.delete(chunk);
    this.#pump();
  }

  #done(chunk: HeldChunk, bySecondary: boolean): void {
    if (this.#retry) {
      this.#options.log.warn(bySecondary ? 'retry succeeded by secondary.' : 'retry succeeded.', { chunk_id: chunk.id });
      this.#retry = undefined;
      clearTimeout(this.#retryTimer);
      this.#retryTimer = undefined;
    }
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

  #failed(chunk: HeldChunk, error: unknown, delayMs: number | undefined, usedSecondary: boolean, aborted: boolean): void {
    const { buffer, log, now, retry: settings } = this.#options;
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
    this.#failures++;
    this.#options.onFailed();
    const time = now();
    if (this.#retry) this.#retry.step(time);
    else this.#retry = new RetryState(settings, time);
    if (delayMs !== undefined) this.#retry.delay(time + delayMs);
    const { steps, limitReached, nextAt } = this.#retry;
    if (limitReached) {
      this.#dropQueue(error, steps);
      return;
    }
    log.warn(usedSecondary ? 'failed to flush the buffer with secondary output.' : 'failed to flush the buffer.', {
      retry_times: steps,
      next_retry_time: new Date(nextAt).toISOString(),
      chunk: chunk.id,
      error,
    });
    if (this.#phase === 'draining') this.#giveUp();
  }

  #dropQueue(error: unknown, steps: number): void {
    const { buffer, log } = this.#options;
    const records = buffer.queued.reduce((sum, { eventCount }) => sum + eventCount, 0);
    log.error('Hit limit for retries. dropping all chunks in the buffer queue.', { retry_times: steps, records, error });
    for (let chunk = buffer.dropOldest(); chunk; chunk = buffer.dropOldest()) this.#options.onDiscarded(chunk);
    this.#retry = undefined;
    if (this.#overdue && this.#phase === 'running') this.#enqueueDue();
    this.#options.onPurged();
  }

  async #whenIdle(): Promise<void> {
    if (!this.#idle) {
      let resolve!: () => void;
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#idle = { promise, resolve };
    }
    await this.#idle.promise;
  }

  #signalIdle(): void {
    const idle = this.#idle;
    this.#idle = undefined;
    idle?.resolve();
  }
}
