/** Opening, reading and looking at files, on plain descriptors. */
import { close, constants, fstat, fstatSync, open, read, statSync, type BigIntStats } from 'node:fs';
import { readdir, readlink, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { fsPath } from './file-path.ts';

const openPath = promisify(open);
const closeFd = promisify(close);
const statFd = promisify(fstat);

/** What of a file matters to the input. */
export interface FileState {
  readonly dev: bigint;
  readonly inode: bigint;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  /** When it was created, milliseconds since 1970; 0 where the file system does not tell for sure. */
  readonly createdAt: number;
  /** When it was written to, renamed or linked last, by the clock of the file system, milliseconds since 1970. */
  readonly changedAt: number;
  readonly regular: boolean;
  readonly folder: boolean;
  /** Names that it has; 0: it is deleted, and goes with its last descriptor. */
  readonly links: number;
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

/**
 * Links are followed; undefined if nothing is there. Waits for the disk: a thread for each of a
 * thousand files every second would cost ten times as much.
 */
export function stateOfPath(path: string): FileState | undefined {
  const stats = statSync(fsPath(path), { bigint: true, throwIfNoEntry: false });
  if (!stats) return undefined;
  if (!asked.has(stats.dev)) {
    // A folder has changed since it was created, unless that was just now: it shows whether the file system tells of it.
    const folder = statSync(fsPath(dirname(path)), { bigint: true, throwIfNoEntry: false });
    noteBirth(folder);
    if (folder && (tellBirth.has(folder.dev) || Date.now() - milliseconds(folder.ctimeNs) > SETTLED_MS)) asked.add(stats.dev);
  }
  return stateOf(stats);
}

/** Whether an open file has no name any more: only its descriptors keep it. */
export function isDeleted(fd: number): boolean {
  return fstatSync(fd).nlink === 0;
}

/** Bytes of an open file. */
export function sizeOfFile(fd: number): number {
  return fstatSync(fd).size;
}

/** When a file was created, or written to where that is not known; milliseconds since 1970. */
export function createdBy(state: { readonly createdAt: number; readonly modifiedAt: number }): number {
  return state.createdAt > 0 ? state.createdAt : state.modifiedAt;
}

/** Whether two files with one inode are different ones, as far as their times of creation tell. */
export function isOther(createdAt: number, otherCreatedAt: number): boolean {
  return createdAt > 0 && otherCreatedAt > 0 && createdAt !== otherCreatedAt;
}

/** Where an open file lies, whatever links led to it; undefined where the system does not tell. */
export function placeOfFile(fd: number): Promise<string | undefined> {
  return readlink(`/proc/self/fd/${fd}`).catch(() => undefined);
}

/** The state of an open file, at once. */
export function stateOfFileNow(fd: number): FileState {
  return stateOf(fstatSync(fd, { bigint: true }));
}

/** Names in a folder. */
export function namesIn(folder: string): Promise<string[]> {
  return readdir(folder);
}

/** A path without links. */
export function realPath(file: string): Promise<string> {
  return realpath(file);
}

export async function stateOfFile(fd: number): Promise<FileState> {
  return stateOf(await statFd(fd, { bigint: true }));
}

/** File systems that were asked whether they tell when a file was created, and those that do. */
const asked = new Set<bigint>();
/** A folder that has not changed for so long does not tell; milliseconds. */
const SETTLED_MS = 10_000;
const tellBirth = new Set<bigint>();

/** Where a file system does not tell it, the last change stands in for it, or nothing does. */
function noteBirth(stats: BigIntStats | undefined): void {
  if (stats && stats.birthtimeNs > 0n && stats.birthtimeNs < stats.ctimeNs) tellBirth.add(stats.dev);
}

function stateOf(stats: BigIntStats): FileState {
  noteBirth(stats);
  return {
    dev: stats.dev,
    inode: stats.ino,
    size: Number(stats.size),
    modifiedAt: milliseconds(stats.mtimeNs),
    createdAt: tellBirth.has(stats.dev) ? milliseconds(stats.birthtimeNs) : 0,
    changedAt: milliseconds(stats.ctimeNs),
    regular: stats.isFile(),
    folder: stats.isDirectory(),
    links: Number(stats.nlink),
  };
}

/** With fractions: two files can be created in one millisecond. */
function milliseconds(ns: bigint): number {
  return Number(ns) / 1e6;
}
