/**
 * Puts the events of a batch into staged chunks, all of them or none.
 *
 * A chunk that has no room for the next event, or is full, is queued and another one is staged in its
 * place. If anything throws on the way (a full disk), every chunk is as it was before.
 */
import type { Ack, EventBatch, LogEvent } from '../event.ts';
import type { BufferedOutput } from '../plugin.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import type { FailedEvent, FormatEvents } from './event-bytes.ts';
import type { EventGroup, Grouping, KeyedMetadata } from './event-groups.ts';
import type { ChunkMark, HeldChunk } from './held-chunk.ts';

export interface StagingOptions {
  readonly buffer: ChunkBuffer;
  readonly grouping: Grouping;
  readonly format: FormatEvents;
  /** Chunks hold what this gives, if it is there. */
  readonly pack: BufferedOutput['pack'];
  readonly relief: BufferedOutput['relief'];
  /** Whether a chunk's bytes are compressed: then sizes are known only afterwards. */
  readonly compressed: boolean;
  /** Chunks keep acknowledgements until they are purged. */
  readonly holdAcks: boolean;
  /** Calls back when what was staged is safe; absent: it is at once (or `holdAcks`). */
  readonly whenSafe: ((done: () => void) => void) | undefined;
  readonly now: () => number;
}

/** An event that is bigger than a chunk may be. */
export interface OversizeEvent {
  readonly event: LogEvent;
  readonly byteLength: number;
}

export interface StageResult {
  /** Bytes that were added to chunks. */
  readonly byteLength: number;
  readonly oversize: readonly OversizeEvent[];
  /** Events that could not be formatted. */
  readonly failed: readonly FailedEvent[];
  /** Of the output: settles when more of this kind is welcome. */
  readonly relief: Promise<void> | undefined;
}

/** A function that stages a batch; `enqueue`: the chunks are queued at once. */
export function createStaging(options: StagingOptions): (batch: EventBatch, enqueue: boolean) => StageResult {
  return (batch, enqueue) => {
    const write = new StageWrite(options, batch.ack);
    try {
      if (options.pack) for (const run of options.grouping.runs(batch)) write.addPacked(run, run.batch);
      else for (const group of options.grouping.groups(batch)) write.addFormatted(batch.tag, group);
    } catch (error) {
      write.rollback();
      throw error;
    }
    const result = write.commit(enqueue);
    const { whenSafe } = options;
    if (whenSafe && batch.ack && result.byteLength > 0) {
      const ack = batch.ack.retain();
      whenSafe(() => ack.settle());
    }
    return result;
  };
}

interface Touched {
  readonly chunk: HeldChunk;
  readonly mark: ChunkMark;
  /** Staged by this write, in place of another one or of none. */
  readonly created: boolean;
  sealed: boolean;
}

class StageWrite {
  readonly #options: StagingOptions;
  readonly #ack: Ack | undefined;
  readonly #touched: Touched[] = [];
  /** The one that takes events, by key. */
  readonly #open = new Map<string, Touched>();
  /** A chunk that this write has sealed is still in the stage until the commit. */
  readonly #sealedKeys = new Set<string>();
  readonly #oversize: OversizeEvent[] = [];
  readonly #failed: FailedEvent[] = [];
  #relief: Promise<void> | undefined;

  constructor(options: StagingOptions, ack: Ack | undefined) {
    this.#options = options;
    this.#ack = options.holdAcks ? ack : undefined;
  }

  addFormatted(tag: string, group: EventGroup): void {
    const { bytes, events, ends, failed } = this.#options.format(tag, group.events);
    if (failed.length > 0) this.#failed.push(...failed);
    const { chunkLimitSize, chunkLimitRecords = Infinity, chunkFullThreshold } = this.#options.buffer.limits;
    const begin = (i: number) => (i === 0 ? 0 : ends[i - 1]!);
    for (let i = 0; i < events.length; ) {
      if (!this.#options.compressed && ends[i]! - begin(i) > chunkLimitSize) {
        this.#oversize.push({ event: events[i]!, byteLength: ends[i]! - begin(i) });
        i++;
        continue;
      }
      const into = this.#openFor(group);
      const { byteLength, eventCount } = into.chunk;
      const limit = begin(i) + chunkLimitSize - byteLength;
      const full = begin(i) + chunkLimitSize * chunkFullThreshold - byteLength;
      const lastEvent = i + chunkLimitRecords - eventCount;
      const fullEvent = i + chunkLimitRecords * chunkFullThreshold - eventCount;
      let to = i;
      while (to < events.length && ends[to]! <= limit && to < lastEvent) {
        to++;
        if (ends[to - 1]! >= full || to >= fullEvent) break;
      }
      // An event that is too big before it is compressed gets a chunk of its own.
      if (to === i && eventCount === 0) to++;
      if (to > i) this.#append(into, bytes.subarray(begin(i), ends[to - 1]), to - i);
      if (to === i || this.#options.buffer.isFull(into.chunk)) this.#seal(into);
      i = to;
    }
  }

  addPacked(run: KeyedMetadata, batch: EventBatch): void {
    const { buffer, now, pack } = this.#options;
    const { chunkLimitSize, chunkLimitRecords = Infinity } = buffer.limits;
    if (batch.size > chunkLimitRecords) return this.#addHalves(run, batch);
    const packed = pack!(batch);
    if (packed.events === 0) return;
    if (packed.size > chunkLimitSize) {
      if (batch.size > 1) return this.#addHalves(run, batch);
      this.#oversize.push({ event: batch.events[0]!, byteLength: packed.size });
      return;
    }
    let into = this.#openFor(run);
    const { byteLength, eventCount } = into.chunk;
    if (byteLength + packed.size > chunkLimitSize || eventCount + packed.events > chunkLimitRecords) {
      this.#seal(into);
      into = this.#openFor(run);
    }
    into.chunk.appendPacked(packed, this.#ack, now());
    this.#relief ??= this.#options.relief?.(packed.bytes);
    if (buffer.isFull(into.chunk)) this.#seal(into);
  }

  #addHalves(run: KeyedMetadata, batch: EventBatch): void {
    const middle = Math.ceil(batch.size / 2);
    this.addPacked(run, batch.slice(0, middle));
    this.addPacked(run, batch.slice(middle, batch.size));
  }

  commit(enqueue: boolean): StageResult {
    const { buffer } = this.#options;
    let byteLength = 0;
    for (const { chunk, mark } of this.#touched) {
      byteLength += chunk.byteLength - mark.byteLength;
      buffer.grew(chunk.byteLength - mark.byteLength);
    }
    for (const { chunk, sealed } of this.#touched) if (sealed || enqueue) buffer.enqueue(chunk);
    return { byteLength, oversize: this.#oversize, failed: this.#failed, relief: this.#relief };
  }

  rollback(): void {
    const { buffer } = this.#options;
    const replaced = new Map<string, HeldChunk>();
    for (const { chunk, mark, created } of this.#touched) {
      if (created) continue;
      replaced.set(chunk.key, chunk);
      try {
        chunk.rollback(mark);
      } catch {
        // Its counters are as before; the error that led here is the one to tell.
      }
    }
    for (const { chunk, created } of this.#touched) {
      if (!created) continue;
      try {
        buffer.unstage(chunk, replaced.get(chunk.key));
      } catch {
        // It is out of the stage; what is left of its files has no events that the input does not have.
      }
    }
  }

  #append(into: Touched, bytes: Buffer, events: number): void {
    into.chunk.append(bytes, events, this.#options.now());
    if (this.#ack) into.chunk.hold(this.#ack);
  }

  #openFor({ metadata, key }: KeyedMetadata): Touched {
    const open = this.#open.get(key);
    if (open) return open;
    const { buffer } = this.#options;
    const staged = this.#sealedKeys.has(key) ? undefined : buffer.stagedFor(key);
    const chunk = staged ?? buffer.stageNew(metadata, key);
    const touched: Touched = { chunk, mark: chunk.mark(), created: staged === undefined, sealed: false };
    this.#touched.push(touched);
    this.#open.set(key, touched);
    return touched;
  }

  #seal(touched: Touched): void {
    touched.sealed = true;
    this.#sealedKeys.add(touched.chunk.key);
    this.#open.delete(touched.chunk.key);
  }
}
