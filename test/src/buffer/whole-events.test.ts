import { describe, expect, test } from 'vitest';
import zlib from 'node:zlib';
import { gzipMemberLength, wholeEvents, zstdFrameLength } from '../../../src/buffer/whole-events.ts';
import { encodeEntry } from '../../../src/lib/msgpack.ts';

const entry = (text: string): Buffer => Buffer.from(encodeEntry({ sec: 1, nsec: 2 }, new Map([['m', text]])));
const ends = (parts: readonly Buffer[]): number[] => parts.map((_, i) => Buffer.concat(parts.slice(0, i + 1)).length);
/** The last end that is not behind `at`. */
const lastEnd = (all: readonly number[], at: number): number => all.findLast((end) => end <= at) ?? 0;

describe('the whole events of a chunk without checksums, cut off anywhere', () => {
  test('MessagePack', () => {
    const parts = [entry('one'), entry('zwei ü'), entry('')];
    const bytes = Buffer.concat(parts);
    for (let at = 0; at <= bytes.length; at++) {
      const byteLength = lastEnd(ends(parts), at);
      const found = wholeEvents(bytes.subarray(0, at), 'text', 3);
      expect([at, found.byteLength]).toEqual([at, byteLength]);
      if (at > 0) expect(found.eventCount).toBe(ends(parts).filter((end) => end <= at).length);
      // The rest of the last block of a disk was never written.
      expect(wholeEvents(Buffer.concat([bytes.subarray(0, byteLength), Buffer.alloc(50)]), 'text', 3).byteLength).toBe(byteLength);
    }
  });

  test('gzip members', () => {
    const parts = ['one\n', 'two\n'.repeat(100), 'three\n'].map((text) => zlib.gzipSync(text));
    const bytes = Buffer.concat(parts);
    expect(gzipMemberLength(bytes)).toBe(parts[0]!.length);
    for (let at = 0; at <= bytes.length; at++) expect([at, wholeEvents(bytes.subarray(0, at), 'gzip', 0).byteLength]).toEqual([at, lastEnd(ends(parts), at)]);
    const damaged = Buffer.from(bytes);
    damaged[parts[0]!.length + 12]! ^= 0xff;
    expect(wholeEvents(damaged, 'gzip', 0).byteLength).toBe(parts[0]!.length);
  });

  test.each<[string, string, number, number]>([
    ['ends with its last line break', 'one\ntwo\nthr', 2, 8],
    ['may be one that is cut off', 'one', 0, 3],
    ['of a format without line breaks is kept', 'onetwo', 2, 6],
    ['with more events than line breaks is kept', 'one\ntwo', 2, 7],
    ['ends where zeros begin', 'one\ntwo\n\0\0\0\0', 3, 8],
    ['that is all zeros is nothing', '\0\0\0', 1, 0],
  ])('a text %s', (_name, text, said, byteLength) => {
    expect(wholeEvents(Buffer.from(text), 'text', said).byteLength).toBe(byteLength);
  });
});

test('a zstd frame tells its length', () => {
  // Raw block of 3 bytes, with the size of the content and a checksum; then an RLE block in a frame without.
  const one = Buffer.from('28b52ffd240319000061626300000000', 'hex');
  const two = Buffer.from('28b52ffd000053000078', 'hex');
  expect(zstdFrameLength(Buffer.concat([one, two]))).toBe(one.length);
  expect(zstdFrameLength(two)).toBe(two.length);
  for (let at = 0; at < 9; at++) expect(zstdFrameLength(two.subarray(0, at))).toBe(undefined);
  expect(zstdFrameLength(Buffer.from('no frame at all'))).toBe(undefined);
});
