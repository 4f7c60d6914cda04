import { expect, it } from 'vitest';
import { encodeAck, encodePackedForward, readAck } from '../../../src/forward-protocol/index.ts';
import { encodeValue } from '../../../src/lib/msgpack.ts';

it('a PackedForward has its entries as str with four bytes of length, and options in the order of Fluentd', () => {
  const pieces = encodePackedForward({ tag: 'a.b', entries: Buffer.from([0x92, 1, 0x80]), size: 1, compressed: 'text', chunk: 'x\n' });
  expect(Buffer.concat(pieces).toString('hex')).toBe(
    `93a3612e62db00000003920180${encodeValue(new Map<string, string | number>([['size', 1], ['compressed', 'text'], ['chunk', 'x\n']])).toString('hex')}`,
  );
});

it('the chunk is only there if it is asked for', () => {
  const [, , option] = encodePackedForward({ tag: 't', entries: Buffer.alloc(0), size: 0, compressed: 'gzip' });
  expect(option).toEqual(encodeValue(new Map<string, string | number>([['size', 0], ['compressed', 'gzip']])));
});

it('an acknowledgement is read again', () => {
  expect(encodeAck('id', 'json').toString()).toBe('{"ack":"id"}');
  expect(encodeAck('id', 'msgpack').toString('hex')).toBe('81a361636ba26964');
  expect(readAck(new Map([['ack', 'id']]))).toBe('id');
  expect(readAck(['ack'])).toBeUndefined();
});
