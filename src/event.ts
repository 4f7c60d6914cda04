/** What moves through a pipeline: times, events, batches, and the acknowledgement of a batch. */
import type { LogRecord } from './lib/value.ts';

/** Dot-separated name by which events are routed, such as `kubernetes.var.log.containers.x`. */
export type Tag = string;

/** A point in time: whole seconds since 1970 (may be negative) and nanoseconds 0..999999999. */
export interface EventTime {
  readonly sec: number;
  readonly nsec: number;
}

/** A record with its time. */
export interface LogEvent {
  readonly time: EventTime;
  readonly record: LogRecord;
}

/**
 * The only unit that moves through a pipeline: events of one tag, in order.
 *
 * `events` may be made on first use (see `TextBatch`): code that can do its work per batch, or from
 * bytes, should do that before it asks for them.
 */
export interface EventBatch {
  readonly tag: Tag;
  readonly size: number;
  readonly events: readonly LogEvent[];
  readonly ack?: Ack | undefined;
  /** The same events under another tag or with another acknowledgement. */
  with(changes: { tag?: Tag; ack?: Ack | undefined }): EventBatch;
  /** Events from..to-1, with the same acknowledgement. */
  slice(from: number, to: number): EventBatch;
}

/**
 * Tells an input when a batch is safe: delivered, made durable, or dropped on purpose.
 *
 * It starts with one claim, which belongs to whoever holds the batch. The core settles that claim
 * when the output's `emit` has returned (or a filter left no events). Who keeps events longer, or
 * passes them on by a way of its own, takes a claim with `retain()` first and settles it later.
 */
export class Ack {
  #claims = 1;
  readonly #onSettled: () => void;

  constructor(onSettled: () => void) {
    this.#onSettled = onSettled;
  }

  retain(): this {
    if (this.#claims === 0) throw new Error('a settled acknowledgement was retained');
    this.#claims++;
    return this;
  }

  settle(): void {
    if (this.#claims === 0) throw new Error('an acknowledgement was settled once too often');
    if (--this.#claims === 0) this.#onSettled();
  }

  /** One acknowledgement that settles a claim of each; undefined if there is none. */
  static all(acks: readonly (Ack | undefined)[]): Ack | undefined {
    const given = acks.filter((ack) => ack !== undefined);
    if (given.length < 2) return given[0];
    return new Ack(() => {
      for (const ack of given) ack.settle();
    });
  }
}

/** A batch of events that exist as objects. */
export class ObjectBatch implements EventBatch {
  readonly tag: Tag;
  readonly events: readonly LogEvent[];
  readonly ack: Ack | undefined;

  constructor(tag: Tag, events: readonly LogEvent[], ack?: Ack) {
    this.tag = tag;
    this.events = events;
    this.ack = ack;
  }

  get size(): number {
    return this.events.length;
  }

  with(changes: { tag?: Tag; ack?: Ack | undefined }): EventBatch {
    return new ObjectBatch(changes.tag ?? this.tag, this.events, 'ack' in changes ? changes.ack : this.ack);
  }

  slice(from: number, to: number): EventBatch {
    return new ObjectBatch(this.tag, this.events.slice(from, to), this.ack);
  }
}

/** A batch with other events and the same tag and acknowledgement; itself if they are the same. */
export function withEvents(batch: EventBatch, events: readonly LogEvent[]): EventBatch {
  return events === batch.events ? batch : new ObjectBatch(batch.tag, events, batch.ack);
}
