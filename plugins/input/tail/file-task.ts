/** A watched file in the schedule: when it gets its next turn, and how it ends. */
import { BLOCK_BYTES } from './scratch.ts';
import type { WatchedFile } from './watched-file.ts';

/** Where a file stands in its life. */
export type Phase =
  /** It is what its path names. */
  | { readonly kind: 'current' }
  /**
   * Its path names another file, or none, since `since` (monotonic ms); it is read on until `until`, to its end, and until all
   * of it is acknowledged.
   */
  | { readonly kind: 'leaving'; readonly since: number; readonly until: number; readonly unwatch: boolean }
  /** Closed, or about to be. */
  | { readonly kind: 'finished' };

export interface FileTaskHooks {
  /** The file was read to its end. */
  ended(task: FileTask): Promise<void>;
  /** It was closed, and cannot be found any more. */
  gone(task: FileTask): Promise<void>;
  /** Something went wrong that is not this file's alone to handle. */
  failed(task: FileTask, error: unknown): void;
  add(task: FileTask): void;
  now(): number;
}

/** A file that could not be read is tried again after this, milliseconds. */
const RETRY_MS = 1000;

/**
 * Blocks of one turn. More make requests larger, as neighbouring lines go to one stream; fewer let other files come sooner.
 */
const TURN_BLOCKS = 8;

export class FileTask {
  readonly file: WatchedFile;
  phase: Phase = { kind: 'current' };
  /** Of whose path it is the newer file: read before this one. */
  after: FileTask | undefined;
  /**
   * Files that take its place are not older than this: when it was created or changed while its path named it, milliseconds since
   * 1970 by the clock of the file system.
   */
  seenAt: number;
  /** Whether the last turn failed. */
  failing = false;
  /** Monotonic milliseconds of the last turn that read something. */
  activeAt: number;
  /** Ends the watch for changes, if there is one. */
  unwatch: (() => void) | undefined;
  readonly #hooks: FileTaskHooks;
  #timer: NodeJS.Timeout | undefined;
  /** Turns so far. */
  #turns = 0;
  #waiting = false;
  /** The files that wait for this one, and the turn during or after which they came. */
  #followers: { readonly task: FileTask; readonly since: number }[] = [];

  constructor(file: WatchedFile, hooks: FileTaskHooks, createdBy: number) {
    this.file = file;
    this.seenAt = createdBy;
    this.#hooks = hooks;
    this.activeAt = hooks.now();
  }

  /** Its path names it, with this state. */
  seen({ changedAt }: { readonly changedAt: number }): void {
    if (changedAt > this.seenAt) this.seenAt = changedAt;
  }

  /** Whether nothing can be done before a timer has run out. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Whether the kernel tells of its next change, and it is what its path names. */
  get isQuiet(): boolean {
    return this.unwatch !== undefined && this.phase.kind === 'current';
  }

  get greedy(): boolean {
    return this.file.backlog > BLOCK_BYTES;
  }

  async run(): Promise<boolean> {
    if (this.after || this.phase.kind === 'finished') return false;
    this.#turns++;
    this.#waiting = false;
    this.unwatch?.();
    this.unwatch = undefined;
    const before = this.file.offset;
    try {
      let turn = await this.file.turn();
      for (let blocks = 1; turn.kind === 'more' && blocks < TURN_BLOCKS; blocks++) turn = await this.file.turn();
      this.failing = false;
      if (this.file.offset !== before) this.activeAt = this.#hooks.now();
      switch (turn.kind) {
        case 'more':
          return true;
        case 'wait':
          if (this.file.forbidden) await this.#hooks.ended(this);
          else this.#wait(turn.ms);
          return false;
        case 'end':
          await this.#hooks.ended(this);
          return false;
        case 'gone':
          await this.#hooks.gone(this);
          return false;
      }
    } catch (error) {
      this.#hooks.failed(this, error);
      this.failing = true;
      this.#wait(RETRY_MS);
      return false;
    }
  }

  /** A turn after so many milliseconds, if none was asked for before that. */
  later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hooks.add(this), ms).unref();
  }

  /** Whether newer files of its path wait for it, and one of them has something to read. */
  get followed(): 'by data' | 'by nothing yet' | undefined {
    if (this.#followers.length === 0) return undefined;
    return this.#followers.some(({ task }) => task.file.unread > 0) ? 'by data' : 'by nothing yet';
  }

  /** It was read to its end in a turn: newer files of its path may begin that came before this turn. */
  drain(): void {
    this.#release(({ since }) => since < this.#turns);
  }

  /** This one is read after another, which gets one more turn for it. */
  follow(task: FileTask): void {
    if (task.phase.kind === 'finished') return;
    this.after = task;
    task.#followers.push({ task: this, since: task.#turns });
    this.#hooks.add(task);
  }

  /** No more turns by timers or watches. */
  end(): void {
    clearTimeout(this.#timer);
    this.unwatch?.();
    this.unwatch = undefined;
    this.#release(() => true);
  }

  #wait(ms: number): void {
    this.#waiting = true;
    this.later(ms);
  }

  #release(may: (follower: { readonly since: number }) => boolean): void {
    const released = this.#followers.filter(may);
    if (released.length === 0) return;
    this.#followers = this.#followers.filter((follower) => !may(follower));
    for (const { task } of released) {
      task.after = undefined;
      this.#hooks.add(task);
    }
  }
}
