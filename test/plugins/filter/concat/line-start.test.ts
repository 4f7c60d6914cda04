import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { compileLineStart } from '../../../../plugins/filter/concat/line-start.ts';
import { compileRegexp } from '../../../../src/regexp/index.ts';
import { decodeText } from '../../../../src/lib/text.ts';

const SIMPLE = [
  '^\\S', '^[^\\s]', '^\\d{4}[-\\/]\\d{1,2}[-\\/]\\d{1,2}', '^\\[', '^\\d{4}-\\d\\d-\\d\\d', '\\A\\d', '^', '^[A-Z]{3,5}: ', '^\\w+ =',
  '^(\\d{4}-\\d\\d|\\[|[IWEF]\\d{4}) ?', '^(?<time>\\d\\d:\\d\\d)', '^(?:a|b|)c', '^[a-c\\d_.-]+x', '^\\s*x', '^.b', '^a?b', '^a{,2}b',
  '^[\\]\\-]', '^\\h+-', '^\\t', '^\\d{2,}:',
];

const NOT_SIMPLE = [
  'a', '\\S', '^a$', '^a|b', '^(a)+', '^a*?b', '^a++b', '^\\bfoo', '^[[:alpha:]]', '^[a&&b]', '^(?i)a', '^(?=a)', '^\\p{L}', '^ä', '^a{2}{3}',
  '^\\d+\\w', '^a*ab', '^(a', '^\\1', '^[a', '^[]a]', '^[^]a]', '^[z-a]', '^{', '^[\\x41]',
];

describe('compileLineStart', () => {
  it.each(SIMPLE)('understands %s', (source) => {
    expect(compileLineStart(source)).toBeDefined();
  });

  it.each(NOT_SIMPLE)('leaves %s to the regular expression', (source) => {
    expect(compileLineStart(source)).toBeUndefined();
  });

  const piece = fc.oneof(
    fc.constantFrom(
      ' ', '\t', '\n', '\r', '\x0b', 'a', 'b', 'c', 'x', 'Z', '_', '-', '/', '.', ':', '[', ']', '=', '0', '12', '2022-10-03', '2022/1/3', 'INFO: ',
      'ä', '日本', '\u00a0', '\u0085', '\u2028', '😀',
    ).map((text) => Buffer.from(text)),
    fc.constantFrom(Buffer.of(0xff), Buffer.of(0xc3), Buffer.of(0x80)),
  );
  const value = fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.concat(pieces));

  it.each(SIMPLE)('says of %s what the regular expression says, or nothing', (source) => {
    const { test, everyLine } = compileLineStart(source)!;
    const regexp = compileRegexp(source);
    fc.assert(
      fc.property(value, (bytes) => {
        const block = Buffer.concat([Buffer.from('\n '), bytes, Buffer.from('x2022-10-03\n')]);
        const result = test(block, 2, 2 + bytes.length);
        if (result === -1) {
          expect(bytes.some((byte) => byte >= 0x80)).toBe(true);
          return;
        }
        const inner = bytes.subarray(0, -1).includes(0x0a);
        const expected = regexp.test(decodeText(bytes)) ? 1 : 0;
        if (result === 1) expect(expected).toBe(1);
        else if (!(everyLine && inner)) expect(expected).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
