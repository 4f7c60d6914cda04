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
  readonly targets: readonly Target[];
  /** False if something could not be looked at for a reason that may pass: what is not found may be there. */
  readonly complete: boolean;
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
/** Compiled patterns kept: dates change, and old ones should not pile up. */
const CACHED_GLOBS = 256;

export class Targets {
  readonly #options: TargetsOptions;
  readonly #globs = new Map<string, Glob>();
  /** What was warned of, so that it is said once as long as it lasts. */
  #warned = new Set<string>();
  #complete = true;

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  /** In the order of the parameters, each path once. `isWatched`: how old a file is does not matter any more. */
  async find(isWatched: (target: Target) => boolean): Promise<FoundTargets> {
    const { paths, excluded, isPattern, resolve } = this.#options;
    const warnings = new Set<string>();
    this.#complete = true;
    const found = new Map<string, boolean>();
    for (const dated of paths) {
      const path = dated();
      if (!isPattern(path)) {
        found.set(path, false);
        continue;
      }
      const failed = (folder: string, error: NodeJS.ErrnoException) => {
        if (PASSING.has(error.code!)) this.#complete = false;
        this.#warn(warnings, `the folder ${folder} cannot be read: ${errorText(error)}`);
      };
      for (const each of await this.#glob(path).find(resolve, failed)) if (!found.has(each)) found.set(each, true);
    }
    for (const dated of excluded) {
      const path = dated();
      if (!isPattern(path)) found.delete(path);
      else for (const each of found.keys()) if (this.#glob(path).matches(each)) found.delete(each);
    }
    const targets: Target[] = [];
    let looked = 0;
    for (const [path, byPattern] of found) {
      if (++looked % AT_ONCE === 0) await setImmediate();
      const state = this.#look(path, warnings);
      if (!state || !this.#isFile(path, state, byPattern, warnings)) continue;
      const target = { path, ...state };
      if (!byPattern || this.#isRecent(state) || isWatched(target)) targets.push(target);
    }
    this.#warned = warnings;
    return { targets, complete: this.#complete };
  }

  #look(path: string, warnings: Set<string>): FileState | undefined {
    try {
      return stateOfPath(this.#options.resolve(path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (PASSING.has(code!)) this.#complete = false;
      if (code !== 'ENOTDIR') this.#warn(warnings, `stat() for ${path} failed with ${code}. Skip file.`);
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
