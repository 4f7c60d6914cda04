/** Makes the journal of the sample node current: the times of its entries move as those of its logs do. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const ENTRY_TYPE = 3;

/**
 * Unpacks the journal files below `from` (`<machine id>/<name>.gz`) to `to`, with all wall-clock times
 * moved by `shiftMs`. Returns the number of entries; 0 if `from` does not exist.
 */
export async function copySampleJournal(from: string, to: string, shiftMs: number): Promise<number> {
  let entries = 0;
  const names = await readdir(from, { recursive: true }).catch((): string[] => []);
  for (const name of names.filter((each) => each.endsWith('.journal.gz'))) {
    const bytes = gunzipSync(await readFile(join(from, name)));
    entries += moveEntryTimes(bytes, BigInt(shiftMs) * 1000n);
    const path = join(to, name.slice(0, -'.gz'.length));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  return entries;
}

/** Moves the realtime of all entries of a whole journal file, in microseconds; no hash covers it. Returns how many there are. */
export function moveEntryTimes(bytes: Buffer, shift: bigint): number {
  const move = (at: number): void => void bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + shift, at);
  const headerSize = Number(bytes.readBigUInt64LE(88));
  // head_entry_realtime and tail_entry_realtime.
  move(184);
  move(192);
  let entries = 0;
  for (let at = headerSize; at + 16 <= bytes.length; ) {
    if (bytes[at] === ENTRY_TYPE) {
      move(at + 24);
      entries++;
    }
    const size = Number(bytes.readBigUInt64LE(at + 8));
    if (size < 16) break;
    at += Math.ceil(size / 8) * 8;
  }
  return entries;
}
