/**
 * A Buffer of a batch, and the one that takes its place in the result: the part that is in use, and
 * behind it what is added (texts that were held, texts that are joined).
 */
import { BufferPool, textByteLength } from '#logferry';
import type { Lease, SpanColumn } from '#logferry';
import type { Groups } from './groups.ts';
import { isFields, joinBytes, type Held } from './held.ts';

/** What is to be composed, and how regular it is. */
export interface Plan {
  /** In the first group. */
  readonly held: Held | undefined;
  /** The first row that may follow it. */
  readonly heldFrom: number;
  readonly groups: Groups;
  /** The first group that is wanted; 0 if something was held. */
  readonly skip: number;
  readonly size: number;
  /** The column whose texts are joined. */
  readonly key: string;
  readonly separator: Buffer;
  /** The column that has the value of the row that completed the event. */
  readonly fieldOfLast: string | undefined;
  /** Behind what was held, every event is one row, and these follow each other. */
  readonly regular: boolean;
}

/** Copying so much more than is in use is cheaper than finding out what is. */
const SPARE_BYTES = 8192;
const NO_BYTES = Buffer.alloc(0);
/** Targets whose batch is through; as much as a few blocks. */
const TARGETS = new BufferPool(2 * 1024 * 1024);

export class Region {
  readonly #source: Buffer;
  #target: Buffer;
  /** The part of the source that is copied. */
  #low = Infinity;
  #high = 0;
  #added = 0;
  #at = 0;

  constructor(source: Buffer) {
    this.#source = source;
    this.#target = source;
  }

  /** What of the source is in use, and how much is added, for one column. */
  measure(column: SpanColumn, plan: Plan): void {
    const { held, groups, skip, separator, fieldOfLast } = plan;
    const { key, starts, ends } = column;
    const joins = key === plan.key;
    const rows = key === fieldOfLast ? groups.trigger : groups.from;
    const withHeld = held !== undefined && rows === groups.from;
    if (withHeld) this.#added += joins ? this.#heldLength(held, column, plan) : fieldOf(held, key).length;
    if (joins && !plan.regular) {
      const { from, to } = groups;
      for (let i = withHeld ? skip + 1 : skip; i < groups.size; i++) {
        if (from[i] === to[i]) continue;
        this.#added += separator.length * (to[i]! - from[i]!);
        for (let row = from[i]!; row <= to[i]!; row++) this.#added += ends[row]! - starts[row]!;
      }
    }
    this.#use(column, rows, withHeld ? skip + 1 : skip, groups.size);
  }

  /** Makes the target; where the batch has a lease, in a buffer that is used again. */
  allocate(lease: Lease | undefined): void {
    if (this.#added === 0) {
      this.#low = 0;
      return;
    }
    const used = Math.max(0, this.#high - this.#low);
    if (used === 0) this.#low = 0;
    if (lease) {
      const target = TARGETS.take(used + this.#added);
      lease.onEnd(() => TARGETS.give(target));
      this.#target = target;
    } else this.#target = Buffer.allocUnsafe(used + this.#added);
    if (used > 0) this.#source.copy(this.#target, 0, this.#low, this.#high);
    this.#at = used;
  }

  /** The column of the result; to be called in the order of `measure`. */
  write(column: SpanColumn, plan: Plan): SpanColumn {
    const { held, groups, skip, size, separator, fieldOfLast, regular } = plan;
    const { key } = column;
    const joins = key === plan.key;
    const { from, to } = groups;
    const rows = key === fieldOfLast ? groups.trigger : from;
    const starts = new Int32Array(size);
    const ends = new Int32Array(size);
    const low = this.#low;
    let i = 0;
    if (held && rows === from) {
      starts[0] = this.#at;
      if (joins) this.#addHeld(held, column, plan);
      else this.#add(fieldOf(held, key));
      ends[0] = this.#at;
      i = 1;
    }
    if (regular && rows === from && low === 0) {
      const row = rows[skip + i]!;
      starts.set(column.starts.subarray(row, row + size - i), i);
      ends.set(column.ends.subarray(row, row + size - i), i);
      return { kind: 'span', key, bytes: this.#target, starts, ends };
    }
    for (; i < size; i++) {
      const group = i + skip;
      if (joins && from[group] !== to[group]) {
        starts[i] = this.#at;
        this.#addRows(column, from[group]!, to[group]!, separator, false);
        ends[i] = this.#at;
        continue;
      }
      const row = rows[group]!;
      starts[i] = column.starts[row]! - low;
      ends[i] = column.ends[row]! - low;
    }
    return { kind: 'span', key, bytes: this.#target, starts, ends };
  }

  /** Rows of groups begin..end-1 are in use: all of the source if that is not much more, else the part that they span. */
  #use({ starts, ends }: SpanColumn, rows: Int32Array, begin: number, end: number): void {
    if (begin === end || (this.#low === 0 && this.#high === this.#source.length)) return;
    const { length } = this.#source;
    if (length <= 2 * (ends[rows[end - 1]!]! - starts[rows[begin]!]!) + SPARE_BYTES) {
      this.#low = 0;
      this.#high = length;
      return;
    }
    for (let i = begin; i < end; i++) {
      const row = rows[i]!;
      if (starts[row]! < this.#low) this.#low = starts[row]!;
      if (ends[row]! > this.#high) this.#high = ends[row]!;
    }
  }

  #heldLength(held: Held, { starts, ends }: SpanColumn, { heldFrom, groups, separator }: Plan): number {
    let length = separator.length * (held.texts.length - 1);
    for (const text of held.texts) length += typeof text === 'string' ? textByteLength(text) : text.length;
    for (let row = heldFrom; row <= groups.heldTo; row++) length += separator.length + ends[row]! - starts[row]!;
    return length;
  }

  #add(bytes: Buffer): void {
    this.#at += bytes.copy(this.#target, this.#at);
  }

  #addHeld(held: Held, column: SpanColumn, { heldFrom, groups, separator }: Plan): void {
    this.#add(joinBytes(held.texts, separator));
    this.#addRows(column, heldFrom, groups.heldTo, separator, true);
  }

  #addRows({ bytes, starts, ends }: SpanColumn, from: number, to: number, separator: Buffer, behindOthers: boolean): void {
    for (let row = from; row <= to; row++) {
      if ((row > from || behindOthers) && separator.length > 0) this.#add(separator);
      this.#at += bytes.copy(this.#target, this.#at, starts[row], ends[row]);
    }
  }
}

/** The bytes of a field of the held event's first part. */
function fieldOf(held: Held, key: string): Buffer {
  const field = isFields(held.first) ? held.first.find((one) => one.key === key) : undefined;
  return field?.kind === 'span' ? field.bytes : NO_BYTES;
}
