/** Joins events that are objects: every mode, several streams in one batch, and limits. */
import { textByteLength } from '#logferry';
import type { Ack, EventTime, LogEvent, LogRecord, Value } from '#logferry';
import { appendText, joinAcks, joinedRecord, textOf, type Held } from './held.ts';
import { APPEND, FLUSH_AFTER, FLUSH_BEFORE, isApart, PASS, recordStep } from './mode.ts';
import type { JoinOptions } from './rows.ts';

export interface Limit {
  readonly bytes: number;
  readonly method: 'truncate' | 'drop' | 'new';
}

/** Where the streams of a batch keep what is open. */
export interface Streams<S extends { held: Held | undefined }> {
  of(record: LogRecord): S;
}

export interface RecordOptions extends JoinOptions {
  readonly limit: Limit | undefined;
  /** A text was left out because of the limit. */
  onDrop(): void;
}

export interface JoinedRecords<S> {
  readonly events: LogEvent[];
  /** Streams that now hold events of this batch. */
  readonly holding: ReadonlySet<S>;
  /** Left out because of the limit while nothing was open that could go on without them. */
  readonly refused: readonly LogEvent[];
  /** Of what was held before this batch and is not any more. */
  readonly released: readonly Ack[];
}

/** Runs the events through their streams, whose `held` is replaced. */
export function joinRecords<S extends { held: Held | undefined }>(
  events: readonly LogEvent[], streams: Streams<S>, options: RecordOptions,
): JoinedRecords<S> {
  const { mode, key, separator, useFirstTime, dropped, fieldOfLast, limit } = options;
  const out: LogEvent[] = [];
  const refused: LogEvent[] = [];
  const holding = new Set<S>();
  let released: readonly Ack[] = [];

  const put = (time: EventTime, record: LogRecord) => {
    if (dropped.size === 0) {
      out.push({ time, record });
      return;
    }
    const kept = new Map(record);
    for (const name of dropped) kept.delete(name);
    out.push({ time, record: kept });
  };
  /** What a stream holds goes on, completed by `event`. */
  const flush = (stream: S, event: LogEvent) => {
    const held = sorted(stream.held!, mode);
    const record = new Map(event.record);
    for (const [name, value] of joinedRecord(held, key, separator)) if (name !== fieldOfLast) record.set(name, value);
    put(useFirstTime ? held.time : event.time, record);
    clear(stream);
  };
  const extended = (held: Held | undefined, event: LogEvent, text: string): Held => {
    const byteLength = limit ? byteLengthOf(event.record) : 0;
    if (!held) {
      const parts = mode.kind === 'docker' ? [event] : undefined;
      return { time: event.time, first: event.record, texts: [text], count: 1, byteLength, parts, acks: [] };
    }
    return {
      ...held,
      texts: held.parts ? held.texts : appendText(held.texts, text, separator),
      count: held.count + 1,
      byteLength: held.byteLength + byteLength,
      parts: held.parts && [...held.parts, event],
    };
  };
  const clear = (stream: S) => {
    released = joinAcks(released, stream.held!.acks);
    stream.held = undefined;
    holding.delete(stream);
  };
  const append = (stream: S, event: LogEvent, value: Value) => {
    stream.held = extended(stream.held, event, textOf(value));
    holding.add(stream);
  };

  for (const event of events) {
    const value = event.record.get(key);
    if (value === undefined || isApart(mode, event.record)) {
      out.push(event);
      continue;
    }
    const stream = streams.of(event.record);
    let bits = recordStep(mode, event.record, value, stream.held?.count ?? 0);
    // As in Fluentd, what ends an event without being part of it is passed on with the same time.
    const passedTime = useFirstTime && bits & FLUSH_BEFORE ? stream.held!.time : event.time;
    if (bits & FLUSH_BEFORE) flush(stream, event);
    if (bits & APPEND) {
      if (limit && (stream.held?.byteLength ?? 0) + byteLengthOf(event.record) > limit.bytes) {
        if (limit.method === 'new') {
          if (stream.held) flush(stream, event);
          append(stream, event, value);
        } else {
          const joins = stream.held && limit.method === 'truncate';
          options.onDrop();
          if (!joins && (limit.method === 'truncate' || bits & FLUSH_AFTER)) refused.push(event);
          if (joins) flush(stream, event);
          else if (stream.held) clear(stream);
          bits &= ~FLUSH_AFTER;
        }
      } else append(stream, event, value);
    }
    if (bits & FLUSH_AFTER) flush(stream, event);
    if (bits & PASS) put(passedTime, event.record);
  }
  return { events: out, holding, refused, released };
}

/** Bytes of all names and values. */
function byteLengthOf(record: LogRecord): number {
  let length = 0;
  for (const [name, value] of record) length += textByteLength(name) + textByteLength(textOf(value));
  return length;
}

/** Docker's parts in the order of their numbers. Time and other fields stay those of the one that came first. */
export function sorted(held: Held, mode: JoinOptions['mode']): Held {
  if (!held.parts || mode.kind !== 'docker') return held;
  const { ordinal } = mode.fields;
  const number = (event: LogEvent) => Number.parseInt(textOf(event.record.get(ordinal)), 10) || 0;
  const parts = [...held.parts].sort((a, b) => number(a) - number(b));
  return { ...held, parts };
}
