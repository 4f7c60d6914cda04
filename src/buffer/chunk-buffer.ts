/**
 * Stage and queue of one output.
 *
 *     staged -> queued -> dequeued -> purged
 *                  ^---- takeback ----'
 *
 * A staged chunk takes events; there is one for each metadata. A queued one waits for delivery, a
 * dequeued one is being delivered. The names are Fluentd's.
 */
import type { ChunkMetadata, ChunkStorage, ResumedChunk } from '../plugin.ts';
import { ChunkIds, isTimed } from './chunk-id.ts';
import { metadataKey } from './chunk-keys.ts';
import { HeldChunk, type ChunkOptions } from './held-chunk.ts';

/** So far ahead of the clock an id may be: the clock was set back meanwhile. Milliseconds. */
const CLOCK_SLACK_MS = 86_400_000;

export interface BufferLimits {
  readonly chunkLimitSize: number;
  readonly chunkLimitRecords: number | undefined;
  readonly chunkFullThreshold: number;
  readonly totalLimitSize: number;
  readonly queuedChunksLimitSize: number;
}

export interface ChunkBufferOptions extends Omit<ChunkOptions, 'released'> {
  readonly limits: BufferLimits;
  /** Undefined: chunks hold what `pack` gave. */
  readonly storage: ChunkStorage | undefined;
  readonly now: () => number;
  readonly onStaged?: ((chunk: HeldChunk) => void) | undefined;
  /** So many events of a chunk were delivered before the rest of it. */
  readonly onReleased?: ((events: number) => void) | undefined;
}

export class ChunkBuffer {
  readonly limits: BufferLimits;
  readonly #options: ChunkBufferOptions;
  readonly #chunkOptions: ChunkOptions;
  readonly #stage = new Map<string, HeldChunk>();
  /** In the order of delivery. */
  readonly #queue: HeldChunk[] = [];
  readonly #dequeued = new Set<HeldChunk>();
  #stageBytes = 0;
  #queueBytes = 0;
  #handedOnBytes = 0;
  #lastOrder = 0;
  readonly #ids = new ChunkIds();

  constructor(options: ChunkBufferOptions) {
    this.#options = options;
    this.limits = options.limits;
    this.#chunkOptions = {
      ...options,
      released: (chunk, bytes, events) => {
        this.#queueBytes -= bytes;
        if (chunk.isHandedOn) this.#handedOnBytes -= bytes;
        options.onReleased?.(events);
      },
    };
  }

  get stageBytes(): number {
    return this.#stageBytes;
  }

  /** Bytes of queued and dequeued chunks. */
  get queueBytes(): number {
    return this.#queueBytes;
  }

  /** Bytes of chunks that are being delivered. */
  get dequeuedBytes(): number {
    let sum = 0;
    for (const { byteLength } of this.#dequeued) sum += byteLength;
    return sum;
  }

  /** Bytes of chunks that were handed on. */
  get handedOnBytes(): number {
    return this.#handedOnBytes;
  }

  /** Events in all chunks. */
  get eventCount(): number {
    let sum = 0;
    for (const chunks of [this.#stage.values(), this.#queue, this.#dequeued]) for (const { eventCount } of chunks) sum += eventCount;
    return sum;
  }

  /** When the oldest of all chunks was begun, milliseconds since 1970; undefined without chunks. */
  get oldestAt(): number | undefined {
    let oldest: number | undefined;
    for (const chunks of [this.#stage.values(), this.#queue, this.#dequeued])
      for (const { createdAt } of chunks) if (oldest === undefined || createdAt < oldest) oldest = createdAt;
    return oldest;
  }

  get stageLength(): number {
    return this.#stage.size;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  get dequeuedLength(): number {
    return this.#dequeued.size;
  }

  get staged(): Iterable<HeldChunk> {
    return this.#stage.values();
  }

  get queued(): readonly HeldChunk[] {
    return this.#queue;
  }

  /** Whether total_limit_size allows more events. */
  get storable(): boolean {
    return this.#stageBytes + this.#queueBytes < this.limits.totalLimitSize;
  }

  /** Whether no more chunks should be queued because of their age. */
  get queueFull(): boolean {
    return this.#queue.length >= this.limits.queuedChunksLimitSize;
  }

  /**
   * Takes the chunks of an earlier run, and tells how many events they have. They are in the order in which they were begun,
   * by their ids: file times and clocks may have been set back between. Ids that tell no time leave the order to the files'.
   */
  resume(): { readonly eventCount: number } {
    const resumed = this.#options.storage?.resume?.() ?? [];
    const latest = this.#options.now() + CLOCK_SLACK_MS;
    const byId = resumed.every(({ id }) => isTimed(id, latest));
    const byFile = (a: ResumedChunk, b: ResumedChunk): number => Number(a.state === 'staged') - Number(b.state === 'staged') || a.modifiedAt - b.modifiedAt;
    const found = resumed.toSorted((a, b) => (byId ? 0 : byFile(a, b)) || (a.id < b.id ? -1 : 1));
    const chunks = found.map((one) => ({ chunk: this.#resumed(one), isStaged: one.state === 'staged' }));
    const last = new Map(chunks.map(({ chunk }) => [chunk.key, chunk]));
    for (const { chunk, isStaged } of chunks) {
      if (isTimed(chunk.id, latest)) this.#ids.seen(chunk.id);
      // A crash while a batch filled several chunks leaves more than one for the same metadata: the last one takes more.
      if (!isStaged) this.#push(chunk);
      else if (this.isFull(chunk) || last.get(chunk.key) !== chunk) this.#push(chunk, true);
      else {
        this.#stage.set(chunk.key, chunk);
        this.#stageBytes += chunk.byteLength;
      }
    }
    return { eventCount: found.reduce((sum, { eventCount }) => sum + eventCount, 0) };
  }

  #resumed(found: Parameters<typeof HeldChunk.resumed>[0]): HeldChunk {
    return HeldChunk.resumed(found, metadataKey(found.metadata), this.#chunkOptions);
  }

  /** The staged chunk for a metadata, if there is one. */
  stagedFor(key: string): HeldChunk | undefined {
    return this.#stage.get(key);
  }

  /** Stages an empty chunk in place of the one with the same metadata. */
  stageNew(metadata: ChunkMetadata, key: string): HeldChunk {
    const createdAt = this.#options.now();
    const identity = { id: this.#ids.next(createdAt), metadata, createdAt };
    const stored = this.#options.storage?.create(identity);
    const chunk = new HeldChunk(identity, key, stored, this.#chunkOptions);
    this.#stage.set(key, chunk);
    this.#options.onStaged?.(chunk);
    return chunk;
  }

  /** To be called when a staged chunk's size has changed. */
  grew(bytes: number): void {
    this.#stageBytes += bytes;
  }

  /** Puts back what a failed emit replaced, or nothing. */
  unstage(chunk: HeldChunk, former: HeldChunk | undefined): void {
    if (former) this.#stage.set(chunk.key, former);
    else this.#stage.delete(chunk.key);
    chunk.purge();
  }

  isFull(chunk: HeldChunk): boolean {
    const { chunkLimitSize, chunkLimitRecords, chunkFullThreshold } = this.limits;
    if (chunk.byteLength >= chunkLimitSize * chunkFullThreshold) return true;
    return chunkLimitRecords !== undefined && chunk.eventCount >= chunkLimitRecords * chunkFullThreshold;
  }

  /** Moves a chunk from the stage to the queue; an empty one is thrown away. */
  enqueue(chunk: HeldChunk): void {
    if (this.#stage.get(chunk.key) === chunk) this.#stage.delete(chunk.key);
    this.#stageBytes -= chunk.byteLength;
    if (chunk.eventCount === 0 && chunk.byteLength === 0) {
      chunk.purge();
      return;
    }
    this.#push(chunk, true);
  }

  /** Queues staged chunks for which `wanted` holds, as long as the queue is not full (unless forced). */
  enqueueAll(wanted: (chunk: HeldChunk) => boolean, force = false): void {
    for (const chunk of [...this.#stage.values()]) {
      if (!force && this.queueFull) return;
      if (wanted(chunk)) this.enqueue(chunk);
    }
  }

  dequeue(): HeldChunk | undefined {
    const chunk = this.#queue.shift();
    if (!chunk) return undefined;
    chunk.state = 'dequeued';
    this.#dequeued.add(chunk);
    return chunk;
  }

  /** An output has taken a dequeued chunk and says later that it is delivered. */
  handOn(chunk: HeldChunk): void {
    chunk.isHandedOn = true;
    this.#handedOnBytes += chunk.byteLength;
  }

  /** A delivery failed: the chunk goes back to its place in the queue. */
  takeback(chunk: HeldChunk): void {
    this.#dequeued.delete(chunk);
    this.#endHandOn(chunk);
    chunk.state = 'queued';
    const later = this.#queue.findIndex(({ order }) => order > chunk.order);
    this.#queue.splice(later === -1 ? this.#queue.length : later, 0, chunk);
  }

  /** Delivered, or dropped on purpose. */
  purge(chunk: HeldChunk): void {
    if (chunk.state === 'purged') return;
    this.#dequeued.delete(chunk);
    this.#endHandOn(chunk);
    this.#queueBytes -= chunk.byteLength;
    chunk.purge();
  }

  /** Drops the first chunk of the queue; undefined if there is none. */
  dropOldest(): HeldChunk | undefined {
    const chunk = this.dequeue();
    if (chunk) this.purge(chunk);
    return chunk;
  }

  close(): void {
    for (const chunk of [...this.#stage.values(), ...this.#queue, ...this.#dequeued]) chunk.close();
  }

  #endHandOn(chunk: HeldChunk): void {
    if (!chunk.isHandedOn) return;
    chunk.isHandedOn = false;
    this.#handedOnBytes -= chunk.byteLength;
  }

  #push(chunk: HeldChunk, move = false): void {
    chunk.order = ++this.#lastOrder;
    if (move) chunk.enqueue();
    else chunk.state = 'queued';
    this.#queueBytes += chunk.byteLength;
    this.#queue.push(chunk);
  }
}
