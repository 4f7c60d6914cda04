/** Gives files their turns: fair, one block at a time, and only so many at once. */

export interface Task {
  /** One turn; true: there is more to do at once. Never throws. */
  run(): Promise<boolean>;
}

type State = 'queued' | 'running' | 'running, then again';

export class Scheduler<T extends Task> {
  readonly #slots: number;
  readonly #queue: T[] = [];
  readonly #states = new Map<T, State>();
  #running = 0;
  #stopped = false;

  /** `slots`: turns at the same time, which bounds the memory for blocks under way. */
  constructor(slots: number) {
    this.#slots = slots;
  }

  /** The task gets a turn, or one more if it has one just now. */
  add(task: T): void {
    if (this.#stopped) return;
    const state = this.#states.get(task);
    if (state === 'running') this.#states.set(task, 'running, then again');
    if (state !== undefined) return;
    this.#states.set(task, 'queued');
    this.#queue.push(task);
    this.#next();
  }

  isRunning(task: T): boolean {
    const state = this.#states.get(task);
    return state !== undefined && state !== 'queued';
  }

  /** No new turns; those that are under way go on. */
  stop(): void {
    this.#stopped = true;
    for (const task of this.#queue.splice(0)) this.#states.delete(task);
  }

  /** Those that have a turn at this moment. */
  running(): T[] {
    return [...this.#states.keys()].filter((task) => this.isRunning(task));
  }

  #next(): void {
    while (this.#running < this.#slots) {
      const task = this.#queue.shift();
      if (!task) return;
      this.#running++;
      this.#states.set(task, 'running');
      void task.run().then((more) => {
        const again = more || this.#states.get(task) === 'running, then again';
        this.#states.delete(task);
        this.#running--;
        if (again) this.add(task);
        this.#next();
      });
    }
  }
}
