/**
 * Where reading goes on after a seek: for each file a bound, an offset that divides the entries that
 * were passed from the others.
 */
import type { Cursor } from './cursor.ts';
import { findData, readDataList } from './data-index.ts';
import type { JournalEntry } from './entry.ts';
import type { EntryStream } from './entry-stream.ts';
import type { JournalFile } from './journal-file.ts';
import { compareBoots, compareEntries, type BootAges } from './order.ts';
import { compareU64 } from './u64.ts';

/** 1 is towards newer entries. */
export type Direction = 1 | -1;

export type Target =
  | { readonly kind: 'head' }
  | { readonly kind: 'tail' }
  /** The entry at the cursor is the next one in either direction. */
  | { readonly kind: 'cursor'; readonly cursor: Cursor }
  /** Everything up to the entry at the cursor has been passed. */
  | { readonly kind: 'after'; readonly cursor: Cursor }
  /** This entry has been passed. */
  | { readonly kind: 'entry'; readonly entry: JournalEntry };

/** A file and its entries that are wanted. */
export interface Source {
  readonly file: JournalFile;
  readonly stream: EntryStream;
}

/** The bounds of all files for a target; entries at the bound or behind it have not been passed in direction 1. */
export function boundsOf(sources: readonly Source[], target: Target, direction: Direction, ages: () => BootAges): number[] {
  switch (target.kind) {
    case 'head':
      return sources.map(() => 0);
    case 'tail':
      return sources.map(({ file }) => endOf(file));
    case 'entry':
      return sources.map(({ file }) => boundOfEntry(file, target.entry, direction, ages));
    case 'cursor':
      return boundsOfCursor(sources, target.cursor, direction, ages);
    case 'after':
      return boundsAfterCursor(sources, target.cursor, ages);
  }
}

/** Behind the last entry that can be seen. */
export function endOf(file: JournalFile): number {
  return (file.lastEntry()?.offset ?? 0) + 1;
}

function boundOfEntry(file: JournalFile, passed: JournalEntry, direction: Direction, ages: () => BootAges): number {
  if (passed.file === file) return direction === 1 ? passed.offset + 1 : passed.offset;
  const least = direction === 1 ? 1 : 0;
  return file.entries.bisect((entry) => compareEntries(entry, passed, ages()) >= least)?.offset ?? endOf(file);
}

/**
 * As libsystemd seeks: a file that has the sequence numbers or the boot of the cursor is searched for
 * them, others for the time. So entries of an older boot come again if its clock was ahead.
 */
function boundsOfCursor(sources: readonly Source[], cursor: Cursor, direction: Direction, ages: () => BootAges): number[] {
  const bounds = sources.map(({ file }) => boundByNumber(file, cursor, direction));
  const { realtime } = cursor;
  const place = realtime === undefined ? completed(cursor, sources, bounds, direction, ages) : cursor;
  const least = direction === 1 ? 0 : 1;
  return bounds.map((bound, i) => {
    if (bound !== undefined) return bound;
    const { file, stream } = sources[i];
    // A place that cannot be compared with anything is nowhere: nothing follows, in either direction.
    if (place.realtime === undefined) return direction === 1 ? endOf(file) : 0;
    const isBehind = realtime === undefined
      ? (entry: JournalEntry) => compareToPlace(entry, place, ages) >= least
      : (entry: JournalEntry) => compareU64(entry.realtime, realtime) >= least;
    return stream.bisect(isBehind, direction);
  });
}

/** To go on behind what was read: files without the numbers are compared in the order of reading, by the age of boots, then by time. */
function boundsAfterCursor(sources: readonly Source[], cursor: Cursor, ages: () => BootAges): number[] {
  return sources.map(({ file }) => {
    const bound = boundByNumber(file, cursor, -1);
    if (bound !== undefined) return bound;
    if (cursor.realtime === undefined) return 0;
    return file.entries.bisect((entry) => compareToPlace(entry, cursor, ages) > 0)?.offset ?? endOf(file);
  });
}

function boundByNumber(file: JournalFile, cursor: Cursor, direction: Direction): number | undefined {
  const { seqnumId, seqnum, bootId, monotonic } = cursor;
  const least = direction === 1 ? 0 : 1;
  if (seqnum !== undefined && seqnumId === file.header.seqnumId) {
    return file.entries.bisect((entry) => compareU64(entry.seqnum, seqnum) >= least)?.offset ?? endOf(file);
  }
  if (bootId === undefined || monotonic === undefined) return undefined;
  const data = findData(file, Buffer.from(`_BOOT_ID=${bootId}`, 'latin1'));
  const list = data === 0 ? undefined : readDataList(file, data);
  if (list === undefined || list.count === 0) return undefined;
  return list.bisect((entry) => compareU64(entry.monotonic, monotonic) >= least)?.offset ?? list.upTo(file.size) + 1;
}

/** The cursor with what it lacks taken from the entry that was found by what it has. */
function completed(
  cursor: Cursor, sources: readonly Source[], bounds: readonly (number | undefined)[], direction: Direction, ages: () => BootAges,
): Cursor {
  let found: JournalEntry | undefined;
  for (const [i, bound] of bounds.entries()) {
    if (bound === undefined) continue;
    const { file } = sources[i];
    const entry = file.entry(direction === 1 ? file.entries.from(bound) : file.entries.upTo(bound - 1));
    if (entry && (!found || compareEntries(entry, found, ages()) * direction < 0)) found = entry;
  }
  return found ? { bootId: found.bootId, monotonic: found.monotonic, ...cursor, realtime: found.realtime } : cursor;
}

function compareToPlace(entry: JournalEntry, place: Cursor, ages: () => BootAges): number {
  if (place.bootId !== undefined) {
    if (place.bootId !== entry.bootId) {
      const byBoot = compareBoots(entry.bootId, place.bootId, ages());
      if (byBoot !== 0) return byBoot;
    } else if (place.monotonic !== undefined && place.monotonic !== entry.monotonic) return compareU64(entry.monotonic, place.monotonic);
  }
  return compareU64(entry.realtime, place.realtime!);
}
