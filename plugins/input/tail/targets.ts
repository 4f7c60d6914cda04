/** Which files the parameters name at this moment. */
import { setImmediate } from 'node:timers/promises';
import { errorText, type Clock, type Counter, type Logger } from '#logferry';
import { stateOfPath, type FileState } from './file-access.ts';
import type { ResolvePath } from './file-path.ts';
import { compileGlob, type Glob } from './glob.ts';

export interface Target extends FileState {
  readonly path: string;
}

export interface FoundTargets {
  /** With `isPart` only those that were looked at: nothing happened to the others that the kernel would not have told of. */
  readonly targets: readonly Target[];
  readonly isPart: boolean;
  /** With `isPart`: paths that were looked at and are no targets. */
  readonly absent: readonly string[];
  /** False if something could not be looked at for a reason that may pass: what is not found may be there. */
  readonly complete: boolean;
}

/** Told of what is found and not among the targets. */
export interface LeftOut {
  excluded(path: string): void;
  /** `wanted`: it should be a target, and cannot be one. */
  unusable(path: string, reason: string, wanted: boolean): void;
}

/** A path with the date directives of strftime filled in. */
export type DatedPath = () => string;

export interface TargetsOptions {
  readonly paths: readonly DatedPath[];
  readonly excluded: readonly DatedPath[];
  /** Whether a path is a pattern (`glob_policy`). */
  readonly isPattern: (path: string) => boolean;
  /** `limit_recently_modified`, milliseconds: older files that a pattern finds do not count. */
  readonly recentMs: number | undefined;
  readonly resolve: ResolvePath;
  readonly clock: Clock;
  readonly log: Logger;
  /** Raised with each warning. */
  readonly unreadable: Counter;
}

/** Errors that say nothing about the files: too many open ones, no memory, a disk or network in trouble. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'EIO', 'ESTALE', 'ETIMEDOUT']);
/** Files that are looked at before everything else gets its turn. */
const AT_ONCE = 64;
/** Every so many looks a quiet file is looked at all the same: not every file system tells the kernel of changes. */
const QUIET_LOOKS = 10;
/** Compiled patterns kept: dates change, and old ones should not pile up. */
const CACHED_GLOBS = 256;

export class Targets {
  readonly #options: TargetsOptions;
  readonly #globs = new Map<string, Glob>();
  /** What was warned of, so that it is said once as long as it lasts. */
  #warned = new Set<string>();
  #complete = true;
  #looks = 0;
  /** The paths of the last look, and from what they came: equal lists give equal paths. */
  #found: { readonly made: readonly (readonly unknown[])[]; readonly found: ReadonlyMap<string, boolean> } | undefined;
  readonly #last = new Map<string, Target>();

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  /**
   * In the order of the parameters, each path once. `isWatched`: how old a file is does not matter any more. `isQuiet`: the kernel
   * tells of changes of the file.
   */
  async find(isWatched: (target: Target) => boolean, leftOut?: LeftOut, isQuiet: (path: string) => boolean = () => false): Promise<FoundTargets> {
    const warnings = new Set<string>();
    this.#complete = true;
    this.#looks++;
    const { found, isSame } = await this.#paths(warnings, leftOut);
    const targets: Target[] = [];
    const absent: string[] = [];
    let looked = 0;
    let place = 0;
    for (const [path, byPattern] of found) {
      if (isSame && byPattern && ++place % QUIET_LOOKS !== this.#looks % QUIET_LOOKS && isQuiet(path)) {
        if (this.#last.has(path)) continue;
      }
      if (++looked % AT_ONCE === 0) await setImmediate();
      const state = this.#look(path, warnings, leftOut);
      if (!state) {
        absent.push(path);
        continue;
      }
      if (!this.#isFile(path, state, byPattern, warnings)) {
        absent.push(path);
        leftOut?.unusable(path, state.folder ? 'a folder' : 'not a regular file', false);
        continue;
      }
      const target = { path, ...state };
      if (!byPattern || this.#isRecent(state) || isWatched(target)) targets.push(target);
      else {
        absent.push(path);
        leftOut?.unusable(path, 'not modified within limit_recently_modified', false);
      }
    }
    this.#warned = warnings;
    if (!isSame) this.#last.clear();
    for (const target of targets) this.#last.set(target.path, target);
    for (const path of absent) this.#last.delete(path);
    return { targets, isPart: isSame, absent, complete: this.#complete };
  }

  /** All targets, as they were when they were looked at last. */
  get last(): Iterable<Target> {
    return this.#last.values();
  }

  /** The paths that the parameters name, and whether a pattern found each; the same map as before if no folder changed. */
  async #paths(warnings: Set<string>, leftOut: LeftOut | undefined): Promise<{ found: ReadonlyMap<string, boolean>; isSame: boolean }> {
    const { isPattern, resolve } = this.#options;
    const paths = this.#options.paths.map((dated) => dated());
    const excluded = this.#options.excluded.map((dated) => dated());
    const lists: (readonly string[])[] = [];
    for (const path of paths) {
      const failed = (folder: string, error: NodeJS.ErrnoException) => {
        if (PASSING.has(error.code!)) this.#complete = false;
        this.#warn(warnings, `the folder ${folder} cannot be read: ${errorText(error)}`);
        leftOut?.unusable(folder, errorText(error), true);
      };
      if (isPattern(path)) lists.push(await this.#glob(path).find(resolve, failed));
    }
    const last = this.#found;
    const made = [paths, excluded, lists];
    if (last && !leftOut && made.every((list, i) => isSameList(list, last.made[i]!))) return { found: last.found, isSame: true };
    const found = new Map<string, boolean>();
    let next = 0;
    for (const path of paths) {
      if (!isPattern(path)) found.set(path, false);
      else for (const each of lists[next++]!) if (!found.has(each)) found.set(each, true);
    }
    for (const path of excluded) {
      const matches = isPattern(path) ? (each: string) => this.#glob(path).matches(each) : (each: string) => each === path;
      for (const each of found.keys()) {
        if (!matches(each)) continue;
        found.delete(each);
        leftOut?.excluded(each);
      }
    }
    this.#found = { made, found };
    return { found, isSame: false };
  }

  #look(path: string, warnings: Set<string>, leftOut?: LeftOut): FileState | undefined {
    try {
      const state = stateOfPath(this.#options.resolve(path));
      if (!state) leftOut?.unusable(path, 'it is not there, or it is a link to nothing', false);
      return state;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (PASSING.has(code!)) this.#complete = false;
      if (code !== 'ENOTDIR') this.#warn(warnings, `stat() for ${path} failed with ${code}. Skip file.`);
      leftOut?.unusable(path, errorText(error), code !== 'ENOTDIR');
      return undefined;
    }
  }

  #isFile(path: string, state: FileState, byPattern: boolean, warnings: Set<string>): boolean {
    if (state.regular) return true;
    if (!byPattern || !state.folder) this.#warn(warnings, `${path} is ${state.folder ? 'a folder' : 'not a regular file'}. It is left out.`);
    return false;
  }

  #isRecent(state: FileState): boolean {
    const { recentMs, clock } = this.#options;
    return recentMs === undefined || state.modifiedAt >= clock.now() - recentMs;
  }

  #warn(warnings: Set<string>, message: string): void {
    if (!this.#warned.has(message) && !warnings.has(message)) {
      this.#options.unreadable.add();
      this.#options.log.warn(message);
    }
    warnings.add(message);
  }

  #glob(pattern: string): Glob {
    const known = this.#globs.get(pattern);
    if (known) return known;
    if (this.#globs.size >= CACHED_GLOBS) this.#globs.clear();
    const glob = compileGlob(pattern);
    this.#globs.set(pattern, glob);
    return glob;
  }
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
