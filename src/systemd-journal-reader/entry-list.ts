/**
 * Lists of entries as journal files keep them: one for the whole file, one for each data object.
 *
 * A list is a chain of arrays whose sizes double; a data object has its first entry inline. Offsets
 * of entries grow along the list, which makes bisection possible. A damaged array ends the list;
 * damaged places are stepped over.
 */
import type { JournalEntry } from './entry.ts';
import type { JournalFile } from './journal-file.ts';
import { readOffset } from './u64.ts';

const ARRAY_TYPE = 6;
/** Places begin here in an array object. */
const PLACES = 24;
/** Writers double the arrays, so real chains have a few dozen at most. */
const MAX_ARRAYS = 4096;

/** Where a list begins and how many entries it has. */
export interface ListHead {
  /** The entry that is not in an array; 0 if there is none. */
  readonly inline: number;
  readonly array: number;
  readonly count: number;
}

interface Segment {
  readonly array: number;
  /** Index of its first place. */
  readonly start: number;
  readonly capacity: number;
}

export class EntryList {
  readonly #file: JournalFile;
  readonly #segments: Segment[] = [];
  readonly #placeBytes: number;
  #inline = 0;
  #count = 0;
  #segment = 0;
  #lastIndex = -1;
  #lastOffset = 0;

  constructor(file: JournalFile, head: ListHead) {
    this.#file = file;
    this.#placeBytes = file.header.compact ? 4 : 8;
    this.update(head);
  }

  /** Number of places; some may be damaged. */
  get count(): number {
    return this.#count;
  }

  /** Takes note that the list has grown. */
  update({ inline, array, count }: ListHead): void {
    this.#inline = inline;
    const first = inline === 0 ? 0 : 1;
    const last = this.#segments.at(-1);
    let capacity = last === undefined ? first : last.start + last.capacity;
    let next = last === undefined ? array : this.#nextArray(last.array);
    while (capacity < count && next !== 0 && this.#segments.length < MAX_ARRAYS) {
      const segment = this.#openArray(next, capacity);
      if (segment === undefined) break;
      this.#segments.push(segment);
      capacity += segment.capacity;
      next = this.#nextArray(next);
    }
    this.#count = Math.min(count, capacity);
    if (capacity < count) this.#file.damaged(`its list of entries ends after ${capacity} of ${count} (at array ${next})`);
  }

  /** The smallest offset of an entry that is not less than `offset`; 0 if there is none. */
  from(offset: number): number {
    let index = offset === this.#lastOffset + 1 && this.#lastIndex >= 0 ? this.#lastIndex + 1 : this.#lowerBound(offset);
    for (; index < this.#count; index++) {
      const item = this.#item(index);
      if (item < offset || !this.#isPlausible(item) || this.#isOutlier(index, item, offset, 1)) continue;
      return this.#found(index, item);
    }
    return 0;
  }

  /** The greatest offset of an entry that is not more than `offset`; 0 if there is none. */
  upTo(offset: number): number {
    let index = offset === this.#lastOffset - 1 && this.#lastIndex >= 0 ? this.#lastIndex - 1 : this.#lowerBound(offset + 1);
    if (index >= this.#count) index = this.#count - 1;
    for (; index >= 0; index--) {
      const item = this.#item(index);
      if (item > offset || !this.#isPlausible(item) || this.#isOutlier(index, item, offset, -1)) continue;
      return this.#found(index, item);
    }
    return 0;
  }

  /**
   * The first entry for which `isBehind` holds, if it holds for all entries from some place on.
   * Undefined if it holds for none.
   */
  bisect(isBehind: (entry: JournalEntry) => boolean): JournalEntry | undefined {
    // Array by array, as libsystemd does: where the condition is no clean cut this finds the same entry.
    for (const { start, capacity } of this.#segments) {
      const end = Math.min(start + capacity, this.#count);
      let last = end - 1;
      let entry: JournalEntry | undefined;
      while (last >= start && (entry = this.#file.entry(this.#item(last))) === undefined) last--;
      if (entry !== undefined && isBehind(entry)) return this.#bisectPart(start === 1 ? 0 : start, last + 1, isBehind);
    }
    return this.#bisectPart(0, Math.min(1, this.#count), isBehind);
  }

  #bisectPart(from: number, to: number, isBehind: (entry: JournalEntry) => boolean): JournalEntry | undefined {
    let low = from;
    let high = to;
    let found: JournalEntry | undefined;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      let at = middle;
      let entry: JournalEntry | undefined;
      while (at < high && (entry = this.#file.entry(this.#item(at))) === undefined) at++;
      if (entry === undefined) high = middle;
      else if (isBehind(entry)) {
        found = entry;
        high = middle;
      } else low = at + 1;
    }
    return found;
  }

  #found(index: number, item: number): number {
    this.#lastIndex = index;
    this.#lastOffset = item;
    return item;
  }

  /** The first index whose place holds `offset` or more. */
  #lowerBound(offset: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      let at = middle;
      let item = this.#item(at);
      while (!this.#isPlausible(item) && ++at < high) item = this.#item(at);
      if (at >= high || item >= offset) high = middle;
      else low = at + 1;
    }
    return low;
  }

  #isPlausible(item: number): boolean {
    return item % 8 === 0 && item >= this.#file.header.headerSize && item < this.#file.size;
  }

  /** Whether a place breaks the order of its neighbours, in the direction of reading, and is the wrong one of them. */
  #isOutlier(index: number, item: number, limit: number, step: 1 | -1): boolean {
    const isBefore = (a: number, b: number): boolean => (step === 1 ? a < b : a > b);
    const neighbour = this.#item(index + step);
    if (!this.#isPlausible(neighbour) || !isBefore(neighbour, item) || isBefore(neighbour, limit)) return false;
    const next = this.#item(index + 2 * step);
    return this.#isPlausible(next) ? isBefore(next, item) : this.#file.entry(item) === undefined;
  }

  /** What place `index` holds; 0 outside the list or where it cannot be read. */
  #item(index: number): number {
    if (index < 0 || index >= this.#count) return 0;
    if (index === 0 && this.#inline !== 0) return this.#inline;
    let segment = this.#segments[this.#segment];
    if (index < segment.start || index >= segment.start + segment.capacity) {
      let at = this.#segments.length - 1;
      while (this.#segments[at].start > index) at--;
      this.#segment = at;
      segment = this.#segments[at];
    }
    const bytes = this.#placeBytes;
    const { pages } = this.#file;
    if (!pages.locate(segment.array + PLACES + (index - segment.start) * bytes, bytes)) return 0;
    return bytes === 4 ? pages.view.getUint32(pages.at, true) : readOffset(pages.view, pages.at);
  }

  /** The next array of the chain; it lies behind this one, which rules out circles. */
  #nextArray(array: number): number {
    const { pages } = this.#file;
    if (!pages.locate(array, PLACES)) return 0;
    const next = readOffset(pages.view, pages.at + 16);
    return next > array ? next : 0;
  }

  #openArray(array: number, start: number): Segment | undefined {
    const file = this.#file;
    const size = file.objectSize(array, ARRAY_TYPE, PLACES + this.#placeBytes, true);
    return size === 0 ? undefined : { array, start, capacity: Math.floor((size - PLACES) / this.#placeBytes) };
  }
}
