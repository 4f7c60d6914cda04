/**
 * The files of a journal: found by name, told apart by inode, opened once and kept open over renames.
 *
 * A file that is not readable yet is tried again; one that can never be read is reported once.
 */
import { statSync, type BigIntStats } from 'node:fs';
import { isJournalName, listJournals } from './directory.ts';
import { UnreadableFileError } from './header.ts';
import { JournalFile, type FileOptions } from './journal-file.ts';

/** A change of a directory so soon before it was listed may have come after it as well. */
const RACY_MS = 100;
/** A new file without a header is reported when it still has none after this time. */
const PATIENCE_MS = 2000;

interface Failure {
  /** What has to change before the file is tried again. */
  readonly stamp: string;
  readonly sinceMs: number;
  readonly reason: string;
  isReported: boolean;
}

export class FileSet {
  readonly #paths: readonly string[];
  readonly #options: FileOptions;
  readonly #onError: (path: string, reason: string) => void;
  readonly #files = new Map<string, JournalFile>();
  readonly #failures = new Map<string, Failure>();
  /** Directories that were listed, by path: modification time and when that was looked at. */
  #directories = new Map<string, { readonly stamp: bigint; readonly listedMs: number }>();
  #isFirst = true;

  /** `paths`: directories, or files; what is not there may come later. */
  constructor(paths: readonly string[], options: FileOptions, onError: (path: string, reason: string) => void) {
    this.#paths = paths;
    this.#options = options;
    this.#onError = onError;
  }

  /** Directories that are watched for new files. */
  get directories(): IterableIterator<string> {
    return this.#directories.keys();
  }

  /**
   * Looks for new files; `force` does so even if no directory seems changed. Returns those that were
   * opened, and those that have no name any more.
   */
  list(force = false): { readonly opened: readonly JournalFile[]; readonly nameless: readonly JournalFile[] } {
    const opened: JournalFile[] = [];
    if (!force && !this.#isFirst && !this.#isChanged()) {
      for (const path of [...this.#failures.keys()]) this.#open(path, opened);
      return { opened, nameless: [] };
    }
    const seen = new Set<string>();
    const named = new Set<string>();
    const directories = new Map<string, { stamp: bigint; listedMs: number }>();
    for (const path of this.#paths) {
      const isFile = statOf(path)?.isFile() ?? isJournalName(path);
      const before = new Map<string, bigint>();
      if (!isFile) for (const known of [path, ...this.#directories.keys()]) before.set(known, statOf(known)?.mtimeNs ?? 0n);
      const listing = isFile ? { files: [path], directories: [] } : listJournals(path, (at, error) => this.#onError(at, error.message));
      const listedMs = Date.now();
      for (const at of listing.directories) directories.set(at, { stamp: before.get(at) ?? 0n, listedMs });
      for (const at of listing.files) {
        named.add(at);
        const identity = this.#open(at, opened);
        if (identity !== undefined) seen.add(identity);
      }
    }
    for (const path of this.#failures.keys()) if (!named.has(path)) this.#failures.delete(path);
    this.#directories = directories;
    this.#isFirst = false;
    const nameless = [...this.#files].filter(([identity]) => !seen.has(identity)).map(([, file]) => file);
    return { opened, nameless };
  }

  /** Closes a file; it is opened again if it is found again. */
  drop(file: JournalFile): void {
    this.#files.delete(keyOf(file.identity.device, file.identity.inode));
    file.close();
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #isChanged(): boolean {
    for (const [path, { stamp, listedMs }] of this.#directories) {
      const status = statOf(path);
      if (status === undefined || status.mtimeNs !== stamp || listedMs - Number(status.mtimeMs) < RACY_MS) return true;
    }
    for (const path of this.#paths) {
      if (this.#directories.has(path)) continue;
      const status = statOf(path);
      if (status && !this.#files.has(keyOf(Number(status.dev), Number(status.ino))) && !this.#failures.has(path)) return true;
    }
    return false;
  }

  /** Opens the file unless it is open or failed and did not change; returns its identity. */
  #open(path: string, opened: JournalFile[]): string | undefined {
    const status = statOf(path);
    if (status === undefined) return undefined;
    const identity = keyOf(Number(status.dev), Number(status.ino));
    const known = this.#files.get(identity);
    if (known !== undefined) {
      known.path = path;
      this.#failures.delete(path);
      return identity;
    }
    const failure = this.#failures.get(path);
    const stamp = `${identity}:${status.size}:${status.mtimeNs}`;
    if (failure?.stamp === stamp) {
      if (!failure.isReported && Date.now() - failure.sinceMs > PATIENCE_MS) this.#report(path, failure);
      return undefined;
    }
    try {
      const file = new JournalFile(path, this.#options);
      this.#files.set(keyOf(file.identity.device, file.identity.inode), file);
      this.#failures.delete(path);
      opened.push(file);
      return keyOf(file.identity.device, file.identity.inode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      const isEmpty = error instanceof UnreadableFileError && error.empty;
      const now: Failure = {
        stamp, sinceMs: failure?.sinceMs ?? Date.now(), reason: (error as Error).message, isReported: failure?.isReported ?? false,
      };
      this.#failures.set(path, now);
      if (!now.isReported && (!isEmpty || this.#isFirst)) this.#report(path, now);
      return undefined;
    }
  }

  #report(path: string, failure: Failure): void {
    failure.isReported = true;
    this.#onError(path, failure.reason);
  }
}

function keyOf(device: number, inode: number): string {
  return `${device}:${inode}`;
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
