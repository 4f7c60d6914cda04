/**
 * GetLogEvents and FilterLogEvents. Their tokens name a place between two events, so they stay right
 * while events arrive, late ones included.
 */
import type { EventColumn } from './event-column.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import type { Input } from './input.ts';
import {
  groupNameOrIdentifier, optionalBoolean, optionalInteger, optionalText, optionalTexts, streamName,
} from './input.ts';
import { AWS_LIMITS, MAX_PAGE_BYTES, MAX_PAGE_EVENTS } from './limits.ts';
import { invalidParameter } from './service-error.ts';
import type { LogStore, Stream } from './store.ts';

/** An event in an answer of GetLogEvents. */
export interface OutputLogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
}

/** An event in an answer of FilterLogEvents. */
export interface FilteredLogEvent extends OutputLogEvent {
  readonly logStreamName: string;
  readonly eventId: string;
}

/** GetLogEvents: a page of one stream, forward or backward from a place. */
export function getLogEvents(
  store: LogStore, input: Input,
): { events: OutputLogEvent[]; nextForwardToken: string; nextBackwardToken: string } {
  const group = groupNameOrIdentifier(input);
  const name = streamName(input);
  const limit = optionalInteger(input, 'limit', 1, MAX_PAGE_EVENTS) ?? MAX_PAGE_EVENTS;
  const startTime = optionalInteger(input, 'startTime', 0) ?? 0;
  const endTime = optionalInteger(input, 'endTime', 0);
  const fromHead = optionalBoolean(input, 'startFromHead') ?? false;
  const token = optionalText(input, 'nextToken');
  const { column } = store.stream(group, name);

  const first = column.firstPosition(startTime);
  const end = endTime === undefined ? column.length : Math.max(first, column.firstPosition(endTime));
  const place = token === undefined ? undefined : readStreamToken(token);
  const forward = place ? place.forward : fromHead;
  const at = place ? Math.min(Math.max(column.firstPosition(place.timestamp, place.arrival), first), end)
    : forward ? first : end;
  const [from, to] = forward ? [at, pageEnd(column, at, end, limit)] : [pageStart(column, at, first, limit), at];

  const events: OutputLogEvent[] = [];
  for (let i = from; i < to; i++) events.push(outputEvent(column, column.arrival(i)));
  if (events.length === 0 && token !== undefined) {
    // Reaching an end gives the same token again: that is how clients notice it.
    const [mine, other] = forward ? ['f', 'b'] : ['b', 'f'];
    const turned = other + token.slice(1);
    return mine === 'f' ? { events, nextForwardToken: token, nextBackwardToken: turned }
      : { events, nextForwardToken: turned, nextBackwardToken: token };
  }
  return {
    events,
    nextForwardToken: `f/${placeAfter(column, to, startTime)}/s`,
    nextBackwardToken: `b/${placeBefore(column, from, startTime)}/s`,
  };
}

/** FilterLogEvents: events of several streams of a group in the order of time, filtered. */
export function filterLogEvents(
  store: LogStore, input: Input,
): { events: FilteredLogEvent[]; searchedLogStreams: never[]; nextToken: string | undefined } {
  const group = store.group(groupNameOrIdentifier(input));
  const names = optionalTexts(input, 'logStreamNames');
  const prefix = optionalText(input, 'logStreamNamePrefix');
  if (names !== undefined && prefix !== undefined) {
    throw invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive: give one of them.');
  }
  const limit = optionalInteger(input, 'limit', 1, MAX_PAGE_EVENTS) ?? MAX_PAGE_EVENTS;
  const startTime = optionalInteger(input, 'startTime', 0) ?? 0;
  const endTime = optionalInteger(input, 'endTime', 0) ?? Number.MAX_SAFE_INTEGER;
  const test = compileFilterPattern(optionalText(input, 'filterPattern'));
  const token = optionalText(input, 'nextToken');
  const place = token === undefined ? undefined : readGroupToken(token);
  const ascending = place ? place.ascending : optionalBoolean(input, 'startFromHead') ?? true;

  const streams = names ? [...new Set(names)].map((name) => store.stream(group.name, name))
    : [...group.streams.values()].filter((stream) => prefix === undefined || stream.name.startsWith(prefix));
  const cursors = streams.map((stream) => cursor(stream, startTime, endTime, place, ascending))
    .filter((one) => one.left > 0);

  const events: FilteredLogEvent[] = [];
  const queue = new CursorQueue(cursors, ascending);
  let bytes = 0;
  for (let next = queue.head; next !== undefined; next = queue.head) {
    const { stream } = next;
    const arrival = stream.column.arrival(next.position);
    const message = stream.column.message(arrival);
    if (!test || test(message)) {
      bytes += Buffer.byteLength(message) + AWS_LIMITS.eventOverheadBytes;
      if (events.length >= limit || (events.length > 0 && bytes > MAX_PAGE_BYTES)) {
        const nextToken = `${ascending ? 'a' : 'd'}/${stream.column.timestamp(arrival)}.${stream.id}.${arrival}`;
        return { events, searchedLogStreams: [], nextToken };
      }
      const eventId = String(BigInt(stream.id) * 1_000_000_000_000n + BigInt(arrival)).padStart(56, '3');
      events.push({ logStreamName: stream.name, ...outputEvent(stream.column, arrival), eventId });
    }
    queue.advance();
  }
  return { events, searchedLogStreams: [], nextToken: undefined };
}

function outputEvent(column: EventColumn, arrival: number): OutputLogEvent {
  return {
    timestamp: column.timestamp(arrival),
    message: column.message(arrival),
    ingestionTime: column.ingestionTime(arrival),
  };
}

function pageEnd(column: EventColumn, from: number, end: number, limit: number): number {
  let bytes = 0;
  let to = from;
  while (to < end && to - from < limit) {
    bytes += Buffer.byteLength(column.message(column.arrival(to))) + AWS_LIMITS.eventOverheadBytes;
    if (bytes > MAX_PAGE_BYTES && to > from) break;
    to++;
  }
  return to;
}

function pageStart(column: EventColumn, to: number, first: number, limit: number): number {
  let bytes = 0;
  let from = to;
  while (from > first && to - from < limit) {
    bytes += Buffer.byteLength(column.message(column.arrival(from - 1))) + AWS_LIMITS.eventOverheadBytes;
    if (bytes > MAX_PAGE_BYTES && from < to) break;
    from--;
  }
  return from;
}

/** `TIMESTAMP.ARRIVAL` of the place just after the event before `position`. */
function placeAfter(column: EventColumn, position: number, startTime: number): string {
  if (position === 0) return `${startTime}.0`;
  const arrival = column.arrival(position - 1);
  return `${column.timestamp(arrival)}.${arrival + 1}`;
}

/** `TIMESTAMP.ARRIVAL` of the place just before the event at `position`. */
function placeBefore(column: EventColumn, position: number, startTime: number): string {
  if (position >= column.length) return placeAfter(column, position, startTime);
  const arrival = column.arrival(position);
  return `${column.timestamp(arrival)}.${arrival}`;
}

function readStreamToken(token: string): { forward: boolean; timestamp: number; arrival: number } {
  const found = /^([fb])\/(\d{1,16})\.(\d{1,10})\/s$/.exec(token);
  if (!found) throw invalidParameter('The specified nextToken is invalid.');
  return { forward: found[1] === 'f', timestamp: Number(found[2]), arrival: Number(found[3]) };
}

interface GroupPlace {
  readonly ascending: boolean;
  readonly timestamp: number;
  readonly streamId: number;
  readonly arrival: number;
}

function readGroupToken(token: string): GroupPlace {
  const found = /^([ad])\/(\d{1,16})\.(\d{1,10})\.(\d{1,10})$/.exec(token);
  if (!found) throw invalidParameter('The specified nextToken is invalid.');
  const [, direction, timestamp, streamId, arrival] = found;
  return {
    ascending: direction === 'a', timestamp: Number(timestamp), streamId: Number(streamId), arrival: Number(arrival),
  };
}

/** The next event of a stream, and how many there are to come in this direction (itself included). */
interface Cursor {
  readonly stream: Stream;
  position: number;
  left: number;
}

/** `place` is that of the next event: the order is time, stream id, arrival. */
function cursor(
  stream: Stream, startTime: number, endTime: number, place: GroupPlace | undefined, ascending: boolean,
): Cursor {
  const { column } = stream;
  let first = column.firstPosition(startTime);
  // Unlike that of GetLogEvents, this end time is inclusive.
  let end = column.firstPosition(endTime + 1);
  if (place) {
    const arrival = stream.id < place.streamId ? Infinity : stream.id > place.streamId ? 0 : place.arrival;
    const at = column.firstPosition(place.timestamp, arrival);
    if (ascending) first = Math.max(first, at);
    else end = Math.min(end, stream.id === place.streamId ? at + 1 : at);
  }
  return { stream, position: ascending ? first : end - 1, left: Math.max(0, end - first) };
}

/** A binary heap of cursors by their next event. */
class CursorQueue {
  readonly #heap: Cursor[];
  readonly #sign: 1 | -1;

  constructor(cursors: Cursor[], ascending: boolean) {
    this.#heap = cursors;
    this.#sign = ascending ? 1 : -1;
    for (let i = (cursors.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  get head(): Cursor | undefined {
    return this.#heap[0];
  }

  /** Moves the head to its following event. */
  advance(): void {
    const head = this.#heap[0];
    head.position += this.#sign;
    if (--head.left === 0) {
      const last = this.#heap.pop();
      if (last === undefined || last === head) return;
      this.#heap[0] = last;
    }
    this.#sink(0);
  }

  #sink(start: number): void {
    const heap = this.#heap;
    for (let at = start; ;) {
      let best = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#before(heap[child], heap[best])) best = child;
      }
      if (best === at) return;
      [heap[at], heap[best]] = [heap[best], heap[at]];
      at = best;
    }
  }

  #before(a: Cursor, b: Cursor): boolean {
    const columnA = a.stream.column;
    const columnB = b.stream.column;
    const time = columnA.timestamp(columnA.arrival(a.position)) - columnB.timestamp(columnB.arrival(b.position));
    return (time || a.stream.id - b.stream.id) * this.#sign < 0;
  }
}
