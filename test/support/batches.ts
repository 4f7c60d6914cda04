/** Batches for tests of filters: the same events as objects and as spans of one block of bytes. */
import { ObjectBatch, type Ack, type LogEvent, type Tag } from '../../src/event.ts';
import { encodeText } from '../../src/lib/text.ts';
import type { LogRecord, Value } from '../../src/lib/value.ts';
import { TextBatch, type Column } from '../../src/text-batch.ts';

/** An event at so many seconds since 1970. */
export function event(sec: number, fields: Readonly<Record<string, Value>>): LogEvent {
  return { time: { sec, nsec: 0 }, record: new Map(Object.entries(fields)) };
}

/** Records as JSON text, hashes in their order; lone surrogates show as escapes. */
export function plain(record: LogRecord): string {
  return JSON.stringify(record, (_key, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value));
}

/** `sec {json}` of each event. */
export function lines(events: readonly LogEvent[]): string[] {
  return events.map(({ time, record }) => `${time.sec} ${plain(record)}`);
}

export function objectBatch(tag: Tag, events: readonly LogEvent[], ack?: Ack): ObjectBatch {
  return new ObjectBatch(tag, events, ack);
}

/**
 * Events whose records all have the same fields, as a TextBatch: texts are spans between some bytes
 * that belong to nobody, everything else is a constant. `before` rows stand in front of the first.
 */
export function textBatch(tag: Tag, events: readonly LogEvent[], ack?: Ack, before = 0): TextBatch {
  const keys = [...events[0]!.record.keys()];
  const pieces: Buffer[] = [];
  let length = 0;
  const add = (text: string) => {
    const bytes = encodeText(text);
    pieces.push(bytes);
    length += bytes.length;
    return length;
  };
  const spans = new Map(keys.map((key) => [key, { starts: new Int32Array(events.length + before), ends: new Int32Array(events.length + before) }]));
  const sec = new Float64Array(events.length + before);
  const nsec = new Int32Array(events.length + before);
  events.forEach(({ time, record }, i) => {
    sec[i + before] = time.sec;
    nsec[i + before] = time.nsec;
    for (const [key, value] of record) {
      if (typeof value !== 'string') continue;
      const span = spans.get(key)!;
      span.starts[i + before] = add('#');
      span.ends[i + before] = add(value);
    }
    add('\n');
  });
  const bytes = Buffer.concat(pieces);
  const columns = keys.map((key): Column => {
    const value = events[0]!.record.get(key)!;
    return typeof value === 'string' ? { kind: 'span', key, bytes, ...spans.get(key)! } : { kind: 'constant', key, value };
  });
  return new TextBatch(tag, before, events.length, { sec, nsec }, columns, ack);
}
