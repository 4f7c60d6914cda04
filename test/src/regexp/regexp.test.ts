import { describe, expect, test } from 'vitest';
import { decodeText } from '../../../src/lib/text.ts';
import {
  compileRegexp,
  fromByteText,
  groupText,
  isByteSensitive,
  RegexpTimeout,
  runWithin,
  splitRegexpLiteral,
  toByteText,
  toJsRegExp,
} from '../../../src/regexp/index.ts';

/** Named groups that took part, as a parser keeps them. */
function match(source: string, text: string, options = ''): Record<string, string> | null {
  const regexp = compileRegexp(source, options);
  const found = regexp.exec(text);
  if (!found) return null;
  const pairs = regexp.groups.map((group) => [group.name, groupText(found, group)] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) as Record<string, string>;
}

describe('patterns of Ruby match what they match there', () => {
  test.each<[string, string, Record<string, string> | null]>([
    [String.raw`^(?<id>\h{4,}+)-(?<rest>\H+)$`, 'deadBEEF-xyz', { id: 'deadBEEF', rest: 'xyz' }],
    [String.raw`^(?<id>\h{4,}+)-(?<rest>\H+)$`, 'abcd-12f', null],
    ['^(?<word>(?>a+))(?<tail>b.*)$', 'aaab', { word: 'aaa', tail: 'b' }],
    [String.raw`^(?<q>"[^"]*+") (?<n>\d++)(?<unit>[a-z]*+)$`, '"a b" 12ms', { q: '"a b"', n: '12', unit: 'ms' }],
    [String.raw`^(?<l>(?i)error|warn(?:ing)?(?-i)) (?<c>(?i:e)\d+) (?<r>.*)$`, 'ERROR e12 x', { l: 'ERROR', c: 'e12', r: 'x' }],
    [String.raw`\A(?<first>\S+) (?<last>\S+)\z`, 'one two', { first: 'one', last: 'two' }],
    [String.raw`\A(?<first>\S+)\Z`, 'one\n', { first: 'one' }],
    [String.raw`^(?:A=(?<v>\d+)|B=(?<v>\w+)|(?<v>-)) (?<k>\w+)$`, 'A=12 one', { v: '12', k: 'one' }],
    [String.raw`^(?:A=(?<v>\d+)|B=(?<v>\w+)|(?<v>-)) (?<k>\w+)$`, 'B=xx two', { v: 'xx', k: 'two' }],
    [String.raw`^(?:A=(?<v>\d+)|B=(?<v>\w+)|(?<v>-)) (?<k>\w+)$`, '- three', { v: '-', k: 'three' }],
    [String.raw`^(?<q>["\x27])(?<text>.*?)\k<q>\s*(?<rest>.*)$`, `"it's" ok`, { q: '"', text: "it's", rest: 'ok' }],
    [String.raw`^(?<name>\w+)(?<args>\((?:[^()]|\g<args>)*\))(?<r>.*)$`, 'f(a(b)c)(d) e', { name: 'f', args: '(a(b)c)', r: '(d) e' }],
    [String.raw`^(?<open><)?(?<word>\w+)(?(<open>)>|;)$`, '<abc>', { open: '<', word: 'abc' }],
    [String.raw`^(?<open><)?(?<word>\w+)(?(<open>)>|;)$`, 'abc;', { word: 'abc' }],
    [String.raw`^(?<open><)?(?<word>\w+)(?(<open>)>|;)$`, '<abc;', null],
    [String.raw`^(?<open><)?(?<word>\w+)(?(<open>)>|;)$`, 'abc>', null],
    [String.raw`^(?x: (?<y> \d{4} ) - (?<m> \d\d ) ) (?<t>.*)$`, '2022-10 rest', { y: '2022', m: '10', t: 'rest' }],
    [String.raw`^(?<cons>[a-z&&[^aeiou]]+)(?<rest>[^\s\d]*)$`, 'bcdaeiou', { cons: 'bcd', rest: 'aeiou' }],
    [String.raw`id:\K(?<id>\d+) (?<w>\w*+)`, 'x id:12 abc', { id: '12', w: 'abc' }],
    [String.raw`^(?#the level)(?<l>[IWE]{,2})\x20(?<t>[\w.\-]+)\t?(?<e>\e\[\d+m)?$`, 'E f\u001b[31m', { l: 'E', t: 'f', e: '\u001b[31m' }],
    [String.raw`(\d+) (?<x>\w+) (?:y)(z)?`, '1 abc yz', { x: 'abc' }],
    [String.raw`(?<a>\d+)(?<n>\g<a>)`, '12', { a: '2', n: '2' }],
    [String.raw`(?<a>.)\R(?<b>.)`, 'x\r\ny', { a: 'x', b: 'y' }],
  ])('%s on %j', (source, text, expected) => {
    expect(match(source, text)).toEqual(expected);
  });

  test('^ and $ are line anchors, dots stop at lines without m', () => {
    expect(match('^(?<b>b.*)$', 'a\nb1\nc')).toEqual({ b: 'b1' });
    expect(match('^(?<b>b.*)$', 'a\nb1\nc', 'm')).toEqual({ b: 'b1\nc' });
    expect(match('(?<b>b.*)', 'A\nB1\nc', 'i')).toEqual({ b: 'B1' });
    expect(match('(?<a> \\d ) # a digit', '7', 'x')).toEqual({ a: '7' });
    expect(match('^(?<e>)$', 'a\n')).toBe(null);
  });

  test('\\d, \\w and \\s are ASCII, \\b and POSIX classes are Unicode', () => {
    expect(match('(?<d>\\d+)', '٣4')).toEqual({ d: '4' });
    expect(match('(?<w>\\w+)', 'Größe')).toEqual({ w: 'Gr' });
    expect(match('\\b(?<w>\\w+)\\b', 'Größe zwei x')).toEqual({ w: 'zwei' });
    expect(match('^(?<w>[[:alpha:]]+)', 'Größe zwei')).toEqual({ w: 'Größe' });
    expect(match('^(?<w>[\\w[:space:]]+)', 'ab\u00a0cd\u00e4')).toEqual({ w: 'ab\u00a0cd' });
    expect(match('^(?<han>\\p{Han}*)(?<cyr>\\p{Cyrillic}*)', '日本語Привет')).toEqual({ han: '日本語', cyr: 'Привет' });
    expect(match('^(?<two>.{2})', '👨\u200d👩')).toEqual({ two: '👨\u200d' });
    expect(match('^(?<w>(?i)grün|ÄÖÜ)', 'äöü')).toEqual({ w: 'äöü' });
  });

  test('invalid bytes are characters', () => {
    const text = decodeText(Buffer.from([0x61, 0xff, 0x20, 0x62]));
    expect(match('^(?<a>\\S+) (?<b>.)$', text)).toEqual({ a: text.slice(0, 2), b: 'b' });
  });
});

test('groups that the emulation adds are not counted', () => {
  const regexp = compileRegexp('((?>a+))(b)');
  const found = regexp.exec('aab')!;
  expect(regexp.numbers.map((i) => found[i])).toEqual(['aab', 'aa', 'b']);
  expect([...toJsRegExp('((?>a+))(b)').exec('aab')!]).toEqual(['aab', 'aa', 'b']);
});

test('a pattern without names has no named groups', () => {
  expect(compileRegexp('(a)(b)').groups).toEqual([]);
});

test('a search can begin later', () => {
  const regexp = compileRegexp('(?<n>\\d)');
  expect(regexp.exec('1 2', 1)?.index).toBe(2);
  expect(regexp.exec('1 2')?.index).toBe(0);
});

test('an invalid pattern is named in the message', () => {
  expect(() => compileRegexp('a(b')).toThrow(/^invalid regular expression \/a\(b\/: /);
  expect(() => toJsRegExp('[z-a]', 'i')).toThrow(/^invalid regular expression \/\[z-a\]\/i: /);
});

test('a regular expression replaces globally with the g flag', () => {
  expect('a1b22'.replace(toJsRegExp('\\d', '', 'g'), '#')).toBe('a#b##');
});

test('a literal is split into pattern and options', () => {
  expect(splitRegexpLiteral('/^a/b$/im')).toEqual({ source: '^a/b$', options: 'im' });
  expect(splitRegexpLiteral('^(?<k>[^=/]+)=')).toEqual({ source: '^(?<k>[^=/]+)=', options: '' });
});

describe('text of unknown encoding', () => {
  test('is matched byte by byte', () => {
    const bytes = toByteText('Größe 1');
    expect(bytes.length).toBe(9);
    const found = compileRegexp('^(?<word>[[:alpha:]]+)(?<rest>.*)$').exec(bytes)!;
    expect(found.slice(1).map(fromByteText)).toEqual(['Gr', 'öße 1']);
  });

  test('and characters are the same to most patterns', () => {
    expect(isByteSensitive('^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<tag>[FP]) (?<log>.*)$')).toBe(false);
    expect(isByteSensitive(String.raw`^(?<a>\S+) \[(?<b>[^\]]*)\]\.(?<n>\d+)$`)).toBe(false);
    for (const source of ['[[:alpha:]]', '.{2}', '\\bx', '\\p{L}', 'ä', '.', '[^a]', '(?i)a', '.+?x']) {
      expect(isByteSensitive(source), source).toBe(true);
    }
  });
});

describe('negated classes within repeated groups', () => {
  // V8 of Node 20 matches these wrongly under the flag v.
  test.each([['(?:,[^,])+', ',a,b'], [String.raw`(?:\\[^\\]*)+`, String.raw`\\a\\b.c`], ['(?:;[^;x]*)+', ';a;b'], ['(?<all>(?:,[^,]+)+)', ',ab,c']])('%s takes all of %s', (source, text) => {
    expect(compileRegexp(source).exec(`x${text}`)?.[0]).toBe(text);
    expect(toJsRegExp(source).exec(`x${text}`)?.[0]).toBe(text);
  });
});

describe('a limit in time', () => {
  test('ends a match', () => {
    const slow = compileRegexp('^(?<x>(?<a>a|aa|aaa)+)\\k<a>b(?<rest>.*)$');
    expect(() => runWithin(50, () => slow.exec('a'.repeat(60) + '!b'))).toThrow(RegexpTimeout);
  });
  test('is not seen by others', () => {
    expect(runWithin(50, () => 5)).toBe(5);
    expect(() => runWithin(50, () => { throw new TypeError('x'); })).toThrow(TypeError);
  });
});
