/**
 * The order of entries of several files, as sd_journal gives them since systemd 254.
 *
 * It is not transitive in odd cases, so it only serves to choose among files: within a file the
 * order is that of the file.
 */
import type { JournalEntry } from './entry.ts';
import type { JournalFile } from './journal-file.ts';
import { compareU64, type U64 } from './u64.ts';

/** How recent boots are: of the file that ends latest in a boot. */
export type BootAges = ReadonlyMap<string, { readonly machineId: string; readonly monotonic: U64; readonly realtime: U64 }>;

/** A boot is known if some file's last entry is of it. */
export function readBootAges(files: Iterable<JournalFile>): BootAges {
  const ages = new Map<string, { machineId: string; monotonic: U64; realtime: U64 }>();
  for (const file of files) {
    const last = file.lastEntry();
    if (last === undefined) continue;
    const known = ages.get(last.bootId);
    if (known !== undefined && known.monotonic >= last.monotonic) continue;
    ages.set(last.bootId, { machineId: file.header.machineId, monotonic: last.monotonic, realtime: last.realtime });
  }
  return ages;
}

/** Negative if `a` comes first, 0 if they are the same entry. */
export function compareEntries(a: JournalEntry, b: JournalEntry, ages: BootAges): number {
  const isSameSource = a.seqnumId === b.seqnumId;
  if (isSameSource && a.seqnum !== b.seqnum) return a.seqnum < b.seqnum ? -1 : 1;
  if (a.bootId === b.bootId) {
    if (a.monotonic !== b.monotonic) return a.monotonic < b.monotonic ? -1 : 1;
  } else {
    const byBoot = compareBoots(a.bootId, b.bootId, ages);
    if (byBoot !== 0) return byBoot;
  }
  return compareU64(a.realtime, b.realtime) || a.xorHigh - b.xorHigh || a.xorLow - b.xorLow;
}

/** By age; 0 if it is not known, or the boots are of different machines. */
export function compareBoots(a: string, b: string, ages: BootAges): number {
  const left = ages.get(a);
  const right = ages.get(b);
  if (left === undefined || right === undefined || left.machineId !== right.machineId) return 0;
  return compareU64(left.realtime, right.realtime);
}
