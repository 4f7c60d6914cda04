/** Outputs: what a `<match>` or `<store>` makes, with a buffer or without. */
import type { EventBatch, EventTime, Tag } from '../event.ts';
import type { LogRecord } from '../lib/value.ts';
import type { OutputPlanning } from '../planning.ts';
import type { Chunk } from './chunk.ts';
import type { Awaitable, Lifecycle } from './lifecycle.ts';

/** An output that handles events at once. */
export interface Output extends Lifecycle {
  /** Handles the batch; the core settles its ack when this returns (see {@link Ack}). */
  emit(batch: EventBatch): Awaitable<void>;
}

/** An output that gets chunks; buffering, retries and secondary are the core's. */
export interface BufferedOutput extends Lifecycle {
  /** One event's bytes in a chunk. Absent: MessagePack `[time, record]`, as Fluentd's default. */
  format?(tag: Tag, time: EventTime, record: LogRecord): string | Uint8Array;
  /**
   * A whole batch as bytes of the output's own form, for memory buffers without record keys; the
   * chunk then has `packed`. `size` is what counts against chunk_limit_size.
   */
  pack?(batch: EventBatch): PackedBatch;
  /**
   * Told of what `pack` gave once it is in a chunk: a promise asks its input to wait until that settles, because what these
   * events are for takes none at the moment. Others do not wait.
   */
  relief?(packed: Buffer): Promise<void> | undefined;
  /**
   * Delivers one chunk. Throws UnrecoverableError (no retry), RetryLaterError or any other error
   * (retry as configured). A {@link DelayedCommit} frees the flush thread before the chunk is delivered.
   */
  write(chunk: Chunk, signal: AbortSignal): Awaitable<void | DelayedCommit>;
  /** Formatted bytes of what `pack` gave; for the backup of chunks that cannot be delivered. */
  unpack?(packed: Buffer): Uint8Array;
  /** The agent is ending: pauses within `write` should become short from now on. */
  hurry?(): void;
  /** What `pack` gave is not needed any more: its buffers may be used again. */
  recycle?(packed: readonly Buffer[]): void;
  /** A new chunk was staged; `path` is there if it is a file. */
  staged?(chunk: Pick<Chunk, 'id' | 'metadata' | 'path'>): void;
  /** How chunks are compressed if `<buffer>` does not say it. */
  readonly compress?: 'text' | 'gzip' | 'zstd' | undefined;
  /** Of outputs whose configuration names a path: where the file buffer keeps its chunks if `<buffer>` has no path. */
  readonly bufferPath?: string | undefined;
  /** For a dry run, instead of `write`: what would be sent where. */
  readonly planning?: OutputPlanning | undefined;
  /** Events are handled at once by `emit` when the configuration has no `<buffer>` (see `OutputDefinition.buffer`). */
  emit?(batch: EventBatch): Awaitable<void>;
}

/**
 * The chunk was handed on; it is kept until `committed` resolves, and tried again if that rejects: as a failed try, or, with a
 * TakebackError, at once.
 */
export interface DelayedCommit {
  readonly committed: Promise<void>;
}

/** What `pack` made of a batch. `size` is what counts against chunk_limit_size. */
export interface PackedBatch {
  readonly bytes: Buffer;
  readonly events: number;
  readonly size: number;
}
