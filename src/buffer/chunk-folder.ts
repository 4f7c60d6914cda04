/** The chunk files of an earlier run, or of Fluentd: found, checked, cut at their last good event, set aside if they are broken. */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkMetadata, ResumedChunk, StorageOwner } from '../plugin.ts';
import { checkChunk } from './chunk-check.ts';
import type { ChunkDisk, FileFacts } from './chunk-disk.ts';
import { resumeChunkFile, type ChunkFileOptions } from './chunk-file.ts';
import { decodeChunkMeta, encodeChunkMeta, type ChunkMeta } from './chunk-meta.ts';
import { chunkFile, readChunkName, readSumsName, sumsFile, type ChunkFileName, type ChunkPaths } from './chunk-path.ts';
import { readSums, type Sums } from './chunk-sums.ts';

export interface ResumeOptions extends Pick<ChunkFileOptions, 'disk' | 'sync' | 'mode'> {
  readonly paths: ChunkPaths;
  readonly owner: StorageOwner;
  readonly log: Logger;
  /** Whether chunks have `.meta` files. */
  readonly meta: boolean;
  /** Where there is no `.meta` file: what the name says. */
  readonly metadataOf: (name: ChunkFileName) => ChunkMetadata;
  /** Where neither `.meta` nor checksums tell: how many events the bytes are, as they are in the file. */
  readonly countEvents: (bytes: Buffer) => number;
}

/** Makes the folder and whatever is missing above it; the new names are forced to the disk. */
export function makeChunkFolder({ folder }: ChunkPaths, mode: number): void {
  const first = mkdirSync(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) {
    const above = openSync(path.dirname(made), 'r');
    try {
      fsyncSync(above);
    } catch {
      // Not every file system can do that for a folder.
    } finally {
      closeSync(above);
    }
  }
}

/** All usable chunks in the folder, sorted by name. Throws only if the folder cannot be read. */
export function resumeChunks(options: ResumeOptions): ResumedChunk[] {
  const { paths, disk } = options;
  const found: ResumedChunk[] = [];
  for (const folder of [paths.folder, paths.formerFolder]) {
    if (folder === undefined) continue;
    const here = { ...options, paths: { ...paths, folder } };
    const names = disk.list(folder);
    for (const name of names) {
      const said = readChunkName(name, paths);
      if (!said) continue;
      const chunk = resumeChunk({ ...said, file: path.join(folder, name) }, here);
      if (chunk) found.push(chunk);
    }
    removeOrphans(names, here);
  }
  return found;
}

/** Checksums and `.meta` files whose chunk is gone: a crash between two removals leaves them. */
function removeOrphans(names: readonly string[], { paths, disk, log }: ResumeOptions): void {
  const ids = new Set<string>();
  for (const name of names) {
    const said = readChunkName(name, paths);
    if (said) ids.add(said.id);
  }
  for (const name of names) {
    const id = readSumsName(name, paths) ?? (name.endsWith('.meta') ? readChunkName(name.slice(0, -'.meta'.length), paths)?.id : undefined);
    if (id === undefined || ids.has(id)) continue;
    const file = path.join(paths.folder, name);
    attempt(() => {
      disk.remove(file);
      log.debug('removed what was left of a chunk that is delivered', { path: file });
    });
  }
}

function resumeChunk(name: ChunkFileName, options: ResumeOptions): ResumedChunk | undefined {
  const { log, disk } = options;
  let facts: FileFacts | undefined;
  let bytes: Buffer | undefined;
  try {
    facts = disk.look(name.file);
    if (!facts?.isFile) {
      log.warn('a name in the buffer folder is like that of a chunk, but it is no file', { path: name.file });
      return undefined;
    }
    bytes = disk.read(name.file);
  } catch (error) {
    log.error('a chunk file cannot be read and stays where it is: its events are delivered after a start that can read it', { path: name.file, error });
    return undefined;
  }
  if (!bytes) return undefined;
  try {
    if (bytes.length === 0) throw new Error(`${name.state} file chunk is empty`);
    return usableChunk(name, bytes, facts, options);
  } catch (error) {
    log.error('found broken chunk file during resume.', { path: name.file, mode: name.state, err_msg: errorText(error) });
    setAside(name, bytes, 0, options);
    return undefined;
  }
}

/** What cannot be used goes to the backup folder; the files of a chunk that has nothing else go. */
function setAside(name: ChunkFileName, bytes: Buffer, records: number, { owner, log, disk, paths }: ResumeOptions): void {
  try {
    if (bytes.length > 0) owner.setAside(name.id, bytes, records);
  } catch (error) {
    log.error('a broken chunk file could not be moved to the backup folder, it stays where it is', { path: name.file, error });
    return;
  }
  for (const file of [name.file, `${name.file}.meta`, sumsFile(paths, name.id)]) attempt(() => disk.remove(file));
}

function usableChunk(name: ChunkFileName, bytes: Buffer, facts: FileFacts, options: ResumeOptions): ResumedChunk | undefined {
  const { disk, owner, paths, log, meta: hasMeta } = options;
  const sums = findSums(name, options);
  const said = hasMeta ? findMeta(name, sums, options) : undefined;
  const checked = checkChunk(bytes, { sums, said: said?.eventCount, hasMeta, compress: owner.compress });
  const { byteLength, foreign } = checked;
  const damaged = bytes.subarray(byteLength);
  if (damaged.length > 0) {
    const cut = { path: name.file, kept_bytes: byteLength, cut_bytes: damaged.length, cut_records: checked.missingEvents };
    log.warn('a chunk file does not end with a whole event, or is damaged: what lies behind its last good event is cut off', cut);
    if (byteLength === 0) {
      setAside(name, damaged, checked.missingEvents, options);
      return undefined;
    }
    try {
      owner.setAside(name.id, damaged, checked.missingEvents);
    } catch (error) {
      log.error('the end that was cut off could not be moved to the backup folder', { path: name.file, error });
    }
    attempt(() => withFile(disk, name.file, (file) => disk.cut(file, byteLength)));
  }
  // A staged chunk without .meta is of an old version: it takes no more events.
  const state = hasMeta && !said ? 'queued' : name.state;
  const eventCount = checked.eventCount ?? said?.eventCount ?? options.countEvents(bytes.subarray(0, byteLength));
  if (said && said.eventCount !== eventCount) rewriteMeta(name.file, { ...said, eventCount }, disk);
  const identity = said ?? {
    id: name.id,
    metadata: options.metadataOf(name),
    createdAt: facts.changedAt,
    modifiedAt: facts.modifiedAt,
  };
  const found = {
    byteLength,
    eventCount,
    fileLength: bytes.length,
    sums: sums && { byteLength: sums.byteLength, chain: sums.chain },
    foreign: foreign && { kind: 'appended' as const, eventCount, byteLength, sum: foreign.sum },
  };
  const stored = resumeChunkFile(identity, name.file, found, {
    disk,
    sync: options.sync,
    meta: hasMeta && said !== undefined,
    mode: options.mode,
    sumsPath: sumsFile(paths, name.id),
    queuedPath: chunkFile(paths, 'queued', name.id, name.key),
    log,
  });
  return { ...identity, state, byteLength, eventCount, stored };
}

/** Undefined if there are none; throws if they are there and say nothing. */
function findSums(name: ChunkFileName, { paths, disk }: ResumeOptions): Sums | undefined {
  const bytes = disk.read(sumsFile(paths, name.id));
  if (!bytes) return undefined;
  const sums = readSums(bytes);
  if (!sums) throw new Error('the file of its checksums is broken');
  return sums;
}

/** The `.meta` beside the file; a crash may have left it with the name of the other state, or unfinished where checksums know better. */
function findMeta(name: ChunkFileName, sums: Sums | undefined, options: ResumeOptions): ChunkMeta | undefined {
  const { paths, disk } = options;
  const other = chunkFile(paths, name.state === 'staged' ? 'queued' : 'staged', name.id, name.key);
  const own = `${name.file}.meta`;
  let bytes = disk.read(own);
  if (!bytes) {
    bytes = disk.read(`${other}.meta`);
    if (bytes) attempt(() => disk.rename(`${other}.meta`, own));
  }
  try {
    if (bytes) return decodeChunkMeta(bytes);
  } catch (cause) {
    if (!sums) throw new Error(`${name.state} meta file is broken`, { cause });
  }
  if (!sums) return undefined;
  rewriteMeta(name.file, sums.meta, disk);
  return sums.meta;
}

/** If that fails it is as it was, and will be read as now. */
function rewriteMeta(file: string, meta: ChunkMeta, disk: ChunkDisk): void {
  attempt(() => {
    const path = `${file}.meta`;
    if (!disk.look(path)) disk.close(disk.create(path, 0o644));
    withFile(disk, path, (open) => disk.write(open, encodeChunkMeta(meta), 0));
  });
}

function withFile(disk: ChunkDisk, path: string, work: (file: number) => void): void {
  const file = disk.open(path);
  try {
    work(file);
  } finally {
    disk.close(file);
  }
}

/** For what makes things tidier and is not needed. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // The next start tries again.
  }
}
