import { expect, test } from 'vitest';
import { diffRecords } from '../../../src/dry-run/record-diff.ts';
import type { Value } from '../../../src/lib/value.ts';

const hash = (fields: Readonly<Record<string, Value>>) => new Map(Object.entries(fields));

test('fields that are gone, new and changed are told, nested ones by their paths', () => {
  const before = hash({ a: 1, gone: 'x', deep: hash({ same: 1, old: true }), __proto__x: 'k' });
  const after = hash({ a: 2, deep: hash({ same: 1, fresh: null }), added: hash({ list: [1] }), __proto__x: 'k' });
  expect(diffRecords(before, after)).toEqual([
    { op: 'remove', field: 'gone', before: '"x"', after: null },
    { op: 'change', field: 'a', before: '1', after: '2' },
    { op: 'remove', field: 'deep.old', before: 'true', after: null },
    { op: 'add', field: 'deep.fresh', before: null, after: 'null' },
    { op: 'add', field: 'added.list', before: null, after: '[1]' },
  ]);
});

test('equal records differ in nothing', () => {
  expect(diffRecords(hash({ a: hash({ b: 1 }) }), hash({ a: hash({ b: 1 }) }))).toEqual([]);
});
