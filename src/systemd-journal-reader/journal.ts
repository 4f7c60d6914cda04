/**
 * A journal: the entries of many files as one sequence, read in both directions.
 *
 * Each file has a bound between the entries that were passed and those that were not; which file
 * gives the next entry is decided by comparing the next ones of all. So an entry that sorts oddly
 * (another clock, a file that was noticed late) comes late, but it comes, and comes once.
 */
import { fieldNames, fieldValues } from './data-index.ts';
import { isAtCursor, parseCursor, parseCursorParts, type Cursor } from './cursor.ts';
import type { JournalEntry } from './entry.ts';
import { openStream, type EntryStream } from './entry-stream.ts';
import { FileSet } from './file-set.ts';
import type { JournalFile } from './journal-file.ts';
import { MatchBuilder } from './match.ts';
import { compareEntries, readBootAges, type BootAges } from './order.ts';
import { PagePool } from './pages.ts';
import { boundsOf, endOf, type Direction, type Target } from './position.ts';
import { toU64 } from './u64.ts';
import { JournalWatch } from './watch.ts';

/** Memory for pages of all files of a journal. */
const CACHE_BYTES = 8 * 1024 * 1024;
/** Fields beyond this are left out; journals of today hold 8 MiB at most for one. */
const MAX_FIELD_BYTES = 64 * 1024 * 1024;
/** Files that vanished whose position is remembered, should they come back as a copy. */
const REMEMBERED_FILES = 64;

export interface JournalOptions {
  /** Directories (with sub-directories named by machine id) and files. What is not there may come later. */
  readonly paths: readonly string[];
  /** Called once for each file that cannot be read, or is damaged. */
  readonly onWarning?: ((warning: JournalWarning) => void) | undefined;
  /** Memory for pages of all files together, in bytes (default 8 MiB). */
  readonly cacheBytes?: number | undefined;
  /** Longer fields are left out (default 64 MiB). */
  readonly maxFieldBytes?: number | undefined;
}

export interface JournalWarning {
  readonly path: string;
  /** A sentence part about the file: 'it is empty'. */
  readonly reason: string;
}

/** A file that is read. */
interface Reading {
  readonly file: JournalFile;
  /** Entries with smaller offsets were passed. */
  bound: number;
  stream: EntryStream | undefined;
  /** The next entry in the direction of reading; null if there is none; undefined if nobody looked yet. */
  next: JournalEntry | null | undefined;
  /** Its name is gone: closed when all is read. */
  isNameless: boolean;
}

/** Opens a journal. Never throws for the state of files: what cannot be read is reported. */
export function openJournal(options: JournalOptions): Journal {
  return new Journal(options);
}

export class Journal {
  readonly #files: FileSet;
  readonly #matches = new MatchBuilder();
  readonly #watch = new JournalWatch();
  #readings: Reading[] = [];
  /** Bounds of closed files by their file id. */
  readonly #vanished = new Map<string, number>();
  /** Where reading began: files that appear later are entered there. */
  #origin: Target = { kind: 'head' };
  /** A seek that the next step carries out: its direction decides on which side of the entry to begin. */
  #pending: Target | undefined = { kind: 'head' };
  #direction: Direction = 1;
  #current: JournalEntry | undefined;
  /** The file that gave the last entry and the best entry of all others: while it is ahead of that, no other is asked. */
  #leader: { readonly reading: Reading; readonly rival: JournalEntry | undefined } | undefined;
  #ages: BootAges | undefined;

  constructor({ paths, onWarning, cacheBytes = CACHE_BYTES, maxFieldBytes = MAX_FIELD_BYTES }: JournalOptions) {
    const warn = (path: string, reason: string): void => onWarning?.({ path, reason });
    this.#files = new FileSet(paths, { pool: new PagePool(cacheBytes), maxFieldBytes, onDamage: warn }, warn);
    for (const file of this.#files.list(true).opened) this.#readings.push(readingOf(file));
  }

  /** The entry of the last step; undefined before the first one and after a seek. */
  get current(): JournalEntry | undefined {
    return this.#current;
  }

  /** Paths of the files that are read. */
  get paths(): string[] {
    return this.#readings.map(({ file }) => file.path);
  }

  /** Only entries with this `NAME=value`; see `MatchBuilder`. Throws an InvalidMatchError. The position stays. */
  addMatch(match: string | Uint8Array): void {
    this.#matches.addMatch(match);
    this.#forgetStreams();
  }

  addDisjunction(): void {
    this.#matches.addDisjunction();
  }

  addConjunction(): void {
    this.#matches.addConjunction();
  }

  /** All entries again. */
  flushMatches(): void {
    this.#matches.flush();
    this.#forgetStreams();
  }

  /** Before the first entry. */
  seekHead(): void {
    this.#seek({ kind: 'head' });
  }

  /** Behind the last entry there is now. */
  seekTail(): void {
    const newest = this.#newest();
    this.#seek({ kind: 'tail' });
    this.#enter(1, { kind: 'tail' });
    // For files that appear later, the place has to be described without them.
    this.#origin = newest === undefined ? { kind: 'head' } : { kind: 'after', cursor: parseCursor(newest.cursor) };
  }

  /**
   * To an entry: the next step gives it, or the nearest one if it is gone. Throws an
   * InvalidCursorError.
   */
  seekCursor(cursor: string): void {
    this.#seek({ kind: 'cursor', cursor: parseCursor(cursor) });
  }

  /**
   * Behind an entry that was read before, to go on reading: what was given before it does not come
   * again. Throws an InvalidCursorError.
   */
  seekAfter(cursor: string): void {
    this.#seek({ kind: 'after', cursor: parseCursor(cursor) });
  }

  /** To a time in microseconds since 1970: the next step gives the first entry of this time or behind (before) it. */
  seekRealtime(microseconds: number | bigint): void {
    this.#seek({ kind: 'cursor', cursor: { realtime: toU64(BigInt(microseconds)) } });
  }

  /** To a time in microseconds since a boot. */
  seekMonotonic(bootId: string, microseconds: number | bigint): void {
    this.#seek({ kind: 'cursor', cursor: { bootId, monotonic: toU64(BigInt(microseconds)) } });
  }

  /** The next entry; undefined if there is none (yet). */
  next(): JournalEntry | undefined {
    return this.#step(1);
  }

  previous(): JournalEntry | undefined {
    return this.#step(-1);
  }

  /** Goes `count` entries forward, or as far as there are some; returns how many. */
  skip(count: number): number {
    let done = 0;
    while (done < count && this.next() !== undefined) done++;
    return done;
  }

  /** Goes `count` entries back, or as far as there are some; returns how many. */
  skipBack(count: number): number {
    let done = 0;
    while (done < count && this.previous() !== undefined) done++;
    return done;
  }

  /** The position of the current entry. */
  cursor(): string | undefined {
    return this.#current?.cursor;
  }

  /** Whether the current entry is at a cursor: every part that it gives is equal. Throws an InvalidCursorError. */
  testCursor(cursor: string): boolean {
    const parts: Cursor = parseCursorParts(cursor);
    return this.#current !== undefined && isAtCursor(this.#current, parts);
  }

  /** All values of a field in all files, matches or not. */
  uniqueValues(name: string): Set<string> {
    const values = new Set<string>();
    for (const { file } of this.#readings) for (const value of fieldValues(file, name)) values.add(value);
    return values;
  }

  /** Names of all fields in all files. */
  fieldNames(): Set<string> {
    const names = new Set<string>();
    for (const { file } of this.#readings) for (const name of fieldNames(file)) names.add(name);
    return names;
  }

  /** Looks for new entries and new files; true if there may be a next entry where there was none. */
  refresh(force = false): boolean {
    let isChanged = false;
    for (const reading of this.#readings) {
      if (!reading.file.refresh(force)) continue;
      isChanged = true;
      reading.next = undefined;
    }
    const { opened, nameless } = this.#files.list(force);
    for (const file of nameless) {
      const reading = this.#readings.find((each) => each.file === file);
      if (reading) reading.isNameless = true;
    }
    // A rename may have come between the two: what is new in a file is seen before the file that follows it.
    if (opened.length > 0) for (const { file } of this.#readings) isChanged = file.refresh(true) || isChanged;
    for (const file of opened) {
      this.#readings.push(this.#enterLate(file));
      isChanged = true;
    }
    if (isChanged) {
      this.#ages = undefined;
      this.#leader = undefined;
      for (const reading of this.#readings) reading.next = undefined;
    }
    this.#dropRead();
    return isChanged;
  }

  /**
   * Waits until there may be a new entry, at most `timeoutMs` (default: for ever); true if there may
   * be one, false at the end of the time or when the signal was aborted.
   */
  async wait({ timeoutMs = Infinity, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined } = {}): Promise<boolean> {
    return this.#watch.until((force) => this.refresh(force), () => this.#files.directories, timeoutMs, signal);
  }

  close(): void {
    this.#watch.close();
    this.#files.close();
    this.#readings = [];
    this.#current = undefined;
  }

  #seek(target: Target): void {
    this.#origin = target;
    this.#pending = target;
    this.#current = undefined;
  }

  #step(direction: Direction): JournalEntry | undefined {
    if (this.#pending !== undefined) this.#enter(direction, this.#pending);
    else if (direction !== this.#direction) this.#enter(direction, this.#here());
    this.#direction = direction;
    return this.#stepLeader(direction) ?? this.#stepBest(direction);
  }

  #stepLeader(direction: Direction): JournalEntry | undefined {
    if (this.#leader === undefined) return undefined;
    const { reading, rival } = this.#leader;
    const entry = reading.next === undefined ? this.#advance(reading) : reading.next;
    if (entry === null || (rival !== undefined && this.#compare(entry, rival) * direction >= 0)) return undefined;
    this.#current = entry;
    this.#pass(reading);
    return entry;
  }

  /** Asks all files; the same entry in several of them is passed in all. */
  #stepBest(direction: Direction): JournalEntry | undefined {
    this.#leader = undefined;
    let best: Reading | undefined;
    for (const reading of this.#readings) {
      const entry = reading.next === undefined ? this.#advance(reading) : reading.next;
      if (entry !== null && (best === undefined || this.#compare(entry, best.next!) * direction < 0)) best = reading;
    }
    if (best === undefined) return undefined;
    const entry = best.next!;
    this.#current = entry;
    let rival: JournalEntry | undefined;
    let isAlone = true;
    for (const reading of this.#readings) {
      const other = reading === best ? undefined : reading.next;
      if (!other) continue;
      if (this.#compare(other, entry) === 0) {
        this.#pass(reading);
        isAlone = false;
      } else if (rival === undefined || this.#compare(other, rival) * direction < 0) rival = other;
    }
    this.#pass(best);
    if (isAlone) this.#leader = { reading: best, rival };
    return entry;
  }

  /** Carries out a seek. */
  #enter(direction: Direction, target: Target | undefined): void {
    this.#pending = undefined;
    this.#leader = undefined;
    for (const reading of this.#readings) reading.next = undefined;
    if (target === undefined) return;
    const bounds = boundsOf(this.#readings.map((reading) => this.#source(reading)), target, direction, this.#readAges);
    for (const [i, reading] of this.#readings.entries()) reading.bound = bounds[i];
  }

  /** The current entry as a place to go on from; undefined if there was none since the last seek. */
  #here(): Target | undefined {
    return this.#current && { kind: 'entry', entry: this.#current };
  }

  #source(reading: Reading): { file: JournalFile; stream: EntryStream } {
    return { file: reading.file, stream: (reading.stream ??= openStream(reading.file, this.#matches.build())) };
  }

  /** Finds the next entry of a file. */
  #advance(reading: Reading): JournalEntry | null {
    const { file, stream } = this.#source(reading);
    for (;;) {
      const offset = this.#direction === 1 ? stream.from(reading.bound) : stream.upTo(reading.bound - 1);
      if (offset === 0) return (reading.next = null);
      const entry = file.entry(offset);
      if (entry !== undefined && !(this.#current && this.#compare(entry, this.#current) === 0)) return (reading.next = entry);
      if (entry === undefined) file.damaged(`there is no valid entry at ${offset}`);
      reading.bound = this.#direction === 1 ? offset + 1 : offset;
    }
  }

  #pass(reading: Reading): void {
    const { offset } = reading.next!;
    reading.bound = this.#direction === 1 ? offset + 1 : offset;
    reading.next = undefined;
  }

  #compare(a: JournalEntry, b: JournalEntry): number {
    return compareEntries(a, b, this.#readAges());
  }

  readonly #readAges = (): BootAges => (this.#ages ??= readBootAges(this.#readings.map(({ file }) => file)));

  /** A file that appeared while others were read. */
  #enterLate(file: JournalFile): Reading {
    const reading = readingOf(file);
    const id = file.header.fileId.toString('hex');
    const original = this.#readings.find((each) => each.file.header.fileId.toString('hex') === id);
    // A copy of a file that was read: what was passed there was passed here.
    const passed = original?.bound ?? this.#vanished.get(id);
    if (this.#pending === undefined) reading.bound = passed ?? boundsOf([this.#source(reading)], this.#origin, 1, this.#readAges)[0];
    return reading;
  }

  /** Closes files whose names are gone and that have been read to their end. */
  #dropRead(): void {
    if (this.#direction !== 1 || this.#pending !== undefined) return;
    const dropped = this.#readings.filter((reading) => reading.isNameless && (reading.next === undefined ? this.#advance(reading) : reading.next) === null);
    if (dropped.length === 0) return;
    for (const { file } of dropped) {
      this.#vanished.set(file.header.fileId.toString('hex'), endOf(file));
      if (this.#vanished.size > REMEMBERED_FILES) this.#vanished.delete(this.#vanished.keys().next().value!);
      this.#files.drop(file);
    }
    this.#readings = this.#readings.filter((reading) => !dropped.includes(reading));
    this.#leader = undefined;
    this.#ages = undefined;
  }

  #newest(): JournalEntry | undefined {
    let newest: JournalEntry | undefined;
    for (const { file } of this.#readings) {
      const last = file.lastEntry();
      if (last && (newest === undefined || this.#compare(last, newest) > 0)) newest = last;
    }
    return newest;
  }

  #forgetStreams(): void {
    this.#leader = undefined;
    if (this.#pending === undefined) this.#pending = this.#here();
    for (const reading of this.#readings) {
      reading.stream = undefined;
      reading.next = undefined;
    }
  }
}

function readingOf(file: JournalFile): Reading {
  return { file, bound: 0, stream: undefined, next: undefined, isNameless: false };
}
