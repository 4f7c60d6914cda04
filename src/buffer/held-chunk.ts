/** A chunk as the buffer holds it: its bytes, its events' acknowledgements, and what an output may see of it. */
import { UnrecoverableError } from '../errors.ts';
import type { Ack, LogEvent } from '../event.ts';
import { decodeEntries } from '../lib/msgpack.ts';
import type { Awaitable, Chunk, ChunkIdentity, ChunkMetadata, PackedBatch, ResumedChunk, StoredChunk } from '../plugin.ts';
import { compressPiece, decompressPieces, type Compress } from './compression.ts';

/** Where a chunk is on its way; `purged` is the end. */
export type ChunkState = 'staged' | 'queued' | 'dequeued' | 'purged';

export interface ChunkOptions {
  readonly compress: Compress;
  readonly decompressionLimit: number;
  /** Of outputs with `pack`: back to formatted bytes. */
  readonly unpack: ((packed: Buffer) => Uint8Array) | undefined;
  /** Takes packed buffers back. */
  readonly recycle: ((packed: readonly Buffer[]) => void) | undefined;
  /** So many bytes and events of a chunk were delivered before the rest of it. */
  readonly released?: ((chunk: HeldChunk, bytes: number, events: number) => void) | undefined;
}

/** What is known of a packed batch: its size, and its claim. */
interface PackedPart {
  readonly size: number;
  readonly events: number;
  readonly ack: Ack | undefined;
}

/** What undoes an append. */
export interface ChunkMark {
  readonly byteLength: number;
  readonly eventCount: number;
  readonly modifiedAt: number;
  readonly packedCount: number;
  readonly ackCount: number;
}

export class HeldChunk implements Chunk {
  readonly id: string;
  readonly metadata: ChunkMetadata;
  readonly createdAt: number;
  /** The stage's name for this chunk's metadata. */
  readonly key: string;
  /** Position in the queue; lower is earlier. */
  order = 0;
  state: ChunkState = 'staged';
  /** Whether an output has taken it and says later that it is delivered. */
  isHandedOn = false;
  readonly #options: ChunkOptions;
  readonly #stored: StoredChunk | undefined;
  readonly #packed: Buffer[] | undefined;
  /** Of each of `#packed`. */
  readonly #parts: PackedPart[] = [];
  readonly #acks: Ack[] = [];
  #byteLength = 0;
  #eventCount = 0;
  #modifiedAt: number;

  /** A chunk whose bytes are in a storage, or, without one, what `pack` gave. */
  constructor(identity: ChunkIdentity, key: string, stored: StoredChunk | undefined, options: ChunkOptions) {
    this.id = identity.id;
    this.metadata = identity.metadata;
    this.createdAt = identity.createdAt;
    this.key = key;
    this.#modifiedAt = identity.createdAt;
    this.#stored = stored;
    this.#packed = stored ? undefined : [];
    this.#options = options;
  }

  /** A chunk of an earlier run. */
  static resumed(found: ResumedChunk, key: string, options: ChunkOptions): HeldChunk {
    const chunk = new HeldChunk(found, key, found.stored, options);
    chunk.#byteLength = found.byteLength;
    chunk.#eventCount = found.eventCount;
    chunk.#modifiedAt = found.modifiedAt;
    return chunk;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  get modifiedAt(): number {
    return this.#modifiedAt;
  }

  get path(): string | undefined {
    return this.#stored?.path;
  }

  get packed(): readonly Buffer[] | undefined {
    return this.#packed;
  }

  mark(): ChunkMark {
    return {
      byteLength: this.#byteLength,
      eventCount: this.#eventCount,
      modifiedAt: this.#modifiedAt,
      packedCount: this.#packed?.length ?? 0,
      ackCount: this.#acks.length,
    };
  }

  /** Adds formatted bytes, which must not change afterwards. */
  append(bytes: Buffer, events: number, nowMs: number): void {
    const piece = compressPiece(bytes, this.#options.compress);
    this.#stored!.append(piece, this.#eventCount + events, nowMs);
    this.#add(piece.length, events, nowMs);
  }

  /** Adds what `pack` gave, without a copy, and keeps a claim of its acknowledgement. */
  appendPacked({ bytes, size, events }: PackedBatch, ack: Ack | undefined, nowMs: number): void {
    this.#packed!.push(bytes);
    this.#parts.push({ size, events, ack: ack?.retain() });
    this.#add(size, events, nowMs);
  }

  release(packed: readonly Buffer[]): void {
    if (!this.#packed) return;
    const gone = new Set(packed);
    const buffers: Buffer[] = [];
    const parts: PackedPart[] = [];
    for (let i = this.#packed.length - 1; i >= 0; i--) {
      if (!gone.has(this.#packed[i]!)) continue;
      buffers.push(...this.#packed.splice(i, 1));
      parts.push(...this.#parts.splice(i, 1));
    }
    const bytes = parts.reduce((sum, { size }) => sum + size, 0);
    const events = parts.reduce((sum, part) => sum + part.events, 0);
    this.#byteLength -= bytes;
    this.#eventCount -= events;
    this.#options.recycle?.(buffers);
    this.#options.released?.(this, bytes, events);
    for (const { ack } of parts.reverse()) ack?.settle();
  }

  /** Keeps a claim of the acknowledgement until the chunk is purged. */
  hold(ack: Ack): void {
    if (this.#acks.at(-1) !== ack) this.#acks.push(ack.retain());
  }

  /** Undoes everything since the mark; claims that were taken since then are given back. */
  rollback(mark: ChunkMark): void {
    this.#byteLength = mark.byteLength;
    this.#eventCount = mark.eventCount;
    this.#modifiedAt = mark.modifiedAt;
    if (this.#packed) this.#packed.length = mark.packedCount;
    for (const { ack } of this.#parts.splice(mark.packedCount)) ack?.settle();
    for (const ack of this.#acks.splice(mark.ackCount)) ack.settle();
    this.#stored?.truncate(mark.byteLength, mark.eventCount, mark.modifiedAt);
  }

  enqueue(): void {
    this.state = 'queued';
    this.#stored?.enqueue();
  }

  /** The chunk was delivered or dropped on purpose: its bytes go, its acknowledgements settle. */
  purge(): void {
    this.state = 'purged';
    this.#stored?.purge();
    const packed = this.#packed?.splice(0);
    if (packed) this.#options.recycle?.(packed);
    for (const { ack } of this.#parts.splice(0)) ack?.settle();
    for (const ack of this.#acks.splice(0)) ack.settle();
  }

  close(): void {
    this.#stored?.close();
  }

  read(): Awaitable<Buffer> {
    if (this.#packed) {
      const { unpack } = this.#options;
      return Buffer.concat(unpack ? this.#packed.map((bytes) => unpack(bytes)) : this.#packed);
    }
    return then(this.#stored!.read(), (bytes) => decompressPieces(bytes, this.#options.compress, this.#options.decompressionLimit));
  }

  events(): Awaitable<readonly LogEvent[]> {
    return then(this.read(), decodeChunk);
  }

  stored(): Awaitable<{ readonly compress: Compress; readonly bytes: Buffer }> {
    if (!this.#stored) return then(this.read(), (bytes) => ({ compress: 'text', bytes }));
    return then(this.#stored.read(), (bytes) => ({ compress: this.#options.compress, bytes }));
  }

  #add(bytes: number, events: number, nowMs: number): void {
    this.#byteLength += bytes;
    this.#eventCount += events;
    this.#modifiedAt = nowMs;
  }
}

function then<A, B>(value: Awaitable<A>, next: (value: A) => B): Awaitable<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** An event that a crash cut off at the end is left out: it was not acknowledged, so it comes again. */
function decodeChunk(bytes: Buffer): readonly LogEvent[] {
  try {
    return decodeEntries(bytes).events;
  } catch (cause) {
    throw new UnrecoverableError('a chunk does not hold MessagePack events', { cause });
  }
}
