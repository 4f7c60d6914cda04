import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonWriter } from '../../../../plugins/output/cloudwatch_logs/message.ts';
import { split, truncate, truncateJson } from '../../../../plugins/output/cloudwatch_logs/oversize.ts';
import type { Value } from '../../../../src/lib/value.ts';

const json = jsonWriter(true);
const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((s) => s.isWellFormed());

test('a text that fits stays as it is', () => {
  expect(truncate('äöü', 6)).toBe('äöü');
});

test('a text that is cut says how long it was, and no character is parted', () => {
  const cut = truncate('😀'.repeat(30), 60);
  expect(cut).toBe('😀'.repeat(5) + ' [truncated, the message had 120 bytes]');
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(60);
});

test('what is cut is well formed and never longer than allowed', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 45, max: 120 }), (whole, most) => {
      const cut = truncate(whole, most);
      expect(cut.isWellFormed() && Buffer.byteLength(cut) <= most).toBe(true);
    }),
  );
});

test('pieces fit and together are the text', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 4, max: 30 }), (whole, most) => {
      const pieces = split(whole, most);
      expect(pieces.join('')).toBe(whole);
      expect(pieces.every((piece) => piece !== '' && piece.isWellFormed() && Buffer.byteLength(piece) <= most)).toBe(true);
    }),
  );
});

test('the longest text of a record is cut, and the message is still JSON', () => {
  const record = new Map<string, Value>([['a', 'short'], ['log', '"\n'.repeat(500)], ['n', 1]]);
  const cut = truncateJson(record, json, 300)!;
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(300);
  const { a, log, n } = JSON.parse(cut) as { a: string; log: string; n: number };
  expect([a, n]).toEqual(['short', 1]);
  expect(log).toMatch(/^("\n)+"? \[truncated, the message had 2028 bytes\]$/);
});

test('a record whose size is not in one text cannot be cut so', () => {
  expect(truncateJson(new Map<string, Value>([['list', Array.from({ length: 500 }, (_, i) => i)]]), json, 300)).toBeUndefined();
});
