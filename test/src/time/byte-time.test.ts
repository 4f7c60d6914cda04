import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileByteTime, compileStrptime, fixedZone, namedZone, TimeParseError } from '../../../src/time/index.ts';

const FORMATS = [
  '%Y-%m-%dT%H:%M:%S.%N%z',
  '%Y-%m-%dT%H:%M:%S.%NZ',
  '%Y-%m-%dT%H:%M:%S.%N%:z',
  '%Y-%m-%dT%H:%M:%S.%L%z',
  '%Y-%m-%d %H:%M:%S.%L',
  '%Y-%m-%dT%H:%M:%S%z',
  '%Y-%m-%d %H:%M:%S %z',
  '%Y%m%dT%H%M%S',
  '%d/%m/%Y:%H:%M:%S',
];

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
const zone = fc.constantFrom('Z', '+0900', '+09:00', '-0330', '+09', 'UTC', 'z', '', '-00:00');
const junk = fc.constantFrom('', '', '', '', ' ', 'x', '0');

/** Texts that are mostly of the format, with odd parts now and then. */
function texts(format: string): fc.Arbitrary<string> {
  const parts = [...format.matchAll(/%:z|%.|[^%]/g)].map(([part]) => {
    switch (part) {
      case '%Y':
        return fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1970, max: 2100 }).map(String) }, digits(3), digits(5));
      case '%m':
        return two(13);
      case '%d':
        return two(32);
      case '%H':
        return two(24);
      case '%M':
        return two(60);
      case '%S':
        return two(61);
      case '%N':
      case '%L':
        return fc.integer({ min: 0, max: 11 }).chain(digits);
      case '%z':
      case '%:z':
        return zone;
      default:
        return fc.constant(part);
    }
  });
  return fc.tuple(fc.tuple(...parts), junk).map(([list, end]) => list.join('') + end);
}

describe.each(FORMATS)('%s', (format) => {
  test.each([
    ['UTC', fixedZone(0), undefined],
    ['New York', namedZone('America/New_York')!, undefined],
    ['New York with a timezone', namedZone('America/New_York')!, namedZone('Europe/Berlin')!],
  ])('what is read from bytes is what is read from text, in %s', (_name, local, timezone) => {
    const options = { timezone, context: { local, now: () => ({ sec: 0, nsec: 0 }) } };
    const readBytes = compileByteTime(format, options)!;
    const readText = compileStrptime(format, options);
    const out = { sec: 0, nsec: 0 };
    fc.assert(
      fc.property(texts(format), (text) => {
        const bytes = Buffer.from(`<${text}>`);
        for (let repeat = 0; repeat < 2; repeat++) {
          if (!readBytes(bytes, 1, bytes.length - 1, out)) return;
          expect(out).toEqual(readText(text));
        }
      }),
      { numRuns: 60 },
    );
  });
});

test('times of a usual log are read', () => {
  const read = compileByteTime('%Y-%m-%dT%H:%M:%S.%N%:z')!;
  const out = { sec: 0, nsec: 0 };
  const at = (text: string): string => {
    const bytes = Buffer.from(text);
    return read(bytes, 0, bytes.length, out) ? `${out.sec}.${out.nsec}` : 'unsure';
  };
  expect(at('2022-10-03T00:00:00.123456789Z')).toBe('1664755200.123456789');
  expect(at('2022-10-03T00:00:00.5Z')).toBe('1664755200.500000000');
  expect(at('2022-10-03T00:00:01.000000001Z')).toBe('1664755201.1');
  expect(at('2022-10-03T00:00:01.000000001+02:00')).toBe('1664748001.1');
  expect(at('2022-10-03T00:00:00.123456789Z')).toBe('1664755200.123456789');
  expect(at('2022-10-03T00:00:00Z')).toBe('unsure');
  expect(at('2022-10-03T00:00:61.5Z')).toBe('unsure');
  expect(at('2022-10-03T00:00:00.1234567891Z')).toBe('unsure');
});

test('formats whose parts have no fixed place are left to the text path', () => {
  const formats = ['%b %d %H:%M:%S', '%s', '%Y-%m-%d', '%z %Y-%m-%dT%H:%M:%S', '%Y-%m-%d  %H:%M:%S', '%iso8601', '%N%Y%m%d%H%M%S'];
  for (const format of formats) expect(compileByteTime(format), format).toBeUndefined();
  expect(() => compileStrptime('%s')('x')).toThrow(TimeParseError);
});
