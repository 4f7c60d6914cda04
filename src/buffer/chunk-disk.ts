/**
 * The few operations on files that a file buffer needs: everything that it does to the disk goes through here.
 *
 * Appends and changes of names are synchronous, so that a chunk is in the operating system's hands when
 * `emit` returns; forcing them to the disk takes milliseconds and happens beside.
 */
import {
  closeSync, fdatasync, fdatasyncSync, fsync, ftruncateSync, lstatSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync,
} from 'node:fs';
import { open, readFile } from 'node:fs/promises';

/** An open file. */
export type OpenFile = number;

export interface FileFacts {
  readonly isFile: boolean;
  readonly byteLength: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
  readonly modifiedAt: number;
}

/** All methods but those with a promise are done when they return; all throw what the file system throws. */
export interface ChunkDisk {
  /** A new file; throws if there is one already. */
  create(path: string, mode: number): OpenFile;
  /** An existing file, for reading and writing. */
  open(path: string): OpenFile;
  /** All of the bytes, at this position. */
  write(file: OpenFile, bytes: Buffer, position: number): void;
  /** Cuts off what lies behind. */
  cut(file: OpenFile, byteLength: number): void;
  close(file: OpenFile): void;
  rename(from: string, to: string): void;
  /** It is no error if there is none. */
  remove(path: string): void;
  /** Resolves when what was written before the call survives a loss of power. */
  sync(file: OpenFile): Promise<void>;
  syncNow(file: OpenFile): void;
  /** Resolves when new names in this folder survive a loss of power. */
  syncFolder(path: string): Promise<void>;
  syncFolderNow(path: string): void;
  /** Undefined if there is no such file. */
  read(path: string): Buffer | undefined;
  readLater(path: string): Promise<Buffer>;
  /** Names in a folder, sorted; none if there is no such folder. */
  list(folder: string): string[];
  /** Undefined if there is no such file. */
  look(path: string): FileFacts | undefined;
}

/** The disk of this machine. */
export const nodeDisk: ChunkDisk = {
  create: (path, mode) => openSync(path, 'wx+', mode),
  open: (path) => openSync(path, 'r+'),
  write(file, bytes, position) {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done);
  },
  cut: ftruncateSync,
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  sync: (file) => new Promise((resolve, reject) => fdatasync(file, (error) => (error ? reject(error) : resolve()))),
  syncNow: fdatasyncSync,
  async syncFolder(path) {
    const folder = await open(path, 'r');
    try {
      await new Promise<void>((resolve, reject) => fsync(folder.fd, (error) => (error ? reject(error) : resolve())));
    } finally {
      await folder.close();
    }
  },
  syncFolderNow(path) {
    const folder = openSync(path, 'r');
    try {
      fdatasyncSync(folder);
    } finally {
      closeSync(folder);
    }
  },
  read: (path) => unlessAbsent(() => readFileSync(path)),
  readLater: (path) => readFile(path),
  list: (folder) => unlessAbsent(() => readdirSync(folder).sort()) ?? [],
  look(path) {
    const found = unlessAbsent(() => statSync(path)) ?? unlessAbsent(() => lstatSync(path));
    return found && { isFile: found.isFile(), byteLength: found.size, changedAt: found.ctimeMs, modifiedAt: found.mtimeMs };
  },
};

function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
