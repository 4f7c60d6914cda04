/**
 * Files whose path names another one by now, or none. Each stays open until it is read to its end, `rotate_wait` is over,
 * and an output has acknowledged all of it.
 *
 * Limits keep that bounded when outputs are stuck for long: beyond them files are closed that only wait for an
 * acknowledgement, then files that can be found again by their inodes when it is their turn. Only deleted ones, which
 * nothing but their descriptor keeps, have to be given up then: that is logged and counted.
 */
import type { Activity } from './activity.ts';
import type { AbandonReason } from './counters.ts';
import type { FileTask } from './file-task.ts';
import type { SourceWork } from './source-work.ts';

export interface RotatedFilesOptions {
  readonly work: SourceWork;
  readonly activity: Activity;
  /** For how long a file is read on at least, milliseconds. */
  readonly rotateWaitMs: number;
  /** Most of a path that are open. */
  readonly limit: number;
  /** After so long a file is given up that is not done, milliseconds; Infinity: never. */
  readonly waitLimitMs: number;
  /** Asks for a turn. */
  readonly add: (task: FileTask) => void;
  readonly isRunning: (task: FileTask) => boolean;
  /** A file is closed that is to be found again later. */
  readonly releasing: (task: FileTask) => void;
  /** Nothing is left to do: the file is about to be closed, and then is. */
  readonly closing: (task: FileTask, unwatch: boolean) => void;
  readonly closed: (task: FileTask) => void;
}

/** Most rotated files of a source that are open, over all of its paths. */
export const MOST_OPEN = 1000;

export class RotatedFiles {
  readonly #options: RotatedFilesOptions;
  /** In the order in which they left. */
  readonly #tasks = new Set<FileTask>();

  constructor(options: RotatedFilesOptions) {
    this.#options = options;
  }

  /** From now on the file is on its way out. `unwatch`: its path names nothing, and is forgotten with it. */
  add(task: FileTask, unwatch: boolean): void {
    const { work, activity, rotateWaitMs } = this.#options;
    const since = work.clock.monotonic();
    task.phase = { kind: 'leaving', since, until: since + rotateWaitMs, unwatch };
    this.#tasks.add(task);
    activity.watch(task);
    this.#options.add(task);
    task.later(rotateWaitMs);
  }

  /** The path has named another file after it: it is not the one with which the path is forgotten. */
  stay(task: FileTask): void {
    if (task.phase.kind === 'leaving') task.phase = { ...task.phase, unwatch: false };
  }

  /** Its path names it again. */
  cameBack(task: FileTask): void {
    this.#tasks.delete(task);
    task.phase = { kind: 'current' };
  }

  /** After a turn that found the end of the file. */
  async ended(task: FileTask): Promise<void> {
    const { work, activity } = this.#options;
    if (task.phase.kind !== 'leaving') return;
    const now = work.clock.monotonic();
    if (now < task.phase.until) {
      task.later(task.phase.until - now);
      activity.watch(task);
      return;
    }
    // It has grown since its last read: an output had let it wait.
    if (task.file.unread > 0) return this.#options.add(task);
    const wait = await task.file.finish();
    // Meanwhile it may have come back to its path, or another file may have taken that.
    if (task.phase.kind !== 'leaving') return;
    if (wait?.kind === 'wait') task.later(wait.ms);
    else if (task.file.isPending && !task.file.isGivenUp && now - task.phase.since < this.#options.waitLimitMs) activity.forget(task);
    else await this.#close(task);
  }

  /** All of it may be acknowledged now. */
  moved(task: FileTask): void {
    if (task.phase.kind === 'leaving' && !task.file.isPending && this.#options.work.clock.monotonic() >= task.phase.until) this.#options.add(task);
  }

  /** It was closed for a limit, and deleted before its turn came. */
  gone(task: FileTask): void {
    if (task.phase.kind === 'leaving') this.#giveUp(task, 'deleted');
  }

  /** To be called now and then: sees whether there is something to read, and to the limits. */
  async look(): Promise<void> {
    const { work, activity, limit, waitLimitMs } = this.#options;
    const now = work.clock.monotonic();
    const byPath = new Map<string, FileTask[]>();
    const open: FileTask[] = [];
    for (const task of this.#tasks) {
      if (task.phase.kind !== 'leaving') continue;
      if (now - task.phase.since >= waitLimitMs) this.#tooOld(task);
      activity.look(task);
      if (!task.file.isOpen) continue;
      open.push(task);
      const same = byPath.get(task.file.path);
      if (same) same.push(task);
      else byPath.set(task.file.path, [task]);
    }
    for (const same of byPath.values()) await this.#reduce(same, limit);
    await this.#reduce(open.filter(({ file }) => file.isOpen), MOST_OPEN);
  }

  /** Closes what is over the limit, of open files in the order in which they left. */
  async #reduce(tasks: readonly FileTask[], limit: number): Promise<void> {
    let over = tasks.length - limit;
    if (over <= 0) return;
    const { isRunning, work } = this.#options;
    const now = work.clock.monotonic();
    const idle = tasks.filter((task) => !isRunning(task) && task.phase.kind === 'leaving');
    for (const task of idle) {
      if (over <= 0) return;
      const { file, phase } = task;
      if (phase.kind !== 'leaving' || now < phase.until || task.after || !file.atEnd) continue;
      await this.#close(task);
      over--;
    }
    // The last ones first: it is longest until their turns.
    for (const task of idle.toReversed()) {
      if (over <= 0) return;
      if (!task.after || !task.file.isOpen || isDeleted(task)) continue;
      this.#options.releasing(task);
      await task.file.release();
      over--;
    }
    for (const task of idle) {
      if (over <= 0) return;
      if (!task.file.isOpen || !isDeleted(task)) continue;
      this.#giveUp(task, 'too_many');
      await task.file.release();
      over--;
    }
  }

  #tooOld(task: FileTask): void {
    const { file } = task;
    if (file.isGivenUp) return;
    if (file.atEnd && file.unread === 0) this.#options.add(task);
    else this.#giveUp(task, 'too_old');
  }

  /** Nothing more is read of it; what was read is emitted before it is closed. */
  #giveUp(task: FileTask, reason: AbandonReason): void {
    const { work } = this.#options;
    const { file, phase } = task;
    const bytes = file.giveUp();
    // Of a file that was read to its end nothing is lost but what might have come.
    if (bytes > 0) work.counters.abandoned(reason, { path: file.path, inode: file.inode, bytes });
    if (phase.kind === 'leaving') task.phase = { ...phase, until: phase.since };
    this.#options.add(task);
  }

  async #close(task: FileTask): Promise<void> {
    this.#tasks.delete(task);
    this.#options.activity.forget(task);
    this.#options.closing(task, task.phase.kind === 'leaving' && task.phase.unwatch);
    task.phase = { kind: 'finished' };
    task.end();
    await task.file.close();
    this.#options.closed(task);
  }
}

function isDeleted({ file }: FileTask): boolean {
  try {
    return file.isDeleted;
  } catch {
    return false;
  }
}
