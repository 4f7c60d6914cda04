/**
 * Reads entries, `[time, record]` one after the other, in slices of a bounded size: a message of a few hundred megabytes would
 * otherwise become gigabytes of objects at once.
 */
import { MsgpackReader } from '../lib/msgpack.ts';
import type { EventCollector } from './event-collector.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';

/** Bytes of a slice; an entry that is larger is a slice of its own. */
export const SLICE_BYTES = 1024 * 1024;
/** An event of more values than these, lists in lists and so on, is refused. */
const MAX_VALUES = 1_000_000;

export class EntrySlices {
  readonly #bytes: Buffer;
  readonly #end: number;
  #pos: number;
  /** Entries still to come. */
  #left: number;

  /** The entries in bytes start..end-1: so many, or as many as there are. */
  constructor(bytes: Buffer, start = 0, end = bytes.length, count = Infinity) {
    this.#bytes = bytes;
    this.#pos = start;
    this.#end = end;
    this.#left = count;
  }

  get atEnd(): boolean {
    return this.#left === 0 || this.#pos >= this.#end;
  }

  /** The next entries. What is none is counted; it does no harm to those behind it if its end can be found. */
  readInto(collector: EventCollector): void {
    const windowEnd = Math.min(this.#pos + SLICE_BYTES, this.#end);
    const reader = new MsgpackReader(this.#bytes, this.#pos, windowEnd);
    const first = this.#pos;
    while (this.#left > 0 && !reader.atEnd) {
      try {
        collector.addEntry(reader);
        this.#passed(reader.position);
      } catch (error) {
        if (!MsgpackReader.isIncomplete(error)) {
          collector.addUnreadable();
          const end = endOfValue(this.#bytes, this.#pos, this.#end).at;
          this.#passed(end === -1 ? this.#end : end);
          if (end === -1 || end > windowEnd) return;
          reader.position = end;
        } else if (windowEnd === this.#end) {
          // The end of the message cuts it off.
          collector.addUnreadable();
          this.#passed(this.#end);
          return;
        } else {
          if (this.#pos === first) this.#readLarge(collector);
          return;
        }
      }
    }
  }

  #readLarge(collector: EventCollector): void {
    const { at, values } = endOfValue(this.#bytes, this.#pos, this.#end);
    try {
      if (at === -1 || values > MAX_VALUES) collector.addUnreadable();
      else collector.addEntry(new MsgpackReader(this.#bytes, this.#pos, at));
    } catch {
      collector.addUnreadable();
    }
    this.#passed(at === -1 ? this.#end : at);
  }

  #passed(position: number): void {
    this.#pos = position;
    this.#left--;
  }
}

/** Whether a value of these bytes is small enough to be read at once. */
export function isReadable(bytes: Buffer, start: number, end = bytes.length): boolean {
  return end - start <= SLICE_BYTES || endOfValue(bytes, start, end).values <= MAX_VALUES;
}

/** Offset behind the value, -1 if it has no end; and how many values are in it. */
export function endOfValue(bytes: Buffer, start: number, end: number): { readonly at: number; readonly values: number } {
  const scanner = new MsgpackScanner();
  try {
    const at = scanner.scan(end === bytes.length ? bytes : bytes.subarray(0, end), start);
    return { at, values: scanner.values };
  } catch {
    return { at: -1, values: scanner.values };
  }
}
