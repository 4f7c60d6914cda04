/** Opens files that are found, and tells a person once of those that cannot be. */
import type { Clock, Counter, Logger } from '#logferry';
import { closeFile, openFile, placeOfFile, stateOfFile, type FileState } from './file-access.ts';

export interface OpenedFile extends FileState {
  readonly fd: number;
}

export interface OpenerOptions {
  readonly log: Logger;
  readonly clock: Clock;
  readonly unreadable: Counter;
  /** A file that may not be read is warned of again after this, milliseconds; Infinity: never. */
  readonly repeatMs: number;
}

/** Nothing below these is a log, and links may be anybody's who can write beside logs. */
const PRIVATE_FOLDERS = ['/proc/', '/sys/', '/dev/', '/run/secrets/', '/var/run/secrets/'];

export class Opener {
  readonly #options: OpenerOptions;
  /** When it was warned of a path, monotonic milliseconds. */
  readonly #warned = new Map<string, number>();

  constructor(options: OpenerOptions) {
    this.#options = options;
  }

  /** `path` is on this machine, `configured` is how it is called. undefined: it cannot be opened now. */
  async open(path: string, configured: string): Promise<OpenedFile | undefined> {
    let fd: number | undefined;
    try {
      fd = await openFile(path);
      const state = await stateOfFile(fd);
      const folder = leadsInto(await placeOfFile(fd), path);
      if (folder !== undefined) this.warn(configured, `${configured} is not read: it is a link into ${folder}, which has no logs`, undefined);
      else if (state.regular) {
        this.worked(configured);
        return { ...state, fd };
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.warn(configured, `${configured} unreadable. It is excluded and would be examined next time.`, error);
      else this.#options.log.debug(`${configured} is missing after refresh file list`);
    }
    if (fd !== undefined) await closeFile(fd);
    return undefined;
  }

  /** From now on it is warned of the path again. */
  worked(path: string): void {
    this.#warned.delete(path);
  }

  /** Warns of a path, unless that was done a short while ago. */
  warn(path: string, message: string, error: unknown): void {
    const { log, clock, unreadable, repeatMs } = this.#options;
    const now = clock.monotonic();
    const last = this.#warned.get(path);
    if (last === undefined) unreadable.add();
    else if (now - last < repeatMs) return;
    this.#warned.set(path, now);
    log.warn(message, error === undefined ? {} : { error });
  }
}

/** The private folder that a path leads into by a link; undefined if it leads nowhere of the kind, or names it itself. */
function leadsInto(place: string | undefined, path: string): string | undefined {
  const folder = PRIVATE_FOLDERS.find((each) => place?.startsWith(each));
  return folder !== undefined && path.startsWith(folder) ? undefined : folder;
}
