import { describe, expect, it } from 'vitest';
import grep from '../../../plugins/filter/grep.ts';
import type { EventBatch } from '../../../src/event.ts';
import type { Filter } from '../../../src/plugin.ts';
import { event, lines, objectBatch, textBatch } from '../../support/batches.ts';
import { configOf, testContext } from '../../support/context.ts';

type Given = Record<string, unknown>;

function create(given: Given, context = testContext()): Filter {
  const none = { regexps: [], excludes: [], and_conditions: [], or_conditions: [] };
  return grep.create(configOf(grep.config, { ...none, ...given } as never), context) as Filter;
}

const on = (key: string, source: string, options = '') => ({ key, pattern: { source, options } });

const events = [
  event(1, { level: 'info', msg: 'a', n: 7 }),
  event(2, { level: 'error', msg: 'b', n: 7 }),
  event(3, { level: 'warn', msg: '', n: 7 }),
  event(4, { level: 'ERROR', msg: 'b', n: 7 }),
];

const cases: [string, Given, number[]][] = [
  ['regexp', { regexps: [on('level', '^error$', 'i')] }, [2, 4]],
  ['exclude', { excludes: [on('level', 'err')] }, [1, 3, 4]],
  ['two regexps', { regexps: [on('level', 'r'), on('msg', 'b')] }, [2]],
  ['and', { and_conditions: [{ regexps: [on('level', 'r'), on('msg', '.')], excludes: [] }] }, [2]],
  ['or', { or_conditions: [{ regexps: [on('level', 'info'), on('msg', '^$')], excludes: [] }] }, [1, 3]],
  ['exclude in and', { and_conditions: [{ regexps: [], excludes: [on('level', 'err'), on('msg', 'b')] }] }, [1, 3, 4]],
  ['exclude in or', { or_conditions: [{ regexps: [], excludes: [on('level', 'err'), on('msg', 'a')] }] }, [3, 4]],
  ['numbered', { regexp1: 'level r', exclude1: 'msg ^b$' }, [3]],
  ['a number as text', { regexps: [on('n', '^7$')] }, [1, 2, 3, 4]],
  ['a field that is missing', { regexps: [on('nope', '^$')] }, [1, 2, 3, 4]],
  ['nothing', {}, [1, 2, 3, 4]],
  ['all of them thrown away', { regexps: [on('nope', '.')] }, []],
];

describe('the grep filter', () => {
  describe.each<[string, () => EventBatch]>([
    ['objects', () => objectBatch('t', events)],
    ['bytes', () => textBatch('t', events, undefined, 2)],
  ])('on %s', (_name, batch) => {
    it.each(cases)('keeps what fits: %s', (_what, given, kept) => {
      const result = create(given).filter(batch()) as EventBatch;
      expect(lines(result.events)).toEqual(lines(events.filter(({ time }) => kept.includes(time.sec))));
    });

    it('gives the batch itself when all events fit', () => {
      const given = batch();
      expect(create({ regexps: [on('level', '.')] }).filter(given)).toBe(given);
    });
  });

  it('reads nested fields', () => {
    const nested = [event(1, { k8s: new Map([['ns', 'prod']]) }), event(2, { k8s: null })];
    const result = create({ regexps: [on('$.k8s.ns', '^prod$')] }).filter(objectBatch('t', nested)) as EventBatch;
    expect(result.events).toEqual([nested[0]]);
  });

  it('keeps events whose key leads into a text, and says so once', () => {
    const context = testContext();
    const filter = create({ regexps: [on('$.a.b', 'x')] }, context);
    const given = objectBatch('t', [event(1, { a: 'text' }), event(2, { a: 'text' }), event(3, {})]);
    expect((filter.filter(given) as EventBatch).events.map(({ time }) => time.sec)).toEqual([1, 2]);
    expect(context.log.lines).toHaveLength(1);
  });

  it('looks at invalid bytes as question marks', () => {
    const invalid = [event(1, { m: 'a\udcffb' })];
    expect((create({ regexps: [on('m', '^a\\?b$')] }).filter(textBatch('t', invalid)) as EventBatch).size).toBe(1);
  });

  it.each<[Given, string]>([
    [{ regexp1: 'level' }, "regexp1 does not contain 2 parameters: expected 'KEY PATTERN', found 'level'"],
    [{ regexps: [on('a', 'x'), on('a', 'y')] }, 'Duplicate key: a'],
    [{ and_conditions: [{ regexps: [on('a', 'x')], excludes: [on('b', 'y')] }] }, 'Do not specify both <regexp> and <exclude> in <and>'],
    [{ or_conditions: [{ regexps: [on('a', 'x')], excludes: [on('b', 'y')] }] }, 'Do not specify both <regexp> and <exclude> in <or>'],
    [{ regexps: [on('a', '(')] }, 'invalid regular expression'],
    [{ regexps: [on('$.a b', 'x')] }, 'white space is not allowed in dot notation'],
  ])('refuses %j', (given, message) => {
    expect(() => create(given)).toThrow(message);
  });
});
