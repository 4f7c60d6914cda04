/** Opening, reading and looking at files, on plain descriptors. */
import { close, constants, fstat, open, read, stat, type BigIntStats } from 'node:fs';
import { promisify } from 'node:util';
import { fsPath } from './file-path.ts';

const openPath = promisify(open);
const closeFd = promisify(close);
const statPath = promisify(stat);
const statFd = promisify(fstat);

/** What of a file matters to the input. */
export interface FileState {
  readonly dev: bigint;
  readonly inode: bigint;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  readonly regular: boolean;
  readonly folder: boolean;
}

/** Opens for reading; does not wait for the other end of a pipe. */
export function openFile(path: string): Promise<number> {
  return openPath(fsPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
}

export function closeFile(fd: number): Promise<void> {
  return closeFd(fd).catch(() => {});
}

/** Number of bytes read: less than `length` at the end of the file. */
export function readFile(fd: number, buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, offset, length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** Links are followed. */
export async function stateOfPath(path: string): Promise<FileState> {
  return stateOf(await statPath(fsPath(path), { bigint: true }));
}

export async function stateOfFile(fd: number): Promise<FileState> {
  return stateOf(await statFd(fd, { bigint: true }));
}

function stateOf(stats: BigIntStats): FileState {
  return {
    dev: stats.dev,
    inode: stats.ino,
    size: Number(stats.size),
    modifiedAt: Number(stats.mtimeMs),
    regular: stats.isFile(),
    folder: stats.isDirectory(),
  };
}
