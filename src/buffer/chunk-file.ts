/**
 * One chunk in a file.
 *
 * Every append is written to the file before it returns, so the events survive the process; they are
 * not forced to the disk, so they may not survive the machine. The name tells the state: `b…` is
 * staged, `q…` is queued.
 */
import { closeSync, existsSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { BufferOverflowError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ChunkIdentity, StoredChunk } from '../plugin.ts';
import { encodeChunkMeta } from './chunk-meta.ts';

export interface ChunkFileOptions {
  /** Whether there is a `.meta` file beside it. */
  readonly meta: boolean;
  /** Mode of new files. */
  readonly mode: number;
  /** The chunk's file in the other state, when it is queued. */
  readonly queuedPath: string;
  readonly log: Pick<Logger, 'warn'>;
}

interface OpenFiles {
  readonly data: number;
  readonly meta: number | undefined;
}

/** A new, empty chunk. Throws BufferOverflowError if its files cannot be made. */
export function createChunkFile(identity: ChunkIdentity, path: string, options: ChunkFileOptions): StoredChunk {
  let data: number | undefined;
  let meta: number | undefined;
  try {
    data = openSync(path, 'wx+', options.mode);
    meta = options.meta ? openSync(`${path}.meta`, 'wx+', options.mode) : undefined;
    const chunk = new ChunkFile(identity, path, 0, options, { data, meta });
    chunk.writeMeta(0, identity.createdAt);
    return chunk;
  } catch (cause) {
    for (const file of [data, meta]) if (file !== undefined) closeSync(file);
    removeIfPossible(path);
    removeIfPossible(`${path}.meta`);
    throw new BufferOverflowError(`can't create buffer file for ${path}`, { cause });
  }
}

/** A chunk that an earlier run left. */
export function resumeChunkFile(identity: ChunkIdentity, path: string, byteLength: number, options: ChunkFileOptions): StoredChunk {
  return new ChunkFile(identity, path, byteLength, options, undefined);
}

class ChunkFile implements StoredChunk {
  readonly #identity: ChunkIdentity;
  readonly #options: ChunkFileOptions;
  #path: string;
  #byteLength: number;
  #open: OpenFiles | undefined;

  constructor(identity: ChunkIdentity, path: string, byteLength: number, options: ChunkFileOptions, open: OpenFiles | undefined) {
    this.#identity = identity;
    this.#path = path;
    this.#byteLength = byteLength;
    this.#options = options;
    this.#open = open;
  }

  get path(): string {
    return this.#path;
  }

  /** Throws BufferOverflowError if the file cannot be written: the events are still the input's. */
  append(bytes: Buffer, events: number, modifiedAt: number): void {
    try {
      writeAll(this.#files().data, bytes, this.#byteLength);
      this.writeMeta(events, modifiedAt);
    } catch (cause) {
      this.#cut();
      throw new BufferOverflowError(`can't write to buffer file ${this.#path}`, { cause });
    }
    this.#byteLength += bytes.length;
  }

  truncate(byteLength: number, events: number, modifiedAt: number): void {
    this.#byteLength = byteLength;
    ftruncateSync(this.#files().data, byteLength);
    this.writeMeta(events, modifiedAt);
  }

  /** What cannot be cut off is overwritten by the next append, and not read. */
  #cut(): void {
    try {
      if (this.#open) ftruncateSync(this.#open.data, this.#byteLength);
    } catch {
      // The disk is in trouble; the error that led here tells.
    }
  }

  /** If the file cannot be renamed it keeps the name of a staged chunk; its bytes are safe either way. */
  enqueue(): void {
    const queued = this.#options.queuedPath;
    this.#closeFiles();
    if (this.#path === queued) return;
    try {
      renameSync(this.#path, queued);
      if (this.#options.meta) renameSync(`${this.#path}.meta`, `${queued}.meta`);
      this.#path = queued;
    } catch (error) {
      renameBack(queued, this.#path);
      this.#options.log.warn("can't enqueue buffer file, it keeps its name", { path: this.#path, error });
    }
  }

  async read(): Promise<Buffer> {
    const bytes = await readFile(this.#path);
    return bytes.length > this.#byteLength ? bytes.subarray(0, this.#byteLength) : bytes;
  }

  purge(): void {
    this.#closeFiles();
    rmSync(this.#path, { force: true });
    if (this.#options.meta) rmSync(`${this.#path}.meta`, { force: true });
  }

  close(): void {
    if (this.#byteLength === 0) this.purge();
    else this.#closeFiles();
  }

  writeMeta(eventCount: number, modifiedAt: number): void {
    const { meta } = this.#files();
    if (meta !== undefined) writeAll(meta, encodeChunkMeta({ ...this.#identity, eventCount, modifiedAt }), 0);
  }

  /** Opened again if needed: an earlier run's staged chunk takes more events. */
  #files(): OpenFiles {
    return (this.#open ??= {
      data: openSync(this.#path, 'r+'),
      meta: this.#options.meta ? openSync(`${this.#path}.meta`, 'r+') : undefined,
    });
  }

  #closeFiles(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    closeSync(open.data);
    if (open.meta !== undefined) closeSync(open.meta);
  }
}

/** What stays is empty; the error that led here is the one to tell. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The disk is read-only, or the folder is gone.
  }
}

/** So that the pair has equal names again, as far as that is possible. */
function renameBack(from: string, to: string): void {
  try {
    if (existsSync(from)) renameSync(from, to);
  } catch {
    // The next start finds it under either name.
  }
}

function writeAll(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done);
}
