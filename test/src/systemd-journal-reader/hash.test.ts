import { expect, test } from 'vitest';
import { jenkinsHash, sipHash } from '../../../src/systemd-journal-reader/hash.ts';

test('lookup3 gives the values of its author', () => {
  // From the driver of lookup3.c: hashlittle2 of nothing, and of its sample text, with seeds 0.
  expect(jenkinsHash(Buffer.alloc(0))).toEqual({ high: 0xdeadbeef, low: 0xdeadbeef });
  expect(jenkinsHash(Buffer.from('Four score and seven years ago'))).toEqual({ high: 0x17770551, low: 0xce7226e6 });
});

test('SipHash-2-4 gives the test vectors of its authors', () => {
  const key = Buffer.from(Array.from({ length: 16 }, (_, i) => i));
  const vectors: [number, string][] = [
    [0, '726fdb47dd0e0e31'], [1, '74f839c593dc67fd'], [7, 'ab0200f58b01d137'], [8, '93f5f5799a932462'], [15, 'a129ca6149be45e5'], [63, '958a324ceb064572'],
  ];
  for (const [length, expected] of vectors) {
    const { high, low } = sipHash(Buffer.from(Array.from({ length }, (_, i) => i)), key);
    expect(high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0'), `${length} bytes`).toBe(expected);
  }
});
