import { expect, test } from 'vitest';
import { encodeSum, encodeSumsHead, provenPart, readSums, sumOf, SUM_ENTRY_SIZE, type SumEntry } from '../../../src/buffer/chunk-sums.ts';

const meta = { id: 'ab'.repeat(16), metadata: { tag: 'a', timekey: undefined, variables: undefined }, eventCount: 0, createdAt: 5000, modifiedAt: 5000 };
const data = Buffer.from('onetwothree');

function file(entries: readonly SumEntry[]): Buffer {
  const head = encodeSumsHead(meta);
  const parts = [head.bytes];
  let { chain } = head;
  for (const entry of entries) {
    const made = encodeSum(entry, chain);
    parts.push(made.bytes);
    ({ chain } = made);
  }
  return Buffer.concat(parts);
}
const appended = (from: number, to: number, eventCount: number, bytes = data): SumEntry => ({
  kind: 'appended', eventCount, byteLength: to, sum: sumOf(bytes.subarray(from, to)),
});
const entries = [appended(0, 3, 1), appended(3, 6, 2), appended(6, 11, 3)];

test('the metadata and all entries come back', () => {
  const sums = readSums(file(entries))!;
  expect(sums.meta).toEqual(meta);
  expect(sums.entries).toEqual(entries);
  expect(provenPart(data, sums)).toEqual({ byteLength: 11, eventCount: 3, whole: true, missingEvents: 0, closed: false });
});

test('a file that is cut off anywhere proves what its whole entries say', () => {
  const bytes = file(entries);
  const head = bytes.length - 3 * SUM_ENTRY_SIZE;
  for (let at = 0; at <= bytes.length; at++) {
    const sums = readSums(bytes.subarray(0, at));
    const whole = Math.floor((at - head) / SUM_ENTRY_SIZE);
    expect(sums?.entries.length).toBe(at < head ? undefined : whole);
  }
});

test('a byte that changed ends the chain, or the proven part', () => {
  const bytes = file(entries);
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i]! ^= 1;
    const sums = readSums(changed);
    if (sums) expect(sums.entries).toEqual(entries.slice(0, sums.entries.length));
    expect(sums?.entries.length ?? 0).toBeLessThan(3);
  }
  for (let i = 0; i < data.length; i++) {
    const changed = Buffer.from(data);
    changed[i]! ^= 1;
    const good = entries.filter(({ byteLength }) => byteLength <= i).length;
    expect(provenPart(changed, readSums(bytes)!)).toMatchObject({ eventCount: good, whole: false, missingEvents: 3 - good });
  }
});

test('what was taken back is not missed; a chunk that was closed says so', () => {
  const cut: SumEntry = { kind: 'cut', eventCount: 1, byteLength: 3, sum: 0 };
  const again = Buffer.from('onefour');
  const closed: SumEntry = { kind: 'closed', eventCount: 2, byteLength: 7, sum: 0 };
  const sums = readSums(file([...entries, cut, appended(3, 7, 2, again), closed]))!;
  expect(provenPart(again, sums)).toEqual({ byteLength: 7, eventCount: 2, whole: true, missingEvents: 0, closed: true });
});
