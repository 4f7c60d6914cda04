/** Queues staged chunks when their age or the end of their time slot asks for it; one timer, for the one that is due next. */
import type { ChunkKeys } from '../plugin.ts';
import { Alarm } from './alarm.ts';
import type { ChunkBuffer } from './chunk-buffer.ts';
import type { HeldChunk } from './held-chunk.ts';

/** What decides when a staged chunk is due. */
export interface DueSettings {
  readonly keys: ChunkKeys;
  readonly flushMode: 'lazy' | 'interval' | 'immediate';
  readonly flushIntervalMs: number;
  readonly timekeyWaitMs: number;
}

/** When a staged chunk is due, in milliseconds since 1970; Infinity if time does not matter. */
export type DueAt = (chunk: Pick<HeldChunk, 'createdAt' | 'metadata'>) => number;

export function dueTimes({ flushMode, flushIntervalMs, keys, timekeyWaitMs }: DueSettings): DueAt {
  const { timekey } = keys;
  return ({ createdAt, metadata }) => {
    const byAge = flushMode === 'interval' ? createdAt + flushIntervalMs : Infinity;
    const bySlot = timekey !== undefined && metadata.timekey !== undefined ? (metadata.timekey + timekey) * 1000 + timekeyWaitMs : Infinity;
    return Math.min(byAge, bySlot);
  };
}

export interface DueChunksOptions {
  readonly buffer: ChunkBuffer;
  readonly dueAt: DueAt;
  readonly now: () => number;
  /** Chunks may have been queued. */
  readonly onQueued: () => void;
}

export class DueChunks {
  readonly #options: DueChunksOptions;
  readonly #alarm: Alarm;
  #isRunning = false;
  /** Chunks are due, but the queue is full. */
  #isOverdue = false;

  constructor(options: DueChunksOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.now, () => this.#enqueue());
  }

  start(): void {
    this.#isRunning = true;
    for (const chunk of this.#options.buffer.staged) this.watch(chunk);
  }

  /** A chunk was staged; those that are staged before the start are looked at then. */
  watch(chunk: HeldChunk): void {
    if (!this.#isRunning) return;
    const due = this.#options.dueAt(chunk);
    if (due < this.#alarm.at) this.#alarm.set(due);
  }

  /** The queue is shorter than it was: there may be room for what was due before. */
  queueHasRoom(): void {
    if (this.#isRunning && this.#isOverdue) this.#enqueue();
  }

  stop(): void {
    this.#isRunning = false;
    this.#alarm.clear();
  }

  #enqueue(): void {
    const { buffer, dueAt, now, onQueued } = this.#options;
    const time = now();
    buffer.enqueueAll((chunk) => dueAt(chunk) <= time);
    let next = Infinity;
    this.#isOverdue = false;
    for (const chunk of buffer.staged) {
      const due = dueAt(chunk);
      if (due <= time) this.#isOverdue = true;
      else if (due < next) next = due;
    }
    this.#alarm.set(next);
    onQueued();
  }
}
