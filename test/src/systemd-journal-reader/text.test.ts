import { expect, test } from 'vitest';
import { bytesToText, textToBytes } from '../../../src/systemd-journal-reader/text.ts';

test.each([
  ['plain', Buffer.from('abc'), 'abc'],
  ['UTF-8', Buffer.from('Grüße 日本 😀 \ufffd'), 'Grüße 日本 😀 \ufffd'],
  ['single bytes', Buffer.from([0x61, 0xff, 0xfe, 0x62]), 'a\udcff\udcfeb'],
  ['overlong', Buffer.from([0xc0, 0xaf, 0xe0, 0x80, 0xaf]), '\udcc0\udcaf\udce0\udc80\udcaf'],
  ['surrogates', Buffer.from([0xed, 0xa0, 0x80]), '\udced\udca0\udc80'],
  ['cut', Buffer.from([0xf0, 0x9f, 0x98]), '\udcf0\udc9f\udc98'],
  ['beyond Unicode', Buffer.from([0xf4, 0x90, 0x80, 0x80]), '\udcf4\udc90\udc80\udc80'],
  ['with pairs beside', Buffer.concat([Buffer.from('😀'), Buffer.from([0x80]), Buffer.from('😀')]), '😀\udc80😀'],
])('%s bytes become text and bytes again', (_name, bytes, text) => {
  expect(bytesToText(bytes, 0, bytes.length)).toBe(text);
  expect(textToBytes(text).equals(bytes)).toBe(true);
});

test('every pair of bytes survives', () => {
  const bytes = Buffer.alloc(65536 * 2);
  for (let i = 0; i < 65536; i++) bytes.writeUInt16BE(i, i * 2);
  expect(textToBytes(bytesToText(bytes, 0, bytes.length)).equals(bytes)).toBe(true);
});
