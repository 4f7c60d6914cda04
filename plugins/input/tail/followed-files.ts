/** All files of a source that are open: gives them their turns, and keeps their positions. */
import { Activity, ACTIVE_MS } from './activity.ts';
import { FileTask } from './file-task.ts';
import { LostFiles, type FoundFile, type Lost } from './lost-files.ts';
import type { Marks } from './marks.ts';
import type { Opener } from './opener.ts';
import { RotatedFiles } from './rotated-files.ts';
import { Scheduler } from './scheduler.ts';
import type { SourceWork } from './source-work.ts';
import { latestTask, noteLeftovers, type Watch } from './watch.ts';
import { WatchedFile } from './watched-file.ts';

export interface FollowedFilesOptions {
  readonly work: SourceWork;
  readonly opener: Opener;
  readonly rotateWaitMs: number;
  /** See `RotatedFilesOptions`. */
  readonly rotatedLimit: number;
  readonly rotatedWaitLimitMs: number;
  /** Whether the kernel is asked to report changes (`enable_stat_watcher`). */
  readonly notify: boolean;
  readonly openOnEveryUpdate: boolean;
  /** By which rotated files are known that were compressed (`read_gzip_rotated`); absent: those are not read. */
  readonly marks: Marks | undefined;
  /** A path names another file, or none. */
  readonly replaced: () => void;
  /** Whether files are still found under a watch's key. */
  readonly isWatched: (watch: Watch) => boolean;
  /** The last file of a watch is done, and its path names nothing. */
  readonly unwatch: (watch: Watch) => void;
}

/** Turns at the same time. */
const SLOTS = 8;
/** How often files are marked anew, milliseconds. */
const MARK_MS = 5000;
/** How long the end waits for reads that are under way, milliseconds. */
const STOP_WAIT_MS = 2000;

export class FollowedFiles {
  readonly #options: FollowedFilesOptions;
  readonly #scheduler = new Scheduler<FileTask>(SLOTS);
  readonly #activity: Activity;
  readonly #lostFiles: LostFiles;
  readonly #rotated: RotatedFiles;
  /** All tasks that are not finished. */
  readonly #tasks = new Map<FileTask, Watch>();
  readonly #timers: NodeJS.Timeout[] = [];
  #stopped = false;
  #heldAtEnd = 0;

  constructor(options: FollowedFilesOptions) {
    this.#options = options;
    const { work, opener, marks } = options;
    this.#activity = new Activity({
      log: work.log,
      clock: work.clock,
      resolve: work.resolve,
      // A file that is closed between updates cannot be watched by its descriptor.
      notify: options.notify && !options.openOnEveryUpdate,
      changed: (task) => this.#scheduler.add(task),
      replaced: options.replaced,
    });
    this.#lostFiles = new LostFiles({ work, opener, marks });
    this.#rotated = new RotatedFiles({
      work,
      activity: this.#activity,
      rotateWaitMs: options.rotateWaitMs,
      limit: options.rotatedLimit,
      waitLimitMs: options.rotatedWaitLimitMs,
      add: (task) => this.#scheduler.add(task),
      isRunning: (task) => this.#scheduler.isRunning(task) && !task.file.emitting,
      releasing: ({ file }) => options.marks?.add(file),
      closing: (task, unwatch) => {
        if (unwatch) options.unwatch(this.#tasks.get(task)!);
      },
      closed: (task) => this.#moved(task),
    });
  }

  /** The files that are open now. */
  get files(): WatchedFile[] {
    return [...this.#tasks.keys()].map(({ file }) => file);
  }

  /** Of tasks that are not finished. */
  get watches(): Iterable<Watch> {
    return this.#tasks.values();
  }

  /** Lines that were read and are neither events in a buffer nor dropped; at the end they are those that will be read again. */
  get heldLines(): number {
    let lines = this.#heldAtEnd;
    for (const { file } of this.#tasks.keys()) lines += file.heldLines;
    return lines;
  }

  /** `kept`: inodes of files that are not found yet. */
  start(kept: () => Iterable<bigint>): void {
    this.#timers.push(setInterval(() => this.#activity.tick((task) => this.#scheduler.isRunning(task)), ACTIVE_MS));
    if (this.#options.marks) this.#timers.push(setInterval(() => this.#mark(kept()), MARK_MS));
  }

  /** Follows a file from its position on; `place`: its place among the files of the watch, the last one by default. */
  follow(watch: Watch, path: string, opened: Omit<FoundFile, 'name'>, place = watch.tasks.length): FileTask {
    const { work } = this.#options;
    const file: WatchedFile = new WatchedFile(work, { path, ...opened }, {
      moved: () => this.#moved(task),
      waits: (waiting, heavy) => this.#waits(task, waiting, heavy),
      // What is current is found by the next look.
      find: async () => (task.phase.kind === 'leaving' ? this.#lostFiles.find(file.path, file) : undefined),
    });
    const task: FileTask = new FileTask(file, {
      add: (each) => this.#scheduler.add(each),
      ended: (each) => this.#ended(each),
      gone: async (each) => this.#rotated.gone(each),
      failed: (each, error) => this.#failed(each, error),
      now: () => work.clock.monotonic(),
    });
    file.saw(opened.size);
    task.seenAt = work.clock.now();
    watch.tasks.splice(place, 0, task);
    this.#tasks.set(task, watch);
    work.counters.opened.add();
    return task;
  }

  /** Asks for a turn. */
  add(task: FileTask): void {
    this.#scheduler.add(task);
  }

  /** The file's path names another one, or none (`unwatch`). */
  leave(task: FileTask, unwatch: boolean): void {
    this.#rotated.add(task, unwatch);
  }

  cameBack(task: FileTask): void {
    this.#rotated.cameBack(task);
  }

  /** Looks at the files that their paths do not name any more. */
  lookAtRotated(): Promise<void> {
    return this.#rotated.look();
  }

  /**
   * Files that were rotated away from a path while nobody looked, as far as they were not read: they come in front of the
   * path's last task, each after the one before it, the first after `first`. The result is the last of them. `others`: inodes
   * of files that are followed anyway.
   */
  async resume(watch: Watch, path: string, lost: Lost, others: Iterable<bigint>, first?: FileTask): Promise<FileTask | undefined> {
    const { log } = this.#options.work;
    let last = first;
    const taken = new Set([...others, ...watch.tasks.map(({ file }) => file.inode)]);
    for (const each of await this.#lostFiles.open(path, lost, taken)) {
      log.info(`${path} was rotated while it was not watched; reading the rest of ${each.name}`, { position: each.position });
      const task = this.follow(watch, path, each, watch.tasks.length - 1);
      if (last) task.follow(last);
      this.#rotated.add(task, false);
      last = task;
    }
    return last;
  }

  /** Another file that is followed under the path. */
  otherOf(path: string, task: FileTask): FileTask | undefined {
    for (const other of this.#tasks.keys()) if (other !== task && other.file.path === path) return other;
    return undefined;
  }

  /** No new turns. */
  halt(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#scheduler.stop();
  }

  /** After `halt`: waits for reads that are under way, and emits events of several lines that are held; not for outputs that let it wait for long. */
  async stop(): Promise<void> {
    const deadline = Date.now() + STOP_WAIT_MS;
    const isReading = () => this.#scheduler.running().some(({ file }) => !file.emitting);
    while (isReading() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const task of this.#tasks.keys()) task.end();
    const stopping = Promise.all(this.files.map((file) => file.stop()));
    // What an output does not take until then is read again at the next start.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, Math.max(1, deadline - Date.now()))));
    await Promise.race([stopping, late]);
    clearTimeout(timer);
  }

  /** Closes everything; positions do not move any more. `kept` as in `start`. */
  async close(kept: Iterable<bigint>): Promise<void> {
    this.#mark(kept);
    for (const task of this.#tasks.keys()) await task.file.close();
    this.#heldAtEnd = this.heldLines;
    this.#tasks.clear();
  }

  /** After a turn that found the end of the file. */
  async #ended(task: FileTask): Promise<void> {
    const { work, openOnEveryUpdate } = this.#options;
    const { file, phase } = task;
    if (this.#stopped) return;
    task.drain();
    if (phase.kind === 'leaving') return this.#rotated.ended(task);
    if (phase.kind === 'finished') return;
    if (file.flushAt !== undefined) task.later(Math.max(1, file.flushAt - work.clock.monotonic()));
    if (openOnEveryUpdate) await file.release();
    this.#activity.ended(task);
  }

  /** Positions moved, or the file was closed. */
  #moved(task: FileTask): void {
    const watch = this.#tasks.get(task);
    if (!watch) return;
    const { file } = task;
    if (latestTask(watch) === task) watch.entry.move(file.inode, file.position);
    this.#rotated.moved(task);
    if (task.phase.kind === 'finished' && file.done) {
      this.#tasks.delete(task);
      if (latestTask(watch) !== task) watch.tasks.splice(watch.tasks.indexOf(task), 1);
      else if (!this.#options.isWatched(watch)) watch.entry.unwatch();
    }
    noteLeftovers(watch);
  }

  #waits(task: FileTask, waiting: boolean, heavy: boolean): void {
    if (waiting) this.#scheduler.park(task, heavy);
    else this.#scheduler.unpark(task, heavy);
  }

  #failed(task: FileTask, error: unknown): void {
    const { counters, log } = this.#options.work;
    counters.unreadable.add();
    if (!task.failing) log.warn(`${task.file.path} could not be read; it is tried again`, { path: task.file.path, error });
  }

  /** So that files are found again that are compressed from now on. */
  #mark(kept: Iterable<bigint>): void {
    this.#options.marks?.update(this.files, kept);
  }
}
