import { describe, expect, test } from 'vitest';
import { decodeChunkMeta, encodeChunkMeta } from '../../../src/buffer/chunk-meta.ts';

/** Written by Fluentd. */
const STAGED = Buffer.from(
  [
    'c10000000056',
    '88a774696d656b6579ce633ab2a0a3746167a96b657965642e6f6e65a97661726961626c657381a16ba161a373657100a26964c410',
    '660ee54ac7844b8632f7fd5222eff828',
    'a17301a163ce6b040927a16dce6b040927',
  ].join(''),
  'hex',
);
const META = {
  id: '660ee54ac7844b8632f7fd5222eff828',
  metadata: { timekey: 1664791200, tag: 'keyed.one', variables: new Map([['k', 'a']]) },
  eventCount: 1,
  createdAt: 0x6b040927 * 1000,
  modifiedAt: 0x6b040927 * 1000,
};

describe('a .meta file', () => {
  test('is read as Fluentd writes it', () => {
    expect(decodeChunkMeta(STAGED)).toEqual(META);
  });

  test('is written as Fluentd writes it; fractions of seconds are cut off', () => {
    expect(encodeChunkMeta({ ...META, createdAt: META.createdAt + 999, modifiedAt: META.modifiedAt + 1 }).toString('hex')).toBe(STAGED.toString('hex'));
  });

  test('keeps what is absent as nil', () => {
    const meta = { ...META, metadata: {} };
    const bytes = encodeChunkMeta(meta);
    expect(bytes.subarray(0, 28).toString('latin1')).toBe('\xc1\x00\x00\x00\x00\x45\x88\xa7timekey\xc0\xa3tag\xc0\xa9variab');
    expect(decodeChunkMeta(bytes)).toEqual({ ...meta, metadata: { timekey: undefined, tag: undefined, variables: undefined } });
  });

  test('without a frame is of an old version', () => {
    expect(decodeChunkMeta(STAGED.subarray(6))).toEqual(META);
  });

  test('may be followed by bytes of a longer one', () => {
    expect(decodeChunkMeta(Buffer.concat([STAGED, Buffer.from('rest')]))).toEqual(META);
  });

  test('keeps seq, by which several staged chunks of equal keys differ', () => {
    const meta = { ...META, metadata: { ...META.metadata, seq: 2 } };
    expect(decodeChunkMeta(encodeChunkMeta(meta))).toEqual(meta);
  });

  test.each([
    ['cut off', STAGED.subarray(0, 40), 'the file ends after 40 of 92 bytes'],
    ['with a cut frame', STAGED.subarray(0, 4), 'the file ends after 4 bytes'],
    ['of other content', Buffer.from('garbage'), 'expected a map'],
    ['without an id', Buffer.from('81a17301', 'hex'), 'no chunk id'],
    ['without times', Buffer.from('81a26964c401ff', 'hex'), 'no times'],
    ['empty', Buffer.alloc(0), 'the data end within a value'],
  ])('%s is refused', (_name, bytes, message) => {
    expect(() => decodeChunkMeta(bytes)).toThrow(message);
  });
});
