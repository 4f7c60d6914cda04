import { describe, expect, it } from 'vitest';
import copy from '../../../plugins/output/copy.ts';
import recordModifier from '../../../plugins/output/record_modifier.ts';
import relabel from '../../../plugins/output/relabel.ts';
import roundrobin, { takeTurns } from '../../../plugins/output/roundrobin.ts';
import rewrite from '../../../plugins/output/rewrite_tag_filter/index.ts';
import { BufferOverflowError } from '../../../src/errors.ts';
import { Ack, type EventBatch } from '../../../src/event.ts';
import type { Output } from '../../../src/plugin.ts';
import { SharedHash } from '../../../src/record/shared-hash.ts';
import { event, lines, objectBatch, textBatch } from '../../support/batches.ts';
import { configOf, testContext, type TestContext } from '../../support/context.ts';

const at = { file: 'fluent.conf', line: 2, column: 3 };
const events = [event(1, { m: 'a' }), event(2, { m: 'b' })];

function withParams(context: TestContext, params: Record<string, string>): TestContext {
  const element = { ...context.element, params: new Map(Object.entries(params).map(([key, text]) => [key, { text, at }])) };
  return { ...context, element };
}

describe('the relabel output', () => {
  it('gives the batch to the label with a claim of its own', () => {
    const context = withParams(testContext(), { '@label': '@NEXT' });
    const output = relabel.create({}, context) as Output;
    let settled = 0;
    const batch = objectBatch('t', events, new Ack(() => settled++));
    expect(output.emit(batch)).toBe(undefined);
    expect(context.labels.get('@NEXT')!.batches).toEqual([batch]);
    expect(settled).toBe(0);
    batch.ack!.settle();
    expect(settled).toBe(1);
  });

  it('leaves the claim to the caller when the events were not taken', () => {
    const context = withParams(testContext(), { '@label': '@NEXT' });
    const output = relabel.create({}, context) as Output;
    context.labels.get('@NEXT')!.fail = new BufferOverflowError('full');
    let settled = 0;
    const ack = new Ack(() => settled++);
    expect(() => output.emit(objectBatch('t', events, ack))).toThrow('full');
    expect(settled).toBe(0);
    ack.settle();
    expect(settled).toBe(1);
  });

  it('needs a label', () => {
    expect(() => relabel.create({}, testContext())).toThrow("'@label' parameter is required for the relabel output");
  });
});

/** Outputs that note what they get; those in `failing` throw. */
function stores(args: string[], failing: number[] = [], element = (_i: number): Record<string, string> => ({})) {
  const got: EventBatch[][] = args.map(() => []);
  const context: TestContext = {
    ...testContext(),
    createOutput: (plugin) => {
      const i = Number(plugin.type);
      return {
        emit(batch) {
          if (failing.includes(i)) throw new Error(`store ${i} failed`);
          got[i]!.push(batch);
        },
      };
    },
  };
  const store = args.map((arg, i) => ({
    kind: 'output' as const, type: String(i), config: {}, definition: undefined, arg,
    element: { name: 'store', arg, at, params: new Map(Object.entries(element(i)).map(([key, text]) => [key, { text, at }])), elements: [] },
  }));
  return { got, context, store };
}

function createCopy(args: string[], failing: number[] = [], given: Record<string, unknown> = {}) {
  const { got, context, store } = stores(args, failing);
  return { got, context, output: copy.create(configOf(copy.config, { store, ...given } as never), context) as Output };
}

describe('the copy output', () => {
  it.each<[string[], number[], number[]]>([
    [['', ''], [], [1, 1]],
    [['ignore_error', '', ''], [0], [0, 1, 1]],
    [['', 'ignore_if_prev_success', ''], [], [1, 0, 1]],
    [['ignore_error', 'ignore_if_prev_success', 'ignore_if_prev_success', ''], [0], [0, 1, 0, 1]],
    [['', 'ignore_error ignore_if_prev_success', ''], [], [1, 0, 1]],
    // What was passed over has taken nothing.
    [['', 'ignore_if_prev_success', 'ignore_error,ignore_if_prev_success'], [], [1, 0, 1]],
    [['ignore_eror', ''], [], [1, 1]],
  ])('with stores %j of which %j fail emits to %j', (args, failing, counts) => {
    const { got, output } = createCopy(args, failing);
    expect(output.emit(objectBatch('t', events))).toBe(undefined);
    expect(got.map((batches) => batches.length)).toEqual(counts);
  });

  it('stops at the first error that it is not told to ignore', () => {
    const { got, output } = createCopy(['', '', ''], [1]);
    expect(() => output.emit(objectBatch('t', events))).toThrow('store 1 failed');
    expect(got.map((batches) => batches.length)).toEqual([1, 0, 0]);
  });

  it('waits for a store before the next', async () => {
    const order: string[] = [];
    let release = (): void => {};
    const { context, store } = stores(['ignore_error', 'ignore_if_prev_success']);
    const outputs: Output[] = [
      { emit: () => new Promise((_resolve, reject) => (release = () => reject(new Error('late')))) },
      { emit: () => void order.push('second') },
    ];
    const output = copy.create(configOf(copy.config, { store } as never), { ...context, createOutput: ({ type }) => outputs[Number(type)]! }) as Output;
    const result = output.emit(objectBatch('t', events));
    expect(order).toEqual([]);
    release();
    await result;
    expect(order).toEqual(['second']);
  });

  it('shares records among its stores in the modes that do so, and only then', () => {
    const first = (mode: string, i: number, batch = objectBatch('t', [event(1, { h: new Map([['x', 1]]) })])) => {
      const { got, output } = createCopy(['', ''], [], { copy_mode: mode });
      output.emit(batch);
      return got[i]![0]!.events[0]!.record;
    };
    expect(first('no_copy', 1)).toBeInstanceOf(SharedHash);
    expect(first('shallow', 1)).not.toBeInstanceOf(SharedHash);
    expect(first('shallow', 1).get('h')).toBeInstanceOf(SharedHash);
    expect(first('deep', 1)).not.toBeInstanceOf(SharedHash);
    const bytes = textBatch('t', events);
    const { got, output } = createCopy(['', '']);
    output.emit(bytes);
    expect(got[1]![0]).toBe(bytes);
  });

  it.each([
    [['ignore_if_prev_success', ''], 'ignore_if_prev_success must specify 2nd or later <store> directives'],
  ])('refuses %j', (args, message) => {
    expect(() => createCopy(args)).toThrow(message);
  });
});

describe('the roundrobin output', () => {
  it('gives batches to its stores in turn', () => {
    const { got, context, store } = stores(['', '', ''], [], (i): Record<string, string> => (i === 0 ? { weight: '2' } : {}));
    const output = roundrobin.create(configOf(roundrobin.config, { store } as never), context) as Output;
    for (let i = 0; i < 8; i++) output.emit(objectBatch('t', [event(i, {})]));
    expect(got.map((batches) => batches.map(({ events: [one] }) => one!.time.sec))).toEqual([[0, 3, 4, 7], [1, 5], [2, 6]]);
  });

  it.each([
    [[1, 1, 1], [0, 1, 2]],
    [[2, 2], [0, 1]],
    [[2, 1], [0, 1, 0]],
    [[3, 1], [0, 0, 1, 0]],
  ])('makes rounds of weights %j', (weights, turns) => {
    expect(takeTurns(weights)).toEqual(turns);
  });

  it('refuses weights that are no whole numbers', () => {
    const { context, store } = stores([''], [], () => ({ weight: '0' }));
    expect(() => roundrobin.create(configOf(roundrobin.config, { store } as never), context)).toThrow(
      "'weight' parameter: expected a whole number of 1 or more, found '0'",
    );
  });
});

describe('the rewrite_tag_filter output', () => {
  const rule = (key: string, source: string, tag: string, more: Record<string, unknown> = {}) =>
    ({ key, pattern: { source, options: '' }, tag, label: undefined, invert: false, ...more });
  const given = [event(1, { app: 'web-shop', level: 'error' }), event(2, { app: 'db', level: 'info' }), event(3, { app: '', level: 'error' })];

  function run(rules: unknown[], options: Record<string, unknown> = {}, tag = 'raw.x', bytes = false): { context: TestContext; out: string[] } {
    const context = testContext();
    const output = rewrite.create(configOf(rewrite.config, { rules, ...options } as never), context) as Output;
    output.emit(bytes ? textBatch(tag, given) : objectBatch(tag, given));
    const out = context.router.batches.map((batch) => `${batch.tag}: ${batch.events.map(({ time }) => time.sec).join(',')}`);
    return { context, out };
  }

  it.each<[string, unknown[], Record<string, unknown>, string[], string?]>([
    ['groups', [rule('app', '^(\\w+)-?(\\w*)$', 'out.$1.$2')], {}, ['out.web.shop: 1', 'out.db.: 2']],
    ['the first rule that applies', [rule('level', 'err', 'bad'), rule('level', '.', 'rest')], {}, ['bad: 1,3', 'rest: 2']],
    ['inverted', [rule('level', 'info', 'not.info', { invert: true })], {}, ['not.info: 1,3']],
    ['a missing field, inverted', [rule('nope', 'x', 'gone', { invert: true })], {}, ['gone: 1,2,3']],
    ['the same tag', [rule('level', 'info', '${tag}')], {}, []],
    ['parts of the tag', [rule('level', 'info', '${tag_parts[1]}.${tag_parts[0]}${tag_parts[9]}.${hostname}.__TAG__')], {}, ['x.raw.test-host.raw.x: 2']],
    ['text that looks like placeholders', [rule('level', 'info', '${tag_parts[-1]}.${Tag}.__TAG_PARTS[0]__')], {}, ['${tag_parts[-1]}.${Tag}.__TAG_PARTS[0]__: 2']],
    ['unknown placeholders', [rule('level', 'info', 'a${nope}b__NOPE__c$7')], {}, ['abc: 2']],
    ['a rule without groups, as it is inverted', [rule('level', 'info', 'a.$1', { invert: true })], {}, ['a.$1: 1,3']],
    ['capitals', [rule('app', '^(\\w+)-(\\w+)', '$2.$1.x')], { capitalize_regex_backreference: true }, ['Shop.Web.x: 1']],
    ['without a prefix', [rule('level', 'info', 'a.${tag}')], { remove_tag_prefix: 'raw' }, ['a.x: 2']],
    ['without a prefix and one dot', [rule('level', 'info', 'a.${tag}')], { remove_tag_prefix: 'raw' }, ['a..x: 2'], 'raw..x'],
    ['without what matches', [rule('level', 'info', 'a.${tag}')], { remove_tag_regexp: { source: '^r.w\\.', options: '' } }, ['a.x: 2']],
    ['one by one', [rule('level', 'err', 'bad')], { emit_mode: 'record' }, ['bad: 1', 'bad: 3']],
  ])('emits by %s', (_name, rules, options, expected, tag = 'raw.x') => {
    expect(run(rules, options, tag).out).toEqual(expected);
    expect(run(rules, options, tag, true).out).toEqual(expected);
  });

  it('goes to a label, where the tag may stay the same', () => {
    const { context, out } = run([rule('level', 'info', '${tag}', { label: '@OUT' })]);
    expect(out).toEqual([]);
    expect(lines(context.labels.get('@OUT')!.batches[0]!.events)).toEqual(['2 {"app":"db","level":"info"}']);
  });

  it('takes a claim for each batch that it emits', () => {
    const context = testContext();
    context.router.hold = true;
    const output = rewrite.create(configOf(rewrite.config, { rules: [rule('level', '(.*)', '$1')] } as never), context) as Output;
    let settled = 0;
    const ack = new Ack(() => settled++);
    output.emit(objectBatch('raw.x', given, ack));
    ack.settle();
    for (const batch of context.router.batches) {
      expect(settled).toBe(0);
      batch.ack!.settle();
    }
    expect(settled).toBe(1);
  });

  it('runs no shell for the host name', () => {
    expect(() => run([rule('a', 'b', 'c')], { hostname_command: 'hostname; id' })).toThrow(
      "'hostname_command' parameter: no shell runs it, so only a program with plain arguments is possible, found 'hostname; id'",
    );
  });

  it('takes no ranges of parts, no rule twice, no two ways of shortening the tag', () => {
    expect(() => run([rule('a', 'b', '${tag_parts[0..1]}')])).toThrow('does not support range specify');
    expect(() => run([rule('a', 'b', 'c'), rule('a', 'b', 'd')])).toThrow('duplicated rewriterules found');
    expect(run([rule('a', 'b', 'c'), rule('a', 'b', 'd', { invert: true })]).out).toEqual(['d: 1,2,3']);
    expect(() => run([rule('a', 'b', 'c')], { remove_tag_prefix: 'a', remove_tag_regexp: { source: 'a', options: '' } })).toThrow('are exclusive');
  });

  it('needs a rule', () => {
    expect(() => run([])).toThrow('missing rewriterules: there is no <rule> section');
  });
});

describe('the record_modifier output', () => {
  it('makes the tag of an expression, after the record was changed', () => {
    const context = testContext();
    const config = configOf(recordModifier.config, { tag: 'new.${tag_parts[1]}.${record["k"]}', record: [], replaces: [], remove_keys: 'msg' } as never);
    const events = [event(1, { k: 'a', msg: '1' }), event(2, { k: 'b', msg: '2' }), event(3, { k: 'a', msg: '3' })];
    (recordModifier.create(config, context) as Output).emit(objectBatch('old.x', events));
    expect(context.router.batches.map((batch) => `${batch.tag}: ${lines(batch.events).join()}`)).toEqual([
      'new.x.a: 1 {"k":"a"},3 {"k":"a"}', 'new.x.b: 2 {"k":"b"}',
    ]);
  });

  it('emits changed records under its tag', () => {
    const context = testContext();
    const params = new Map([['t', { text: '${tag}', at }]]);
    const record = [{ $element: { name: 'record', arg: '', at, params, elements: [] } }];
    const config = configOf(recordModifier.config, { tag: 'new', record, replaces: [], remove_keys: 'm, x' } as never);
    (recordModifier.create(config, context) as Output).emit(textBatch('old', events));
    expect(context.router.batches.map((batch) => [batch.tag, lines(batch.events)])).toEqual([['new', ['1 {"t":"old"}', '2 {"t":"old"}']]]);
  });
});
