import { expect, it } from 'vitest';
import { readMessage, type EventsMessage } from '../../../src/forward-protocol/index.ts';
import { encodeEntry, encodeValue, MsgpackWriter } from '../../../src/lib/msgpack.ts';

const rules = { strict: true, inSlices: true, decompressionLimit: 1e9, now: () => ({ sec: 99, nsec: 0 }) };
const numbered = (n: number, text = '') => encodeEntry({ sec: n, nsec: 0 }, new Map<string, string | number>([['n', n], ['text', text]]));
const option = new Map([['chunk', 'x']]);

function slices(bytes: Buffer): { numbers: unknown[]; invalid: number; acks: (string | undefined)[] }[] {
  const found = [];
  let message = readMessage({ kind: 'message', format: 'msgpack', bytes }, rules) as EventsMessage | undefined;
  expect(message!.kind).toBe('events');
  for (; message; message = message.rest?.()) {
    found.push({ numbers: message.events.map(({ record }) => record.get('n')), invalid: message.invalid, acks: [message.ack?.toString('hex')] });
  }
  return found;
}

const packed = (...entries: Buffer[]) => new MsgpackWriter().arrayHeader(3).text('t').binary(Buffer.concat(entries)).value(option).take();
const forward = (...entries: Buffer[]) => {
  const writer = new MsgpackWriter().arrayHeader(3).text('t').arrayHeader(entries.length);
  for (const entry of entries) writer.raw(entry);
  return writer.value(option).take();
};

it.each([['PackedForward', packed], ['Forward', forward]])('a large %s is read in slices of about a megabyte, with the same events', (_name, message) => {
  const found = slices(message(...Array.from({ length: 300 }, (_, n) => numbered(n + 1, 'x'.repeat(10_000)))));
  expect(found.map(({ numbers }) => numbers.length)).toEqual([104, 104, 92]);
  expect(found.flatMap(({ numbers }) => numbers)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
  expect(new Set(found.flatMap(({ acks }) => acks))).toEqual(new Set([encodeValue(new Map([['ack', 'x']])).toString('hex')]));
});

it.each([['PackedForward', packed], ['Forward', forward]])('an entry of a %s that is larger than a slice is one of its own', (_name, message) => {
  const found = slices(message(numbered(1), numbered(2, 'x'.repeat(3_000_000)), numbered(3)));
  expect(found.map(({ numbers }) => numbers)).toEqual([[1], [2], [3]]);
});

it.each([['PackedForward', packed], ['Forward', forward]])('an entry of a %s that is made of too many values is refused, not those around it', (_name, message) => {
  const many = Buffer.concat([Buffer.from([0x92, 0x01, 0x81, 0xa1, 0x61, 0xdd, 0x00, 0x20, 0x00, 0x00]), Buffer.alloc(0x20_0000, 0x80)]);
  const found = slices(message(numbered(1), many, numbered(3)));
  expect(found.flatMap(({ numbers }) => numbers)).toEqual([1, 3]);
  expect(found.reduce((sum, { invalid }) => sum + invalid, 0)).toBe(1);
});

it('a Message that is made of too many values is broken', () => {
  const bytes = Buffer.concat([Buffer.from([0x93, 0xa1, 0x74, 0x01, 0x81, 0xa1, 0x61, 0xdd, 0x00, 0x20, 0x00, 0x00]), Buffer.alloc(0x20_0000, 0x80)]);
  expect(readMessage({ kind: 'message', format: 'msgpack', bytes }, rules)).toEqual({
    kind: 'broken', fatal: true, problem: 'a value of the message is made of too many values',
  });
});
