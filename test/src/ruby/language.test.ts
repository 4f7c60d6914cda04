/** Ruby's own results, as `inspect` shows them, for what stands around the recorded expressions. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileRuby, rubyInspect, RubyTime } from '../../../src/ruby/index.ts';

const at = { file: 'fluent.conf', line: 1, column: 1 };

function inspected(source: string): string {
  const program = compileRuby(source, { at, scope: 'event', variables: ['record', 'tag', 'time'] });
  const record = new Map<string, never>(
    Object.entries({ a: 'x', s: 'Hello, World', n: 7, f: 2.5, list: [3, 1, 2], h: new Map([['k', 'v']]), nil: null }) as [string, never][],
  );
  return rubyInspect(program.run({ record, tag: 'a.b.c', time: new RubyTime(1664755201, 250000500) }));
}

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

for (const name of ['texts-and-numbers', 'lists-and-syntax', 'times-and-libraries', 'ways-of-writing']) {
  const rows = JSON.parse(readFileSync(new URL(`facts/${name}.json`, import.meta.url), 'utf8')) as [string, string][];
  describe(`results of ${name}`, () => {
    test.each(rows)('%s is %s', (source, result) => {
      expect(inspected(source)).toBe(result);
    });
  });
}

describe('statements over several lines', () => {
  test.each([
    ['x = [1, 2,\n 3]\nx.sum', '6'],
    ['record["list"]\n  .select { |v| v > 1 }\n  # the large ones\n  .map { |v|\n    v * 10\n  }', '[30, 20]'],
    ['if tag == "a.b.c"\n  "yes"\nelse\n  "no"\nend', '"yes"'],
    ['case tag\nwhen /^x/ then 1\nwhen /^a/\n  2\nend', '2'],
    ['[1, 2].each do |v|\n  next if v == 1\n  v\nend', '[1, 2]'],
    ['begin\n  Integer("x")\nrescue ArgumentError\n  0\nensure\n  1\nend', '0'],
    ['a = 1 +\n  2 # three\na', '3'],
    ['{ "a" => 1,\n  "b" => 2,\n}.size', '2'],
    ['[3, 1].sort do |a, b| b <=> a end', '[3, 1]'],
    ['x = [1, 2, 3].map do |v| v + 1 end; x', '[2, 3, 4]'],
    ['[1].map do |v|\n  Integer("q")\nrescue ArgumentError\n  -v\nend', '[-1]'],
  ])('%j is %s', (source, result) => {
    expect(inspected(source)).toBe(result);
  });
});
