/**
 * Gives files their turns: a few blocks at a time, and only so many at once.
 *
 * Files with much to read have slots of their own, so that one that writes little never waits for those that write as fast
 * as they can. Whoever waits for an output for long leaves its slot: an output that is stuck must not keep files from others.
 */

export interface Task {
  /** Whether it has more than a block to read. */
  readonly greedy: boolean;
  /** One turn; true: there is more to do at once. Never throws. */
  run(): Promise<boolean>;
}

/** A heavy task that waits for an output leaves its slot after this, milliseconds. */
const PARK_MS = 500;
/** Heavy tasks that wait without a slot, more than a node has pods: each has a block in memory. */
const MOST_PARKED = 256;

type State = 'queued' | 'running' | 'running, then again';

/** A queue with slots. */
interface Lane<T> {
  readonly queue: T[];
  /** Slots in use. */
  used: number;
}

/** A task that waits for an output. */
interface Wait<T> {
  readonly lane: Lane<T>;
  readonly timer: NodeJS.Timeout | undefined;
  parked: boolean;
}

export class Scheduler<T extends Task> {
  readonly #slots: number;
  readonly #light: Lane<T> = { queue: [], used: 0 };
  readonly #greedy: Lane<T> = { queue: [], used: 0 };
  readonly #states = new Map<T, State>();
  /** Lanes of running tasks. */
  readonly #lanes = new Map<T, Lane<T>>();
  readonly #waits = new Map<T, Wait<T>>();
  #heavyParked = 0;
  #stopped = false;

  /** `slots`: turns at the same time, of files with much to read and of the others, which bounds the memory for blocks under way. */
  constructor(slots: number) {
    this.#slots = slots;
  }

  /** The task gets a turn, or one more if it has one just now. */
  add(task: T): void {
    this.#add(task, task.greedy);
  }

  /** The task waits for an output in the middle of its turn; `heavy`: with a block in memory. */
  park(task: T, heavy: boolean): void {
    const lane = this.#lanes.get(task);
    if (!lane) return;
    const leave = () => {
      if (heavy && this.#heavyParked >= MOST_PARKED) return;
      if (heavy) this.#heavyParked++;
      wait.parked = true;
      this.#free(lane);
    };
    const wait: Wait<T> = { lane, timer: heavy ? setTimeout(leave, PARK_MS) : undefined, parked: false };
    this.#waits.set(task, wait);
    if (!heavy) leave();
  }

  /** It goes on, in a slot that may be one too many; `heavy` as before. */
  unpark(task: T, heavy: boolean): void {
    const wait = this.#waits.get(task);
    if (!wait) return;
    this.#waits.delete(task);
    clearTimeout(wait.timer);
    if (!wait.parked) return;
    if (heavy) this.#heavyParked--;
    wait.lane.used++;
  }

  isRunning(task: T): boolean {
    return this.#lanes.has(task);
  }

  /** No new turns; those that are under way go on. */
  stop(): void {
    this.#stopped = true;
    for (const { queue } of [this.#light, this.#greedy]) for (const task of queue.splice(0)) this.#states.delete(task);
  }

  /** Those that have a turn at this moment. */
  running(): T[] {
    return [...this.#lanes.keys()];
  }

  #add(task: T, greedy: boolean): void {
    if (this.#stopped) return;
    const state = this.#states.get(task);
    if (state === 'running') this.#states.set(task, 'running, then again');
    if (state !== undefined) return;
    this.#states.set(task, 'queued');
    const lane = greedy ? this.#greedy : this.#light;
    lane.queue.push(task);
    this.#next(lane);
  }

  #free(lane: Lane<T>): void {
    lane.used--;
    this.#next(lane);
  }

  #next(lane: Lane<T>): void {
    while (lane.used < this.#slots) {
      const task = lane.queue.shift();
      if (!task) return;
      lane.used++;
      this.#states.set(task, 'running');
      this.#lanes.set(task, lane);
      void task.run().then((more) => {
        const again = more || this.#states.get(task) === 'running, then again';
        this.#states.delete(task);
        this.#lanes.delete(task);
        if (again) this.#add(task, more || task.greedy);
        this.#free(lane);
      });
    }
  }
}
