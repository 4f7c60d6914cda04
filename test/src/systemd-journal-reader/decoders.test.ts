/** Compressed payloads: whole, cut at every byte, with flipped bits, and larger than they may be. */
import { zstdCompressSync } from './support/zstd.ts';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/systemd-journal-reader/decode-error.ts';
import { decodeLz4Block } from '../../../src/systemd-journal-reader/lz4.ts';
import { decompress, nameEnd } from '../../../src/systemd-journal-reader/payload.ts';
import { decodeXz } from '../../../src/systemd-journal-reader/xz.ts';
import { decodeZstd } from '../../../src/systemd-journal-reader/zstd.ts';

/** 200 times "entry N of a log; " with N = 0..199. */
const TEXT = Buffer.from(Array.from({ length: 200 }, (_, i) => `entry ${i} of a log; `).join(''));
const LIMIT = 1024 * 1024;

/** Made by liblzma 5 from TEXT: check none, and with other properties (lc=0 lp=2 pb=0) and CRC64. */
const XZ = {
  plain: '/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4A8xARZdADKbiu/yG07QUyN7cOFKuckSZ5+T5leNGrKjLcw4noMaJDFPSusq8BuvACgQus5z6XJx8H05ONaBkhhTzP5Oo4+69rPByrU9lkTq2Ld5bWCbQRg6rtbk9r2JkkMeQIECPAwoXtjjsNCGwHu0NS8O2I74nPh7LNMGXP7uxQsj2I8QkszRQvcp/LTNCxBruRa/S0sCUJo6sPVYA2BEAxq0p0XKKL+JjF3p7+9nuLtOKhm8UVAdItZAT02798lMQVzXW333o1/ps+J0x780/ll90Kons1M8+Eg8/5bHeVEI7MezZdqjz6DhVP3ZcOhkgOX9qMDVu/ekl1KYu5xk4ICx1XicLVzV0BOLD8NNO9fU0pjeou/fwC0AAAAAAAGqArIeAABevdGgqAAK/AIAAAAAAFla',
  properties: '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4A8xAQwSADKcZ+gHUn0nNgTYOrnVxE5XsEPGnZ+Tteyzinfuduwf7mNp895mt/+QgXLFNsu6shVtj+ooFwxx1cq3I/TGZSaRdPOH7qlmDZ+A7M6DhXasknSj/eNAQOEOm9peiZASromHVk3xHpAvRVeMYaJ4t0JoTRkfin4QPmsNf/YEqnUbMJwcwrD43RlfXJ9MKvPzjvfEmhQ5DEyOkSmUlUgWtMQoalaCtAlnGZe4jJJRvuIK0bm/A9l1Rgu6WSefvbagJADFSs7MmWPEodemm6kTwMFvf5lEmn9P81GiwxVpSwuxnFqGtjJ7FKQcwkYEFFvcFx0m03MeLJ3rZFVq9HbbD6az93c1e0FaXm31gQAARUgXQUDaD10AAagCsh4AAFUcGe2xxGf7AgAAAAAEWVo=',
  stored: '/Td6WFoAAAD/EtlBAgAhARYAAAB0L+WjAQErACaKLAwqhiBdc8dZKTeDDTpAhAbGxAB6l43BM+PR/Wd0Wn7ggF561NGnuw2da3fBrnR4ujr49C4LwbXnVwXxG+iOcpT0km6IRduvwRGfa3UiqGxurizo4n/1qZvLOeXPXMJmSGjGYjy5D6N1hdNfKZbcYCIiYNyW8ymdTz9t2YPQ9lr83PpW8C1Dlyn5B1PdChBU1paU0EpnXZEDs6HNN0QqTrBQLkqkoXeL3W07R5F+REiKCsjE/tuRhbcn1cHruF5CZMRiPlgVq3+R4W87RfJ4PD5+/LiyT8V5a5sJtZ8skjYYOJYyDInfc0VVoy/5Zqww8vIwrGbD+W0fDz2pU6DGKsysyibA/RNn+cnXI63a4CSmZmSgGjctYdODcZ0HFPoegCD+GnRxR1utAAABvAKsAgAAYCak0KgACvwCAAAAAABZWg==',
};

describe('XZ', () => {
  test.each(Object.entries(XZ))('decodes a stream (%s)', (name, base64) => {
    expect(decodeXz(Buffer.from(base64, 'base64'), LIMIT).equals(name === 'stored' ? RANDOM : TEXT)).toBe(true);
  });

  test('a stream that is cut throws, wherever it is cut', () => {
    const whole = Buffer.from(XZ.plain, 'base64');
    // The index and footer behind the data are not needed.
    const needed = whole.length - 28;
    for (let length = 0; length < needed; length++) expect(() => decodeXz(whole.subarray(0, length), LIMIT), `${length} bytes`).toThrow(DecodeError);
  });

  test('more than the limit throws', () => {
    expect(() => decodeXz(Buffer.from(XZ.plain, 'base64'), TEXT.length - 1)).toThrow('XZ data give more than');
  });

  test('flipped bits throw or change the result, and never more than that', () => {
    const whole = Buffer.from(XZ.plain, 'base64');
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      try {
        expect(decodeXz(flipped, LIMIT).length).toBeLessThanOrEqual(LIMIT);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
  });
});

/** Bytes that nothing compresses. */
const RANDOM = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * i * 31 + i * 7 + (i >> 3) * 101) & 0xff));

describe('LZ4', () => {
  // 5 literals "abcde", copy 9 from distance 5, 3 literals "xyz".
  const block = Buffer.from([0x55, ...Buffer.from('abcde'), 5, 0, 0x30, ...Buffer.from('xyz')]);

  test('decodes literals and copies that overlap themselves', () => {
    expect(decodeLz4Block(block, 17).toString()).toBe('abcdeabcdeabcdxyz');
    expect(decodeLz4Block(Buffer.from([0x1f, 0x61, 1, 0, 0]), 20).toString()).toBe('a'.repeat(20));
  });

  test('decodes long lengths', () => {
    const literals = Buffer.alloc(300, 'q');
    expect(decodeLz4Block(Buffer.concat([Buffer.from([0xf0, 255, 30]), literals]), 300).equals(literals)).toBe(true);
  });

  test.each([
    ['a size that is too small', block, 16, 'LZ4 data give more than they declare'],
    ['a size that is too large', block, 18, 'LZ4 data give 17 bytes and declare 18'],
    ['a size that no such data can have', block, 2 ** 40, 'LZ4 data of 12 bytes cannot hold 1099511627776'],
    ['a copy from before the beginning', Buffer.from([0x10, 0x61, 2, 0]), 5, 'LZ4 data refer to what is before their beginning'],
    ['a copy from nowhere', Buffer.from([0x10, 0x61, 0, 0]), 5, 'LZ4 data refer to what is before their beginning'],
    ['literals that end early', Buffer.from([0x50, 0x61]), 5, 'LZ4 data end within literals'],
    ['a length that ends early', Buffer.from([0xf0, 255]), 5, 'LZ4 data end within a length'],
    ['a distance that ends early', Buffer.from([0x10, 0x61, 1]), 5, 'LZ4 data end within a distance'],
  ])('%s throws', (_what, bytes, size, message) => expect(() => decodeLz4Block(bytes, size)).toThrow(new DecodeError(message)));
});

describe('ZSTD', () => {
  const frame = zstdCompressSync(TEXT);

  test('decodes a frame', () => expect(decodeZstd(frame, LIMIT).equals(TEXT)).toBe(true));

  test('a frame that is cut throws, wherever it is cut', () => {
    for (let length = 0; length < frame.length; length++) expect(() => decodeZstd(frame.subarray(0, length), LIMIT), `${length} bytes`).toThrow(DecodeError);
  });

  test('a frame that declares too much throws before anything is made for it', () => {
    expect(() => decodeZstd(frame, TEXT.length - 1)).toThrow(`ZSTD data declare ${TEXT.length} bytes, more than ${TEXT.length - 1}`);
  });

  test('flipped bits throw or change the result, and never more than that', () => {
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const flipped = Buffer.from(frame);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      try {
        expect(decodeZstd(flipped, LIMIT).length).toBeLessThanOrEqual(LIMIT);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }
  });
});

describe('payloads', () => {
  test('have one compression at most', () => {
    expect(() => decompress(3, Buffer.alloc(20), LIMIT)).toThrow('the compression flags are 3; expected one of 1, 2 and 4');
  });

  test('an LZ4 payload declares its size in front', () => {
    expect(decompress(2, Buffer.from([5, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x41, 0x3d, 0x62, 0x63, 0x64]), LIMIT).toString()).toBe('A=bcd');
    expect(() => decompress(2, Buffer.from([5, 0, 0, 0, 0, 1, 0, 0, 0x50]), LIMIT)).toThrow('LZ4 data declare 1099511627781 bytes, more than 1048576');
  });

  test.each([
    ['MESSAGE=x', 7], ['_PID=1', 4], ['A9=', 2], [`${'N'.repeat(64)}=`, 64],
    [`${'N'.repeat(65)}=`, -1], ['=x', -1], ['9A=x', -1], ['lower=x', -1], ['NOTHING', -1], ['A B=x', -1],
  ])('the name of %j ends at %i', (text, end) => {
    const bytes = Buffer.from(text);
    expect(nameEnd(bytes, 0, bytes.length)).toBe(end);
  });
});
