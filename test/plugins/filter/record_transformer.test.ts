import { describe, expect, it } from 'vitest';
import definition from '../../../plugins/filter/record_transformer/index.ts';
import { renewedTime } from '../../../plugins/filter/record_transformer/renew-time.ts';
import { Ack, type EventBatch, type LogEvent } from '../../../src/event.ts';
import { Float, type Value } from '../../../src/lib/value.ts';
import type { Filter } from '../../../src/plugin.ts';
import { TextBatch } from '../../../src/text-batch.ts';
import { event, lines, objectBatch, textBatch } from '../../support/batches.ts';
import { configOf, testContext } from '../../support/context.ts';

const at = { file: 'fluent.conf', line: 3, column: 5 };

function create(fields: Record<string, string>, given: Record<string, unknown> = {}, context = testContext()): Filter {
  const params = new Map(Object.entries(fields).map(([key, text]) => [key, { text, at }]));
  const record = [{ $element: { name: 'record', arg: '', at, params, elements: [] } }];
  return definition.create(configOf(definition.config, { record, ...given } as never), context) as Filter;
}

const events: LogEvent[] = [
  event(1, { host: 'h1', msg: 'one', n: 5 }),
  event(2, { host: 'h2', msg: 'two', n: 5 }),
];
const TAG = 'kubernetes.var.log.app';

interface Case {
  fields: Record<string, string>;
  given?: Record<string, unknown>;
  result: string;
  bytes: boolean;
}

const cases: [string, Case][] = [
  ['constants go behind, or where the field was', {
    fields: { z: '1', host: 'new' }, result: '{"host":"new","msg":"one","n":5,"z":"1"}', bytes: true,
  }],
  ['parts of the tag', {
    fields: { p: '${tag_parts[2]}', l: '${tag_parts[-1]}', no: '${tag_parts[9]}', all: '${tag}/${tag_prefix[1]}/${tag_suffix[2]}' },
    result: `{"host":"h1","msg":"one","n":5,"p":"log","l":"app","no":null,"all":"${TAG}/kubernetes.var/log.app"}`, bytes: true,
  }],
  ['the host name', { fields: { h: '${hostname}' }, result: '{"host":"h1","msg":"one","n":5,"h":"test-host"}', bytes: true }],
  ['a field as it is', {
    fields: { copy: '${record["msg"]}', n2: '${record["n"]}', none: '${record["nope"]}' },
    result: '{"host":"h1","msg":"one","n":5,"copy":"one","n2":5,"none":null}', bytes: true,
  }],
  ['fields that change places see the record that came in', {
    fields: { host: '${record["msg"]}', msg: '${record["host"]}' }, result: '{"host":"one","msg":"h1","n":5}', bytes: true,
  }],
  ['a field within a text', { fields: { s: '${tag}-${record["host"]}' }, result: `{"host":"h1","msg":"one","n":5,"s":"${TAG}-h1"}`, bytes: false }],
  ['no types without auto_typecast', {
    fields: { n2: '${record["n"]}', none: '${record["nope"]}' }, given: { auto_typecast: false },
    result: '{"host":"h1","msg":"one","n":5,"n2":"5","none":""}', bytes: false,
  }],
  ['JSON with placeholders', {
    fields: { j: '{"${tag_parts[0]}": ["${record[\\"n\\"]}", 1.0, null]}' }, result: '{"host":"h1","msg":"one","n":5,"j":{"kubernetes":[5,{"value":1},null]}}', bytes: false,
  }],
  ['broken JSON is text', { fields: { j: '[not json' }, result: '{"host":"h1","msg":"one","n":5,"j":"[not json"}', bytes: true }],
  ['keys with placeholders', { fields: { '${tag_parts[0]}_x': 'v' }, result: '{"host":"h1","msg":"one","n":5,"kubernetes_x":"v"}', bytes: true }],
  ['unknown placeholders are nothing', { fields: { u: '${nope}', t: '<${nope}>' }, result: '{"host":"h1","msg":"one","n":5,"u":null,"t":"<>"}', bytes: true }],
  ['remove_keys comes last', {
    fields: { tmp: 'x', keep: '${record["msg"]}' }, given: { remove_keys: ['tmp', 'msg', '$.n.x'] }, result: '{"host":"h1","n":5,"keep":"one"}', bytes: true,
  }],
  ['renew_record with keep_keys', {
    fields: { only: '${record["msg"]}' }, given: { renew_record: true, keep_keys: ['n', 'nope', 'host'] }, result: '{"n":5,"host":"h1","only":"one"}', bytes: true,
  }],
  ['removing what is nested in a constant', {
    fields: { c: '{"a":1,"b":2}' }, given: { remove_keys: ['$.c.a'] }, result: '{"host":"h1","msg":"one","n":5,"c":{"b":2}}', bytes: true,
  }],
];

describe('the record_transformer filter', () => {
  it.each(cases)('sets %s, on objects and on bytes', (_name, { fields, given, result, bytes }) => {
    const filter = create(fields, given);
    const fromObjects = filter.filter(objectBatch(TAG, events)) as EventBatch;
    const fromBytes = filter.filter(textBatch(TAG, events, undefined, 1)) as EventBatch;
    expect(lines(fromObjects.events)[0]).toBe(`1 ${result}`);
    expect(fromBytes instanceof TextBatch).toBe(bytes);
    expect(lines(fromBytes.events)).toEqual(lines(fromObjects.events));
  });

  it('changes no record that came in', () => {
    const before = lines(events);
    (create({ host: 'x' }, { remove_keys: ['msg'] }).filter(objectBatch(TAG, events)) as EventBatch).events.forEach(() => {});
    expect(lines(events)).toEqual(before);
  });

  it('keeps the acknowledgement', () => {
    const ack = new Ack(() => {});
    expect((create({ a: 'b' }).filter(objectBatch(TAG, events, ack)) as EventBatch).ack).toBe(ack);
    expect((create({ a: 'b' }).filter(textBatch(TAG, events, ack)) as EventBatch).ack).toBe(ack);
  });

  it('takes the time from renew_time_key', () => {
    const filter = create({}, { renew_time_key: 'n', remove_keys: ['n'] });
    for (const batch of [objectBatch(TAG, events), textBatch(TAG, events)]) {
      expect(lines((filter.filter(batch) as EventBatch).events)).toEqual(['5 {"host":"h1","msg":"one"}', '5 {"host":"h2","msg":"two"}']);
    }
  });

  it.each<[Value, number, number]>([
    [1664755000, 1664755000, 0],
    ['1664755001.75', 1664755001, 750000000],
    [1664755002.000001, 1664755002, 953],
    [new Float(3), 3, 0],
    ['no number', 0, 0],
    [-0.5, -1, 500000000],
    [null, 0, 0],
  ])('reads %j as a time', (value, sec, nsec) => {
    expect(renewedTime(value)).toEqual({ sec, nsec });
  });

  it('warns of placeholders that it does not know, with their place', () => {
    const context = testContext();
    create({ a: "${record['x']}" }, {}, context);
    expect(context.log.lines).toEqual([
      {
        level: 'warn',
        message: "unknown placeholder `${record['x']}` found: it is replaced with nothing",
        fields: { at: 'fluent.conf:3', hint: 'write ${record["key"]} exactly so, or set enable_ruby true' },
      },
    ]);
  });

  it('refuses keep_keys without renew_record', () => {
    expect(() => create({}, { keep_keys: ['a'] })).toThrow('`renew_record` must be true to use `keep_keys`');
  });

  describe('with Ruby', () => {
    const ruby = (fields: Record<string, string>, given: Record<string, unknown> = {}, context = testContext()) =>
      create(fields, { enable_ruby: true, ...given }, context);
    const first = (filter: Filter, tag = TAG) => lines((filter.filter(objectBatch(tag, events)) as EventBatch).events)[0];

    it('keeps types of single expressions and builds texts of others', () => {
      expect(first(ruby({ up: '${record["msg"].upcase}', n: '${record["n"] + 1}', t: 'n=${record["n"]} ${tag_parts.last}' }))).toBe(
        '1 {"host":"h1","msg":"one","n":6,"up":"ONE","t":"n=5 app"}',
      );
    });

    it('computes what the tag determines once, and keeps the bytes then', () => {
      const result = ruby({ a: '${tag_parts.first.upcase}' }).filter(textBatch(TAG, events)) as EventBatch;
      expect(result).toBeInstanceOf(TextBatch);
      expect(lines(result.events)[1]).toBe('2 {"host":"h2","msg":"two","n":5,"a":"KUBERNETES"}');
    });

    it('sends events whose expression fails to the error label, unchanged', () => {
      const context = testContext();
      const settled: string[] = [];
      const ack = new Ack(() => settled.push('settled'));
      const filter = ruby({ x: '${record["host"] == "h1" ? record["nope"].upcase : 1}' }, {}, context);
      const result = filter.filter(objectBatch(TAG, events, ack)) as EventBatch;
      expect(lines(result.events)).toEqual(['2 {"host":"h2","msg":"two","n":5,"x":1}']);
      expect(context.router.errors.map(({ tag, event: failed }) => [tag, failed])).toEqual([[TAG, events[0]]]);
      expect(settled).toEqual([]);
      result.ack?.settle();
      expect(settled).toEqual(['settled']);
    });

    it('never changes the record that came in', () => {
      const nested = [event(1, { o: new Map([['gone', 1]]) })];
      const filter = ruby({ x: '${record["o"].delete("gone"); nil}' });
      expect(lines((filter.filter(objectBatch(TAG, nested)) as EventBatch).events)).toEqual(['1 {"o":{},"x":null}']);
      expect(lines(nested)).toEqual(['1 {"o":{"gone":1}}']);
    });

    it('tells the place of what it cannot compile', () => {
      const context = testContext();
      ruby({ x: '${system("ls")}' }, {}, context);
      expect(context.problems).toHaveLength(1);
      expect(context.problems[0]!.at?.line).toBe(3);
    });
  });
});
