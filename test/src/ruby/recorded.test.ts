/** Expressions with the results that real Fluentd recorded for them, in `facts/`. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileRuby, configEvaluator, copyForRuby, RubyTime, toRecordValue, type RubyHost } from '../../../src/ruby/index.ts';
import { generateJson, parseJson } from '../../../src/lib/json.ts';
import type { LogRecord } from '../../../src/lib/value.ts';

interface Group {
  readonly tag: string;
  readonly record: string;
  readonly expressions: readonly (readonly [source: string, result: string])[];
}

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`facts/${name}.json`, import.meta.url), 'utf8')) as T;
}

const at = { file: 'fluent.conf', line: 1, column: 1 };
const variables = ['record', 'tag', 'tag_parts', 'tag_prefix', 'tag_suffix', 'time', 'hostname'];

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

for (const name of ['strings', 'numbers-time', 'collections', 'logic', 'json-libraries']) {
  describe(`${name} of events`, () => {
    for (const { tag, record, expressions } of load<Group[]>(name)) {
      const source = parseJson(record) as LogRecord;
      // what is read from the record is an expression of its own in these facts
      const whole = new Map([...source, ...expressions.map(([e], i) => [`e${i + 1}`, e] as const)]);
      // one event ran through all expressions of a group: they see each other's changes
      const event = { record: copyForRuby(whole), time: new RubyTime(1664755201, 250000500) };
      test.each(expressions)('%s gives %s', (expression, result) => {
        const program = compileRuby(expression, { at, scope: 'event', variables });
        const parts = tag.split('.');
        const value = program.run({
          ...event,
          tag,
          tag_parts: parts,
          tag_prefix: parts.map((_, i) => parts.slice(0, i + 1).join('.')),
          tag_suffix: parts.map((_, i) => parts.slice(i).join('.')),
          hostname: 'node',
        });
        expect(generateJson(toRecordValue(value))).toBe(result);
      });
    }
  });
}

const host: RubyHost = {
  env: {
    APP: 'Web-Front_1', STAGE: 'prod', PORT_NO: '8080', HOSTS: 'a.example, b.example ,c.example', EMPTY: '', FLAG: 'true',
    PATHNAME: '/var/log/app/main.log', PADDED: '  in the middle  ', JSON_TEXT: '{"k": [1, "two"]}', CITY: 'Köln',
    LINES_TEXT: 'first line\nsecond line', IP4: '10.100.0.1', IP6: 'fd00:10::1',
  },
  hostname: () => 'node.example',
  workerId: 0,
  now: () => ({ sec: 1_795_000_000, nsec: 0 }),
  readFile: () => Buffer.from(''),
  fileKind: () => undefined,
};

describe('configurations', () => {
  test.each(load<[string, string][]>('configuration'))('#{%s} gives %s', (source, result) => {
    expect(configEvaluator(host)(source, at)).toBe(result);
  });
});
