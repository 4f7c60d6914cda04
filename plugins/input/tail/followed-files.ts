/** All files of a source that are open: gives them their turns, and keeps their positions. */
import { Activity, ACTIVE_MS } from './activity.ts';
import { createdBy, stateOfFileNow } from './file-access.ts';
import { FileTask } from './file-task.ts';
import { LostFiles, type FoundFile, type Lost, type ReadFile } from './lost-files.ts';
import type { Marks } from './marks.ts';
import type { Opener } from './opener.ts';
import type { Leftover, PositionEntry } from './position-file.ts';
import { RotatedFiles } from './rotated-files.ts';
import { Scheduler } from './scheduler.ts';
import type { SourceWork } from './source-work.ts';
import { isSearching, latestTask, newWatch, notePositions, type Watch } from './watch.ts';
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
  /** Inodes of saved positions whose files were not found yet. */
  readonly missing: () => Iterable<bigint>;
  /** The last file of a watch is done, and its path names nothing. */
  readonly unwatch: (watch: Watch) => void;
}

/** Turns at the same time. */
const SLOTS = 8;
/** How often files are marked anew, milliseconds; and how soon one is that has no mark. */
const MARK_MS = 5000;
const FIRST_MARK_MS = 500;
/** Rotated files of a path that are remembered as read. */
const MOST_READ = 32;
/** Paths of which they are remembered, although nothing may be found there any more. */
const MOST_PATHS = 1000;
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
  /** By the key of their watch: rotated files that were read, see `Watch.read`. */
  readonly #read = new Map<string, readonly ReadFile[]>();
  #firstMark: NodeJS.Timeout | undefined;
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
        this.#noteRead(task);
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

  /** Watches with rotated files that have to be found or opened yet. */
  get unfinished(): Iterable<Watch> {
    const unfinished = new Set<Watch>();
    for (const watch of this.#tasks.values()) if (watch.lost) unfinished.add(watch);
    return unfinished;
  }

  /** Pieces of files that were read and are not acknowledged. */
  get unacknowledged(): number {
    let pieces = 0;
    for (const { file } of this.#tasks.keys()) pieces += file.unacknowledged;
    return pieces;
  }

  /** Lines that were read and are neither events in a buffer nor dropped; at the end they are those that will be read again. */
  get heldLines(): number {
    let lines = this.#heldAtEnd;
    for (const { file } of this.#tasks.keys()) lines += file.heldLines;
    return lines;
  }

  start(): void {
    this.#timers.push(setInterval(() => this.#activity.tick((task) => this.#scheduler.isRunning(task)), ACTIVE_MS));
    if (this.#options.marks) this.#timers.push(setInterval(() => this.#mark(), MARK_MS));
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
    }, createdBy(opened));
    file.saw(opened.size);
    this.#markSoon(file);
    watch.tasks.splice(place, 0, task);
    this.#tasks.set(task, watch);
    work.counters.opened.add();
    return task;
  }

  /** A watch without files; what was read under its key before counts. */
  watch(key: string, entry: PositionEntry, lost?: Lost): Watch {
    return newWatch(key, entry, lost, this.#read.get(key));
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
   * Opens what a path has `lost`, as far as that is possible now: the files come in front of the path's last task, each after the
   * one before it, the first after `first`. The result is the last of them. `found`: inodes that other paths name.
   */
  async resume(watch: Watch, path: string, found: () => ReadonlySet<bigint>, first?: FileTask): Promise<FileTask | undefined> {
    if (!watch.lost) return first;
    const { log } = this.#options.work;
    const current = watch.tasks.at(-1);
    // What the path named when it was opened may be rotated by now, and others may have been since.
    const before = (current?.phase.kind === 'current' && current.file.createdAt) || Infinity;
    const { files, left } = await this.#lostFiles.open(path, watch.lost, { open: this.#open(), found: found(), read: watch.read, before });
    let last = first;
    for (const each of files) {
      log.info(`${path} was rotated while it was not watched; reading the rest of ${each.name}`, { position: each.position });
      const newest = watch.tasks.at(-1);
      // A path that names nothing has named the files that are found last.
      const isLast = newest === undefined || (newest.phase.kind === 'leaving' && newest.phase.unwatch);
      const task = this.follow(watch, path, each, watch.tasks.length - (isLast ? 0 : 1));
      if (last) task.follow(last);
      if (newest && isLast) this.#rotated.stay(newest);
      this.#rotated.add(task, isLast);
      last = task;
    }
    const wasSearching = isSearching(watch);
    watch.lost = left;
    if (watch.tasks.length === 0) return last;
    if (wasSearching && !isSearching(watch)) {
      const { file } = latestTask(watch);
      watch.anchor = undefined;
      watch.entry.move(file.inode, file.position);
    }
    notePositions(watch);
    this.#forget(watch);
    return last;
  }

  /** What a path has `lost`, without opening it; see `LostFiles.list`. */
  list(path: string, lost: Lost, found: ReadonlySet<bigint>): Promise<Leftover[]> {
    return this.#lostFiles.list(path, lost, { open: this.#open(), found, read: [], before: Infinity });
  }

  #open(): Map<bigint, number> {
    return new Map(this.files.map(({ inode, createdAt }) => [inode, createdAt]));
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
    clearTimeout(this.#firstMark);
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

  /** Closes everything; positions do not move any more. */
  async close(): Promise<void> {
    this.#mark();
    for (const task of this.#tasks.keys()) await task.file.close();
    this.#heldAtEnd = this.heldLines;
    this.#tasks.clear();
  }

  /** After a turn that found the end of the file. */
  async #ended(task: FileTask): Promise<void> {
    const { work, openOnEveryUpdate } = this.#options;
    const { file, phase } = task;
    if (this.#stopped) return;
    if (phase.kind === 'leaving' && file.holdsText && work.clock.monotonic() < phase.until) {
      // The rest of the event may still come, but no event of the newer file goes in front of it.
      const { followed } = task;
      if (followed === 'by data') await file.flushMultiline();
      if (followed === 'by nothing yet' || !file.atEnd) {
        task.later(ACTIVE_MS);
        this.#activity.watch(task);
        return;
      }
    }
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
    this.#rotated.moved(task);
    this.#markSoon(task.file);
    if (task.phase.kind === 'finished' && task.file.done) {
      this.#tasks.delete(task);
      if (latestTask(watch) !== task) watch.tasks.splice(watch.tasks.indexOf(task), 1);
    }
    notePositions(watch);
    this.#forget(watch);
  }

  /** A path that names nothing is forgotten when all of its files are done. */
  #forget(watch: Watch): void {
    if (watch.tasks.length > 1 || watch.lost || this.#options.isWatched(watch)) return;
    if (!this.#tasks.has(latestTask(watch))) watch.entry.unwatch();
  }

  /** A rotated file is read to its end, and about to be closed: so that it is not taken for one that nobody has read. */
  #noteRead(task: FileTask): void {
    const { file } = task;
    const watch = this.#tasks.get(task)!;
    if (file.fd === undefined) return;
    try {
      const { createdAt } = stateOfFileNow(file.fd);
      watch.read = [...watch.read.slice(1 - MOST_READ), { inode: file.inode, createdAt, position: file.isGivenUp ? Infinity : file.position }];
      this.#read.delete(watch.key);
      this.#read.set(watch.key, watch.read);
      if (this.#read.size > MOST_PATHS) this.#read.delete(this.#read.keys().next().value!);
    } catch {
      // Then it may be read twice.
    }
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

  /** An open file without a mark could not be found again if it were compressed before the next round. */
  #markSoon({ inode, fd }: WatchedFile): void {
    const { marks } = this.#options;
    if (!marks || fd === undefined || this.#stopped || this.#firstMark !== undefined || marks.of(inode).length > 0) return;
    this.#firstMark = setTimeout(() => {
      this.#firstMark = undefined;
      if (!this.#stopped) this.#mark();
    }, FIRST_MARK_MS);
  }

  /** So that files are found again that are compressed from now on. */
  #mark(): void {
    const lost = [...this.unfinished].flatMap((watch) => watch.lost!.known.map(({ inode }) => inode));
    this.#options.marks?.update(this.files, [...this.#options.missing(), ...lost]);
  }
}
