/** When files are looked at: often those that were written to lately, by the kernel's word the quiet ones. */
import { errorText, type Clock, type Logger } from '#logferry';
import { sizeOfFile, stateOfPath } from './file-access.ts';
import type { FileTask } from './file-task.ts';
import type { ResolvePath } from './file-path.ts';
import { Notifier } from './notifier.ts';

/** How often files are looked at that were written to lately, milliseconds. */
export const ACTIVE_MS = 100;
/** For how long a file counts as active after it was read, milliseconds. */
const ACTIVE_FOR_MS = 2000;
/** Most files that are looked at at once: with more, each has its turn less often. */
const MOST_LOOKS = 500;

export interface ActivityOptions {
  readonly log: Logger;
  readonly clock: Clock;
  readonly resolve: ResolvePath;
  /** Whether the kernel is asked to tell of changes of quiet files; else somebody has to look now and then. */
  readonly notify: boolean;
  /** The file has something to read. */
  readonly changed: (task: FileTask) => void;
  /** A file's path names another one, or none. */
  readonly replaced: () => void;
}

export class Activity {
  readonly #options: ActivityOptions;
  readonly #notifier: Notifier;
  readonly #active = new Set<FileTask>();

  constructor(options: ActivityOptions) {
    this.#options = options;
    this.#notifier = new Notifier(options.log);
  }

  /** The file is looked at often for a while. */
  watch(task: FileTask): void {
    this.#active.add(task);
  }

  forget(task: FileTask): void {
    this.#active.delete(task);
  }

  /** After the file was read to its end. */
  ended(task: FileTask): void {
    if (this.#options.notify && !this.#isActive(task)) this.#rest(task);
    else this.#active.add(task);
  }

  /** To be called every {@link ACTIVE_MS}. */
  tick(isRunning: (task: FileTask) => boolean): void {
    let looks = Math.min(MOST_LOOKS, this.#active.size);
    for (const task of this.#active) {
      if (looks-- === 0) return;
      // Behind the others, for the next time.
      this.#active.delete(task);
      this.#active.add(task);
      this.look(task);
      if (task.phase.kind !== 'current' || this.#isActive(task) || isRunning(task)) continue;
      if (this.#options.notify) this.#rest(task);
      else this.#active.delete(task);
    }
  }

  /** Whether there is something to read, or another file under the path. */
  look(task: FileTask): void {
    const { resolve, log, changed, replaced } = this.#options;
    const { file } = task;
    if (task.after || task.waiting || file.forbidden) return;
    try {
      if (task.phase.kind === 'current') {
        const state = stateOfPath(resolve(file.path));
        if (state?.inode === file.inode) {
          task.seen(state);
          file.saw(state.size);
          if (state.size !== file.offset) changed(task);
          return;
        }
        replaced();
      }
      if (file.fd === undefined) return;
      const size = sizeOfFile(file.fd);
      file.saw(size);
      if (size !== file.offset) changed(task);
    } catch (error) {
      log.debug('a file could not be looked at', { path: file.path, error: errorText(error) });
    }
  }

  #isActive(task: FileTask): boolean {
    return this.#options.clock.monotonic() - task.activeAt < ACTIVE_FOR_MS;
  }

  /** Lets the kernel tell of the next change of a quiet file. */
  #rest(task: FileTask): void {
    const { fd } = task.file;
    this.#active.delete(task);
    if (fd === undefined || task.unwatch) return;
    task.unwatch = this.#notifier.once(fd, () => {
      task.unwatch = undefined;
      task.activeAt = this.#options.clock.monotonic();
      this.#active.add(task);
      this.look(task);
    });
    // What was written before the watch began.
    this.look(task);
  }
}
