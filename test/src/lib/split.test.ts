import { expect, test } from 'vitest';
import { rubySplit } from '../../../src/lib/split.ts';

test.each<[string, string | RegExp, number, string[]]>([
  ['a,b,c', ',', 0, ['a', 'b', 'c']],
  [',a,,b,,', ',', 0, ['', 'a', '', 'b']],
  [',a,,b,,', ',', -1, ['', 'a', '', 'b', '', '']],
  ['a,b,c', ',', 2, ['a', 'b,c']],
  ['a', ',', 3, ['a']],
  ['', ',', -1, []],
  ['abc', '', 0, ['a', 'b', 'c']],
  ['abc', '', 2, ['a', 'bc']],
  ['  a  b ', ' ', 0, ['a', 'b']],
  [' a  b c', ' ', 2, ['a', 'b c']],
  ['a1b22c', /\d+/g, 0, ['a', 'b', 'c']],
  ['a1b', /(\d)/g, 0, ['a', '1', 'b']],
  ['abc', /(?:)/g, 0, ['a', 'b', 'c']],
  ['a::b', '::', 0, ['a', 'b']],
])('%j split at %s (limit %i)', (text, delimiter, limit, expected) => {
  expect(rubySplit(text, delimiter, limit)).toEqual(expected);
});
