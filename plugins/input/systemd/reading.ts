/** Follows a journal: batches of entries out, their cursors into the storage once they are safe. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  Ack, BufferOverflowError, ObjectBatch, type Counter, type LogEvent, type LogRecord, type PluginContext, type Storage, type Value,
} from '#logferry';
import { InvalidCursorError, openJournal, type Journal, type JournalEntry } from '#systemd-journal-reader';
import { SettledCursors } from './settled-cursors.ts';

const MAX_BATCH_ENTRIES = 1000;
/** Text of a batch, in characters: far below the limits of chunks. */
const MAX_BATCH_LENGTH = 1024 * 1024;
/** Memory for windows onto the files. */
const CACHE_BYTES = 2 * 1024 * 1024;
/** How long events wait that a full buffer did not take: doubled each time up to the second value. */
const OVERFLOW_WAIT_MS = 200;
const MAX_OVERFLOW_WAIT_MS = 5000;
/** The key in the storage, as Fluentd has it. */
const KEY = 'journal';

export interface ReadingOptions {
  readonly path: string;
  readonly tag: string;
  readonly matches: readonly (readonly Uint8Array[])[];
  readonly readFromHead: boolean;
  /** Names of the fields that are read; all if undefined. */
  readonly wanted: ReadonlySet<string> | undefined;
  readonly toRecord: (entry: LogRecord) => LogRecord;
  readonly storage: Storage;
  readonly context: PluginContext;
}

export class JournalReading {
  readonly #options: ReadingOptions;
  readonly #stopping = new AbortController();
  readonly #cursors: SettledCursors;
  readonly #read: Counter;
  readonly #bytes: Counter;
  readonly #notEmitted: Counter;
  #journal: Journal | undefined;
  /** An entry that was stepped onto and belongs to the next batch. */
  #first: JournalEntry | undefined;
  /** Batches that a full buffer did not take before the end. */
  #refused = 0;

  constructor(options: ReadingOptions) {
    this.#options = options;
    const { metrics } = options.context;
    this.#read = metrics.counter('input_lines_total', 'Entries that were read.');
    this.#bytes = metrics.counter('input_bytes_total', 'Size of the values that were read, characters.');
    this.#notEmitted = metrics.counter('input_dropped_lines_total', 'Entries that never became events.', { reason: 'not_emitted' });
    this.#cursors = new SettledCursors((cursor) => options.storage.put(KEY, cursor));
  }

  start(): void {
    const { path, matches, context } = this.#options;
    const journal = openJournal({
      paths: [path],
      cacheBytes: CACHE_BYTES,
      onWarning: (warning) => context.log.warn('a journal file is damaged or cannot be read; what can be read of it is', { ...warning }),
    });
    this.#journal = journal;
    for (const group of matches) {
      journal.addDisjunction();
      for (const match of group) journal.addMatch(match);
    }
    this.#seek(journal);
    if (journal.paths.length === 0) context.log.info('there are no journal files yet', { path });
    void this.#run(journal);
  }

  stop(): void {
    this.#stopping.abort();
  }

  close(): void {
    this.#stopping.abort();
    this.#journal?.close();
  }

  /** Batches that were emitted and are not acknowledged; once it is 0 after `stop`, the storage has been given the last cursor. */
  get unacknowledged(): number {
    const { aborted } = this.#stopping.signal;
    const batches = this.#cursors.pending - (aborted ? this.#refused : 0);
    if (aborted && batches === 0) this.#options.storage.save();
    return batches;
  }

  status(): Readonly<Record<string, unknown>> {
    return {
      path: this.#options.path,
      files: this.#journal?.paths.length ?? 0,
      cursor: this.#options.storage.get(KEY),
      entries: this.#read.value,
      unacknowledged_batches: this.#cursors.pending,
    };
  }

  /** Behind the saved cursor, or where a reading without one begins. */
  #seek(journal: Journal): void {
    const { storage, readFromHead, context } = this.#options;
    const cursor = storage.get(KEY);
    if (typeof cursor === 'string' && cursor !== '') {
      try {
        journal.seekAfter(cursor);
        return;
      } catch (error) {
        if (!(error instanceof InvalidCursorError)) throw error;
        const from = readFromHead ? 'head' : 'tail';
        context.log.warn('the saved cursor cannot be used, reading begins anew', { cursor, from, error });
      }
    }
    if (readFromHead) {
      journal.seekHead();
      return;
    }
    // The newest entry is given as well; then what comes after everything that is there now.
    journal.seekTail();
    this.#first = journal.previous();
    journal.seekTail();
  }

  async #run(journal: Journal): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const events: LogEvent[] = [];
        const cursor = this.#readBatch(journal, events);
        if (cursor === undefined) {
          await journal.wait({ signal });
          continue;
        }
        await this.#emit(events, cursor);
        // Others have their turn between two batches.
        await setImmediate();
      } catch (error) {
        this.#options.context.log.error('reading the journal failed, it is tried again', { path: this.#options.path, error });
        await setTimeout(1000, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Reads a batch; the cursor of its last entry, undefined if there was nothing to read. */
  #readBatch(journal: Journal, events: LogEvent[]): string | undefined {
    let entry = this.#first ?? journal.next();
    this.#first = undefined;
    let last: JournalEntry | undefined;
    let length = 0;
    for (; entry !== undefined; entry = journal.next()) {
      const record = new Map<string, Value>();
      for (const { name, value } of entry.fields(this.#options.wanted)) {
        record.set(name, value);
        length += value.length;
      }
      events.push({ time: timeOf(entry), record: this.#options.toRecord(record) });
      last = entry;
      if (events.length >= MAX_BATCH_ENTRIES || length >= MAX_BATCH_LENGTH) break;
    }
    this.#read.add(events.length);
    this.#bytes.add(length);
    return last?.cursor;
  }

  async #emit(events: readonly LogEvent[], cursor: string): Promise<void> {
    const { context, tag } = this.#options;
    const settled = this.#cursors.add(cursor);
    const batch = new ObjectBatch(tag, events, new Ack(settled));
    for (let waitMs = OVERFLOW_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MAX_OVERFLOW_WAIT_MS)) {
      try {
        await context.router.emit(batch);
        return;
      } catch (error) {
        if (!(error instanceof BufferOverflowError)) {
          context.log.error('events could not be emitted and are lost', { tag, events: events.length, error });
          this.#notEmitted.add(events.length);
          settled();
          return;
        }
        if (waitMs === OVERFLOW_WAIT_MS) context.log.warn('a full buffer takes no more events; the journal is read on when there is room', { tag, error });
        await setTimeout(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
        // The cursor was not moved: the events come again with the next start.
        if (this.#stopping.signal.aborted) {
          this.#refused++;
          return;
        }
      }
    }
  }
}

/** When an entry was written, by the wall clock. */
export function timeOf(entry: JournalEntry): { sec: number; nsec: number } {
  const { realtime } = entry;
  if (typeof realtime === 'bigint') return { sec: Number(realtime / 1_000_000n), nsec: Number(realtime % 1_000_000n) * 1000 };
  const sec = Math.floor(realtime / 1_000_000);
  return { sec, nsec: (realtime - sec * 1_000_000) * 1000 };
}
