import { expect, test } from 'vitest';
import { byteText, clip, fitted, oneLine, spread, squeeze, wrap } from '../../../src/dry-run/layout.ts';

test.each([[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [99_949, '99.9 kB'], [999_949, '1000 kB'], [999_950, '1.0 MB'], [1.5e9, '1.5 GB']])('%d bytes are %s', (bytes, text) => {
  expect(byteText(bytes)).toBe(text);
});

test('names lose their middle, texts their end', () => {
  expect(squeeze('abcdefghij', 7)).toBe('abc…hij');
  expect(squeeze('abc', 7)).toBe('abc');
  expect(clip('abcdefghij', 7)).toBe('abcdef…');
});

test('two texts stand at both ends of a line, with a gap at least', () => {
  expect(spread('a', 'b', 10)).toBe('a        b');
  expect(spread('aaaaaaaa', 'bb', 10)).toBe('aaaaaaaa  bb');
});

test('on a narrow terminal blanks go, and nothing else', () => {
  const text = [spread('● tail', 'a.conf:1'), '─'.repeat(100), `  ${'x'.repeat(50)}`, spread('\x1b[32mleft\x1b[39m', 'right', 100)].join('\n');
  expect(fitted(text, 30).split('\n')).toEqual(['● tail                a.conf:1', '─'.repeat(30), `  ${'x'.repeat(50)}`, `\x1b[32mleft\x1b[39m${' '.repeat(21)}right`]);
  expect(fitted(text, 10).split('\n')[0]).toBe('● tail  a.conf:1');
  expect(fitted(text, 100)).toBe(text);
  expect(fitted(text, Infinity)).toBe(text);
});

test('what a terminal would act on is shown as marks', () => {
  expect(oneLine('a\nb\tc\x1b[31m\x00')).toBe('a⏎b→c·[31m·');
});

test('words go to the next line where they do not fit', () => {
  expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
});
