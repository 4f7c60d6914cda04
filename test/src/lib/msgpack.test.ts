import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEntries, decodeMany, encodeEntry, encodeValue, MsgpackReader, MsgpackWriter } from '../../../src/lib/msgpack.ts';
import { decodeText } from '../../../src/lib/text.ts';
import { Float, toFloat, toInteger, type Value } from '../../../src/lib/value.ts';

const hash = (...pairs: [string, Value][]): Map<string, Value> => new Map(pairs);

describe('the bytes are those that Ruby writes', () => {
  const cases: [string, Value, string][] = [
    ['nil', null, 'c0'],
    ['true', true, 'c3'],
    ['false', false, 'c2'],
    ['0', 0, '00'],
    ['127', 127, '7f'],
    ['128', 128, 'cc80'],
    ['255', 255, 'ccff'],
    ['256', 256, 'cd0100'],
    ['65535', 65535, 'cdffff'],
    ['65536', 65536, 'ce00010000'],
    ['2^32 - 1', 4294967295, 'ceffffffff'],
    ['2^32', 4294967296, 'cf0000000100000000'],
    ['2^53 - 1', Number.MAX_SAFE_INTEGER, 'cf001fffffffffffff'],
    ['2^64 - 1', 18446744073709551615n, 'cfffffffffffffffff'],
    ['-1', -1, 'ff'],
    ['-32', -32, 'e0'],
    ['-33', -33, 'd0df'],
    ['-128', -128, 'd080'],
    ['-129', -129, 'd1ff7f'],
    ['-32769', -32769, 'd2ffff7fff'],
    ['-2^31 - 1', -2147483649, 'd3ffffffff7fffffff'],
    ['-2^40', -1099511627776, 'd3ffffff0000000000'],
    ['-2^63', -9223372036854775808n, 'd38000000000000000'],
    ['a bigint that is small', 5n, '05'],
    ['a number beyond 64 bits as its digits', 18446744073709551616n, 'b43138343436373434303733373039353531363136'],
    ['-1.5', -1.5, 'cbbff8000000000000'],
    ['1.0', new Float(1), 'cb3ff0000000000000'],
    ['empty text', '', 'a0'],
    ['text', 'one', 'a36f6e65'],
    ['text that is not ASCII', 'ü', 'a2c3bc'],
    ['text that is not UTF-8', decodeText(Buffer.from([0x61, 0xff])), 'a261ff'],
    ['text of 32 bytes', 'y'.repeat(32), 'd920' + '79'.repeat(32)],
    ['text of 256 bytes', 'y'.repeat(256), 'da0100' + '79'.repeat(256)],
    ['a list', [true, false, null, [], hash()], '95c3c2c09080'],
    ['a hash in its order', hash(['b', 1], ['a', 2]), '82a16201a16102'],
  ];
  test.each(cases)('%s', (_name, value, hex) => {
    expect(encodeValue(value).toString('hex')).toBe(hex);
    expect(decodeMany(Buffer.from(hex, 'hex')).end).toBe(hex.length / 2);
  });

  test('an event is its time as extension 0 and its record', () => {
    const bytes = encodeEntry({ sec: 1664791201, nsec: 123456789 }, hash(['m', 'one'], ['k', 'a'], ['n', 1]));
    expect(bytes.toString('hex')).toBe('92d700633ab2a1075bcd1583a16da36f6e65a16ba161a16e01');
  });

  test('headers of long lists and hashes grow', () => {
    const list = new Array<Value>(65536).fill(1);
    expect(encodeValue(list.slice(0, 16)).subarray(0, 3).toString('hex')).toBe('dc0010');
    expect(encodeValue(list).subarray(0, 5).toString('hex')).toBe('dd00010000');
    const wide = new Map(list.slice(0, 16).map((value, i) => [`k${i}`, value]));
    expect(encodeValue(wide).subarray(0, 3).toString('hex')).toBe('de0010');
  });
});

describe('reading', () => {
  test('tells Floats from Integers, and keeps 64-bit integers', () => {
    const { values } = decodeMany(Buffer.from('cb3ff0000000000000cb3ff800000000000001cfffffffffffffffffca3fc00000', 'hex'));
    expect(values).toEqual([new Float(1), 1.5, 1, 18446744073709551615n, 1.5]);
  });

  test('stops behind the last complete value', () => {
    const bytes = Buffer.concat([encodeValue('one'), encodeValue([1, 2]), encodeValue('three').subarray(0, 3)]);
    expect(decodeMany(bytes)).toEqual({ values: ['one', [1, 2]], end: 7 });
  });

  test('gives events, whatever kind of number their time is', () => {
    const writer = new MsgpackWriter();
    writer.entry({ sec: 5, nsec: 7 }, hash(['a', 1]));
    writer.arrayHeader(2).integer(6).value(hash());
    writer.arrayHeader(2).float(7.5).value(hash());
    expect(decodeEntries(writer.take()).events).toEqual([
      { time: { sec: 5, nsec: 7 }, record: hash(['a', 1]) },
      { time: { sec: 6, nsec: 0 }, record: hash() },
      { time: { sec: 7, nsec: 500000000 }, record: hash() },
    ]);
  });

  test('gives text for bytes and seconds for times inside of records', () => {
    const record = Buffer.from('82a362696ec4036162ffa174d700633ab2a1075bcd15', 'hex');
    expect(new MsgpackReader(record).record()).toEqual(
      hash(['bin', decodeText(Buffer.from([0x61, 0x62, 0xff]))], ['t', 1664791201]),
    );
  });

  test('gives the bytes of str and bin without copying', () => {
    const reader = new MsgpackReader(Buffer.from('92a26869c40101', 'hex'));
    expect(reader.kind()).toBe('array');
    expect(reader.arrayLength()).toBe(2);
    expect(reader.text()).toBe('hi');
    expect(reader.bytes()).toEqual(Buffer.of(1));
    expect(reader.atEnd).toBe(true);
  });

  test('refuses the type that does not exist, nesting without end, and lengths that cannot be', () => {
    expect(() => decodeMany(Buffer.of(0xc1))).toThrow('expected a value before offset 1, found type 0xc1');
    expect(() => decodeMany(Buffer.alloc(5000, 0x91))).toThrow('nested more than 1000 deep');
    expect(decodeMany(Buffer.from('ddffffffff', 'hex'))).toEqual({ values: [], end: 0 });
    expect(() => new MsgpackReader(Buffer.of(1)).record()).toThrow('expected a record');
  });
});

test('what was written is read again', () => {
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    fc.uint8Array().map((bytes) => decodeText(Buffer.from(bytes))),
    fc.double().map(toFloat),
    fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n).map(toInteger),
  );
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(tie('value'), { maxLength: 20 }),
      fc.array(fc.tuple(fc.string(), tie('value'))).map((pairs) => new Map(pairs)),
    ),
  }));
  fc.assert(
    fc.property(value, (v) => {
      const bytes = encodeValue(v);
      expect(new MsgpackReader(bytes).value()).toEqual(v);
    }),
    { numRuns: 100 },
  );
});
