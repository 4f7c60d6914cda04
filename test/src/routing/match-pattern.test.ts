import { expect, test } from 'vitest';
import { compileMatchPattern } from '../../../src/routing/match-pattern.ts';

test.each([
  ['a', ['a'], ['a.b', 'ab', 'b']],
  ['a.*', ['a.b', 'a.'], ['a', 'a.b.c', 'ab']],
  ['a.**', ['a', 'a.b', 'a.b.c', 'a..b'], ['ab', 'b.a']],
  ['*', ['a', 'a*', 'a,b'], ['a.b', '.a']],
  ['*.*', ['a.b', '.a'], ['a', 'a.b.c', 'a..b']],
  ['**.c', ['c', 'a.c', 'a.b.c'], ['abc', 'a.c.d']],
  ['a.**.c', ['a.c', 'a.b.c', 'a.x.y.c'], ['a.b', 'abc']],
  ['{a,b}.*', ['a.x', 'b.x'], ['c.x', 'a']],
  ['{a.**,x}', ['a', 'a.b.c', 'x'], ['x.y', 'ab']],
  ['a**', ['a', 'ab', 'a.b'], ['ba']],
  ['**a', ['a', 'ba', '.a'], ['ab']],
  ['a.*.**', ['a.b', 'a.b.c', 'a.'], ['a', 'ab']],
  ['a b.*', ['a', 'b.c'], ['b', 'a.c']],
  ['{a,b}{c,d}', ['ac', 'bd'], ['a', 'ab']],
  ['{,a}.b', ['.b', 'a.b'], ['b', 'c.b']],
  ['/a/', ['a'], ['ab', 'a.b']],
  ['/(a|b)\\..*/', ['a.x', 'b.y.z'], ['c.x']],
  ['//', [''], ['a']],
  ['a\\*', ['a*'], ['ab']],
  ['**', ['', 'a', 'a.b'], []],
  ['a,b', ['a,b'], ['a', 'b']],
  ['é.*', ['é.x'], ['e.x']],
])('%s matches what it should', (pattern, matching, others) => {
  const { matches } = compileMatchPattern(pattern);
  expect(matching.filter((tag) => !matches(tag))).toEqual([]);
  expect(others.filter((tag) => matches(tag))).toEqual([]);
});

test.each([
  ['/abc', 'expected a closing / in the pattern, found /abc'],
  ['{a,b', 'expected } in the pattern, found the end of {a,b'],
])('%s is refused', (pattern, message) => {
  expect(() => compileMatchPattern(pattern)).toThrow(message);
});
