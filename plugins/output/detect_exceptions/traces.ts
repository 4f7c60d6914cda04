/** The traces that are open, by stream: their lines until they are whole. */
import { textByteLength, type Ack, type EventTime, type LogEvent, type LogRecord } from '#logferry';
import type { Detector } from './detector.ts';
import { START, type State } from './languages.ts';

/** The lines of a trace so far. */
export interface OpenTrace {
  readonly time: EventTime;
  readonly record: LogRecord;
  /** The field of the text. */
  readonly key: string;
  readonly lines: string[];
  byteLength: number;
  /** A claim of each batch that it came from. */
  acks: readonly Ack[];
  /** When the first line came, in milliseconds of the monotonic clock. */
  readonly startedAt: number;
}

export interface Stream {
  readonly tag: string;
  state: State;
  open: OpenTrace | undefined;
}

export interface TraceLimits {
  /** 0 is no limit. */
  readonly maxLines: number;
  /** 0 is no limit. */
  readonly maxBytes: number;
  readonly forceLineBreaks: boolean;
}

/** What became of an event: events that go on now, and the claims of those that had been held. */
export interface Advance {
  readonly events: LogEvent[];
  readonly acks: Ack[];
  /** How many events became part of another one. */
  joined: number;
}

/** Reads one event of a stream; `key` is its text's field, undefined if it has no text. */
export function advance(
  stream: Stream,
  event: LogEvent,
  key: string | undefined,
  detector: Detector,
  limits: TraceLimits,
  now: number,
  out: Advance,
): void {
  if (key === undefined) {
    close(stream, limits, out);
    stream.state = START;
    out.events.push(event);
    return;
  }
  const line = event.record.get(key) as string;
  const { place, state } = detector.read(stream.state, line);
  stream.state = state;
  switch (place) {
    case 'outside':
      close(stream, limits, out);
      out.events.push(event);
      return;
    case 'first':
      close(stream, limits, out);
      break;
    case 'inside':
    case 'last':
      break;
  }
  add(stream, event, key, line, limits, now, out);
  if (place === 'last') close(stream, limits, out);
}

function add(stream: Stream, event: LogEvent, key: string, line: string, limits: TraceLimits, now: number, out: Advance): void {
  const byteLength = textByteLength(line);
  if (stream.open && limits.maxBytes > 0 && stream.open.byteLength + byteLength > limits.maxBytes) cut(stream, limits, out);
  const open = (stream.open ??= { time: event.time, record: event.record, key, lines: [], byteLength: 0, acks: [], startedAt: now });
  open.lines.push(line);
  open.byteLength += byteLength;
  if (limits.maxLines > 0 && open.lines.length >= limits.maxLines) cut(stream, limits, out);
}

/** Lets a trace go that has reached a limit: what follows is looked at anew. */
function cut(stream: Stream, limits: TraceLimits, out: Advance): void {
  close(stream, limits, out);
  stream.state = START;
}

/** Lets the open trace go, as one event. */
export function close(stream: Stream, limits: TraceLimits, out: Advance): void {
  const { open } = stream;
  if (!open) return;
  stream.open = undefined;
  out.events.push(joined(open, limits));
  out.acks.push(...open.acks);
  out.joined += open.lines.length - 1;
}

/** The first line's event with the text of all lines. */
export function joined({ time, record, key, lines }: OpenTrace, { forceLineBreaks }: TraceLimits): LogEvent {
  if (lines.length === 1) return { time, record };
  const text = forceLineBreaks ? lines.map((line, i) => (i === lines.length - 1 || line.endsWith('\n') ? line : `${line}\n`)).join('') : lines.join('');
  return { time, record: new Map(record).set(key, text) };
}
