/** The events of a chunk, divided into the requests that deliver them. Pure. */
import type { BufferPool } from '#logferry';
import { EVENT_OVERHEAD, MAX_BATCH_BYTES, MAX_BATCH_SPAN_MS } from './limits.ts';
import type { PackedEvents } from './packed.ts';

/** Events of one destination, in order of time; equal times in order of arrival. */
export interface Stretch {
  readonly destination: number;
  /** For each event: which packed batch, and which event of it. */
  readonly parts: number[];
  readonly rows: number[];
}

/** One request: events from..to-1 of a stretch. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  readonly messageBytes: number;
  /** Sum of the events' times, milliseconds since 1970. */
  readonly stampSumMs: number;
}

export function byDestination(parts: readonly PackedEvents[]): Stretch[] {
  const found = new Map<number, Stretch & { sorted: boolean; lastMs: number }>();
  let current: (Stretch & { sorted: boolean; lastMs: number }) | undefined;
  for (let p = 0; p < parts.length; p++) {
    const part = parts[p]!;
    for (let row = 0; row < part.count; row++) {
      const destination = part.destination(row);
      if (current?.destination !== destination) {
        current = found.get(destination);
        if (!current) {
          current = { destination, parts: [], rows: [], sorted: true, lastMs: -Infinity };
          found.set(destination, current);
        }
      }
      const ms = part.stampMs(row);
      if (ms < current.lastMs) current.sorted = false;
      current.lastMs = ms;
      current.parts.push(p);
      current.rows.push(row);
    }
  }
  return [...found.values()].map((stretch) => (stretch.sorted ? stretch : sortByTime(stretch, parts)));
}

function sortByTime({ destination, parts, rows }: Stretch, packed: readonly PackedEvents[]): Stretch {
  const stamps = rows.map((row, i) => packed[parts[i]!]!.stampMs(row));
  const order = rows.map((_, i) => i).sort((a, b) => stamps[a]! - stamps[b]! || a - b);
  return { destination, parts: order.map((i) => parts[i]!), rows: order.map((i) => rows[i]!) };
}

/** Divides events start..end-1 by the service's limits: events, bytes, and the span of time. */
export function divide(stretch: Stretch, packed: readonly PackedEvents[], maxEvents: number, start = 0, end = stretch.rows.length): Batch[] {
  const batches: Batch[] = [];
  const { parts, rows } = stretch;
  let from = start;
  let counted = 0;
  let messageBytes = 0;
  let firstMs = 0;
  let stampSumMs = 0;
  for (let i = start; i < end; i++) {
    const part = packed[parts[i]!]!;
    const size = part.messageBytes(rows[i]!) + EVENT_OVERHEAD;
    const ms = part.stampMs(rows[i]!);
    if (i > from && (counted + size > MAX_BATCH_BYTES || i - from >= maxEvents || ms - firstMs >= MAX_BATCH_SPAN_MS)) {
      batches.push({ from, to: i, messageBytes, stampSumMs });
      from = i;
      counted = 0;
      messageBytes = 0;
      stampSumMs = 0;
    }
    if (i === from) firstMs = ms;
    counted += size;
    messageBytes += size - EVENT_OVERHEAD;
    stampSumMs += ms;
  }
  if (from < end) batches.push({ from, to: end, messageBytes, stampSumMs });
  return batches;
}

/** The first event of start..end-1 that is not before this time; `end` if all are. */
export function firstAtLeast(stretch: Stretch, packed: readonly PackedEvents[], start: number, end: number, stampMs: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (packed[stretch.parts[middle]!]!.stampMs(stretch.rows[middle]!) < stampMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The body of the request, in a buffer of the pool. Neighbouring events are copied in one piece. */
export function requestBody(
  group: string,
  stream: string,
  stretch: Stretch,
  batch: Pick<Batch, 'from' | 'to'>,
  packed: readonly PackedEvents[],
  pool: BufferPool,
  entity?: string,
): { readonly body: Buffer; readonly buffer: Buffer } {
  const names = `"logGroupName":${JSON.stringify(group)},"logStreamName":${JSON.stringify(stream)}`;
  const head = `{${names},${entity === undefined ? '' : `"entity":${entity},`}"logEvents":[`;
  const pieces: Buffer[] = [];
  const { parts, rows } = stretch;
  let length = 0;
  for (let i = batch.from; i < batch.to; ) {
    const part = parts[i]!;
    const first = rows[i]!;
    let last = first;
    i++;
    while (i < batch.to && parts[i] === part && rows[i] === last + 1) {
      last++;
      i++;
    }
    const text = packed[part]!.text(first, last);
    pieces.push(text);
    length += text.length;
  }
  const buffer = pool.take(Buffer.byteLength(head) + length + 1);
  let at = buffer.write(head, 0);
  for (const piece of pieces) {
    buffer.set(piece, at);
    at += piece.length;
  }
  // Over the last comma.
  buffer[at - 1] = 93;
  buffer[at] = 125;
  return { body: buffer.subarray(0, at + 1), buffer };
}
