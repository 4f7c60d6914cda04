import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileLinePattern } from '../../../src/parse/line-pattern.ts';

const QUICK_START = '^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$';
const PATTERNS = [
  QUICK_START,
  '^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>[^ ]*) (?<log>.*)$',
  '^(?<time>[^ ]*) (?<stream>stdout|stderr) (?<log>.*)$',
  '^(?<time>\\S+) (?<stream>stdout|stderr) (?<flags>\\S+) (?<message>.*)$',
  '^(?<time>.+?) (?<stream>stdout|stderr) (?<logtag>.) (?<log>.*)$',
];

function blockOf(lines: readonly string[]) {
  const bytes = Buffer.from(lines.map((line) => line + '\n').join(''), 'utf8');
  const starts = new Int32Array(lines.length);
  const ends = new Int32Array(lines.length);
  let at = 0;
  lines.forEach((line, i) => {
    starts[i] = at;
    ends[i] = at + Buffer.byteLength(line);
    at = ends[i]! + 1;
  });
  return { bytes, starts, ends, count: lines.length };
}

/** Groups by line, or undefined if the block was left to the regular expression. */
function byBytes(source: string, lines: readonly string[]): Record<string, string>[] | undefined {
  const pattern = compileLinePattern(source, '')!;
  const block = blockOf(lines);
  const spans = pattern.match(block);
  return spans && lines.map((_, row) =>
    Object.fromEntries(pattern.names.map((name, g) => [name, block.bytes.toString('utf8', spans[g]!.starts[row], spans[g]!.ends[row])])));
}

const piece = fc.constantFrom('2024-01-01T00:00:00Z', 'a', ' ', '  ', ' stdout ', ' stderr ', 'F ', 'P ', 'X', 'stdout', '\t', 'é', ' stdout F ', '😀', '\r');

describe.each(PATTERNS)('%s', (source) => {
  test('gives what the regular expression gives, or leaves the block to it', () => {
    // JavaScript's dot stops at \r and at the line separators; Ruby's does not.
    const regexp = new RegExp(source.replace(/\.(?=[*+)])/g, '[^\\n]'), 'u');
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 9 }).map((parts) => parts.join('')), { minLength: 1, maxLength: 4 }), (lines) => {
        const expected = lines.map((line) => regexp.exec(line)?.groups);
        const found = byBytes(source, lines);
        if (found) expect(found).toEqual(expected.map((groups) => ({ ...groups })));
      }),
      { numRuns: 3000 },
    );
  });
});

test('the last fitting place decides, as a greedy expression does', () => {
  expect(byBytes(QUICK_START, ['T stdout F one stderr F two'])).toEqual([{ time: 'T stdout F one', stream: 'stderr', logtag: 'F', log: 'two' }]);
});

test('ordinary lines are matched on bytes', () => {
  for (const source of PATTERNS) expect(byBytes(source, ['T stdout F hello wörld', 'T stderr P '])).toBeDefined();
});

test('patterns of another shape are left to the regular expression', () => {
  for (const source of ['^(?<time>.+) (?<log>.*)$', '(?<time>.+) (?<stream>stdout|stderr) (?<log>.*)', '^(?<a>.+) (?<b>out|outer) (?<c>.*)$'])
    expect(compileLinePattern(source, '')).toBeUndefined();
  expect(compileLinePattern(QUICK_START, 'i')).toBeUndefined();
});
