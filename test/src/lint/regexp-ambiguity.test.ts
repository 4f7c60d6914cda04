import { expect, test } from 'vitest';
import { exponentialAmbiguity } from '../../../src/lint/regexp-ambiguity.ts';

test.each([
  ['^(a+)+$', 'a'],
  ['^(a*)*b', 'a'],
  ['^(?:a|a)*b', 'aa'],
  ['^(\\w+\\s?)+:', undefined],
  ['^(?<x>(?:[^,]*,?)*)!$', undefined],
  ['^(?:.*,)*;', undefined],
  ['^(a|aa)+$', undefined],
  ['(?:\\d+|\\w+)*-', undefined],
  ['(x+x+)+y', undefined],
  ['^([a-z]+|[[:alnum:]]+)+\\z', undefined],
  ['(a{1,20}){1,20}b', undefined],
])('%s takes time that grows exponentially', (source, text) => {
  const found = exponentialAmbiguity(source);
  expect(found).toBeDefined();
  if (text !== undefined) expect(found!.text).toBe(text);
});

test.each([
  ['^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$'],
  ['^\\d{4}[-/]\\d{1,2}[-/]\\d{1,2}'],
  ['^\\S'],
  ['^(?:[a-z]+\\.)*[a-z]+$'],
  ['[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*_x'],
  ['^(?:a+b)+$'],
  ['^"(?:[^"\\\\]|\\\\.)*"$'],
  ['(a+)+'],
  ['(?>(a+)+)b'],
  ['^(?:foo|bar)*$'],
  ['^(?<remote>[^ ]*) (?<host>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<method>\\S+)(?: +(?<path>[^\\"]*?)(?: +\\S*)?)?"$'],
  ['(a+){1,3}b'],
  ['(?<!x)(?:ab)*c'],
])('%s does not', (source) => {
  expect(exponentialAmbiguity(source)).toBeUndefined();
});

test('an extended pattern has blanks and comments', () => {
  expect(exponentialAmbiguity('^( a+ )+ $ # the end', 'x')).toBeDefined();
  expect(exponentialAmbiguity('^( a+ b )+ $ # (a+)+', 'x')).toBeUndefined();
});
