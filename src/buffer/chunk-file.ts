/**
 * One chunk in a file.
 *
 * Every append is written to the file before it returns, so the events survive the process; they are
 * not forced to the disk, so they may not survive the machine. The name tells the state: `b…` is
 * staged, `q…` is queued.
 */
import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
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
  try {
    data = openSync(path, 'wx+', options.mode);
    const meta = options.meta ? openSync(`${path}.meta`, 'wx+', options.mode) : undefined;
    const chunk = new ChunkFile(identity, path, 0, options, { data, meta });
    chunk.writeMeta(0, identity.createdAt);
    return chunk;
  } catch (cause) {
    if (data !== undefined) closeSync(data);
    rmSync(path, { force: true });
    rmSync(`${path}.meta`, { force: true });
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

  append(bytes: Buffer, events: number, modifiedAt: number): void {
    const { data } = this.#files();
    try {
      writeAll(data, bytes, this.#byteLength);
      this.writeMeta(events, modifiedAt);
    } catch (error) {
      ftruncateSync(data, this.#byteLength);
      throw error;
    }
    this.#byteLength += bytes.length;
  }

  truncate(byteLength: number, events: number, modifiedAt: number): void {
    ftruncateSync(this.#files().data, byteLength);
    this.#byteLength = byteLength;
    this.writeMeta(events, modifiedAt);
  }

  /** If the file cannot be renamed it keeps the name of a staged chunk; its bytes are safe either way. */
  enqueue(): void {
    const queued = this.#options.queuedPath;
    this.#closeFiles();
    if (this.#path === queued) return;
    try {
      if (this.#options.meta) renameSync(`${this.#path}.meta`, `${queued}.meta`);
      renameSync(this.#path, queued);
      this.#path = queued;
    } catch (error) {
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
    if (!this.#options.meta) return;
    rmSync(`${this.#path}.meta`, { force: true });
    if (this.#path !== this.#options.queuedPath) rmSync(`${this.#options.queuedPath}.meta`, { force: true });
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

function writeAll(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done);
}
