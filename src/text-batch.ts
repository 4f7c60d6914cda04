/**
 * A batch whose values are still bytes.
 *
 * What a line parser found are spans of the bytes that were read; what a filter adds once per tag
 * is a constant. An output that writes bytes needs no string for any of it. Everything else asks for
 * `events`, which are made then, once.
 *
 * The bytes are lent: an input may read into the same buffer again once `emit` has returned, or the
 * promise that it returned has settled. Who keeps rows for longer copies their bytes, or takes `events`.
 * A filter that puts bytes of its own in their place may have them back then, too: see {@link Lease}.
 */
import { decodeText } from './lib/text.ts';
import type { Value } from './lib/value.ts';
import type { Ack, EventBatch, LogEvent, Tag } from './event.ts';

/** Whole lines in one buffer; `ends[i]` is behind line i's last byte, line break not included. */
export interface LineBlock {
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly count: number;
}

/** A field whose value in row i is the text in bytes starts[i]..ends[i]. */
export interface SpanColumn {
  readonly kind: 'span';
  readonly key: string;
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** A field with the same value in every row. */
export interface ConstantColumn {
  readonly kind: 'constant';
  readonly key: string;
  readonly value: Value;
}

export type Column = SpanColumn | ConstantColumn;

/** Times by row: seconds and nanoseconds since 1970. */
export interface Times {
  readonly sec: Float64Array;
  readonly nsec: Int32Array;
}

/** How long the bytes of a batch are needed: until the input that lent them ends it. */
export class Lease {
  readonly #ends: (() => void)[] = [];

  /** Runs when the bytes are not needed any more. */
  onEnd(end: () => void): void {
    this.#ends.push(end);
  }

  /** By the input alone, when its `emit` is over. */
  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

export class TextBatch implements EventBatch {
  readonly tag: Tag;
  /** Row of the first event: rows first..first+size-1 of times and spans belong to this batch. */
  readonly first: number;
  readonly size: number;
  readonly times: Times;
  /** In the order of the record's fields; keys are distinct. */
  readonly columns: readonly Column[];
  readonly ack: Ack | undefined;
  readonly lease: Lease | undefined;
  #events: readonly LogEvent[] | undefined;

  constructor(tag: Tag, first: number, size: number, times: Times, columns: readonly Column[], ack?: Ack, lease?: Lease) {
    this.tag = tag;
    this.first = first;
    this.size = size;
    this.times = times;
    this.columns = columns;
    this.ack = ack;
    this.lease = lease;
  }

  get events(): readonly LogEvent[] {
    return (this.#events ??= this.#make());
  }

  with(changes: { tag?: Tag; ack?: Ack | undefined; lease?: Lease }): TextBatch {
    const ack = 'ack' in changes ? changes.ack : this.ack;
    return new TextBatch(changes.tag ?? this.tag, this.first, this.size, this.times, this.columns, ack, changes.lease ?? this.lease);
  }

  /** Events from..to-1, with the same acknowledgement. */
  slice(from: number, to: number): TextBatch {
    return new TextBatch(this.tag, this.first + from, to - from, this.times, this.columns, this.ack, this.lease);
  }

  column(key: string): Column | undefined {
    return this.columns.find((column) => column.key === key);
  }

  withColumns(columns: readonly Column[]): TextBatch {
    return new TextBatch(this.tag, this.first, this.size, this.times, columns, this.ack, this.lease);
  }

  /** Sets fields to one value in all events; a field that exists keeps its place, as in a Hash. */
  withConstants(constants: Iterable<readonly [string, Value]>): TextBatch {
    const columns = [...this.columns];
    for (const [key, value] of constants) {
      const at = columns.findIndex((column) => column.key === key);
      columns[at === -1 ? columns.length : at] = { kind: 'constant', key, value };
    }
    return this.withColumns(columns);
  }

  without(keys: ReadonlySet<string>): TextBatch {
    return this.withColumns(this.columns.filter((column) => !keys.has(column.key)));
  }

  #make(): readonly LogEvent[] {
    const { sec, nsec } = this.times;
    const events: LogEvent[] = [];
    for (let row = this.first; row < this.first + this.size; row++) {
      const record = new Map<string, Value>();
      for (const column of this.columns) record.set(column.key, columnValue(column, row));
      events.push({ time: { sec: sec[row]!, nsec: nsec[row]! }, record });
    }
    return events;
  }
}

/** A column's value in a row (a row of the buffers, counted from 0, not from the batch's first). */
export function columnValue(column: Column, row: number): Value {
  return column.kind === 'constant' ? column.value : decodeText(column.bytes, column.starts[row], column.ends[row]);
}

/** The batch with only some of its events: their positions in it, ascending (0 is its first event). */
export function selectRows(batch: TextBatch, rows: Int32Array): TextBatch {
  if (rows.length === batch.size) return batch;
  const { first, times } = batch;
  const last = rows.length - 1;
  // Rows that follow each other need no new arrays.
  if (last >= 0 && rows[last] - rows[0] === last) return batch.slice(rows[0], rows[0] + rows.length);
  const pick = <T extends Int32Array | Float64Array>(from: T, to: T): T => {
    for (let i = 0; i < rows.length; i++) to[i] = from[first + rows[i]];
    return to;
  };
  const picked: Times = { sec: pick(times.sec, new Float64Array(rows.length)), nsec: pick(times.nsec, new Int32Array(rows.length)) };
  const columns = batch.columns.map((column): Column =>
    column.kind === 'constant'
      ? column
      : {
          ...column,
          starts: pick(column.starts, new Int32Array(rows.length)),
          ends: pick(column.ends, new Int32Array(rows.length)),
        },
  );
  return new TextBatch(batch.tag, 0, rows.length, picked, columns, batch.ack, batch.lease);
}
