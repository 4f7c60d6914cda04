import { describe, expect, it } from 'vitest';
import definition from '../../../plugins/filter/parser.ts';
import { parseJson } from '../../../src/lib/json.ts';
import type { LogRecord } from '../../../src/lib/value.ts';
import { isValidText } from '../../../src/lib/text.ts';
import { Ack, type EventBatch } from '../../../src/event.ts';
import type { Filter, Parsed, Parser } from '../../../src/plugin.ts';
import { event, lines, objectBatch } from '../../support/batches.ts';
import { configOf, testContext } from '../../support/context.ts';

/** JSON objects and lists of them; `time` is the time; invalid bytes throw, as a regular expression does. */
const parser: Parser = {
  parse(text) {
    if (!isValidText(text)) throw new Error('invalid byte sequence in UTF-8');
    let value;
    try {
      value = parseJson(text);
    } catch {
      return undefined;
    }
    const one = (item: unknown): Parsed | undefined => {
      if (!(item instanceof Map)) return undefined;
      const record = new Map(item as LogRecord);
      const time = record.get('time') as number | undefined;
      record.delete('time');
      return { time: time === undefined ? undefined : { sec: time, nsec: 0 }, record };
    };
    return Array.isArray(value) ? value.map(one) : one(value);
  },
};

function create(given: Record<string, unknown> = {}, parse: Record<string, unknown> = {}) {
  const context = { ...testContext(), create: () => parser as never };
  const config = configOf(definition.config, { key_name: 'log', parse: { config: parse }, ...given } as never);
  return { context, filter: definition.create(config, context) as Filter };
}

const NOW = Date.UTC(2022, 9, 3, 10) / 1000;
const given = event(5, { log: '{"time":7,"a":1,"host":"inner"}', host: 'outer', n: 1 });

describe('the parser filter', () => {
  it.each<[Record<string, unknown>, string]>([
    [{}, '7 {"a":1,"host":"inner"}'],
    [{ reserve_time: true }, '5 {"a":1,"host":"inner"}'],
    [{ reserve_data: true }, '7 {"log":"{\\"time\\":7,\\"a\\":1,\\"host\\":\\"inner\\"}","host":"inner","n":1,"a":1}'],
    [{ reserve_data: true, remove_key_name_field: true }, '7 {"host":"inner","n":1,"a":1}'],
    [{ inject_key_prefix: 'p.' }, '7 {"p.a":1,"p.host":"inner"}'],
    [{ hash_value_field: 'h', inject_key_prefix: 'p.' }, '7 {"h":{"p.a":1,"p.host":"inner"}}'],
    [{ reserve_data: true, hash_value_field: 'log' }, '7 {"log":{"a":1,"host":"inner"},"host":"outer","n":1}'],
    [{ reserve_data: true, remove_key_name_field: true, hash_value_field: 'log' }, '7 {"host":"outer","n":1,"log":{"a":1,"host":"inner"}}'],
  ])('with %j', (options, result) => {
    const { filter } = create(options);
    expect(lines((filter.filter(objectBatch('t', [given])) as EventBatch).events)).toEqual([result]);
  });

  it('gives events without a time the current time, or their own if the parser does not guess', () => {
    const events = [event(5, { log: '{}' })];
    expect(lines((create().filter.filter(objectBatch('t', events)) as EventBatch).events)).toEqual([`${NOW} {}`]);
    const own = create({}, { estimate_current_event: false }).filter;
    expect(lines((own.filter(objectBatch('t', events)) as EventBatch).events)).toEqual(['5 {}']);
  });

  it('makes one text into several events, and an error of each that does not fit', () => {
    const { filter, context } = create({ reserve_time: true });
    const result = filter.filter(objectBatch('t', [event(5, { log: '[{"x":1},2,{"x":3}]' })])) as EventBatch;
    expect(lines(result.events)).toEqual(['5 {"x":1}', '5 {"x":3}']);
    expect(context.router.errors).toHaveLength(1);
  });

  describe('where a text cannot be parsed', () => {
    const bad = [event(5, { log: 'no json', n: 1 }), event(6, { n: 2 }), event(7, { log: null }), event(8, { log: 5 })];

    it('sends the event to the error label', () => {
      const { filter, context } = create();
      const ack = new Ack(() => {});
      const result = filter.filter(objectBatch('t', bad, ack)) as EventBatch;
      expect(result.size).toBe(0);
      expect(result.ack).toBe(ack);
      expect(context.router.errors.map(({ event: { time }, error }) => `${time.sec} ${(error as Error).message}`)).toEqual([
        "5 pattern not matched with data 'no json'",
        '6 log does not exist',
        '7 log does not exist',
        '8 only text can be parsed, found 5',
      ]);
    });

    it('keeps the event with reserve_data, and its field in spite of remove_key_name_field', () => {
      const { filter, context } = create({ reserve_data: true, remove_key_name_field: true, emit_invalid_record_to_error: false });
      expect(lines((filter.filter(objectBatch('t', bad)) as EventBatch).events)).toEqual(lines(bad));
      expect(context.router.errors).toEqual([]);
    });
  });

  it('replaces invalid bytes only where they are in the way', () => {
    const invalid = objectBatch('t', [event(5, { log: '{"a":"caf\udce9"}' })]);
    expect(lines((create({ reserve_time: true, replace_invalid_sequence: true }).filter.filter(invalid) as EventBatch).events)).toEqual([
      '5 {"a":"caf?"}',
    ]);
    const { filter, context } = create();
    expect((filter.filter(invalid) as EventBatch).size).toBe(0);
    expect((context.router.errors[0]!.error as Error).message).toBe('invalid byte sequence in UTF-8');
  });
});
