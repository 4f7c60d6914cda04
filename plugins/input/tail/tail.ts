/** Finds the files of one source, and notices rotation, truncation and removal; the position file says where each goes on. */
import { existsSync } from 'node:fs';
import { ACTIVE_MS } from './activity.ts';
import { Arrivals } from './arrivals.ts';
import { plainContent } from './content.ts';
import { closeFile, createdBy } from './file-access.ts';
import type { FileTask } from './file-task.ts';
import { FollowedFiles, type FollowedFilesOptions } from './followed-files.ts';
import { keyOf } from './known-positions.ts';
import { Opener, type OpenedFile } from './opener.ts';
import type { Leftover, PositionFile } from './position-file.ts';
import { CLOCK_SLACK_MS } from './slack.ts';
import type { Target, Targets } from './targets.ts';
import { WaitingPositions, type Look } from './waiting-positions.ts';
import { isSearching, latestTask, notePositions, type Watch } from './watch.ts';
import type { WatchedFile } from './watched-file.ts';

export interface TailOptions extends Omit<FollowedFilesOptions, 'opener' | 'replaced' | 'isWatched' | 'missing' | 'unwatch'> {
  readonly targets: Targets;
  readonly positions: PositionFile;
  readonly followInodes: boolean;
  readonly readFromHead: boolean;
  readonly skipRefreshOnStartup: boolean;
  readonly refreshMs: number;
  readonly compactionMs: number | undefined;
  /** A file that may not be read is warned of once, not with every refresh. */
  readonly warnUnreadableOnce: boolean;
}

/** New files and rotations are looked for at least this often, milliseconds. */
const LOOK_MS = 1000;
/** So long after the start positions of files that are not found are kept, milliseconds. */
const MISSING_MS = 15_000;
export class Tail {
  readonly #options: TailOptions;
  readonly #opener: Opener;
  readonly #files: FollowedFiles;
  readonly #arrivals: Arrivals | undefined;
  /** Of what is found at the moment. */
  readonly #watches = new Map<string, Watch>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #waiting: WaitingPositions;
  /** Not everything could be looked at: what is not found may be there all the same. */
  #keepMissing = false;
  /** Keys of watches of which nothing was found by the last look. */
  readonly #absent = new Set<string>();
  #refreshing: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  /** When the last look began that saw everything, milliseconds since 1970. */
  #lookedAt = Infinity;
  /** The same by the monotonic clock. */
  #lookBegan: number | undefined;
  #stopped = false;

  constructor(options: TailOptions) {
    this.#options = options;
    const { work, warnUnreadableOnce, refreshMs } = options;
    const { log, clock, counters } = work;
    this.#opener = new Opener({ log, clock, unreadable: counters.unreadable, repeatMs: warnUnreadableOnce ? Infinity : refreshMs });
    this.#waiting = new WaitingPositions(options);
    this.#files = new FollowedFiles({
      ...options,
      opener: this.#opener,
      replaced: () => this.#refreshSoon(),
      missing: () => this.#waiting.inodes,
      isWatched: (watch) => this.#watches.get(watch.key) === watch,
      unwatch: (watch) => {
        if (this.#watches.get(watch.key) === watch) this.#watches.delete(watch.key);
      },
    });
    this.#arrivals = options.notify ? new Arrivals(log, () => this.#refreshSoon()) : undefined;
  }

  async start(): Promise<void> {
    const { positions, skipRefreshOnStartup, refreshMs, compactionMs, work } = this.#options;
    this.#waiting.open();
    this.#options.marks?.open();
    const every = (ms: number, run: () => void) => void this.#timers.push(setInterval(run, ms));
    const begin = () => every(Math.min(refreshMs, LOOK_MS), () => void this.refresh());
    if (skipRefreshOnStartup) this.#timers.push(setTimeout(() => void this.refresh().then(() => this.#stopped || begin()), refreshMs));
    else {
      await this.refresh();
      begin();
    }
    this.#timers.push(setTimeout(() => this.#forgetMissing((path) => this.#exists(path)), MISSING_MS));
    this.#files.start();
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
    this.#files.halt();
    await this.#arrivals?.close();
    await this.#refreshing;
    await this.#files.stop();
    this.#options.positions.hurry();
  }

  /**
   * Positions of files that are gone. A path is missing for a moment, too, when its file was just renamed and the next
   * one is not made yet: forgetting it then would lose the rest of the renamed file.
   */
  #forgetMissing(isThere: (path: string) => boolean): void {
    if (!this.#keepMissing) this.#waiting.forget(isThere);
  }

  /** Whether a path still names something, though perhaps nothing that may be opened. */
  #exists(path: string): boolean {
    const { work, followInodes } = this.#options;
    return !followInodes && existsSync(work.resolve(path));
  }

  /** Saves the last positions and closes everything. */
  async close(): Promise<void> {
    const { positions } = this.#options;
    this.#forgetMissing((path) => this.#exists(path));
    this.#noteEnd();
    positions.close();
    await this.#files.close();
  }

  /** Pieces of files that were read and are not acknowledged. Once it is 0 after `stop` the position file says all that it will. */
  get unacknowledged(): number {
    const pieces = this.#files.unacknowledged;
    if (this.#stopped && pieces === 0) {
      this.#noteEnd();
      this.#options.positions.save();
    }
    return pieces;
  }

  /** How long ago the last look began that saw everything, milliseconds. */
  get lookAgeMs(): number {
    return this.#lookBegan === undefined ? 0 : this.#options.work.clock.monotonic() - this.#lookBegan;
  }

  #noteEnd(): void {
    for (const watch of new Set([...this.#watches.values(), ...this.#files.watches])) notePositions(watch, true);
  }

  /** See `FollowedFiles.heldLines`. */
  get heldLines(): number {
    return this.#files.heldLines;
  }

  /** The files that are open now. */
  get files(): WatchedFile[] {
    return this.#files.files;
  }

  async #refresh(): Promise<void> {
    const { targets, followInodes, positions, work } = this.#options;
    const lookedAt = work.clock.now();
    const began = work.clock.monotonic();
    const { targets: found, isPart, absent, complete } = await targets.find((target) => {
      const watch = this.#watches.get(keyOf(target, followInodes));
      return watch !== undefined && latestTask(watch).file.inode === target.inode;
    }, undefined, (path) => this.#isQuiet(path));
    if (this.#stopped) return;
    this.#arrivals?.watch(found.map(({ path }) => work.resolve(path)));
    const startup = this.#waiting.begin();
    const look = { first: startup, after: this.#lookedAt };
    if (startup) this.#keepMissing = !complete;
    const byKey = new Map(found.map((target) => [keyOf(target, followInodes), target]));
    // Paths that are not looked at name what they named; of others the position file may still have to be told.
    const gone = isPart && !followInodes ? [...absent, ...this.#absent] : [...this.#watches.keys()];
    if (complete) {
      this.#absent.clear();
      for (const key of gone) if (!byKey.has(key)) this.#missing(key);
    }
    for (const [key, target] of byKey) {
      const watch = this.#watches.get(key);
      if (watch) await this.#stillThere(watch, target);
      else await this.#begin(key, target, look);
      if (this.#stopped) return;
    }
    if (startup) positions.begin();
    if (complete) {
      this.#lookedAt = lookedAt;
      this.#lookBegan = began;
    }
    await this.#resumeLost();
    if (startup && complete) await this.#resumeMissing(byKey);
    await this.#files.lookAtRotated();
  }

  /** Whether the kernel tells of changes of the file that a path names. */
  #isQuiet(path: string): boolean {
    const watch = this.#options.followInodes ? undefined : this.#watches.get(path);
    return watch !== undefined && latestTask(watch).isQuiet;
  }

  /** Nothing is found under the key: the file is read on for a while, in case it comes back. */
  #missing(key: string): void {
    const watch = this.#watches.get(key);
    if (!watch) return;
    this.#absent.add(key);
    const task = latestTask(watch);
    if (task.phase.kind === 'current') this.#files.leave(task, true);
    // Others may have had the name since it was looked at.
    if (!this.#options.followInodes && !isSearching(watch)) this.#search(watch, watch.lost?.known ?? []);
  }

  /** Files that took the place of the last one and are rotated, too, have to be found; `known` are those that are known of. */
  #search(watch: Watch, known: readonly Leftover[]): void {
    const last = latestTask(watch);
    watch.anchor = last;
    watch.lost = { known, latest: undefined, createdAfter: last.seenAt - CLOCK_SLACK_MS, savedAt: watch.lost?.savedAt ?? Infinity };
  }

  /** Paths of the position file that name nothing now: what was rotated away from them is read. */
  async #resumeMissing(found: ReadonlyMap<string, Target>): Promise<void> {
    if (this.#options.followInodes) return;
    // One that is there and cannot be opened is none of them.
    for (const { key, entry, lost } of this.#waiting.missing((each) => found.has(each))) {
      if (this.#stopped) return;
      const watch = this.#files.watch(key, entry, lost);
      await this.#files.resume(watch, entry.path, () => this.#othersOf(entry.path));
      if (watch.tasks.length === 0) continue;
      this.#waiting.delete(key);
      this.#watches.set(key, watch);
      notePositions(watch);
    }
  }

  async #stillThere(watch: Watch, target: Target): Promise<void> {
    const task = latestTask(watch);
    const { file } = task;
    if (file.inode !== target.inode || file.dev !== target.dev) {
      await this.#rotate(watch, target);
      return;
    }
    task.seen(target);
    if (task.phase.kind === 'leaving') this.#files.cameBack(task);
    if (file.path !== target.path && file.atEnd) {
      // Only with follow_inodes: it was renamed, and its later lines belong to its new name.
      this.#options.work.log.info(`${file.path} is now ${target.path}`, { inode: Number(file.inode) });
      file.rename(target.path);
    }
    if (target.size !== file.offset && !task.waiting) this.#files.add(task);
  }

  async #begin(key: string, target: Target, look: Look): Promise<void> {
    const { work, positions, readFromHead, followInodes } = this.#options;
    const opened = await this.#open(target.path);
    if (!opened) return this.#list(key, target, look);
    const actual = keyOf({ path: target.path, inode: opened.inode }, followInodes);
    if (actual !== key && this.#watches.has(actual)) {
      await closeFile(opened.fd);
      return; // replaced between look and opening: the next look tells
    }
    const known = this.#waiting.get(actual);
    this.#waiting.delete(actual);
    const { position, older, replaced, savedAt, ...start } = this.#waiting.startOf(known, opened, look);
    const lost: Leftover[] = [...older];
    let latest = replaced;
    let { createdAfter } = start;
    // The look saw another file under the path than there is now.
    if (target.inode !== opened.inode && !lost.some(({ inode }) => inode === target.inode)) {
      // Of a path that nobody knows it is one of all that have come since: no older one must be left out for it.
      if (known || createdAfter === Infinity) {
        lost.push({ inode: target.inode, position: this.#waiting.fromHead(look) ? 0 : target.size });
        latest ??= target.inode;
      }
      createdAfter = Math.min(createdAfter, createdBy(target));
    }
    const search = !followInodes && (lost.length > 0 || createdAfter !== Infinity);
    // As long as it is not written down the next start would search, too.
    const entry = known?.entry ?? positions.add(target.path, opened.inode, search && readFromHead ? undefined : position);
    const watch = this.#files.watch(actual, entry, search ? { known: lost, latest, createdAfter, savedAt } : undefined);
    this.#watches.set(actual, watch);
    const task = this.#files.follow(watch, target.path, { ...opened, content: plainContent(opened.fd), position });
    if (!search) entry.move(opened.inode, position);
    notePositions(watch);
    const before = followInodes ? this.#formerOwner(target.path, task) : await this.#files.resume(watch, target.path, () => this.#othersOf(target.path));
    if (before) task.follow(before);
    work.log.info(`following tail of ${target.path}`);
    this.#files.add(task);
  }

  /** A file that cannot be opened now: the next start has to know it, and what was rotated away before it. */
  async #list(key: string, target: Target, look: Look): Promise<void> {
    const lost = this.#waiting.unlisted(key, target, look);
    // One that was renamed meanwhile is found by the next look.
    if (!lost || !this.#exists(target.path)) return;
    try {
      this.#waiting.list(key, target, await this.#files.list(target.path, lost, this.#othersOf(target.path)));
    } catch (error) {
      this.#opener.warn(target.path, `it could not be seen whether ${target.path} was rotated; it is tried again`, error);
    }
  }

  /** Tries again what could not be found or opened when it was looked for. */
  async #resumeLost(): Promise<void> {
    for (const watch of [...this.#files.unfinished]) {
      if (this.#stopped) return;
      const { path } = watch.entry;
      await this.#files.resume(watch, path, () => this.#othersOf(path));
    }
  }

  /** Of a file that took the path of another, with `follow_inodes`: that other one. */
  #formerOwner(path: string, task: FileTask): FileTask | undefined {
    const other = this.#files.otherOf(path, task);
    if (other) this.#tellOfRotation(path);
    return other;
  }

  async #rotate(watch: Watch, target: Target): Promise<void> {
    const { path } = target;
    const opened = await this.#open(path);
    if (!opened) return;
    const last = latestTask(watch);
    // It was renamed for a moment only, or its path was forgotten meanwhile: then the next look begins with the new file.
    if ((opened.inode === last.file.inode && opened.dev === last.file.dev) || this.#watches.get(watch.key) !== watch) {
      await closeFile(opened.fd);
      return;
    }
    this.#tellOfRotation(path);
    // Between two looks a path may have named other files, such as the one that the look saw.
    const known = [...(watch.lost?.known ?? [])];
    const seen = [opened.inode, ...watch.tasks.map(({ file }) => file.inode), ...known.map(({ inode }) => inode)];
    if (!seen.includes(target.inode)) known.push({ inode: target.inode, position: 0 });
    if (isSearching(watch)) watch.lost = { ...watch.lost!, known };
    else this.#search(watch, known);
    const task = this.#files.follow(watch, path, { ...opened, content: plainContent(opened.fd), position: 0 });
    this.#files.leave(last, false);
    const before = await this.#files.resume(watch, path, () => this.#othersOf(path), last);
    if (before) task.follow(before);
    this.#files.add(task);
  }

  #tellOfRotation(path: string): void {
    const { work, rotateWaitMs } = this.#options;
    work.counters.rotated.add();
    work.log.info(`detected rotation of ${path}; waiting ${rotateWaitMs / 1000} seconds`);
  }

  /** A rotation was noticed on the way: no need to wait for the next look. */
  #refreshSoon(): void {
    if (this.#stopped || this.#soon || !this.#waiting.begun) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      if (!this.#stopped) void this.refresh();
    }, ACTIVE_MS / 2);
  }

  #open(path: string): Promise<OpenedFile | undefined> {
    return this.#opener.open(this.#options.work.resolve(path), path);
  }

  /** Inodes that other paths than this one name. */
  #othersOf(path: string): ReadonlySet<bigint> {
    const inodes = new Set<bigint>();
    for (const target of this.#options.targets.last) if (target.path !== path) inodes.add(target.inode);
    return inodes;
  }
}
