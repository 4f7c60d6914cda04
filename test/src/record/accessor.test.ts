import { describe, expect, it } from 'vitest';
import { compileAccessor } from '../../../src/record/accessor.ts';
import { SharedHash, shareRecord } from '../../../src/record/shared-hash.ts';
import type { LogRecord, Value } from '../../../src/lib/value.ts';
import { plain } from '../../support/batches.ts';

function hash(value: unknown): Value {
  if (Array.isArray(value)) return value.map(hash);
  if (typeof value !== 'object' || value === null) return value as Value;
  return new Map(Object.entries(value).map(([key, item]) => [key, hash(item)]));
}

const record = hash({ a: { b: [1, { c: 2 }], 'd.e': 'x' }, 'a.b': 'dotted', list: ['p', 'q'], text: 't', nil: null }) as LogRecord;

describe('a record accessor', () => {
  it.each([
    ['text', ['text']],
    ['a.b', ['a.b']],
    ['$', ['$']],
    ['$.a.b[1].c', ['a', 'b', 1, 'c']],
    ['$.list[-1]', ['list', -1]],
    ["$['a']['d.e']", ['a', 'd.e']],
    ['$["a"]["b"][1]', ['a', 'b', 1]],
    ['$.a[0][1]', ['a', 0, 1]],
  ])('reads %s as %j', (text, path) => {
    expect(compileAccessor(text).path).toEqual(path);
  });

  it.each([
    ['$.a b', "white space is not allowed in dot notation: write $['a b'] instead of 'a b' in $.a b"],
    ['$.a..b', 'empty key in dot notation: $.a..b'],
    ['$.', 'empty key in dot notation: $.'],
    ["$['a", "'['' is not closed with '']' in $['a"],
    ['$.a[0', "'[' is not closed with ']' in $.a[0"],
    ['$.a[x]', "expected a whole number or a key in quotes between brackets, found 'x' in $.a[x]"],
    ["$['a']b", "expected '[' or the end, found 'b' in $['a']b"],
  ])('refuses %s', (text, message) => {
    expect(() => compileAccessor(text)).toThrow(message);
  });

  it.each([
    ['a.b', 'dotted'],
    ['$.a.b[1].c', 2],
    ['$.a.b[-2]', 1],
    ["$['a']['d.e']", 'x'],
    ['$.nil', null],
    ['$.nil.x', undefined],
    ['$.nope.x', undefined],
    ['$.text.x', undefined],
    ['$.list.x', undefined],
    ['$.list[5]', undefined],
  ])('gets %s as %j', (text, value) => {
    expect(compileAccessor(text).get(record)).toBe(value);
  });

  it('digs like get, but throws where a text stands in the way', () => {
    expect(compileAccessor('$.nope.x').dig(record)).toBe(undefined);
    expect(() => compileAccessor('$.text.x').dig(record)).toThrow("a text does not have a member 'x'");
    expect(() => compileAccessor('$.text[0]').dig(record)).toThrow('a text does not have a member 0');
  });

  it.each([
    ['text', '{"a":{"b":[1,{"c":2}],"d.e":"x"},"a.b":"dotted","list":["p","q"],"nil":null}'],
    ['$.a.b[1].c', '{"a":{"b":[1,{}],"d.e":"x"},"a.b":"dotted","list":["p","q"],"text":"t","nil":null}'],
    ['$.list[0]', '{"a":{"b":[1,{"c":2}],"d.e":"x"},"a.b":"dotted","list":["q"],"text":"t","nil":null}'],
  ])('deletes %s in a copy', (text, after) => {
    const before = plain(record);
    const changed = compileAccessor(text).delete(record);
    expect(plain(changed)).toBe(after);
    expect(plain(record)).toBe(before);
    expect(changed).not.toBe(record);
  });

  it.each(['nope', '$.a.nope', '$.text.x', '$.list[9]', '$.list[9].x', '$.nope[0]'])('gives the same record when there is no %s', (text) => {
    expect(compileAccessor(text).delete(record)).toBe(record);
  });

  it('copies only what is on the way', () => {
    const changed = compileAccessor('$.a.b[0]').delete(record);
    expect(changed.get('list')).toBe(record.get('list'));
    expect(plain(changed)).toContain('"b":[{"c":2}]');
  });

  it('changes shared hashes in place', () => {
    const shared = shareRecord(record);
    expect(compileAccessor('$.a.b').delete(shared)).toBe(shared);
    expect(plain(shared.get('a') as LogRecord)).toBe('{"d.e":"x"}');
    const list = shareRecord(hash({ l: [{ x: 1, y: 2 }] }) as LogRecord);
    const item = (list.get('l') as readonly Value[])[0];
    compileAccessor('$.l[0].x').delete(list);
    expect(item).toBeInstanceOf(SharedHash);
    expect(plain(item as LogRecord)).toBe('{"y":2}');
  });

  it.each([
    ['new', '"nil":null,"new":1}'],
    ['$.a.b[1].c', '"b":[1,{"c":1}]'],
    ['$.list[3]', '"list":["p","q",null,1]'],
    ['$.list[-1]', '"list":["p",1]'],
  ])('sets %s', (text, part) => {
    expect(plain(compileAccessor(text).set(record, 1))).toContain(part);
  });

  it.each(['$.nope.x', '$.text.x', '$.list[-9]'])('sets nothing where %s leads nowhere', (text) => {
    expect(compileAccessor(text).set(record, 1)).toBe(record);
  });
});
