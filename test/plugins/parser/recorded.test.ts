import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testClock, testContext } from '../../support/context.ts';
import { createParser, runLines, type Recorded, type RecordedParse } from './recorded.ts';

/** What Fluentd made of lines, by file and `<parse>` section. */
const folder = new URL('recorded/', import.meta.url);
const NOW_MS = Date.UTC(2030, 5, 15, 12);

for (const file of readdirSync(folder).sort()) {
  const cases = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as RecordedParse[];
  describe(`lines are parsed as by Fluentd: ${file.replace('.json', '')}`, () => {
    test.each(cases)('$tag', async (recorded) => {
      const clock = testClock(NOW_MS);
      const unmatched = recorded.unmatched && recorded.parse.some((line) => line.startsWith('@type multiline'));
      const parse = unmatched ? [...recorded.parse, 'unmatched_lines true'] : recorded.parse;
      const parser = await createParser(parse.join('\n'), testContext({ kind: 'parser', clock }));
      const found = runLines(parser, recorded, clock.time());
      expect(found.map(withoutYear(recorded))).toEqual(recorded.events);
    });
  });
}

/** Where the lines have no year, the recording has none either. */
function withoutYear(recorded: RecordedParse): (event: [string, Recorded]) => [string, Recorded] {
  if (!recorded.events.some(([time]) => time.startsWith('YEAR'))) return (event) => event;
  return ([time, record]) => {
    if (time === '(now)') return [time, record];
    const ns = BigInt(time);
    const text = new Date(Number(ns / 1_000_000n)).toISOString().replace(/^\d+/, 'YEAR').slice(0, -4);
    return [text + String(ns % 1_000_000_000n).padStart(9, '0'), record];
  };
}
