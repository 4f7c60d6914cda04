import { expect, test } from 'vitest';
import { ChunkIds } from '../../../src/buffer/chunk-id.ts';

test('ids ascend within a millisecond and while the clock is set back', () => {
  const ids = new ChunkIds();
  const made = [1000, 1000, 1000, 400, 999, 1001].map((ms) => ids.next(ms));
  expect(made.toSorted()).toEqual(made);
  expect(made.map((id) => id.slice(0, 13))).toEqual([1_000_000, 1_000_001, 1_000_002, 1_000_003, 1_000_004, 1_001_000].map((micros) => micros.toString(16).padStart(13, '0')));
});

test('ids are behind those that were found, whatever the clock says', () => {
  const ids = new ChunkIds();
  const found = new ChunkIds().next(5000);
  ids.seen('not an id of ours');
  ids.seen(found);
  expect(ids.next(3) > found).toBe(true);
});
