import { describe, expect, it } from 'vitest';
import { MessageStream, type StreamPart } from '../../../src/forward-protocol/index.ts';
import { encodeValue } from '../../../src/lib/msgpack.ts';
import type { Value } from '../../../src/lib/value.ts';

const values: Value[] = [
  ['a', 1, new Map<string, Value>([['k', 'v']])],
  null,
  ['text', 'x'.repeat(31), 'x'.repeat(200), 'x'.repeat(300), 'x'.repeat(70_000)],
  [-1, -33, -200, -40_000, -3_000_000_000, 255, 65_535, 4_294_967_295, 2 ** 40, 1.5, true, false, null],
  [Array.from({ length: 20 }, (_, i) => i), Array.from({ length: 70_000 }, () => 1)],
  new Map<string, Value>(Array.from({ length: 17 }, (_, i) => [`key${i}`, [new Map([['deep', []]])]])),
  [[], new Map(), ''],
];
const extensions = Buffer.from('95d40001d6000102030 4d70000000001000000 02c70305aabbccc40401020304'.replaceAll(' ', ''), 'hex');
const encoded = Buffer.concat([...values.map((value) => encodeValue(value)), extensions]);
const expected = [...values.map((value) => encodeValue(value)), extensions];

function cut(bytes: Buffer, size: number, maxBytes = 1e9): StreamPart[] {
  const stream = new MessageStream({ maxBytes });
  const parts: StreamPart[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(...stream.push(bytes.subarray(at, at + size)));
  return parts;
}

const bytesOf = (parts: readonly StreamPart[]) => parts.map((part) => (part.kind === 'message' ? part.bytes : part));

describe('MessagePack messages', () => {
  it.each([1, 2, 3, 7, 1000, 5000, 1e9])('come whole however they arrive: in pieces of %i bytes', (size) => {
    const parts = bytesOf(cut(encoded, size));
    expect(parts).toHaveLength(expected.length);
    for (const [i, part] of parts.entries()) expect(Buffer.compare(part as Buffer, expected[i]!)).toBe(0);
  });

  it('are dropped beyond the limit, and the next one is fine', () => {
    const stream = new MessageStream({ maxBytes: 1000 });
    const large = encodeValue(['x'.repeat(100_000)]);
    const seen: StreamPart[] = [];
    for (let at = 0; at < large.length; at += 900) {
      seen.push(...stream.push(large.subarray(at, at + 900)));
      expect(stream.pendingBytes).toBeLessThanOrEqual(1000);
    }
    seen.push(...stream.push(encodeValue([1])));
    expect(seen).toEqual([{ kind: 'oversize', byteLength: 100_006 }, { kind: 'message', format: 'msgpack', bytes: Buffer.from([0x91, 1]) }]);
  });

  it('that one reading brings whole have the limit, too', () => {
    expect(cut(encodeValue('x'.repeat(50)), 1000, 40)).toEqual([{ kind: 'oversize', byteLength: 52 }]);
  });

  it('end with a byte that begins no value, after those before it', () => {
    const stream = new MessageStream({ maxBytes: 1000 });
    expect(stream.push(Buffer.from([0x91, 0x01, 0xc1]))).toEqual([
      { kind: 'message', format: 'msgpack', bytes: Buffer.from([0x91, 1]) },
      { kind: 'unreadable', problem: 'expected MessagePack, found the byte 0xc1, which no value begins with' },
    ]);
    expect(stream.push(Buffer.from([0x91, 0x01]))).toEqual([]);
  });

  it('end where they are nested without end', () => {
    expect(cut(Buffer.alloc(5000, 0x91), 100)).toEqual([{ kind: 'unreadable', problem: 'a message is nested more than 1000 deep' }]);
  });

  it('cost no memory for lengths that were only announced', () => {
    const stream = new MessageStream({ maxBytes: 2 ** 40 });
    expect(stream.push(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff, 0xdb, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]))).toEqual([]);
    expect(stream.pendingBytes).toBe(13);
  });
});

describe('JSON messages', () => {
  const texts = ['["a",1,{"k":"v"}]', '{"x":"]}\\"[{"}', '["\\\\",[[]],"ü"]'];

  it.each([1, 2, 5, 1000])('come whole however they arrive: in pieces of %i bytes', (size) => {
    const parts = cut(Buffer.from(`${texts.join('\r\n \t')}\n`), size);
    expect(parts.map((part) => part.kind === 'message' && `${part.format} ${part.bytes.toString()}`)).toEqual(texts.map((text) => `json ${text}`));
  });

  it('end with something else between them', () => {
    expect(cut(Buffer.from('[1]x[2]'), 100).map((part) => (part.kind === 'unreadable' ? part.problem : part.kind))).toEqual([
      'message', 'expected a JSON list, found the byte 0x78',
    ]);
  });

  it('end where they are nested without end', () => {
    expect(cut(Buffer.from('['.repeat(2000)), 100)).toEqual([{ kind: 'unreadable', problem: 'a message is nested more than 1000 deep' }]);
  });
});
