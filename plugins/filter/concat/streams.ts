/**
 * What is open, by tag and stream; and how a batch that comes a second time is recognised.
 *
 * An output whose buffer is full throws: the input keeps the batch and offers it again later. By
 * then its events are part of what is held here, and what was held before is gone with the result
 * that nobody took. So the state before the last batch of each tag is kept until the next one comes.
 */
import type { Ack, EventBatch, EventTime, LogRecord, Tag } from '#logferry';
import { TextBatch } from '#logferry';
import type { Held } from './held.ts';
import { textOf } from './held.ts';

export interface Stream {
  readonly tag: Tag;
  /** As Fluentd writes it in messages: the tag, a colon, the identity. */
  readonly name: string;
  readonly tagState: TagState;
  held: Held | undefined;
  /** Monotonic milliseconds of the last event. */
  lastAt: number;
}

export interface TagState {
  readonly streams: Map<string, Stream>;
  offer: Offer | undefined;
}

/** The last batch of a tag, and how its streams were before it. */
interface Offer {
  readonly ack: Ack;
  readonly size: number;
  readonly row: number;
  readonly time: EventTime | undefined;
  readonly before: Map<Stream, Held | undefined>;
  /** Each has one claim of the batch in what it holds. */
  readonly holding: Set<Stream>;
}

/** With more tags than this, those that hold nothing are forgotten. */
const MAX_TAGS = 4096;

export class Streams {
  readonly #tags = new Map<Tag, TagState>();
  /** Streams that hold something. */
  readonly open = new Set<Stream>();

  tag(tag: Tag): TagState {
    let state = this.#tags.get(tag);
    if (!state) {
      if (this.#tags.size >= MAX_TAGS) this.#forgetIdle();
      state = { streams: new Map(), offer: undefined };
      this.#tags.set(tag, state);
    }
    return state;
  }

  stream(tagState: TagState, tag: Tag, identity: string): Stream {
    let stream = tagState.streams.get(identity);
    if (!stream) {
      stream = { tag, name: `${tag}:${identity}`, tagState, held: undefined, lastAt: 0 };
      tagState.streams.set(identity, stream);
    }
    return stream;
  }

  /** Notes what a stream holds after a batch. */
  update(stream: Stream, held: Held | undefined): void {
    stream.held = held;
    if (held) this.open.add(stream);
    else {
      this.open.delete(stream);
      // Identities such as a message's id come and go; the plain one stays.
      if (stream.tagState.streams.size > 1) stream.tagState.streams.delete(stream.name.slice(stream.tag.length + 1));
    }
  }

  /**
   * Takes what a stream holds, to give it on. Should its last batch be offered again nevertheless,
   * the event is there twice: better than to lose what was held before.
   */
  take(stream: Stream): Held {
    const held = stream.held!;
    const offer = stream.tagState.offer;
    offer?.holding.delete(stream);
    const before = offer?.before.get(stream);
    // What was held before went on in it, and its claims with it: they are settled once, with the event that goes now.
    if (before?.first === held.first) offer!.before.set(stream, { ...before, acks: [] });
    this.update(stream, undefined);
    return held;
  }

  /** Undoes the last batch of the tag if this is the same one, offered again. */
  undoIfOffered(tagState: TagState, batch: EventBatch): void {
    const offer = tagState.offer;
    if (!offer) return;
    tagState.offer = undefined;
    if (!isSame(offer, batch)) return;
    for (const [stream, held] of offer.before) {
      tagState.streams.set(stream.name.slice(stream.tag.length + 1), stream);
      this.update(stream, held);
    }
    for (let i = 0; i < offer.holding.size; i++) offer.ack.settle();
  }

  remember(tagState: TagState, batch: EventBatch, before: ReadonlyMap<Stream, Held | undefined>, holding: ReadonlySet<Stream>): void {
    if (batch.ack) tagState.offer = { ack: batch.ack, size: batch.size, ...mark(batch), before: new Map(before), holding: new Set(holding) };
  }

  #forgetIdle(): void {
    for (const [tag, { streams }] of this.#tags) {
      if (![...streams.values()].some((stream) => stream.held)) this.#tags.delete(tag);
    }
  }
}

/** The identity of an event's stream, as text. */
export function identityOf(record: LogRecord, key: string | undefined, idKey: string | undefined): string {
  const name = key === undefined ? 'default' : textOf(record.get(key));
  return idKey === undefined ? name : `${name}:${textOf(record.get(idKey))}`;
}

function isSame(offer: Offer, batch: EventBatch): boolean {
  if (offer.ack !== batch.ack || offer.size !== batch.size) return false;
  const { row, time } = mark(batch);
  return offer.row === row && (offer.time === time || (offer.time !== undefined && time !== undefined && isEqual(offer.time, time)));
}

function isEqual(a: EventTime, b: EventTime): boolean {
  return a.sec === b.sec && a.nsec === b.nsec;
}

/** What tells two batches of one acknowledgement apart: the row and the time of the first event. */
function mark(batch: EventBatch): { row: number; time: EventTime | undefined } {
  if (!(batch instanceof TextBatch)) return { row: 0, time: batch.events[0]?.time };
  const { first, times } = batch;
  return { row: first, time: { sec: times.sec[first]!, nsec: times.nsec[first]! } };
}
