/** Buffers: where the chunks of an output are kept. */
import type { ChunkKeys, ChunkMetadata } from './chunk.ts';
import type { Awaitable, Lifecycle } from './lifecycle.ts';

/** Where a buffer keeps its chunks (`<buffer> @type`); staging, queue and limits are the core's. */
export interface ChunkStorage extends Lifecycle {
  /** Whether chunks outlive the process: then a write into the storage settles acknowledgements, at once or as `whenSafe` says. */
  readonly persistent: boolean;
  /** Of a persistent storage: calls back when all that was appended so far is as safe as the storage promises. Absent: it always is. */
  whenSafe?(done: () => void): void;
  /** Called once while the graph is created: opens nothing. Throws a ConfigError if it cannot serve this output. */
  attach?(owner: StorageOwner): void;
  /** An empty chunk. */
  create(chunk: ChunkIdentity): StoredChunk;
  /** What an earlier run left, staged chunks and queued ones; called once, after `start`. */
  resume?(): readonly ResumedChunk[];
}

/** The output whose chunks a storage keeps. */
export interface StorageOwner {
  readonly id: string;
  readonly type: string;
  /** Whether the output has an `@id`. */
  readonly configured: boolean;
  readonly chunkKeys: ChunkKeys;
  /** What the output offers as path, see `BufferedOutput.bufferPath`. */
  readonly defaultPath: string | undefined;
  /** Whether events are MessagePack (and not the text of a formatter). */
  readonly msgpack: boolean;
  /** Chunks are compressed so. */
  readonly compress: 'text' | 'gzip' | 'zstd';
  /** Keeps bytes that are no usable chunk, or the end of one, with so many events as far as that is known, before the storage removes them. */
  setAside(id: string, bytes: Buffer, events: number): void;
}

/** What a chunk is from its beginning. */
export interface ChunkIdentity {
  readonly id: string;
  readonly metadata: ChunkMetadata;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** One chunk's bytes in a storage. */
export interface StoredChunk {
  readonly path?: string | undefined;
  /**
   * Adds bytes behind those that are there. `events` and `modifiedAt` (milliseconds since 1970) are
   * the chunk's new totals. Throws if it cannot: then nothing was added. The bytes may be kept: nobody
   * changes them afterwards.
   */
  append(bytes: Buffer, events: number, modifiedAt: number): void;
  /** Takes back what was added behind the first `byteLength` bytes. */
  truncate(byteLength: number, events: number, modifiedAt: number): void;
  /** The chunk takes no more events. */
  enqueue(): void;
  /** All bytes, as they were added. */
  read(): Awaitable<Buffer>;
  /** The chunk was delivered, or dropped on purpose. */
  purge(): void;
  /** Frees what is open; a persistent chunk stays. */
  close(): void;
}

/** A chunk of an earlier run. */
export interface ResumedChunk extends ChunkIdentity {
  readonly state: 'staged' | 'queued';
  readonly byteLength: number;
  readonly eventCount: number;
  readonly modifiedAt: number;
  readonly stored: StoredChunk;
}
