import { describe, expect, it } from 'vitest';
import definition from '../../../plugins/filter/record_modifier.ts';
import type { EventBatch } from '../../../src/event.ts';
import type { Filter } from '../../../src/plugin.ts';
import { shareRecord } from '../../../src/record/shared-hash.ts';
import { TextBatch } from '../../../src/text-batch.ts';
import { event, lines, objectBatch, textBatch } from '../../support/batches.ts';
import { configOf, testContext } from '../../support/context.ts';

const at = { file: 'fluent.conf', line: 3, column: 5 };

function create(fields: Record<string, string>, given: Record<string, unknown> = {}, context = testContext()): Filter {
  const params = new Map(Object.entries(fields).map(([key, text]) => [key, { text, at }]));
  const record = [{ $element: { name: 'record', arg: '', at, params, elements: [] } }];
  return definition.create(configOf(definition.config, { record, replaces: [], ...given } as never), context) as Filter;
}

const replace = (key: string, source: string, text: string) => ({ key, expression: { source, options: '' }, replace: text });
const events = [event(1, { msg: 'user=bob pass=abc pass=d', n: 2, k: 'v' }), event(2, { msg: 'x', n: 2, k: 'w' })];
const result = (filter: Filter, bytes = false) =>
  lines((filter.filter(bytes ? textBatch('a.b', events) : objectBatch('a.b', events)) as EventBatch).events)[0];

describe('the record_modifier filter', () => {
  it.each<[string, Record<string, string>, Record<string, unknown>, string]>([
    ['text as it is', { t: 'fixed', num: '5' }, {}, '{"msg":"user=bob pass=abc pass=d","n":2,"k":"v","t":"fixed","num":"5"}'],
    ['tag and fields', { t: '${tag}', p: '${tag_parts[1]}', m: "${record['k']}", q: '${record["nope"]}' }, {},
      '{"msg":"user=bob pass=abc pass=d","n":2,"k":"v","t":"a.b","p":"b","m":"v","q":null}'],
    ['fields that see those before them', { a: '${tag}', b: '${record["a"]}' }, { remove_keys: ['a', ' msg'] }, '{"n":2,"k":"v","b":"a.b"}'],
    ['a whitelist', { added: '1' }, { whitelist_keys: 'n, nope' }, '{"n":2,"added":"1"}'],
    ['a whitelist, whose order counts', {}, { whitelist_keys: 'n,nope,msg' }, '{"n":2,"msg":"user=bob pass=abc pass=d"}'],
    ['replacements', {}, { replaces: [replace('msg', 'pass=(\\w+)', 'pass=<\\1>'), replace('msg', '^user=', 'u='), replace('n', '2', 'x')] },
      '{"msg":"u=bob pass=<abc> pass=<d>","n":2,"k":"v"}'],
    ['expressions', { n2: '${record["n"] * 2}', j: '${record["k"]}/${record["nope"]}' }, {},
      '{"msg":"user=bob pass=abc pass=d","n":2,"k":"v","n2":4,"j":"v/"}'],
    ['a prepared value', { c: '${@count + 2}' }, { prepare_value: '@count = 40' }, '{"msg":"user=bob pass=abc pass=d","n":2,"k":"v","c":42}'],
  ])('sets %s', (_name, fields, given, expected) => {
    expect(result(create(fields, given))).toBe(`1 ${expected}`);
    expect(result(create(fields, given), true)).toBe(`1 ${expected}`);
  });

  it('keeps the bytes where the tag determines all', () => {
    const batch = create({ t: '${tag}' }, { remove_keys: ['msg'] }).filter(textBatch('a.b', events));
    expect(batch).toBeInstanceOf(TextBatch);
  });

  it('converts encodings, nested texts too', () => {
    const given = [event(1, { v: 'caf\udce9', l: ['\udce4', new Map([['k', '\udcdf']])], n: 5 })];
    const converted = create({}, { char_encoding: 'iso-8859-1:utf-8' }).filter(objectBatch('t', given)) as EventBatch;
    expect(lines(converted.events)).toEqual(['1 {"v":"café","l":["ä",{"k":"ß"}],"n":5}']);
    const same = create({}, { char_encoding: 'utf-8' }).filter(objectBatch('t', given)) as EventBatch;
    expect(same.events[0]!.record.get('v')).toBe('caf\udce9');
  });

  it('changes a record only if a copy shares it', () => {
    const before = lines(events);
    result(create({ n: 'new' }));
    expect(lines(events)).toEqual(before);
    const shared = { ...events[0]!, record: shareRecord(events[0]!.record) };
    create({ n: 'new' }, { remove_keys: ['k'] }).filter(objectBatch('t', [shared]));
    expect(lines([shared])).toEqual(['1 {"msg":"user=bob pass=abc pass=d","n":"new"}']);
  });

  it('sends events whose expression fails to the error label', () => {
    const context = testContext();
    const filter = create({ x: '${record["msg"] == "x" ? 1 : nil.upcase}' }, {}, context);
    expect((filter.filter(objectBatch('a.b', events)) as EventBatch).size).toBe(1);
    expect(context.router.errors).toHaveLength(1);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ char_encoding: 'nonsense:utf-8' }, "'char_encoding' parameter: unknown encoding name: nonsense"],
    [{ char_encoding: 'utf-8:utf-16' }, "'char_encoding' parameter: expected utf-8 as the encoding to convert to, found 'utf-16'"],
    [{ remove_keys: ['$.a b'] }, "'remove_keys' parameter: white space is not allowed in dot notation"],
  ])('refuses %j', (given, message) => {
    expect(() => create({}, given)).toThrow(message);
  });
});
