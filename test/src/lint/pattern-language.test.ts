import fc from 'fast-check';
import { expect, test } from 'vitest';
import { patternLanguage, surePatternLanguage } from '../../../src/lint/pattern-language.ts';
import { findTag, isTagIn } from '../../../src/lint/tag-language.ts';
import { compileMatchPattern } from '../../../src/routing/match-pattern.ts';

/** A tag of `inner` that `outer` does not take; null if outer covers inner. */
function uncovered(inner: string, ...outer: string[]): string | null | undefined {
  return findTag([patternLanguage(inner)!, ...outer.map(surePatternLanguage)], ([isIn, ...taken]) => isIn! && !taken.includes(true));
}

test.each([
  ['a', ['a']], ['a.b', ['a.*']], ['a.b', ['a.**']], ['a', ['a.**']], ['a.*', ['a.**']], ['a.*.c', ['a.**.c']], ['anything', ['**']],
  ['a.{b,c}', ['a.b', 'a.c']], ['kube.x', ['{kube,host}.*']], ['a.b a.c', ['a.*']], ['**.x', ['**']], ['a.**', ['a', 'a.*', 'a.*.**']],
])('%s is covered by %j', (inner, outer) => {
  expect(uncovered(inner, ...outer)).toBeNull();
});

test.each([
  ['a.**', ['a.*'], 'a'], ['a.*', ['a.b'], 'a.'], ['**', ['*'], '.'], ['a.b.c', ['a.*'], 'a.b.c'], ['a*', ['a.**'], 'ax'], ['a.{b,c}', ['a.b'], 'a.c'],
  ['a.**', ['/a.*/'], 'a'],
])('%s is not covered by %j: there is %s', (inner, outer, tag) => {
  expect(uncovered(inner, ...outer)).toBe(tag);
});

test('a pattern with a regular expression is not known', () => {
  expect(patternLanguage('/a.*/')).toBeUndefined();
  expect(patternLanguage('a /b/')).toBeUndefined();
});

test('a language takes the same tags as the pattern that routes', () => {
  const piece = fc.constantFrom('a', 'b', '.', '*', '**', '.**', '**.', '{a,b}', '{a,b.*}', '{**.a,b}', '\\*', 'ab');
  const tag = fc.array(fc.constantFrom('a', 'b', '.', '*', 'c'), { maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.array(tag, { maxLength: 20 }), (pieces, tags) => {
    const text = pieces.join('');
    const pattern = compileMatchPattern(text);
    const language = patternLanguage(text)!;
    for (const each of tags) if (each !== '') expect([each, isTagIn(language, each)]).toEqual([each, pattern.matches(each)]);
  }), { numRuns: 500 });
});
