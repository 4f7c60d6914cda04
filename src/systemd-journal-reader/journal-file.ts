/**
 * One journal file: entries and fields by offset.
 *
 * Nothing in a file is trusted: offsets are multiples of 8 behind the header, objects have the
 * expected type and lie within the file, sizes and counts are bounded. What fails that is left out,
 * and the first such finding is reported.
 *
 * A writer may be at work. It counts an entry in the header (n_entries) when all of it is there, so
 * what is reached through a count that was read before is complete; pages read earlier are forgotten
 * when the count has changed.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { JournalEntry, type JournalField } from './entry.ts';
import { EntryList } from './entry-list.ts';
import { FieldReader } from './field-reader.ts';
import { HEADER_BYTES, readHeader, UnreadableFileError, type Header } from './header.ts';
import { FilePages, type PagePool } from './pages.ts';
import { readOffset, readU64 } from './u64.ts';

const ENTRY_TYPE = 3;
const ENTRY_ITEMS = 64;
/** 1024 fields are allowed; entries beyond this are damage. */
const MAX_ENTRY_BYTES = 4 * 1024 * 1024;
const TIME_LIMIT = 2 ** 55;
const NO_ID = '0'.repeat(32);

export interface FileOptions {
  readonly pool: PagePool;
  /** Fields with more bytes are left out. */
  readonly maxFieldBytes: number;
  /** Called once for a file, with the first damage that was found in it. */
  readonly onDamage: (path: string, reason: string) => void;
}

/** What tells files apart, whatever their names. */
export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
}

export class JournalFile {
  /** The name under which it was found last. */
  path: string;
  readonly identity: FileIdentity;
  readonly pages: FilePages;
  readonly #fd: number;
  readonly #options: FileOptions;
  readonly #fields: FieldReader;
  #header: Header;
  #size: number;
  #entries: EntryList | undefined;
  /** Counts the changes that were seen. */
  #generation = 0;
  #isDamaged = false;
  #isOpen = true;
  #last: { readonly generation: number; readonly entry: JournalEntry | undefined } | undefined;
  readonly #bootBytes = new Int32Array(4);
  #bootId = NO_ID;

  /** Opens a file; throws an UnreadableFileError, or what the file system throws. */
  constructor(path: string, options: FileOptions) {
    this.path = path;
    this.#options = options;
    this.#fd = openSync(path, 'r');
    try {
      const status = fstatSync(this.#fd);
      if (!status.isFile()) throw new UnreadableFileError('it is not a regular file');
      this.identity = { device: status.dev, inode: status.ino };
      this.#size = status.size;
      this.#header = readHeader(this.#readHeaderBytes(), status.size);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    this.pages = new FilePages(this.#fd, options.pool);
    this.#fields = new FieldReader(this, options.maxFieldBytes);
  }

  get header(): Header {
    return this.#header;
  }

  /** Length of the file in bytes. */
  get size(): number {
    return this.#size;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Whether the file may still grow: a writer has it, or did not close it. */
  get isOnline(): boolean {
    return this.#header.state === 'online';
  }

  /** All entries. */
  get entries(): EntryList {
    return (this.#entries ??= new EntryList(this, this.#listHead()));
  }

  /** Looks whether there are more entries than before; true if so. Archived files do not grow: `force` looks all the same. */
  refresh(force = false): boolean {
    if (!this.#isOpen || (this.#header.state === 'archived' && !force)) return false;
    let header: Header;
    try {
      // The count first: what it counts is there when the size is asked for.
      const bytes = this.#readHeaderBytes();
      this.#size = fstatSync(this.#fd).size;
      header = readHeader(bytes, this.#size);
    } catch {
      // Cut or overwritten while it was read; what was known before stays, and will not be found.
      return false;
    }
    const before = this.#header;
    const changed = header.entryCount !== before.entryCount || header.entryArray !== before.entryArray;
    this.#header = header;
    if (!changed && header.state === before.state) return false;
    this.#generation++;
    this.pages.clear();
    this.#entries?.update(this.#listHead());
    return changed;
  }

  /** The entry at an offset; undefined if there is none that is valid. */
  entry(offset: number): JournalEntry | undefined {
    const { pages } = this;
    const size = this.objectSize(offset, ENTRY_TYPE, ENTRY_ITEMS + this.itemBytes);
    if (size === 0 || size > MAX_ENTRY_BYTES || !pages.locate(offset, ENTRY_ITEMS)) return undefined;
    if ((size - ENTRY_ITEMS) % this.itemBytes !== 0) return undefined;
    const { view, at } = pages;
    const seqnum = readU64(view, at + 16);
    const realtime = readU64(view, at + 24);
    const monotonic = readU64(view, at + 32);
    if (seqnum === 0 || realtime === 0 || realtime >= TIME_LIMIT || monotonic >= TIME_LIMIT) return undefined;
    const bootId = this.#readBootId(view, at + 40);
    if (bootId === NO_ID) return undefined;
    const xorLow = view.getUint32(at + 56, true);
    const xorHigh = view.getUint32(at + 60, true);
    return new JournalEntry(this, offset, size, seqnum, realtime, monotonic, bootId, xorHigh, xorLow);
  }

  /** The last entry, as of the last refresh. */
  lastEntry(): JournalEntry | undefined {
    if (this.#last?.generation !== this.#generation) {
      let offset = this.entries.upTo(this.#size);
      let entry = this.entry(offset);
      while (entry === undefined && offset !== 0) {
        offset = this.entries.upTo(offset - 1);
        entry = this.entry(offset);
      }
      this.#last = { generation: this.#generation, entry };
    }
    return this.#last!.entry;
  }

  readFields(entry: JournalEntry, wanted: ReadonlySet<string> | undefined): JournalField[] {
    return this.#isOpen ? this.#fields.read(entry, wanted) : [];
  }

  get fieldReader(): FieldReader {
    return this.#fields;
  }

  /** Bytes of an entry's item. */
  get itemBytes(): number {
    return this.#header.compact ? 4 : 16;
  }

  /**
   * Size of the object at `offset`, 0 unless it has the type, at least the size and lies within the
   * file. `mayBeCut`: of an object that a cut file has only in part, the part that is there.
   */
  objectSize(offset: number, type: number, minimum: number, mayBeCut = false): number {
    const { pages } = this;
    if (offset % 8 !== 0 || offset < this.#header.headerSize || !pages.locate(offset, 16)) return 0;
    if (pages.bytes[pages.at] !== type) return 0;
    const size = readOffset(pages.view, pages.at + 8);
    if (size < minimum) return 0;
    const there = this.#size - offset;
    if (size <= there) return size;
    return mayBeCut && this.#size < this.#header.allocatedSize && there >= minimum ? there : 0;
  }

  /** Reports the first damage that was found. */
  damaged(reason: string): void {
    if (this.#isDamaged) return;
    this.#isDamaged = true;
    this.#options.onDamage(this.path, reason);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.pages.clear();
    closeSync(this.#fd);
  }

  #readHeaderBytes(): Buffer {
    const bytes = Buffer.alloc(HEADER_BYTES);
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, HEADER_BYTES, 0));
  }

  #listHead(): { inline: number; array: number; count: number } {
    return { inline: 0, array: this.#header.entryArray, count: this.#header.entryCount };
  }

  /** Neighbours mostly have the same boot, so its text is made once. */
  #readBootId(view: DataView, at: number): string {
    const known = this.#bootBytes;
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    if (a !== known[0] || b !== known[1] || c !== known[2] || d !== known[3]) {
      known.set([a, b, c, d]);
      this.#bootId = Buffer.from(known.buffer).toString('hex');
    }
    return this.#bootId;
  }
}
