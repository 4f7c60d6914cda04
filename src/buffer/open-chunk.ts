/**
 * The files of a chunk while they are open: made for a new one, opened again for one that was found at the start.
 *
 * The order matters for what a crash leaves. The file of the checksums is made before the chunk: a chunk without one is
 * another program's. When such a chunk is opened again, its end that is no whole event is cut off, and the rest gets a checksum.
 */
import { dirname } from 'node:path';
import { BufferOverflowError, UnrecoverableError } from '../errors.ts';
import type { ChunkIdentity } from '../plugin.ts';
import type { ChunkDisk, OpenFile } from './chunk-disk.ts';
import { encodeChunkMeta } from './chunk-meta.ts';
import { encodeSum, encodeSumsHead, type SumEntry } from './chunk-sums.ts';
import type { GroupSync } from './group-sync.ts';

export interface OpenChunkOptions {
  readonly disk: ChunkDisk;
  /** Whether there is a `.meta` file beside it. */
  readonly meta: boolean;
  /** Mode of new files. */
  readonly mode: number;
  readonly sumsPath: string;
  /** Forces appends to the disk some moments later; `always`: before an append returns. */
  readonly sync: GroupSync | 'always' | 'never';
}

export interface OpenFiles {
  readonly data: OpenFile;
  readonly meta: OpenFile | undefined;
  readonly sums: OpenFile;
}

/** Bytes and events in the chunk, and where its checksums end. */
export interface Totals {
  readonly byteLength: number;
  readonly events: number;
  readonly sumsLength: number;
  readonly chain: number;
}

export interface OpenChunk {
  readonly files: OpenFiles;
  readonly totals: Totals;
}

/** A chunk that an earlier run, or another program, left. */
export interface FoundChunkFile {
  readonly byteLength: number;
  readonly eventCount: number;
  /** The file's length, if more than the usable part: the rest is cut off before the next append. */
  readonly fileLength: number;
  /** Of its checksums; undefined if it has none. */
  readonly sums: { readonly byteLength: number; readonly chain: number } | undefined;
  /** What its checksums do not cover and is good all the same: written by another program. */
  readonly foreign: SumEntry | undefined;
}

/** The files of a new, empty chunk. Throws BufferOverflowError if they cannot be made. */
export function makeChunk(identity: ChunkIdentity, path: string, { disk, meta, mode, sumsPath, sync }: OpenChunkOptions): OpenChunk {
  const made: OpenFile[] = [];
  const create = (file: string): OpenFile => {
    const handle = disk.create(file, mode);
    made.push(handle);
    return handle;
  };
  const said = { ...identity, eventCount: 0, modifiedAt: identity.createdAt };
  try {
    const sums = create(sumsPath);
    const head = encodeSumsHead(said);
    disk.write(sums, head.bytes, 0);
    const data = create(path);
    const metaFile = meta ? create(`${path}.meta`) : undefined;
    if (metaFile !== undefined) disk.write(metaFile, encodeChunkMeta(said), 0);
    if (sync === 'always') {
      for (const file of made) disk.syncNow(file);
      disk.syncFolderNow(dirname(path));
    } else if (sync !== 'never') sync.named(dirname(path));
    return { files: { data, meta: metaFile, sums }, totals: { byteLength: 0, events: 0, sumsLength: head.bytes.length, chain: head.chain } };
  } catch (cause) {
    for (const file of made) disk.close(file);
    for (const file of [path, `${path}.meta`, sumsPath]) removeIfPossible(disk, file);
    if ((cause as NodeJS.ErrnoException).code === 'ENAMETOOLONG') {
      throw new UnrecoverableError(`the chunk key is too long for the name of a file (${path}): use @type file`, { cause });
    }
    throw new BufferOverflowError(`can't create buffer file for ${path}`, { cause });
  }
}

/** Opens files that are closed; `found`: for the first time since they were found. Nothing stays open if it throws. */
export function reopenChunk(identity: ChunkIdentity, path: string, totals: Totals, found: FoundChunkFile | undefined, options: OpenChunkOptions): OpenChunk {
  const { disk, meta, sumsPath } = options;
  const opened: OpenFile[] = [];
  const open = (file: string): OpenFile => {
    const handle = disk.open(file);
    opened.push(handle);
    return handle;
  };
  try {
    const data = open(path);
    const metaFile = meta ? open(`${path}.meta`) : undefined;
    let covered = found && !found.sums ? { ...totals, ...makeSums(identity, found, options) } : totals;
    const sums = open(sumsPath);
    if (found && found.fileLength > found.byteLength) disk.cut(data, found.byteLength);
    if (found?.sums && found.foreign) {
      covered = addSum(disk, sums, found.foreign, totals);
      disk.syncNow(sums);
    }
    return { files: { data, meta: metaFile, sums }, totals: covered };
  } catch (error) {
    for (const file of opened) disk.close(file);
    throw error;
  }
}

/** Writes down what was done to the chunk; gives its new totals. */
export function addSum(disk: ChunkDisk, sums: OpenFile, entry: SumEntry, { sumsLength, chain }: Totals): Totals {
  const made = encodeSum(entry, chain);
  disk.write(sums, made.bytes, sumsLength);
  return { byteLength: entry.byteLength, events: entry.eventCount, sumsLength: sumsLength + made.bytes.length, chain: made.chain };
}

/** The checksums of what another program wrote; the file appears when it is complete. */
function makeSums(identity: ChunkIdentity, { foreign }: FoundChunkFile, { disk, mode, sumsPath }: OpenChunkOptions): Pick<Totals, 'sumsLength' | 'chain'> {
  const head = encodeSumsHead({ ...identity, eventCount: 0, modifiedAt: identity.createdAt });
  const entry = foreign && encodeSum(foreign, head.chain);
  const bytes = entry ? Buffer.concat([head.bytes, entry.bytes]) : head.bytes;
  disk.remove(`${sumsPath}.new`);
  const file = disk.create(`${sumsPath}.new`, mode);
  try {
    disk.write(file, bytes, 0);
    disk.syncNow(file);
  } finally {
    disk.close(file);
  }
  disk.rename(`${sumsPath}.new`, sumsPath);
  return { sumsLength: bytes.length, chain: (entry ?? head).chain };
}

/** What stays is empty; the error that led here is the one to tell. */
function removeIfPossible(disk: ChunkDisk, path: string): void {
  try {
    disk.remove(path);
  } catch {
    // The disk is read-only, or the folder is gone.
  }
}
