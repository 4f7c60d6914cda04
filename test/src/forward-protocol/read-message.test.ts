import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readMessage, type EventRules, type ForwardMessage } from '../../../src/forward-protocol/index.ts';
import { encodeValue, MsgpackWriter } from '../../../src/lib/msgpack.ts';
import type { Value } from '../../../src/lib/value.ts';
import { lines } from '../../support/batches.ts';

const rules: EventRules = { strict: true, decompressionLimit: 10_000, now: () => ({ sec: 99, nsec: 5 }) };
const record = (fields: Record<string, Value>) => new Map(Object.entries(fields));

function read(bytes: Buffer, changes: Partial<EventRules> = {}, format: 'msgpack' | 'json' = 'msgpack'): ForwardMessage {
  return readMessage({ kind: 'message', format, bytes }, { ...rules, ...changes });
}

function shown(message: ForwardMessage) {
  if (message.kind !== 'events') return message;
  const { tag, events, invalid } = message;
  return { tag, events: lines(events), invalid };
}

const entries = (...list: Value[]) => Buffer.concat(list.map((entry) => encodeValue(entry)));
const packed = (bytes: Buffer, option: Record<string, Value> = {}) =>
  new MsgpackWriter().arrayHeader(3).text('t').binary(bytes).value(record(option)).take();

describe('events', () => {
  it('come in a Message', () => {
    expect(shown(read(encodeValue(['t', 7, record({ a: 1 })])))).toEqual({ tag: 't', events: ['7 {"a":1}'], invalid: 0 });
  });

  it('come in a Forward', () => {
    expect(shown(read(encodeValue(['t', [[7, record({ a: 1 })], [8, record({})]]])))).toEqual({ tag: 't', events: ['7 {"a":1}', '8 {}'], invalid: 0 });
  });

  it('come in a PackedForward, as bin and as str', () => {
    const list = entries([7, record({ a: 1 })], [8, record({ b: 2 })]);
    const events = ['7 {"a":1}', '8 {"b":2}'];
    expect(shown(read(packed(list)))).toEqual({ tag: 't', events, invalid: 0 });
    const asText = Buffer.concat([Buffer.from([0x92, 0xa1, 0x74, 0xd9, list.length]), list]);
    expect(shown(read(asText))).toEqual({ tag: 't', events, invalid: 0 });
  });

  it('come compressed, in one member or several', () => {
    const list = Buffer.concat([gzipSync(entries([7, record({ a: 1 })])), gzipSync(entries([8, record({})]))]);
    expect(shown(read(packed(list, { compressed: 'gzip' })))).toEqual({ tag: 't', events: ['7 {"a":1}', '8 {}'], invalid: 0 });
    expect(shown(read(packed(entries([7, record({})]), { compressed: 'text' })))).toEqual({ tag: 't', events: ['7 {}'], invalid: 0 });
  });

  it('come as JSON', () => {
    expect(shown(read(Buffer.from('["t",7,{"a":1}]'), {}, 'json'))).toEqual({ tag: 't', events: ['7 {"a":1}'], invalid: 0 });
    expect(shown(read(Buffer.from('["t",[[7,{"a":1}],8,[9]]]'), {}, 'json'))).toEqual({ tag: 't', events: ['7 {"a":1}'], invalid: 2 });
  });

  it('have nanoseconds in an EventTime, which overflow into seconds', () => {
    const bytes = new MsgpackWriter().arrayHeader(3).text('t').time({ sec: 7, nsec: 2_500_000_000 }).value(record({})).take();
    expect(read(bytes)).toMatchObject({ events: [{ time: { sec: 9, nsec: 500_000_000 } }] });
  });

  it('have the current time if theirs is 0', () => {
    expect(read(encodeValue(['t', 0, record({})]))).toMatchObject({ events: [{ time: { sec: 99, nsec: 5 } }] });
  });

  it('may have metadata beside their time, as Fluent Bit sends it', () => {
    expect(shown(read(encodeValue(['t', [[[7, record({ meta: 1 })], record({ a: 1 })]]])))).toEqual({ tag: 't', events: ['7 {"a":1}'], invalid: 0 });
  });
});

describe('what is no event', () => {
  it('is left out and counted, and the first one is shown', () => {
    const message = read(encodeValue(['t', [[1.5, record({})], ['x', record({})], [7, 'text'], [8, null], [9], 'entry', [7, record({ ok: true })]]]));
    expect(shown(message)).toEqual({ tag: 't', events: ['7 {"ok":true}'], invalid: 6 });
    expect(message).toMatchObject({ firstInvalid: 'time=1.5 record={}' });
  });

  it('may be a float or no time where the rules are not strict; events without record are passed over', () => {
    const list = [[1.5, record({})], [null, record({})], [7, null], ['x', record({})]];
    const message = read(encodeValue(['t', list]), { strict: false });
    expect(message).toMatchObject({ events: [{ time: { sec: 1, nsec: 500_000_000 } }, { time: { sec: 99, nsec: 5 } }], invalid: 1 });
  });

  it('is a time that no clock shows', () => {
    expect(shown(read(encodeValue(['t', 2 ** 52, record({})])))).toEqual({ tag: 't', events: [], invalid: 1 });
    expect(shown(read(encodeValue(['t', 2n ** 63n, record({})])))).toEqual({ tag: 't', events: [], invalid: 1 });
  });

  it('does no harm to the entries behind it', () => {
    const badKey = Buffer.from('92078190 01'.replaceAll(' ', ''), 'hex');
    const bytes = Buffer.concat([entries([7, record({ a: 1 })]), badKey, entries([8, record({ b: 2 })])]);
    expect(shown(read(packed(bytes)))).toEqual({ tag: 't', events: ['7 {"a":1}', '8 {"b":2}'], invalid: 1 });
    const forward = Buffer.concat([Buffer.from([0x92, 0xa1, 0x74, 0x92]), badKey, entries([8, record({ b: 2 })])]);
    expect(shown(read(forward))).toEqual({ tag: 't', events: ['8 {"b":2}'], invalid: 1 });
  });

  it('is an entry that the end cuts off, or a byte that begins no value', () => {
    const bytes = entries([7, record({ a: 1 })], [8, record({ long: 'text' })]);
    expect(shown(read(packed(bytes.subarray(0, -3))))).toEqual({ tag: 't', events: ['7 {"a":1}'], invalid: 1 });
    expect(shown(read(packed(Buffer.concat([entries([7, record({})]), Buffer.from([0xc1])]))))).toEqual({ tag: 't', events: ['7 {}'], invalid: 1 });
  });
});

describe('messages', () => {
  it('are nothing if nil, and broken if no list', () => {
    expect(read(encodeValue(null))).toEqual({ kind: 'nothing' });
    expect(read(encodeValue(record({})))).toEqual({
      kind: 'broken', fatal: false, problem: 'expected a list of tag and events, found a value of kind map',
    });
    expect(shown(read(encodeValue([])))).toEqual({ tag: '', events: [], invalid: 1 });
    expect(shown(read(encodeValue(['t'])))).toEqual({ tag: 't', events: [], invalid: 1 });
  });

  it.each([
    ['gzip', 'a chunk\'s 3 bytes could not be decompressed (gzip, at most 10000 bytes): incorrect header check'],
    ['lz4', 'the option \'compressed\' must be text, gzip or zstd, found "lz4"'],
  ])('are broken if they are not %s', (compressed, problem) => {
    expect(read(packed(Buffer.from('abc'), { compressed }))).toEqual({ kind: 'broken', fatal: true, problem });
  });

  it('do not expand beyond the limit', () => {
    expect(read(packed(gzipSync(Buffer.alloc(1_000_000)), { compressed: 'gzip' }))).toMatchObject({ kind: 'broken', fatal: true });
  });

  it('say with what they want to be acknowledged, and how', () => {
    const ack = (message: ForwardMessage) => (message.kind === 'events' ? message.ack : undefined);
    expect(ack(read(encodeValue(['t', 7, record({}), record({ chunk: 'id' })])))).toEqual(encodeValue(record({ ack: 'id' })));
    expect(ack(read(encodeValue(['t', [], record({ chunk: 'id' })])))).toEqual(encodeValue(record({ ack: 'id' })));
    expect(ack(read(Buffer.from('["t",7,{},{"chunk":"ü"}]'), {}, 'json'))?.toString()).toBe('{"ack":"ü"}');
    expect(ack(read(encodeValue(['t', 7, record({}), record({ chunk: null })])))).toBeUndefined();
    expect(ack(read(encodeValue(['t', 7, record({}), 'chunk'])))).toBeUndefined();
  });

  it('have a tag that is text, or is made text', () => {
    expect(read(encodeValue([12, 7, record({})]))).toMatchObject({ tag: '12', isTagText: false });
    expect(read(encodeValue([null, 7, record({})]))).toMatchObject({ tag: '', isTagText: false });
    expect(read(new MsgpackWriter().arrayHeader(3).binary(Buffer.from('t')).value(7).value(record({})).take())).toMatchObject({ tag: 't', isTagText: true });
  });

  it('of random bytes never throw', () => {
    let seed = 1;
    const next = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31);
    for (let round = 0; round < 700; round++) {
      const bytes = Buffer.from(Array.from({ length: 1 + (next() % 40) }, () => (next() >> 8) & 0xff));
      bytes[0] = 0x90 | (next() % 6);
      expect(['events', 'broken', 'nothing']).toContain(read(bytes, { strict: round % 2 === 0 }).kind);
      expect(['events', 'broken', 'nothing']).toContain(read(packed(bytes)).kind);
      expect(['events', 'broken', 'nothing']).toContain(read(bytes, {}, 'json').kind);
    }
  });
});
