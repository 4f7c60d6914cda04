/**
 * Delivers chunks: one stretch of events for each destination, so that a destination in trouble (throttled,
 * denied, without an answer) delays itself alone.
 *
 * - `concurrency` stretches of a chunk are sent at a time; one that has to wait gives up its lane.
 * - When all but those that wait are through, the flush thread is freed: the chunk is committed later, once
 *   the rest is through, too. A chunk may be left so if other destinations are being delivered meanwhile;
 *   where everything fails it is the buffer's to retry, as configured.
 * - What a later chunk has for a destination that waits is sent behind it: the order of a stream holds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BufferPool, type Clock, type DelayedCommit, type Logger, UnrecoverableError } from '#logferry';
import type { Stretch } from './batches.ts';
import type { NewGroup } from './creation.ts';
import type { PackedEvents } from './packed.ts';
import { type Deferred, deferred, jittered, Pauses, whileSlow } from './pauses.ts';
import type { Rejections } from './rejected.ts';
import { createStretchSender, type StretchSenderOptions } from './stretch.ts';

/** What a chunk has for one destination. */
export interface Task {
  readonly group: string;
  readonly stream: string;
  readonly entity: string | undefined;
  readonly settings: () => NewGroup;
  readonly stretch: Stretch;
}

/** How far a chunk has come, by destination; kept for its retry. */
export interface Progress {
  /** Events that are done with, delivered or rejected: a retry does not send them again. */
  readonly done: Map<string, number>;
  /** Destinations whose next request may have been accepted before. */
  readonly doubtful: Set<string>;
  /** Events were refused, and nothing but the chunk's backup keeps them. */
  unkept: UnrecoverableError | undefined;
}

/** One chunk on its way. */
export interface Job {
  readonly id: string;
  readonly parts: readonly PackedEvents[];
  readonly tasks: readonly Task[];
  readonly byteLength: number;
  /** The rest of the chunk is unreadable. */
  readonly broken: UnrecoverableError | undefined;
}

export interface DeliveriesOptions extends Omit<StretchSenderOptions, 'pool' | 'rejections'> {
  readonly pool: BufferPool;
  readonly rejections: Rejections;
  readonly log: Logger;
  readonly clock: Clock;
  /** Requests at the same time within one chunk. */
  readonly concurrency: number;
}

/** A stretch whose request takes longer does not keep others waiting. */
const SLOW_MS = 1000;
/** Pauses between tries for a destination that fails while others do not. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** So many chunks are left behind without a sign that other destinations are well. */
const FREE_LEFT = 2;
/** Bytes of chunks that are left behind; with more the flush threads wait. */
const MOST_LEFT_BYTES = 32 * 1024 * 1024;
/** Stretches that wait without a lane: each may have a request under way. */
const MOST_WAITING = 100;
/** Progress of so many unfinished chunks is remembered, so that a retry does not send twice. */
const REMEMBERED_CHUNKS = 256;
/** How long nothing else may be under way before the last try at the end. */
const QUIET_MS = 50;
const REPEAT_MS = 60_000;

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #send: ReturnType<typeof createStretchSender>;
  readonly #progress = new Map<string, Progress>();
  /** The last stretch that waits, by destination. */
  readonly #held = new Map<string, Promise<void>>();
  /** What is under way, to be aborted at the end. (AbortSignal.any keeps memory of signals that live long.) */
  readonly #underWay = new Set<AbortController>();
  #closed = false;
  readonly #pauses = new Pauses();
  readonly #warned = new Map<string, number>();
  /** Destinations that were seen: until there are two, nobody has to be protected. */
  readonly #seen = new Set<string>();
  #successes = 0;
  #leftChunks = 0;
  #leftBytes = 0;
  #waiting = 0;
  #writing = 0;
  #hurried = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#send = createStretchSender(options);
  }

  /** Whether the chunk comes for the first time, as far as is known. */
  isFirst(id: string): boolean {
    return !this.#progress.has(id);
  }

  /** Settles when all that can be delivered now is; see the beginning of this file. */
  async write(job: Job, signal: AbortSignal): Promise<void | DelayedCommit> {
    for (const task of job.tasks) if (this.#seen.size < 2) this.#seen.add(keyOf(task));
    this.#writing++;
    try {
      return await new Promise<void | DelayedCommit>((resolve, reject) => this.#run(job, signal, resolve, reject));
    } finally {
      this.#writing--;
    }
  }

  /** The agent is ending: pauses end. */
  hurry(): void {
    this.#hurried = true;
    this.#pauses.wake();
  }

  /** Ends all that is under way. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#underWay) stop.abort(new Error('the output is closed'));
  }

  #run(job: Job, signal: AbortSignal, resolve: (result?: DelayedCommit) => void, reject: (error: unknown) => void): void {
    const progress = this.#progressOf(job.id);
    const queue = [...job.tasks];
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    this.#underWay.add(stop);
    const run: Run = {
      job, progress,
      signal: stop.signal,
      left: undefined,
      successesBefore: undefined,
      failures: [],
      lanes: 0,
      unfinished: queue.length,
      step: () => {
        while (run.lanes < this.#options.concurrency && queue.length > 0) void this.#start(queue.shift()!, run);
        if (run.unfinished === 0) {
          signal.removeEventListener('abort', abort);
          this.#underWay.delete(stop);
          this.#finish(run, resolve, reject);
        } else if (run.lanes === 0 && queue.length === 0 && !run.left && this.#mayLeave(run)) {
          run.left = deferred();
          this.#leftChunks++;
          this.#leftBytes += job.byteLength;
          resolve({ committed: run.left.promise });
        }
      },
    };
    run.step();
  }

  async #start(task: Task, run: Run): Promise<void> {
    run.lanes++;
    const lane = { held: true };
    const leaveLane = (): void => {
      run.successesBefore ??= this.#successes;
      if (!lane.held || this.#waiting >= MOST_WAITING) return;
      lane.held = false;
      run.lanes--;
      this.#waiting++;
      run.step();
    };
    try {
      await this.#deliver(task, run, leaveLane);
    } catch (error) {
      run.failures.push(error);
    }
    if (lane.held) run.lanes--;
    else this.#waiting--;
    run.unfinished--;
    run.step();
  }

  async #deliver(task: Task, run: Run, leaveLane: () => void): Promise<void> {
    const key = keyOf(task);
    const before = this.#held.get(key);
    let mine: Deferred | undefined;
    const hold = (): void => {
      leaveLane();
      if (mine) return;
      mine = deferred();
      this.#held.set(key, mine.promise);
    };
    try {
      if (before) {
        hold();
        await before;
      }
      await this.#keepTrying(task, key, run, leaveLane, hold);
    } finally {
      mine?.resolve();
      if (mine && this.#held.get(key) === mine.promise) this.#held.delete(key);
    }
  }

  async #keepTrying(task: Task, key: string, run: Run, leaveLane: () => void, hold: () => void): Promise<void> {
    const { job, progress, signal } = run;
    let last = false;
    for (let tries = 0; ; tries++) {
      try {
        await this.#send(task, key, job.parts, progress, signal, {
          onTrouble: hold,
          onSuccess: () => void this.#successes++,
          slow: (pending) => whileSlow(pending, SLOW_MS, leaveLane),
        });
        return;
      } catch (error) {
        hold();
        if (signal.aborted || last || error instanceof UnrecoverableError || !(run.left || this.#mayLeave(run))) throw error;
        if (this.#mayWarn(key))
          this.#options.log.warn('a destination fails, it is tried again while others are delivered', {
            group: task.group, stream: task.stream, retry_times: tries + 1, error,
          });
        if (!this.#hurried) await this.#pauses.pause(jittered(Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS)), signal);
        if (this.#hurried) {
          // At the end the others come first: a failure ends the buffer's last round.
          await this.#untilQuiet(run, signal);
          last = true;
        }
      }
    }
  }

  #finish(run: Run, resolve: () => void, reject: (error: unknown) => void): void {
    const { job, progress, failures, left } = run;
    if (left) {
      this.#leftChunks--;
      this.#leftBytes -= job.byteLength;
      // The buffer does not wait for it any more.
      if (this.#closed) return;
    }
    // What may still be delivered comes first: the chunk is set aside only when all else is through.
    const failure = failures.find((error) => !(error instanceof UnrecoverableError)) ?? failures[0] ?? progress.unkept ?? job.broken;
    if (failure === undefined) {
      this.#progress.delete(job.id);
      if (left) left.resolve();
      else resolve();
      return;
    }
    if (left) left.reject(failure);
    else reject(failure);
  }

  /** Whether the flush thread may go on without this chunk. */
  #mayLeave({ job, left, successesBefore = this.#successes }: Run): boolean {
    if (left || this.#seen.size < 2) return false;
    if (this.#leftBytes + job.byteLength > MOST_LEFT_BYTES) return false;
    return this.#hurried || this.#leftChunks < FREE_LEFT || this.#successes > successesBefore;
  }

  /** Until no other chunk is being written. */
  async #untilQuiet(run: Run, signal: AbortSignal): Promise<void> {
    for (let quietMs = 0; quietMs < 2 * QUIET_MS; ) {
      await sleep(QUIET_MS, undefined, { signal });
      quietMs = this.#writing > (run.left ? 0 : 1) ? 0 : quietMs + QUIET_MS;
      if (!run.left) return;
    }
  }

  #progressOf(id: string): Progress {
    const known = this.#progress.get(id);
    if (known) return known;
    const made: Progress = { done: new Map(), doubtful: new Set(), unkept: undefined };
    if (this.#progress.size >= REMEMBERED_CHUNKS) this.#progress.delete(this.#progress.keys().next().value!);
    this.#progress.set(id, made);
    return made;
  }

  #mayWarn(key: string): boolean {
    const now = this.#options.clock.monotonic();
    const last = this.#warned.get(key);
    if (last !== undefined && now - last < REPEAT_MS) return false;
    if (this.#warned.size > 1000) this.#warned.clear();
    this.#warned.set(key, now);
    return true;
  }
}

/** A chunk whose stretches are being sent. */
interface Run {
  readonly job: Job;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Set when the flush thread was freed. */
  left: Deferred | undefined;
  /** Successes of the output when the first stretch had to wait. */
  successesBefore: number | undefined;
  readonly failures: unknown[];
  /** Stretches that are sent and do not wait. */
  lanes: number;
  unfinished: number;
  readonly step: () => void;
}

/** The destination of a task as one text. */
function keyOf({ group, stream, entity }: Task): string {
  return entity === undefined ? `${group}\n${stream}` : `${group}\n${stream}\n${entity}`;
}
