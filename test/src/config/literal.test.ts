import { describe, expect, it } from 'vitest';
import {
  boolLiteral,
  enumLiteral,
  floatLiteral,
  integerLiteral,
  LiteralError,
  regexpLiteral,
  sizeLiteral,
  stringLiteral,
  timeLiteral,
} from '../../../src/config/literal.ts';
import type { LiteralOptions } from '../../../src/config/literal.ts';
import {
  arrayLiteral,
  hashLiteral,
  typedArrayLiteral,
  typedHashLiteral,
} from '../../../src/config/literal-collection.ts';
import { Float } from '../../../src/lib/value.ts';
import type { Value } from '../../../src/lib/value.ts';

/** [text, value, whether a note says that it may be meant differently] */
type Row = readonly [Value, number, boolean?];

const integers: readonly Row[] = [
  ['12', 12],
  ['-5', -5],
  ['+7', 7],
  [' 8 ', 8],
  ['1_000', 1000],
  ['2.9', 2, true],
  ['3 lines', 3, true],
  ['3x', 3, true],
  ['0x1F', 0, true],
  ['abc', 0, true],
  ['', 0, true],
  ['-0', 0],
  [12, 12],
  [2.9, 2],
  [new Float(3), 3],
];
const floats: readonly Row[] = [
  ['1.5', 1.5],
  ['-.5', -0.5],
  ['.5', 0.5],
  ['2', 2],
  ['1e3', 1000],
  ['1_0.2_5', 10.25],
  ['1.', 1, true],
  ['1.5x', 1.5, true],
  ['x', 0, true],
  ['', 0, true],
  [2, 2],
];
const sizes: readonly Row[] = [
  ['512', 512],
  ['1k', 1024],
  ['2K', 2048],
  ['3kb', 3072],
  ['1m', 1048576],
  ['1G', 1073741824],
  ['1t', 1099511627776],
  ['1.5g', 5 * 1073741824, true],
  ['10 MB', 10, true],
  [4096, 4096],
];
const times: readonly Row[] = [
  ['5', 5],
  ['1.5', 1.5],
  ['30s', 30],
  ['10m', 600],
  ['2h', 7200],
  ['1d', 86400],
  ['1h30m', 1800, true],
  ['1.5h', 18000, true],
  ['500ms', 30000, true],
  ['1M', 1, true],
  [60, 60],
];

describe.each([
  ['integer', integerLiteral, integers],
  ['float', floatLiteral, floats],
  ['size', sizeLiteral, sizes],
  ['time', timeLiteral, times],
] as const)('an %s', (_, read: (value: Value, options: LiteralOptions) => number, rows) => {
  for (const [text, expected, noted = false] of rows) {
    it(`${JSON.stringify(text)} is ${expected}${noted ? ', with a note' : ''}`, () => {
      const notes: string[] = [];
      expect(read(text, { note: (note) => void notes.push(note) })).toBe(expected);
      expect(notes.length > 0).toBe(noted);
    });
  }
});

describe('strict values', () => {
  it.each([
    ['12', 12],
    ['0x1F', 31],
    ['0b101', 5],
    ['017', 15],
    ['0o17', 15],
    ['-1_000', -1000],
  ])('the integer %j is %d', (text, expected) => {
    expect(integerLiteral(text, { strict: true })).toBe(expected);
  });

  it.each(['3x', '2.9', '', '08', '1__0'])('the integer %j is refused', (text) => {
    expect(() => integerLiteral(text, { strict: true })).toThrow(
      new LiteralError(`invalid integer value: expected a whole number, found ${JSON.stringify(text)}`),
    );
  });

  it('numbers within sizes and times are strict too', () => {
    expect(() => sizeLiteral('10 x', { strict: true })).toThrow(LiteralError);
    expect(() => timeLiteral('1.x', { strict: true })).toThrow('invalid float value: expected a number, found "1.x"');
    expect(timeLiteral('2h', { strict: true })).toBe(7200);
  });
});

describe('a boolean', () => {
  it.each<Value>(['true', 'yes', '', '# on', true])('%j is true', (text) => expect(boolLiteral(text)).toBe(true));
  it.each<Value>(['false', 'no', false])('%j is false', (text) => expect(boolLiteral(text)).toBe(false));
  it.each(['on', 'True', '1', ' true'])('%j is refused', (text) => {
    expect(() => boolLiteral(text)).toThrow(
      new LiteralError(`invalid bool value: expected true, yes, false or no, found ${JSON.stringify(text)}`),
    );
  });
});

describe('an enumeration', () => {
  it('gives the word', () => expect(enumLiteral('lf', ['lf', 'crlf'])).toBe('lf'));
  it('names the words that it takes', () => {
    expect(() => enumLiteral('cr', ['lf', 'crlf'])).toThrow(new LiteralError('valid options are lf,crlf but got cr'));
  });
});

describe('a regular expression', () => {
  it.each([
    ['/a b/', 'a b', '', 0],
    ['/a/i', 'a', 'i', 0],
    ['/a/mi', 'a', 'im', 0],
    ['/a/x', 'a', '', 1],
    ['//x/y/', '/x/y', '', 0],
    ['^a/b$', '^a/b$', '', 0],
    ['/', '', '', 0],
    ['//', '', '', 0],
    ['', '', '', 0],
  ])('%j is the pattern %j with the options %j', (text, source, options, noted) => {
    const notes: string[] = [];
    expect(regexpLiteral(text, { note: (note) => void notes.push(note) })).toEqual({ source, options });
    expect(notes).toHaveLength(noted);
  });

  it.each(['/abc/imx', '/abc'])('%j has no slash where one should be', (text) => {
    expect(() => regexpLiteral(text)).toThrow(`invalid regexp: missing right slash: ${text}`);
  });
});

describe('a list', () => {
  it.each<[Value, readonly Value[]]>([
    ['a,b', ['a', 'b']],
    ['  a , b  c ,', ['a', 'b  c']],
    [',a', ['', 'a']],
    ['\u00a0a\t,b\u00a0', ['\u00a0a', 'b\u00a0']],
    ['', []],
    ['[1, "x", 1.0, {"a": null}]', [1, 'x', new Float(1), new Map([['a', null]])]],
    [
      ['a', 1],
      ['a', 1],
    ],
  ])('%j', (text, expected) => expect(arrayLiteral(text)).toEqual(expected));

  it('refuses what is no list', () => {
    expect(() => arrayLiteral(5)).toThrow('array required but got 5');
    expect(() => arrayLiteral('[1')).toThrow('expected a JSON array, found "[1"');
  });

  it('converts its values to the declared type', () => {
    expect(typedArrayLiteral('1, 2x', 'integer')).toEqual([1, 2]);
    expect(typedArrayLiteral('[1, null, [2]]', 'string')).toEqual(['1', null, '[2]']);
    expect(() => typedArrayLiteral('1, 2x', 'integer', { strict: true })).toThrow('found "2x"');
  });
});

describe('a hash', () => {
  it.each<[Value, readonly (readonly [string, Value])[]]>([
    ['k:v,k2:v2', [['k', 'v'], ['k2', 'v2']]], // prettier-ignore
    [' p:integer , q:a:b , r', [['p', 'integer'], ['q', 'a:b'], ['r', null]]], // prettier-ignore
    ['{"a": 1, "__proto__": [2]}', [['a', 1], ['__proto__', [2]]]], // prettier-ignore
    ['', []],
  ])('%j', (text, expected) => expect([...hashLiteral(text)]).toEqual(expected));

  it('refuses what is no hash', () => {
    expect(() => hashLiteral(true)).toThrow('hash required but got true');
    expect(() => hashLiteral('{"a"')).toThrow('expected a JSON hash, found "{\\"a\\""');
    expect(() => hashLiteral(',a:b')).toThrow('expected key:value between commas');
  });

  it('converts its values to the declared type', () => {
    expect([...typedHashLiteral('a:yes,b', 'bool')]).toEqual([
      ['a', true],
      ['b', null],
    ]);
  });
});

it('a text is what Ruby prints for a typed value of the YAML form', () => {
  expect([new Float(1), 12, true, ['a', null]].map(stringLiteral)).toEqual(['1.0', '12', 'true', '["a", nil]']);
});
