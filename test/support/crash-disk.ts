/**
 * A disk in memory that can lose its power: what was not forced to it is then there in part, in any order, or not at all.
 *
 * Every operation is recorded. {@link CrashDisk.afterPowerCut} makes the disk that a machine finds when its power is back:
 *
 * - names (made, changed, removed) are there up to some moment after the last sync of their folder: journals of
 *   file systems keep their order;
 * - of the bytes of a file everything before its last sync is there, of the later writes any, and one
 *   of them may be torn; where the length is known and the bytes are not, there are zeros.
 */
import path from 'node:path';
import type { ChunkDisk } from '../../src/buffer/chunk-disk.ts';

/** A number from 0 to 1, from a seed. */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Operation =
  | { readonly do: 'write'; readonly inode: number; readonly bytes: Buffer; readonly position: number }
  | { readonly do: 'cut'; readonly inode: number; readonly byteLength: number }
  /** What came before `upTo` is on the disk. */
  | { readonly do: 'sync'; readonly inode: number; readonly upTo: number }
  | { readonly do: 'create'; readonly path: string; readonly inode: number }
  | { readonly do: 'rename'; readonly from: string; readonly to: string }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'syncFolder'; readonly upTo: number }
  /** Something that a test wants to find in the order of things. */
  | { readonly do: 'note'; readonly text: string };

/** Writes within a sector are whole or absent. */
const SECTOR = 512;

export interface CrashDisk extends ChunkDisk {
  readonly operations: readonly Operation[];
  note(text: string): void;
  /** Names and bytes as they are. */
  files(): ReadonlyMap<string, Buffer>;
  /** The next calls that force something to the disk fail. */
  failSyncs(times: number): void;
}

/** A disk with these files, which are safe. */
export function createCrashDisk(initial: ReadonlyMap<string, Buffer> = new Map()): CrashDisk {
  const operations: Operation[] = [];
  const names = new Map<string, number>();
  const contents = new Map<number, Buffer>();
  const open = new Map<number, number>();
  let inodes = 0;
  let handles = 100;
  let failing = 0;
  for (const [file, bytes] of initial) {
    names.set(file, ++inodes);
    contents.set(inodes, bytes);
  }
  const error = (code: string, file: string): Error => Object.assign(new Error(`${code}: ${file}`), { code });
  const inodeOf = (file: number): number => {
    const inode = open.get(file);
    if (inode === undefined) throw error('EBADF', String(file));
    return inode;
  };
  const opened = (inode: number): number => {
    open.set(++handles, inode);
    return handles;
  };
  const mayFail = (): void => {
    if (failing <= 0) return;
    failing--;
    throw error('EIO', 'sync');
  };
  return {
    operations,
    note: (text) => void operations.push({ do: 'note', text }),
    files: () => new Map([...names].map(([file, inode]) => [file, contents.get(inode)!])),
    failSyncs(times) {
      failing = times;
    },
    create(file) {
      if (names.has(file)) throw error('EEXIST', file);
      names.set(file, ++inodes);
      contents.set(inodes, Buffer.alloc(0));
      operations.push({ do: 'create', path: file, inode: inodes });
      return opened(inodes);
    },
    open(file) {
      const inode = names.get(file);
      if (inode === undefined) throw error('ENOENT', file);
      return opened(inode);
    },
    write(file, bytes, position) {
      const inode = inodeOf(file);
      const operation: Operation = { do: 'write', inode, bytes: Buffer.from(bytes), position };
      operations.push(operation);
      contents.set(inode, apply(contents.get(inode)!, operation));
    },
    cut(file, byteLength) {
      const inode = inodeOf(file);
      const operation: Operation = { do: 'cut', inode, byteLength };
      operations.push(operation);
      contents.set(inode, apply(contents.get(inode)!, operation));
    },
    close(file) {
      inodeOf(file);
      open.delete(file);
    },
    rename(from, to) {
      const inode = names.get(from);
      if (inode === undefined) throw error('ENOENT', from);
      names.delete(from);
      names.set(to, inode);
      operations.push({ do: 'rename', from, to });
    },
    remove(file) {
      if (names.delete(file)) operations.push({ do: 'remove', path: file });
    },
    async sync(file) {
      const inode = inodeOf(file);
      const upTo = operations.length;
      await new Promise((resolve) => setImmediate(resolve));
      mayFail();
      operations.push({ do: 'sync', inode, upTo });
    },
    syncNow(file) {
      mayFail();
      operations.push({ do: 'sync', inode: inodeOf(file), upTo: operations.length });
    },
    async syncFolder() {
      const upTo = operations.length;
      await new Promise((resolve) => setImmediate(resolve));
      mayFail();
      operations.push({ do: 'syncFolder', upTo });
    },
    syncFolderNow() {
      mayFail();
      operations.push({ do: 'syncFolder', upTo: operations.length });
    },
    read(file) {
      const inode = names.get(file);
      return inode === undefined ? undefined : contents.get(inode);
    },
    async readLater(file) {
      const inode = names.get(file);
      if (inode === undefined) throw error('ENOENT', file);
      return contents.get(inode)!;
    },
    list: (folder) => [...names.keys()].filter((file) => path.dirname(file) === folder).map((file) => path.basename(file)).sort(),
    look(file) {
      const inode = names.get(file);
      return inode === undefined ? undefined : { isFile: true, byteLength: contents.get(inode)!.length, changedAt: 0, modifiedAt: 0 };
    },
  };
}

function apply(before: Buffer, operation: Operation & { do: 'write' | 'cut' }): Buffer {
  const end = operation.do === 'cut' ? operation.byteLength : Math.max(before.length, operation.position + operation.bytes.length);
  const after = Buffer.alloc(end);
  before.copy(after, 0, 0, Math.min(before.length, end));
  if (operation.do === 'write') operation.bytes.copy(after, operation.position);
  return after;
}

/**
 * The files that are there when the power failed after the first `count` operations on a disk that began with `initial`.
 * `kill`: the process alone ended, the machine has everything.
 */
export function filesAfterCrash(
  initial: ReadonlyMap<string, Buffer>, operations: readonly Operation[], count: number, random: Random, kind: 'power' | 'kill' = 'power',
): Map<string, Buffer> {
  const done = operations.slice(0, count);
  const isKill = kind === 'kill';
  // Names: in order, up to some moment after the last sync of the folder.
  const folderSynced = done.reduce((last, one) => (one.do === 'syncFolder' ? Math.max(last, one.upTo) : last), 0);
  const namesUpTo = isKill ? count : folderSynced + Math.floor(random() * (count - folderSynced + 1));
  const names = new Map<string, number>([...initial.keys()].map((file, i) => [file, i + 1]));
  done.slice(0, namesUpTo).forEach((one) => {
    if (one.do === 'create') names.set(one.path, one.inode);
    else if (one.do === 'remove') names.delete(one.path);
    else if (one.do === 'rename') {
      names.set(one.to, names.get(one.from)!);
      names.delete(one.from);
    }
  });
  const synced = new Map<number, number>();
  for (const one of done) if (one.do === 'sync') synced.set(one.inode, Math.max(synced.get(one.inode) ?? 0, one.upTo));
  const firstBytes = new Map<number, Buffer>([...initial.values()].map((bytes, i) => [i + 1, bytes]));
  const out = new Map<string, Buffer>();
  for (const [file, inode] of names) {
    let bytes: Buffer = firstBytes.get(inode) ?? Buffer.alloc(0);
    const safe = synced.get(inode) ?? 0;
    // How much of the later writes gets through differs from crash to crash.
    const luck = random();
    done.forEach((one, i) => {
      if ((one.do !== 'write' && one.do !== 'cut') || one.inode !== inode) return;
      if (i < safe || isKill) bytes = apply(bytes, one);
      else bytes = survive(bytes, one, luck, random);
    });
    out.set(file, bytes);
  }
  return out;
}

function survive(bytes: Buffer, one: Operation & { do: 'write' | 'cut' }, luck: number, random: Random): Buffer {
  const fate = random();
  if (fate < luck * 0.6) return apply(bytes, one);
  if (one.do === 'cut') return bytes;
  const isWithinSector = Math.floor(one.position / SECTOR) === Math.floor((one.position + one.bytes.length - 1) / SECTOR);
  if (fate < luck * 0.8 && !(isWithinSector && one.position === 0)) {
    return apply(bytes, { ...one, bytes: one.bytes.subarray(0, Math.floor(random() * (one.bytes.length + 1))) });
  }
  // The length is known, the bytes are not.
  if (fate < luck && one.position + one.bytes.length > bytes.length) return apply(bytes, { ...one, bytes: Buffer.alloc(one.bytes.length) });
  return bytes;
}
