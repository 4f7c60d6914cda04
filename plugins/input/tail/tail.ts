/**
 * Follows the files of one source: finds them, notices rotation, truncation and removal, gives every
 * file its turns, and keeps the position file true.
 */
import { existsSync } from 'node:fs';
import { Activity, ACTIVE_MS } from './activity.ts';
import { Arrivals } from './arrivals.ts';
import { closeFile } from './file-access.ts';
import { FileTask } from './file-task.ts';
import { CLOCK_SLACK_MS, keyOf, knownPositions, startPosition, type Known } from './known-positions.ts';
import { Opener, type OpenedFile } from './opener.ts';
import type { Leftover, PositionEntry, PositionFile, SavedPositions } from './position-file.ts';
import { Scheduler } from './scheduler.ts';
import { findRotated } from './siblings.ts';
import type { SourceWork } from './source-work.ts';
import type { Target, Targets } from './targets.ts';
import { WatchedFile } from './watched-file.ts';

export interface TailOptions {
  readonly work: SourceWork;
  readonly targets: Targets;
  readonly positions: PositionFile;
  readonly followInodes: boolean;
  readonly readFromHead: boolean;
  readonly skipRefreshOnStartup: boolean;
  readonly rotateWaitMs: number;
  readonly refreshMs: number;
  readonly compactionMs: number | undefined;
  /** Whether the kernel is asked to report changes (`enable_stat_watcher`). */
  readonly notify: boolean;
  readonly openOnEveryUpdate: boolean;
  /** A file that may not be read is warned of once, not with every refresh. */
  readonly warnUnreadableOnce: boolean;
}

/** New files and rotations are looked for at least this often, milliseconds. */
const LOOK_MS = 1000;
/** So long after the start positions of files that are not found are kept, milliseconds. */
const MISSING_MS = 15_000;
/** Turns at the same time. */
const SLOTS = 8;
/** How long the end waits for reads that are under way, milliseconds. */
const STOP_WAIT_MS = 2000;

/** A path (or an inode) with its files: the one it names now, and older ones that are not read to their ends. */
interface Watch {
  readonly key: string;
  readonly entry: PositionEntry;
  /** Oldest first; the last is the one that the entry speaks of. */
  readonly tasks: FileTask[];
}

/** Files of a path that were rotated away and have a rest that nobody has read; see `Wanted`. */
interface Lost {
  readonly known: readonly Leftover[];
  readonly latest: bigint | undefined;
  readonly createdAfter: number;
}

export class Tail {
  readonly #options: TailOptions;
  readonly #scheduler = new Scheduler<FileTask>(SLOTS);
  readonly #activity: Activity;
  readonly #opener: Opener;
  readonly #arrivals: Arrivals | undefined;
  /** Of what is found at the moment. */
  readonly #watches = new Map<string, Watch>();
  /** All tasks that are not finished. */
  readonly #tasks = new Map<FileTask, Watch>();
  readonly #timers: NodeJS.Timeout[] = [];
  #saved: SavedPositions = { lines: [], savedAt: Infinity };
  /** Of files that were not found yet. */
  #known: Map<string, Known> | undefined;
  /** Not everything could be looked at: what is not found may be there all the same. */
  #keepMissing = false;
  #refreshing: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: TailOptions) {
    this.#options = options;
    const { work, warnUnreadableOnce, refreshMs } = options;
    const { log, clock, counters } = work;
    this.#activity = new Activity({
      log,
      clock,
      resolve: work.resolve,
      // A file that is closed between updates cannot be watched by its descriptor.
      notify: options.notify && !options.openOnEveryUpdate,
      changed: (task) => this.#scheduler.add(task),
      replaced: () => this.#refreshSoon(),
    });
    this.#arrivals = options.notify ? new Arrivals(log, () => this.#refreshSoon()) : undefined;
    this.#opener = new Opener({ log, clock, unreadable: counters.unreadable, repeatMs: warnUnreadableOnce ? Infinity : refreshMs });
  }

  async start(): Promise<void> {
    const { positions, skipRefreshOnStartup, refreshMs, compactionMs, work } = this.#options;
    this.#saved = positions.open();
    const every = (ms: number, run: () => void) => void this.#timers.push(setInterval(run, ms));
    const begin = () => every(Math.min(refreshMs, LOOK_MS), () => void this.refresh());
    if (skipRefreshOnStartup) this.#timers.push(setTimeout(() => void this.refresh().then(() => this.#stopped || begin()), refreshMs));
    else {
      await this.refresh();
      begin();
    }
    this.#timers.push(setTimeout(() => this.#forgetMissing(() => false), MISSING_MS));
    every(ACTIVE_MS, () => this.#activity.tick((task) => this.#scheduler.isRunning(task)));
    if (compactionMs !== undefined)
      every(compactionMs, () => {
        work.log.info('Clean up the pos file');
        positions.compact();
      });
  }

  /** Looks for files once; calls that come meanwhile get the same result. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh()
      .catch((error: unknown) => this.#options.work.log.error('files could not be looked for', { error }))
      .finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** No new reads; events of several lines that are held are emitted. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#soon);
    this.#scheduler.stop();
    await this.#arrivals?.close();
    await this.#refreshing;
    const deadline = Date.now() + STOP_WAIT_MS;
    while (this.#scheduler.running().some(({ file }) => !file.emitting) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const task of this.#tasks.keys()) {
      task.end();
      await task.file.stop();
    }
  }

  /**
   * Positions of files that are gone. A path is missing for a moment, too, when its file was just renamed and the next
   * one is not made yet: forgetting it then would lose the rest of the renamed file.
   */
  #forgetMissing(isThere: (path: string) => boolean): void {
    if (this.#keepMissing) return;
    for (const [key, { entry }] of this.#known ?? []) {
      if (isThere(entry.path)) continue;
      entry.remove();
      this.#known!.delete(key);
    }
  }

  /** Saves the last positions and closes everything. */
  async close(): Promise<void> {
    const { positions, work, followInodes } = this.#options;
    this.#forgetMissing((path) => !followInodes && existsSync(work.resolve(path)));
    for (const watch of new Set([...this.#watches.values(), ...this.#tasks.values()])) this.#noteLeftovers(watch, true);
    positions.close();
    for (const task of this.#tasks.keys()) await task.file.close();
    this.#tasks.clear();
  }

  /** The files that are open now. */
  get files(): WatchedFile[] {
    return [...this.#tasks.keys()].map(({ file }) => file);
  }

  async #refresh(): Promise<void> {
    const { targets, followInodes, positions, work } = this.#options;
    const { targets: found, complete } = await targets.find((target) => {
      const watch = this.#watches.get(keyOf(target, followInodes));
      return watch !== undefined && watch.tasks.at(-1)!.file.inode === target.inode;
    });
    if (this.#stopped) return;
    this.#arrivals?.watch(found.map(({ path }) => work.resolve(path)));
    const startup = this.#known === undefined;
    this.#known ??= knownPositions(this.#saved.lines, { byInode: followInodes, positions, log: work.log });
    if (startup) this.#keepMissing = !complete;
    const byKey = new Map(found.map((target) => [keyOf(target, followInodes), target]));
    if (complete) for (const [key, watch] of this.#watches) if (!byKey.has(key)) this.#missing(watch);
    for (const [key, target] of byKey) {
      const watch = this.#watches.get(key);
      if (watch) await this.#stillThere(watch, target, found);
      else await this.#begin(key, target, startup, found);
      if (this.#stopped) return;
    }
    if (startup) positions.begin();
    for (const task of this.#tasks.keys()) if (task.phase.kind === 'leaving') this.#activity.look(task);
  }

  /** Nothing is found under the key: the file is read on for a while, in case it comes back. */
  #missing(watch: Watch): void {
    const task = watch.tasks.at(-1)!;
    if (task.phase.kind === 'current') this.#leave(task, true);
  }

  async #stillThere(watch: Watch, target: Target, found: readonly Target[]): Promise<void> {
    const task = watch.tasks.at(-1)!;
    const { file } = task;
    if (file.inode !== target.inode || file.dev !== target.dev) {
      await this.#rotate(watch, target.path, found);
      return;
    }
    task.seenAt = this.#options.work.clock.now();
    if (task.phase.kind === 'leaving') task.phase = { kind: 'current' };
    if (file.path !== target.path && file.atEnd) {
      // Only with follow_inodes: it was renamed, and its later lines belong to its new name.
      this.#options.work.log.info(`${file.path} is now ${target.path}`, { inode: Number(file.inode) });
      file.rename(target.path);
    }
    if (target.size !== file.offset && !task.waiting) this.#scheduler.add(task);
  }

  async #begin(key: string, target: Target, startup: boolean, found: readonly Target[]): Promise<void> {
    const { work, positions, readFromHead, followInodes } = this.#options;
    const opened = await this.#open(target.path);
    if (!opened) return;
    const actual = keyOf({ path: target.path, inode: opened.inode }, followInodes);
    const known = this.#known!.get(actual);
    if (actual !== key && this.#watches.has(actual)) {
      await closeFile(opened.fd);
      return; // replaced between look and opening: the next look tells
    }
    this.#known!.delete(actual);
    const { position, older, replaced } = startPosition(known, opened, { savedAt: this.#saved.savedAt, fromHead: readFromHead || !startup });
    const entry = known?.entry ?? positions.add(target.path, opened.inode, position);
    entry.move(opened.inode, position);
    const watch: Watch = { key: actual, entry, tasks: [] };
    this.#watches.set(actual, watch);
    const task = this.#watch(watch, target.path, opened, position);
    let before: FileTask | undefined;
    if (followInodes) before = this.#formerOwner(target.path, task);
    else if (older.length > 0) {
      const createdAfter = replaced === undefined ? Infinity : this.#saved.savedAt;
      before = await this.#resume(watch, target.path, { known: older, latest: replaced, createdAfter }, found);
    }
    this.#noteLeftovers(watch);
    if (before) task.follow(before);
    work.log.info(`following tail of ${target.path}`);
    this.#scheduler.add(task);
  }

  /**
   * Files that were rotated away from a path while nobody looked, as far as they were not read: they
   * come in front of the path's last task, each after the one before it, the first after `first`. The result
   * is the last of them.
   */
  async #resume(watch: Watch, path: string, lost: Lost, found: readonly Target[], first?: FileTask): Promise<FileTask | undefined> {
    const { work } = this.#options;
    const { known, latest, createdAfter } = lost;
    const inodes = new Set(known.map(({ inode }) => inode));
    const others = new Set([...found.map(({ inode }) => inode), ...watch.tasks.map(({ file }) => file.inode)]);
    let last = first;
    for (const sibling of await findRotated(path, { inodes, latest, createdAfter }, work.resolve)) {
      const position = known.find(({ inode }) => inode === sibling.inode)?.position ?? 0;
      if (sibling.size <= position || others.has(sibling.inode)) continue;
      const opened = await this.#opener.open(sibling.path, path);
      if (!opened) continue;
      if (opened.inode !== sibling.inode) {
        await closeFile(opened.fd);
        continue;
      }
      work.log.info(`${path} was rotated while it was not watched; reading the rest of ${sibling.path}`, { position });
      const task = this.#watch(watch, path, opened, position, watch.tasks.length - 1);
      if (last) task.follow(last);
      this.#leave(task, false);
      last = task;
    }
    return last;
  }

  /** Of a file that took the path of another, with `follow_inodes`: that other one. */
  #formerOwner(path: string, task: FileTask): FileTask | undefined {
    for (const other of this.#tasks.keys()) {
      if (other === task || other.file.path !== path) continue;
      this.#rotated(path);
      return other;
    }
    return undefined;
  }

  async #rotate(watch: Watch, path: string, found: readonly Target[]): Promise<void> {
    const opened = await this.#open(path);
    if (!opened) return;
    const last = watch.tasks.at(-1)!;
    if (opened.inode === last.file.inode && opened.dev === last.file.dev) {
      await closeFile(opened.fd);
      return;
    }
    this.#rotated(path);
    const task = this.#watch(watch, path, opened, 0);
    this.#leave(last, false);
    watch.entry.move(opened.inode, 0);
    // Between two looks a path may have named a third file.
    const before = await this.#resume(watch, path, { known: [], latest: undefined, createdAfter: last.seenAt - CLOCK_SLACK_MS }, found, last);
    if (before) task.follow(before);
    this.#noteLeftovers(watch);
    this.#scheduler.add(task);
  }

  #rotated(path: string): void {
    const { work, rotateWaitMs } = this.#options;
    work.counters.rotated.add();
    work.log.info(`detected rotation of ${path}; waiting ${rotateWaitMs / 1000} seconds`);
  }

  #watch(watch: Watch, path: string, opened: OpenedFile, position: number, place = watch.tasks.length): FileTask {
    const { work } = this.#options;
    const file = new WatchedFile(work, { path, ...opened, position }, () => this.#moved(task));
    const task: FileTask = new FileTask(file, {
      add: (each) => this.#scheduler.add(each),
      ended: (each) => this.#ended(each),
      failed: (each, error) => this.#failed(each, error),
      now: () => work.clock.monotonic(),
    });
    task.seenAt = work.clock.now();
    watch.tasks.splice(place, 0, task);
    this.#tasks.set(task, watch);
    work.counters.opened.add();
    return task;
  }

  /** From now on the file is read to its end, and for `rotate_wait`. */
  #leave(task: FileTask, unwatch: boolean): void {
    const { work, rotateWaitMs } = this.#options;
    task.phase = { kind: 'leaving', until: work.clock.monotonic() + rotateWaitMs, unwatch };
    this.#activity.watch(task);
    this.#scheduler.add(task);
    task.later(rotateWaitMs);
  }

  /** After a turn that found the end of the file. */
  async #ended(task: FileTask): Promise<void> {
    const { work, openOnEveryUpdate } = this.#options;
    const { file, phase } = task;
    if (this.#stopped) return;
    task.drain();
    const now = work.clock.monotonic();
    if (phase.kind === 'leaving') {
      if (now >= phase.until) await this.#finish(task);
      else {
        task.later(phase.until - now);
        this.#activity.watch(task);
      }
      return;
    }
    if (phase.kind === 'finished') return;
    if (file.flushAt !== undefined) task.later(Math.max(1, file.flushAt - now));
    if (openOnEveryUpdate) await file.release();
    this.#activity.ended(task);
  }

  async #finish(task: FileTask): Promise<void> {
    const wait = await task.file.finish();
    // Meanwhile it may have come back to its path, or another file may have taken that.
    if (task.phase.kind !== 'leaving') return;
    if (wait?.kind === 'wait') {
      task.later(wait.ms);
      return;
    }
    const watch = this.#tasks.get(task)!;
    if (task.phase.unwatch && this.#watches.get(watch.key) === watch) this.#watches.delete(watch.key);
    task.phase = { kind: 'finished' };
    this.#activity.forget(task);
    task.end();
    await task.file.close();
    this.#moved(task);
  }

  /** Positions moved, or the file was closed. */
  #moved(task: FileTask): void {
    const watch = this.#tasks.get(task);
    if (!watch) return;
    const { file } = task;
    if (watch.tasks.at(-1) === task) watch.entry.move(file.inode, file.position);
    if (task.phase.kind === 'finished' && file.done) {
      this.#tasks.delete(task);
      if (watch.tasks.at(-1) !== task) watch.tasks.splice(watch.tasks.indexOf(task), 1);
      else if (this.#watches.get(watch.key) !== watch) watch.entry.unwatch();
    }
    this.#noteLeftovers(watch);
  }

  /** Writes down where the older files of a path are; at the end not those that were read completely. */
  #noteLeftovers(watch: Watch, atEnd = false): void {
    if (watch.entry.position === undefined) return;
    const older = watch.tasks.slice(0, -1).filter(({ file }) => !atEnd || !file.settled || file.hasRest);
    watch.entry.leave(older.map(({ file }) => ({ inode: file.inode, position: file.position })));
  }

  #failed(task: FileTask, error: unknown): void {
    const { work } = this.#options;
    work.counters.unreadable.add();
    if (!task.failing) work.log.warn(`${task.file.path} could not be read; it is tried again`, { path: task.file.path, error });
  }

  /** A rotation was noticed on the way: no need to wait for the next look. */
  #refreshSoon(): void {
    if (this.#stopped || this.#soon || this.#known === undefined) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      if (!this.#stopped) void this.refresh();
    }, ACTIVE_MS / 2);
  }

  #open(path: string): Promise<OpenedFile | undefined> {
    return this.#opener.open(this.#options.work.resolve(path), path);
  }
}
