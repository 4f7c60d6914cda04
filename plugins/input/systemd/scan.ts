/** Reads a journal once, from its oldest entry to its newest, for a dry run: no cursor is kept. A line is an entry here. */
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { ObjectBatch, type LogEvent, type Scan, type Value } from '#logferry';
import { openJournal, type Journal, type JournalWarning } from '#systemd-journal-reader';
import { timeOf, type ReadingOptions } from './reading.ts';

const MAX_BATCH_ENTRIES = 1000;
const CACHE_BYTES = 8 * 1024 * 1024;

export type ScanOptions = Omit<ReadingOptions, 'readFromHead' | 'storage'> & {
  /** The folder as configured; `path` is where it lies. */
  readonly configured: string;
};

export async function scanJournal(options: ScanOptions, scan: Scan): Promise<void> {
  const { path, configured, matches, tag, context } = options;
  const warnings: JournalWarning[] = [];
  const journal = openJournal({ paths: [path], cacheBytes: CACHE_BYTES, onWarning: (warning) => void warnings.push(warning) });
  try {
    for (const group of matches) {
      journal.addDisjunction();
      for (const match of group) journal.addMatch(match);
    }
    const there = journal.paths.length > 0;
    if (!scan.only) scan.found({ files: there ? [configured] : [], patterns: [configured], excluded: [], skipped: there ? [] : [{ path: configured, reason: whyEmpty(path), lost: false }] });
    if (!there) return;
    scan.begin(configured, tag, 0);
    const totals = await readEntries(journal, options, scan);
    const note = warnings.length === 0 ? undefined : `damaged, what can be read of it is: ${warnings.map(({ path: file, reason }) => `${context.configuredPath(file)}: ${reason}`).join('; ')}`;
    scan.end({ ...totals, events: totals.lines, unmatched: 0, emitsUnmatched: false, tooLong: 0, unfinished: 0, note });
  } finally {
    journal.close();
  }
}

async function readEntries(journal: Journal, options: ScanOptions, scan: Scan): Promise<{ lines: number; bytes: number }> {
  const { tag, wanted, toRecord, context } = options;
  const size = scan.only ? 1 : MAX_BATCH_ENTRIES;
  let line = 1;
  let bytes = 0;
  let events: LogEvent[] = [];
  const give = async () => {
    const ack = scan.at(line - events.length, 0, events.length);
    const batch = new ObjectBatch(tag, events, ack);
    events = [];
    await context.router.emit(batch);
    await setImmediate();
  };
  for (let entry = journal.next(); entry !== undefined && !scan.done; entry = journal.next()) {
    if (scan.only && line < scan.only.line) {
      line++;
      continue;
    }
    const record = new Map<string, Value>();
    for (const { name, value } of entry.fields(wanted)) {
      record.set(name, value);
      bytes += value.length;
    }
    events.push({ time: timeOf(entry), record: toRecord(record) });
    line++;
    if (events.length >= size) await give();
  }
  if (events.length > 0) await give();
  return { lines: line - 1, bytes };
}

function whyEmpty(path: string): string {
  return existsSync(path) ? 'there are no journal files in it' : 'it is not there';
}
