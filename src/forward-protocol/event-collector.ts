/** Takes events as peers send them, and keeps those that are some. */
import type { EventTime, LogEvent } from '../event.ts';
import { PackedTime, type MsgpackReader, type Unpacked } from '../lib/msgpack.ts';
import { Float, isHash, type LogRecord } from '../lib/value.ts';

/** What an input makes of events. */
export interface EventRules {
  /**
   * Events whose time is neither a whole number nor an EventTime, or whose record is no map, are left out and counted
   * (`skip_invalid_event`). Otherwise a time may also be a float or absent, and events without a record are passed over.
   */
  readonly strict: boolean;
  /** Compressed entries that would be more bytes than this are refused. */
  readonly decompressionLimit: number;
  /** Large messages are read in slices, see `EventsMessage.rest`; else all their events come at once. */
  readonly inSlices?: boolean | undefined;
  /** For events whose time is 0, or absent. */
  readonly now: () => EventTime;
}

/** Times beyond what a Date can be are no times: 100 million days around 1970. */
const MAX_SECONDS = 8.64e12;
const NSEC_PER_SEC = 1_000_000_000;

export class EventCollector {
  readonly events: LogEvent[] = [];
  readonly #rules: EventRules;
  #invalid = 0;
  #firstInvalid: { readonly time: Unpacked; readonly record: Unpacked } | undefined;
  #now: EventTime | undefined;

  constructor(rules: EventRules) {
    this.#rules = rules;
  }

  /** Events that were left out. */
  get invalid(): number {
    return this.#invalid;
  }

  get firstInvalid(): { readonly time: Unpacked; readonly record: Unpacked } | undefined {
    return this.#firstInvalid;
  }

  /** One event from its parts, whatever they are. */
  add(sentTime: Unpacked, record: Unpacked): void {
    // Fluent Bit sends [time, metadata] in place of a time.
    const first = isList(sentTime) ? (sentTime[0] ?? null) : sentTime;
    const time = this.#time(first);
    if (time !== undefined && isHash(record)) this.events.push({ time, record: record as LogRecord });
    else if (record !== null || this.#rules.strict) this.#refuse(first, record);
  }

  /** One entry at the reader's position; throws what reading throws. */
  addEntry(reader: MsgpackReader): void {
    if (reader.kind() !== 'array') return this.add(reader.item(), null);
    const length = reader.arrayLength();
    const time = length > 0 ? reader.item() : null;
    const record = length < 2 ? null : reader.kind() === 'map' ? reader.record() : reader.item();
    for (let i = 2; i < length; i++) reader.skip();
    this.add(time, record);
  }

  /** An entry that cannot be read. */
  addUnreadable(): void {
    this.#refuse(null, null);
  }

  #refuse(time: Unpacked, record: Unpacked): void {
    this.#invalid++;
    this.#firstInvalid ??= { time, record };
  }

  /** Undefined if this is no time. */
  #time(time: Unpacked): EventTime | undefined {
    if (time instanceof PackedTime) {
      if (time.sec === 0) return this.#current();
      return time.nsec < NSEC_PER_SEC ? time : { sec: time.sec + Math.floor(time.nsec / NSEC_PER_SEC), nsec: time.nsec % NSEC_PER_SEC };
    }
    if (typeof time === 'number' && Number.isInteger(time)) return time === 0 ? this.#current() : inRange(time);
    if (typeof time === 'bigint') return undefined;
    if (this.#rules.strict) return undefined;
    if (time === null) return this.#current();
    const seconds = typeof time === 'number' ? time : time instanceof Float ? time.value : NaN;
    return seconds === 0 ? this.#current() : inRange(seconds);
  }

  /** One time for all events of a message that have none. */
  #current(): EventTime {
    return (this.#now ??= this.#rules.now());
  }
}

function isList(item: Unpacked): item is readonly Unpacked[] {
  return Array.isArray(item);
}

function inRange(seconds: number): EventTime | undefined {
  if (!(Math.abs(seconds) <= MAX_SECONDS)) return undefined;
  const sec = Math.floor(seconds);
  return { sec, nsec: Math.floor((seconds - sec) * NSEC_PER_SEC) };
}
