/** Chunks: the events that a buffered output delivers in one go. */
import type { LogEvent, Tag } from '../event.ts';
import type { Value } from '../lib/value.ts';
import type { Zone } from '../time/zone.ts';
import type { Awaitable } from './lifecycle.ts';

/** What the events of one chunk have in common, as `<buffer KEYS>` says. */
export interface ChunkKeys {
  readonly tag: boolean;
  readonly time: boolean;
  readonly fields: readonly string[];
  /** Seconds. */
  readonly timekey: number | undefined;
  /** In which time slots begin and templates are written; UTC if absent. */
  readonly zone?: Zone | undefined;
}

/** What the events of one chunk have in common. */
export interface ChunkMetadata {
  readonly tag?: Tag | undefined;
  /** Start of the time slot, in seconds since 1970. */
  readonly timekey?: number | undefined;
  /** Values of the record fields that are chunk keys, in the order of the keys. */
  readonly variables?: ReadonlyMap<string, Value> | undefined;
  /** A counter that tells chunks with equal keys apart once they are queued. */
  readonly seq?: number | undefined;
}

/** A chunk as an output sees it. */
export interface Chunk {
  /** 16 bytes as 32 hexadecimal digits. */
  readonly id: string;
  readonly metadata: ChunkMetadata;
  readonly eventCount: number;
  readonly byteLength: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** The formatted bytes, uncompressed. */
  read(): Awaitable<Buffer>;
  /** The events of a chunk in the default MessagePack format. */
  events(): Awaitable<readonly LogEvent[]>;
  /** What `pack` gave, in order; undefined if this chunk holds formatted bytes. */
  readonly packed: readonly Buffer[] | undefined;
  /**
   * Some of `packed` are through although the chunk is not: their acknowledgements settle, their memory is given back, and a later
   * try does not get them. Nothing happens where the chunk holds formatted bytes.
   */
  release?(packed: readonly Buffer[]): void;
  /** Its file, if the buffer keeps chunks in files. */
  readonly path?: string | undefined;
  /** The bytes as they are kept, and how they are compressed. */
  stored?(): Awaitable<{ readonly compress: 'text' | 'gzip' | 'zstd'; readonly bytes: Buffer }>;
}

/** A template such as `path/${tag}/%Y%m%d` made into a function of the chunk (see `src/buffer/placeholder.ts`). */
export interface Template {
  readonly text: string;
  expand(chunk: Pick<Chunk, 'id' | 'metadata'>): string;
}
