/**
 * Forces chunks to the disk in groups: one round for all that was appended in the last moments, beside the work.
 *
 * What waits for its events to be safe is told after the round. A disk that fails to take a file is told of in the log; who waits
 * for that file then waits until its chunk is delivered.
 */
import type { Logger } from '../log/logger.ts';
import type { ChunkDisk } from './chunk-disk.ts';

/** A file of a chunk whose last bytes may not be on the disk yet. */
export interface SyncedFile {
  readonly path: string;
  /** Resolves when what was appended before survives a loss of power. */
  sync(): Promise<void>;
  /** The same at once. */
  syncNow(): void;
  /** Calls back when the chunk is delivered or dropped: now if it is already. */
  whenGone(done: () => void): void;
}

export interface GroupSyncOptions {
  readonly disk: ChunkDisk;
  readonly intervalMs: number;
  /** After this many appended bytes a round begins at once. */
  readonly bytes: number;
  readonly log: Pick<Logger, 'error'>;
  readonly onFailed: () => void;
}

/** As many calls at once: the threads of the process have other work, too. */
const CALLS_AT_ONCE = 2;

export class GroupSync {
  readonly #options: GroupSyncOptions;
  readonly #files = new Set<SyncedFile>();
  readonly #folders = new Set<string>();
  #waiting: (() => void)[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #failing = false;

  constructor(options: GroupSyncOptions) {
    this.#options = options;
  }

  /** A file got this many bytes. */
  appended(file: SyncedFile, bytes: number): void {
    this.#files.add(file);
    this.#bytes += bytes;
    if (this.#bytes >= this.#options.bytes && !this.#round) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), this.#options.intervalMs);
  }

  /** A folder got a new name. */
  named(folder: string): void {
    this.#folders.add(folder);
  }

  /** Calls back when all that was appended so far survives a loss of power. */
  whenSafe(done: () => void): void {
    if (this.#files.size === 0 && !this.#round) done();
    else this.#waiting.push(done);
  }

  /** Resolves when all that was appended before is on the disk, or could not be forced to it. */
  async flush(): Promise<void> {
    while (this.#round || this.#files.size > 0) {
      if (!this.#round) this.#begin();
      await this.#round;
    }
  }

  /** The last round, at once; to be called when all chunks are closed. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const failed = new Set<SyncedFile>();
    try {
      for (const folder of this.#folders) this.#options.disk.syncFolderNow(folder);
    } catch (error) {
      this.#failed(error, [...this.#folders].join(', '));
      for (const file of this.#files) failed.add(file);
    }
    for (const file of this.#files) {
      try {
        file.syncNow();
      } catch (error) {
        this.#failed(error, file.path);
        failed.add(file);
      }
    }
    this.#files.clear();
    this.#folders.clear();
    settle(this.#waiting.splice(0), failed);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#round) return;
    this.#round = this.#run().finally(() => {
      this.#round = undefined;
      if (this.#files.size > 0) this.#timer ??= setTimeout(() => this.#begin(), this.#options.intervalMs);
    });
  }

  async #run(): Promise<void> {
    const { disk } = this.#options;
    const files = [...this.#files];
    const folders = [...this.#folders];
    const waiting = this.#waiting;
    this.#files.clear();
    this.#folders.clear();
    this.#waiting = [];
    this.#bytes = 0;
    const failed = new Set<SyncedFile>();
    const calls = [
      ...folders.map((folder) => async () => {
        try {
          await disk.syncFolder(folder);
        } catch (error) {
          this.#failed(error, folder);
          for (const file of files) failed.add(file);
        }
      }),
      ...files.map((file) => async () => {
        try {
          await file.sync();
        } catch (error) {
          this.#failed(error, file.path);
          failed.add(file);
        }
      }),
    ];
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, async () => {
      for (let call = calls.shift(); call; call = calls.shift()) await call();
    }));
    if (failed.size === 0) this.#failing = false;
    settle(waiting, failed);
  }

  /** Told of once until a round goes well again. */
  #failed(error: unknown, path: string): void {
    this.#options.onFailed();
    if (this.#failing) return;
    this.#failing = true;
    this.#options.log.error('a buffer file could not be forced to the disk: its events are acknowledged when they are delivered', { path, error });
  }
}

function settle(waiting: readonly (() => void)[], failed: ReadonlySet<SyncedFile>): void {
  let left = failed.size;
  const done = (): void => {
    for (const tell of waiting) tell();
  };
  if (left === 0) done();
  for (const file of failed)
    file.whenGone(() => {
      if (--left === 0) done();
    });
}
