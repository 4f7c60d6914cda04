/**
 * Windows onto files: pages read with pread into a pool of bounded size that several files share.
 *
 * A file is never read as a whole, and never mapped: a mapped file that is truncated would kill the
 * process.
 */
import { readSync } from 'node:fs';

/** Bytes of a page; entries and their data mostly lie close together. */
export const PAGE_BYTES = 16 * 1024;
const MAX_OFFSET = 2 ** 52;
/** Pages that a file finds without looking into its map. */
const SLOTS = 16;

interface Page {
  readonly bytes: Buffer;
  readonly view: DataView;
  owner: FilePages | undefined;
  index: number;
  /** Bytes that were there to be read. */
  length: number;
  /** Used since the pool last looked for one to give away. */
  used: boolean;
}

/** The pool. */
export class PagePool {
  readonly #pages: Page[] = [];
  readonly #limit: number;
  #hand = 0;

  /** `maxBytes`: memory of all pages together. */
  constructor(maxBytes: number) {
    this.#limit = Math.max(SLOTS, Math.floor(maxBytes / PAGE_BYTES));
  }

  /** A page that nobody has: a new one, or the one that was not used for longest (about). */
  take(): Page {
    if (this.#pages.length < this.#limit) {
      const bytes = Buffer.allocUnsafeSlow(PAGE_BYTES);
      const page: Page = { bytes, view: new DataView(bytes.buffer), owner: undefined, index: 0, length: 0, used: false };
      this.#pages.push(page);
      return page;
    }
    for (;;) {
      const page = this.#pages[this.#hand];
      this.#hand = (this.#hand + 1) % this.#pages.length;
      if (page.used) {
        page.used = false;
        continue;
      }
      page.owner?.forget(page);
      return page;
    }
  }
}

/** One file's bytes. Descriptor and pool belong to the caller. */
export class FilePages {
  /** Where `locate` found something: valid until the next call of any file of the pool. */
  bytes: Buffer;
  view: DataView;
  at = 0;

  readonly #fd: number;
  readonly #pool: PagePool;
  readonly #pages = new Map<number, Page>();
  readonly #slots: (Page | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  /** For what lies across pages. */
  #joined = Buffer.alloc(0);
  #joinedView = new DataView(new ArrayBuffer(0));

  constructor(fd: number, pool: PagePool) {
    this.#fd = fd;
    this.#pool = pool;
    this.bytes = this.#joined;
    this.view = this.#joinedView;
  }

  /** Makes bytes offset..offset+length-1 readable in `bytes` and `view` from `at`; false if they are not all there. */
  locate(offset: number, length: number): boolean {
    // Offsets come from files; one that does not fit is Infinity.
    if (!(offset < MAX_OFFSET)) return false;
    const index = Math.floor(offset / PAGE_BYTES);
    const at = offset - index * PAGE_BYTES;
    if (at + length > PAGE_BYTES) return this.#join(offset, length);
    const page = this.#page(index);
    if (at + length > page.length) return false;
    this.bytes = page.bytes;
    this.view = page.view;
    this.at = at;
    return true;
  }

  /** Bytes of its own that nobody changes later; undefined if they are not all there. */
  copy(offset: number, length: number): Buffer | undefined {
    if (length > PAGE_BYTES) {
      const bytes = Buffer.allocUnsafe(length);
      return this.#read(bytes, offset) === length ? bytes : undefined;
    }
    return this.locate(offset, length) ? Buffer.from(this.bytes.subarray(this.at, this.at + length)) : undefined;
  }

  /** Forgets all pages: the file was changed. */
  clear(): void {
    for (const page of this.#pages.values()) {
      page.owner = undefined;
      page.used = false;
    }
    this.#pages.clear();
    this.#slots.fill(undefined);
  }

  forget(page: Page): void {
    page.owner = undefined;
    this.#pages.delete(page.index);
    if (this.#slots[page.index % SLOTS] === page) this.#slots[page.index % SLOTS] = undefined;
  }

  #page(index: number): Page {
    const slot = index % SLOTS;
    const near = this.#slots[slot];
    if (near !== undefined && near.index === index) {
      near.used = true;
      return near;
    }
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = this.#pool.take();
      page.owner = this;
      page.index = index;
      page.length = this.#read(page.bytes, index * PAGE_BYTES);
      this.#pages.set(index, page);
    }
    page.used = true;
    this.#slots[slot] = page;
    return page;
  }

  #join(offset: number, length: number): boolean {
    if (this.#joined.length < length) {
      this.#joined = Buffer.allocUnsafeSlow(length);
      this.#joinedView = new DataView(this.#joined.buffer);
    } else if (this.#joined.length > 4 * PAGE_BYTES && length <= PAGE_BYTES) {
      this.#joined = Buffer.allocUnsafeSlow(PAGE_BYTES);
      this.#joinedView = new DataView(this.#joined.buffer);
    }
    if (length > 4 * PAGE_BYTES) {
      if (this.#read(this.#joined.subarray(0, length), offset) !== length) return false;
    } else {
      let done = 0;
      while (done < length) {
        const index = Math.floor((offset + done) / PAGE_BYTES);
        const from = offset + done - index * PAGE_BYTES;
        const page = this.#page(index);
        const part = Math.min(length - done, page.length - from);
        if (part <= 0) return false;
        page.bytes.copy(this.#joined, done, from, from + part);
        done += part;
      }
    }
    this.bytes = this.#joined;
    this.view = this.#joinedView;
    this.at = 0;
    return true;
  }

  /** How many bytes there were; what cannot be read (an I/O error) counts as not there. */
  #read(into: Buffer, offset: number): number {
    let length = 0;
    try {
      while (length < into.length) {
        const n = readSync(this.#fd, into, length, into.length - length, offset + length);
        if (n === 0) break;
        length += n;
      }
    } catch {
      // A bad block of the disk: the rest of the file may be fine.
    }
    return length;
  }
}
