/**
 * Fields of one file's entries: data objects made into names and values.
 *
 * Many entries share data objects (host name, unit, priority), so what several entries have is kept
 * decoded, up to a limit.
 */
import { DecodeError } from './decode-error.ts';
import type { JournalEntry, JournalField } from './entry.ts';
import { jenkinsHash, sipHash, type Hash64 } from './hash.ts';
import type { JournalFile } from './journal-file.ts';
import { COMPRESSION_FLAGS, decompress, nameEnd } from './payload.ts';
import { bytesToText } from './text.ts';
import { readOffset } from './u64.ts';

const DATA_TYPE = 1;
const ENTRY_ITEMS = 64;
/** Decoded fields that are kept: half of it is thrown away when it is full. */
const KEPT_FIELDS = 4096;
/** Longer values are not kept. */
const MAX_KEPT_LENGTH = 1024;
/** Decoded text of one entry, in multiples of the limit of one field. */
const ENTRY_LIMIT_FACTOR = 4;

export class FieldReader {
  readonly #file: JournalFile;
  readonly #maxFieldBytes: number;
  readonly #payloadAt: number;
  /** Null: a field that is not wanted. */
  #kept = new Map<number, JournalField | null>();
  #keptBefore = new Map<number, JournalField | null>();
  #wanted: ReadonlySet<string> | undefined;
  #offsets = new Float64Array(64);
  #hashesWork: boolean | undefined;

  constructor(file: JournalFile, maxFieldBytes: number) {
    this.#file = file;
    this.#maxFieldBytes = maxFieldBytes;
    this.#payloadAt = file.header.compact ? 72 : 64;
  }

  /** All fields of an entry that can be read, or those with wanted names. */
  read(entry: JournalEntry, wanted?: ReadonlySet<string>): JournalField[] {
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.#kept.clear();
      this.#keptBefore.clear();
    }
    const count = this.#readItems(entry);
    const offsets = this.#offsets;
    const fields: JournalField[] = [];
    let left = this.#maxFieldBytes * ENTRY_LIMIT_FACTOR;
    for (let i = 0; i < count; i++) {
      const offset = offsets[i];
      let field = this.#kept.get(offset);
      if (field === undefined) field = this.#readField(offset);
      if (field === null) continue;
      left -= field.value.length;
      if (left < 0) {
        this.#file.damaged(`the entry at ${entry.offset} has more data than an entry can have`);
        break;
      }
      fields.push(field);
    }
    return fields;
  }

  /** Whether one of the entry's data objects is at `data`. */
  hasData(entry: JournalEntry, data: number): boolean {
    const count = this.#readItems(entry);
    for (let i = 0; i < count; i++) if (this.#offsets[i] === data) return true;
    return false;
  }

  /** Reads the offsets of an entry's data into `#offsets`; returns how many there are. */
  #readItems(entry: JournalEntry): number {
    const { pages, itemBytes } = this.#file;
    const length = entry.byteLength - ENTRY_ITEMS;
    const count = length / itemBytes;
    if (!pages.locate(entry.offset + ENTRY_ITEMS, length)) return 0;
    if (this.#offsets.length < count) this.#offsets = new Float64Array(count);
    const { view, at } = pages;
    const offsets = this.#offsets;
    if (itemBytes === 4) for (let i = 0; i < count; i++) offsets[i] = view.getUint32(at + i * 4, true);
    else for (let i = 0; i < count; i++) offsets[i] = readOffset(view, at + i * 16);
    return count;
  }

  #readField(offset: number): JournalField | null {
    const kept = this.#keptBefore.get(offset);
    if (kept !== undefined) {
      this.#keep(offset, kept);
      return kept;
    }
    const file = this.#file;
    const { pages } = file;
    const payloadAt = this.#payloadAt;
    const size = file.objectSize(offset, DATA_TYPE, payloadAt + 1);
    if (size === 0 || !pages.locate(offset, payloadAt)) {
      file.damaged(`there is no valid data object at ${offset}`);
      return null;
    }
    const flag = pages.bytes[pages.at + 1] & COMPRESSION_FLAGS;
    const isShared = readOffset(pages.view, pages.at + 56) > 1;
    const length = size - payloadAt;
    let field: JournalField | null | undefined;
    if (flag === 0) {
      if (length > this.#maxFieldBytes || !pages.locate(offset + payloadAt, length)) {
        file.damaged(`the data object at ${offset} has ${length} bytes, more than can be read`);
        return null;
      }
      field = toField(pages.bytes, pages.at, pages.at + length, this.#wanted);
    } else {
      const bytes = this.payload(offset);
      if (bytes === undefined) return null;
      field = toField(bytes, 0, bytes.length, this.#wanted);
    }
    if (field === undefined) {
      file.damaged(`the data object at ${offset} has no valid field name`);
      return null;
    }
    if (isShared && (field === null || field.value.length <= MAX_KEPT_LENGTH)) this.#keep(offset, field);
    return field;
  }

  /** The bytes `NAME=value` of a data object; undefined if they are damaged. */
  payload(offset: number): Buffer | undefined {
    const file = this.#file;
    const { pages } = file;
    const payloadAt = this.#payloadAt;
    const size = file.objectSize(offset, DATA_TYPE, payloadAt + 1);
    if (size === 0 || size - payloadAt > this.#maxFieldBytes || !pages.locate(offset, payloadAt)) return undefined;
    const flag = pages.bytes[pages.at + 1] & COMPRESSION_FLAGS;
    const low = pages.view.getUint32(pages.at + 16, true);
    const high = pages.view.getUint32(pages.at + 20, true);
    const stored = pages.copy(offset + payloadAt, size - payloadAt);
    if (stored === undefined || flag === 0) return stored;
    try {
      const bytes = decompress(flag, stored, this.#maxFieldBytes);
      const hash = this.hash(bytes);
      if ((hash.low !== low || hash.high !== high) && this.#doHashesWork()) throw new DecodeError('what it decodes to does not have its hash');
      return bytes;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      file.damaged(`the compressed data object at ${offset} is damaged: ${error.message}`);
      return undefined;
    }
  }

  /** The hash by which this file finds data and fields. */
  hash(bytes: Uint8Array): Hash64 {
    const { keyedHash, fileId } = this.#file.header;
    return keyedHash ? sipHash(bytes, fileId) : jenkinsHash(bytes);
  }

  #keep(offset: number, field: JournalField | null): void {
    if (this.#kept.size >= KEPT_FIELDS) {
      this.#keptBefore = this.#kept;
      this.#kept = new Map();
    }
    this.#kept.set(offset, field);
  }

  /**
   * Whether uncompressed data have their hashes: not so when the key is damaged, and then a wrong
   * hash says nothing about compressed data. Looks at the first objects of the file.
   */
  #doHashesWork(): boolean {
    if (this.#hashesWork !== undefined) return this.#hashesWork;
    const file = this.#file;
    const { pages } = file;
    let right = 0;
    let wrong = 0;
    let offset = file.header.headerSize;
    for (let i = 0; i < 200 && right + wrong < 9 && pages.locate(offset, 16); i++) {
      const type = pages.bytes[pages.at];
      const isPlain = type === DATA_TYPE && (pages.bytes[pages.at + 1] & COMPRESSION_FLAGS) === 0;
      const size = readOffset(pages.view, pages.at + 8);
      if (size < 16 || offset + size > file.size) break;
      if (isPlain && pages.locate(offset, this.#payloadAt)) {
        const low = pages.view.getUint32(pages.at + 16, true);
        const high = pages.view.getUint32(pages.at + 20, true);
        const bytes = this.payload(offset);
        const hash = bytes && this.hash(bytes);
        if (hash && hash.low === low && hash.high === high) right++;
        else wrong++;
      }
      offset += Math.ceil(size / 8) * 8;
    }
    return (this.#hashesWork = right > 0 || wrong === 0);
  }
}

/** Null if it is not wanted, undefined if it is no field. */
function toField(bytes: Buffer, start: number, end: number, wanted: ReadonlySet<string> | undefined): JournalField | null | undefined {
  const equals = nameEnd(bytes, start, end);
  if (equals === -1) return undefined;
  const name = bytes.toString('latin1', start, equals);
  if (wanted !== undefined && !wanted.has(name)) return null;
  return { name, value: bytesToText(bytes, equals + 1, end) };
}
