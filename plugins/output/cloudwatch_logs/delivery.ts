/**
 * Delivers chunks: one stretch of events for each destination, so that a destination in trouble (throttled,
 * denied, without an answer) delays itself alone.
 *
 * - `concurrency` stretches of a chunk are sent at a time; one that has to wait gives up its lane.
 * - When all but those that wait are through, the flush thread is freed: the chunk is committed later, once
 *   the rest is through, too. A chunk may be left so as long as some destination is well: its events wait behind this one.
 *   What fails is tried again here then; where everything fails it is the buffer's to retry, as configured.
 * - What a later chunk has for the same destination is sent behind it (`order.ts`): the order of a stream holds, whatever
 *   fails, and with any number of flush threads.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BufferPool, type Chunk, type Clock, type DelayedCommit, type Logger, TakebackError, UnrecoverableError } from '#logferry';
import { LanelessRequests } from './laneless.ts';
import { LeftBehind, type Leavable, type PackedDestinations } from './left-behind.ts';
import { type Approach, DestinationOrder, type Place } from './order.ts';
import { PackedEvents } from './packed.ts';
import { deferred, jittered, orAborted, Pauses, whileSlow } from './pauses.ts';
import { keyOf, type Plan, type Progress, ProgressByChunk, type Task } from './progress.ts';
import type { Rejections } from './rejected.ts';
import { forgetReleased, shed } from './shed.ts';
import { createStretchSender, type StretchSenderOptions } from './stretch.ts';

/** What is needed of a chunk. */
type WrittenChunk = Pick<Chunk, 'id' | 'byteLength' | 'packed' | 'release'>;

/** One chunk on its way. */
interface Job extends Plan {
  readonly chunk: WrittenChunk;
}

export interface DeliveriesOptions extends Omit<StretchSenderOptions, 'pool' | 'rejections'> {
  readonly pool: BufferPool;
  readonly rejections: Rejections;
  readonly log: Logger;
  readonly clock: Clock;
  readonly packed: PackedDestinations;
  /** Requests at the same time within one chunk. */
  readonly concurrency: number;
}

/** A stretch whose request takes longer does not keep others waiting; it is less for a group that is in trouble. */
const SLOW_MS = 1000;
const SLOW_BAD_MS = 100;
/** Pauses between tries for a destination that fails while others do not. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** How long a chunk that fails lets the next ones show whether they have another destination. */
const PROBE_MS = 100;
/** How long nothing else may be under way before the last try at the end. */
const QUIET_MS = 50;
const REPEAT_MS = 60_000;

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #send: ReturnType<typeof createStretchSender>;
  readonly #progress = new ProgressByChunk();
  readonly #order = new DestinationOrder();
  readonly #runs = new Set<Run>();
  /** What is under way, to be aborted at the end. (AbortSignal.any keeps memory of signals that live long.) */
  readonly #underWay = new Set<AbortController>();
  #closed = false;
  readonly #pauses = new Pauses();
  readonly #warned = new Map<string, number>();
  readonly #behind: LeftBehind;
  readonly #laneless = new LanelessRequests();
  /** Until the chunk before has its places. */
  #turn: Promise<void> = Promise.resolve();
  #hurried = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#behind = new LeftBehind(options.clock, options.packed);
    this.#send = createStretchSender(options);
  }

  /**
   * Settles when all that can be delivered now is; see the beginning of this file. Chunks are in order by their first calls of
   * this. `plan` is told whether the chunk comes for the first time, as far as is known.
   */
  async write(chunk: WrittenChunk, plan: (isFirst: boolean) => Plan | Promise<Plan>, signal: AbortSignal): Promise<void | DelayedCommit> {
    const progress = this.#progress.of(chunk.id);
    const approach = this.#order.approach();
    const turn = this.#turn;
    const mine = deferred();
    this.#turn = mine.promise;
    try {
      const planned = plan(!progress.isPlanned);
      // Chunks are read side by side, and take their places one after the other.
      if (planned instanceof Promise) await Promise.allSettled([planned, turn]);
      else await turn;
      const job: Job = { chunk, ...(await planned) };
      progress.isPlanned = true;
      forgetReleased(progress);
      for (const task of job.tasks) this.#behind.see(keyOf(task));
      return new Promise<void | DelayedCommit>((resolve, reject) => this.#run(job, progress, approach, signal, resolve, reject));
    } finally {
      this.#order.arrived(approach);
      mine.resolve();
    }
  }

  /** What inputs wait for that have more events for destinations for which many wait already. */
  relief(packed: Buffer): Promise<void> | undefined {
    return this.#hurried ? undefined : this.#behind.relief(new PackedEvents(packed));
  }

  /** The agent is ending: pauses end. */
  hurry(): void {
    this.#hurried = true;
    this.#behind.relieveAll();
    this.#pauses.wake();
  }

  /** Ends all that is under way. */
  close(): void {
    this.#closed = true;
    this.#hurried = true;
    this.#behind.relieveAll();
    for (const stop of this.#underWay) stop.abort(new Error('the output is closed'));
  }

  #run(
    job: Job, progress: Progress, approach: Approach, signal: AbortSignal,
    resolve: (result?: DelayedCommit) => void, reject: (error: unknown) => void,
  ): void {
    const queue = job.tasks
      .filter((task) => (progress.done.get(keyOf(task)) ?? 0) < task.stretch.rows.length)
      .map((task) => ({ task, place: this.#order.enter(keyOf(task), progress.number, approach) }));
    const stop = new AbortController();
    // Every request under way listens.
    setMaxListeners(0, stop.signal);
    const abort = (): void => stop.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    this.#underWay.add(stop);
    const run: Run = {
      job, progress,
      signal: stop.signal,
      left: undefined,
      packed: job.chunk.packed?.slice(),
      byteLength: job.chunk.byteLength,
      waitsFor: new Map(),
      groups: new Map(),
      failures: [],
      failed: [],
      lanes: 0,
      sending: 0,
      trying: 0,
      unfinished: queue.length,
      step: () => {
        while (run.lanes < this.#options.concurrency && queue.length > 0) {
          const { task, place } = queue.shift()!;
          void this.#start(task, place, run);
        }
        if (run.unfinished === 0) {
          signal.removeEventListener('abort', abort);
          this.#underWay.delete(stop);
          this.#runs.delete(run);
          this.#finish(run, resolve, reject);
        } else if (run.lanes === 0 && queue.length === 0 && !run.left) {
          this.#shed(run);
          if (this.#mayLeave(run)) resolve({ committed: this.#behind.add(run).promise });
        }
      },
    };
    this.#runs.add(run);
    run.step();
  }

  async #start(task: Task, place: Place, run: Run): Promise<void> {
    run.lanes++;
    const lane: Lane = {
      held: true,
      sending: false,
      leave: () => {
        if (!lane.held) return;
        place.inTrouble = true;
        this.#behind.bad(place.key, task.group);
        this.#behind.wait(run, task.stretch.destination, task.group);
        if (lane.sending) this.#laneless.begin();
        lane.held = false;
        run.lanes--;
        run.step();
      },
    };
    let tries = false;
    try {
      if (place.state !== 'sending') await this.#awaitTurn(task, place, run, lane.leave);
      run.trying++;
      tries = true;
      await this.#keepTrying(task, place, run, lane);
      this.#order.leave(place);
    } catch (error) {
      run.failures.push(error);
      // What never comes again is not waited for.
      if (error instanceof UnrecoverableError) this.#order.leave(place);
      else {
        place.state = 'failed';
        run.failed.push(place);
      }
    }
    if (lane.held) run.lanes--;
    lane.held = false;
    if (tries) run.trying--;
    this.#behind.settle(run, task.stretch.destination);
    run.unfinished--;
    run.step();
    if (run.left && run.unfinished > 0) this.#shed(run);
  }

  /** Rejects if an earlier chunk has to come again for this destination. */
  async #awaitTurn({ group, stream }: Task, place: Place, { signal }: Run, leaveLane: () => void): Promise<void> {
    if (this.#order.isHeldUp(place)) leaveLane();
    const isNext = await whileSlow(orAborted(place.turn.promise, signal), SLOW_MS, leaveLane);
    if (!isNext) throw new TakebackError(`an earlier chunk for log group "${group}", stream "${stream}" has to be delivered first`);
  }

  async #keepTrying(task: Task, place: Place, run: Run, lane: Lane): Promise<void> {
    const { job, progress, signal } = run;
    const { key } = place;
    let last = false;
    for (let tries = 0; ; tries++) {
      try {
        await this.#sending(task, run, lane, () => this.#send(task, key, job.parts, progress, signal, {
          onTrouble: lane.leave,
          onSuccess: () => this.#behind.good(key, task.group),
          slow: (pending) => whileSlow(pending, this.#behind.isGroupBad(task.group) ? SLOW_BAD_MS : SLOW_MS, lane.leave),
        }));
        return;
      } catch (error) {
        this.#behind.bad(key, task.group);
        if (signal.aborted || last || error instanceof UnrecoverableError) throw error;
        lane.leave();
        // Of one destination alone the failures are the buffer's to retry, as those of all are. But perhaps the next chunk has another one.
        if (this.#behind.isAlone && !this.#hurried) await sleep(PROBE_MS, undefined, { signal });
        if (this.#behind.isAlone) throw error;
        if (!run.left && !this.#mayLeave(run)) throw error;
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

  async #sending({ group }: Task, run: Run, lane: Lane, send: () => Promise<void>): Promise<void> {
    // Where many of a group hang already, one more is not to take the place of another group's.
    if (!this.#laneless.hasRoom && this.#behind.isGroupBad(group)) lane.leave();
    if (!lane.held) {
      while (!this.#laneless.hasRoom) await orAborted(new Promise<void>((resolve) => this.#laneless.whenRoom(resolve)), run.signal);
      this.#laneless.begin();
    }
    run.sending++;
    lane.sending = true;
    try {
      await send();
    } finally {
      lane.sending = false;
      run.sending--;
      if (!lane.held) this.#laneless.end();
    }
  }

  #finish(run: Run, resolve: () => void, reject: (error: unknown) => void): void {
    const { job, progress, failures, failed, left } = run;
    // Once the buffer has the chunk again.
    if (failed.length > 0) setImmediate(() => void failed.forEach((place) => this.#order.handedBack(place)));
    if (left) {
      this.#behind.remove(run);
      // The buffer does not wait for it any more.
      if (this.#closed) return;
    }
    // What may still be delivered comes first: the chunk is set aside only when all else is through.
    const failure = failures.toSorted((a, b) => weightOf(a) - weightOf(b))[0] ?? progress.unkept ?? job.broken;
    if (failure === undefined) {
      this.#progress.forget(job.chunk.id);
      if (left) left.resolve();
      else resolve();
      return;
    }
    if (left) left.reject(failure);
    else reject(failure);
  }

  /** Whether the flush thread may go on without this chunk; at the end always. */
  #mayLeave(run: Run): boolean {
    return this.#behind.may(run) || (this.#hurried && !run.left);
  }

  #shed(run: Run): void {
    const { job, progress, packed } = run;
    if (shed(job.chunk, job, progress, packed)) this.#behind.shrink(run, job.chunk.byteLength);
  }

  /** Until nothing is sent for another chunk that holds a flush thread. */
  async #untilQuiet(run: Run, signal: AbortSignal): Promise<void> {
    const isBusy = (other: Run): boolean => other !== run && !other.left && other.sending > 0;
    for (let quietMs = 0; quietMs < 2 * QUIET_MS; ) {
      await sleep(QUIET_MS, undefined, { signal });
      quietMs = [...this.#runs].some(isBusy) ? 0 : quietMs + QUIET_MS;
      if (!run.left) return;
    }
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

/** One of the `concurrency` places of a chunk, as a stretch has it. */
interface Lane {
  held: boolean;
  /** Whether a request of the stretch is under way. */
  sending: boolean;
  /** The stretch has to wait: others may have the place. */
  readonly leave: () => void;
}

/** A chunk whose stretches are being sent. */
interface Run extends Leavable {
  readonly job: Job;
  /** The chunk's packed batches; undefined: released. */
  readonly packed: (Buffer | undefined)[] | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly failures: unknown[];
  /** Places of stretches that have to come again. */
  readonly failed: Place[];
  /** Stretches that are sent and do not wait. */
  lanes: number;
  /** Stretches that are being sent, in a lane or not. */
  sending: number;
  trying: number;
  unfinished: number;
  readonly step: () => void;
}

/** What says most about a chunk that failed comes first; one that can never be delivered is set aside when all else is through. */
function weightOf(failure: unknown): number {
  if (failure instanceof UnrecoverableError) return 2;
  return failure instanceof TakebackError ? 1 : 0;
}
