/** The chunk files of an earlier run: found, checked, and set aside if they are broken. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { errorText } from '../errors.ts';
import { MsgpackReader } from '../lib/msgpack.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkMetadata, ResumedChunk, StorageOwner } from '../plugin.ts';
import { resumeChunkFile } from './chunk-file.ts';
import { decodeChunkMeta, type ChunkMeta } from './chunk-meta.ts';
import { chunkFile, readChunkName, type ChunkFileName, type ChunkPaths } from './chunk-path.ts';

export interface ResumeOptions {
  readonly paths: ChunkPaths;
  readonly owner: StorageOwner;
  readonly log: Logger;
  readonly fileMode: number;
  /** Whether chunks have `.meta` files. */
  readonly meta: boolean;
  /** Where there is no `.meta` file: what the name says. */
  readonly metadataOf: (name: ChunkFileName) => ChunkMetadata;
  /** Where there is no `.meta` file: how many events the bytes are. */
  readonly countEvents: (file: string) => number;
}

/** Makes the folder and whatever is missing above it. */
export function makeChunkFolder({ folder }: ChunkPaths, mode: number): void {
  mkdirSync(folder, { recursive: true, mode });
}

/** How many MessagePack values stand one after the other; one that is cut off at the end does not count. */
export function countEntries(bytes: Buffer): number {
  const reader = new MsgpackReader(bytes);
  let count = 0;
  try {
    for (; !reader.atEnd; count++) reader.skip();
  } catch (error) {
    if (!MsgpackReader.isIncomplete(error)) throw error;
  }
  return count;
}

/** All chunks in the folder, sorted by name. */
export function resumeChunks(options: ResumeOptions): ResumedChunk[] {
  const { paths } = options;
  const found: ResumedChunk[] = [];
  for (const folder of [paths.folder, paths.formerFolder]) {
    if (folder === undefined) continue;
    for (const name of namesIn(folder)) {
      const said = readChunkName(name, paths);
      if (!said) continue;
      const chunk = resumeChunk({ ...said, file: path.join(folder, name) }, { ...options, paths: { ...paths, folder } });
      if (chunk) found.push(chunk);
    }
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function resumeChunk(name: ChunkFileName, options: ResumeOptions): ResumedChunk | undefined {
  const { log, owner } = options;
  try {
    const stat = statSync(name.file);
    if (!stat.isFile()) return undefined;
    if (stat.size === 0) throw new Error(`${name.state} file chunk is empty`);
    return readChunk(name, stat, options);
  } catch (error) {
    log.error('found broken chunk file during resume.', { path: name.file, mode: name.state, err_msg: errorText(error) });
    try {
      const bytes = readFileSync(name.file);
      if (bytes.length > 0) owner.setAside(name.id, bytes);
    } catch (failure) {
      log.error('a broken chunk file could not be moved to the backup folder, it stays where it is', { path: name.file, error: failure });
      return undefined;
    }
    rmSync(name.file, { force: true });
    rmSync(`${name.file}.meta`, { force: true });
    return undefined;
  }
}

function readChunk(name: ChunkFileName, stat: Stats, options: ResumeOptions): ResumedChunk {
  const found = options.meta ? readMeta(name, options) : undefined;
  // A staged chunk without .meta is of an old version: it takes no more events.
  const state = options.meta && !found ? 'queued' : name.state;
  const meta: ChunkMeta = found ?? {
    id: name.id,
    metadata: options.metadataOf(name),
    eventCount: options.countEvents(name.file),
    createdAt: stat.ctimeMs,
    modifiedAt: stat.mtimeMs,
  };
  const queuedPath = chunkFile(options.paths, 'queued', name.id, name.key);
  const stored = resumeChunkFile(meta, name.file, stat.size, {
    meta: options.meta && found !== undefined,
    mode: options.fileMode,
    queuedPath,
    log: options.log,
  });
  return { ...meta, state, byteLength: stat.size, stored };
}

/** The `.meta` beside the file; a crash may have left it with the name of the other state. */
function readMeta(name: ChunkFileName, { paths }: ResumeOptions): ChunkMeta | undefined {
  const other = chunkFile(paths, name.state === 'staged' ? 'queued' : 'staged', name.id, name.key);
  const bytes = readIfThere(`${name.file}.meta`);
  if (bytes) return describe(bytes, name);
  const moved = readIfThere(`${other}.meta`);
  if (!moved) return undefined;
  renameSync(`${other}.meta`, `${name.file}.meta`);
  return describe(moved, name);
}

function describe(bytes: Buffer, name: ChunkFileName): ChunkMeta {
  try {
    return decodeChunkMeta(bytes);
  } catch (cause) {
    throw new Error(`${name.state} meta file is broken`, { cause });
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
