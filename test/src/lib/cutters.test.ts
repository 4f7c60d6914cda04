import { describe, expect, it } from 'vitest';
import { JsonCutter } from '../../../src/lib/json-cutter.ts';
import { LineCutter } from '../../../src/lib/line-cutter.ts';

/** What a cutter gives for a text in pieces of `size` bytes. */
function cut(cutter: { push(piece: Buffer): Buffer[]; end(): Buffer[] }, text: string | Buffer, size: number): string[] {
  const bytes = Buffer.from(text as string);
  const parts: Buffer[] = [];
  // What is given may share memory with the piece: it is read before the next one comes.
  for (let at = 0; at < bytes.length; at += size) parts.push(...cutter.push(Buffer.from(bytes.subarray(at, at + size))).map((part) => Buffer.from(part)));
  parts.push(...cutter.end());
  return parts.map((part) => part.toString('utf8'));
}

const SIZES = [1, 2, 3, 5, 7, 1000];

describe('a cutter of lines', () => {
  it.each(SIZES)('gives the same lines for pieces of %i bytes', (size) => {
    expect(cut(new LineCutter({ maxBytes: 100 }), 'one\n\ntwo ä\r\nlast', size)).toEqual(['one', '', 'two ä\r', 'last']);
    expect(cut(new LineCutter({ maxBytes: 100 }), 'one\n', size)).toEqual(['one']);
    expect(cut(new LineCutter({ maxBytes: 100 }), '', size)).toEqual([]);
  });

  it.each(SIZES)('leaves lines out that are too long, in pieces of %i bytes', (size) => {
    const tooLong: number[] = [];
    const cutter = new LineCutter({ maxBytes: 4, onTooLong: (length) => tooLong.push(length) });
    expect(cut(cutter, 'abcd\nabcde\nx\nabcdefghij', size)).toEqual(['abcd', 'x']);
    expect(tooLong).toEqual([5, 10]);
  });

  it.each(SIZES)('finds line breaks of two bytes only where a character begins, in pieces of %i bytes', (size) => {
    const text = Buffer.from('a\u0a00b\nc\n', 'utf16le');
    const lines = cut(new LineCutter({ maxBytes: 100, newline: Buffer.from([10, 0]) }), text, size);
    expect(lines.map((line) => line.length)).toEqual([6, 2]);
  });
});

describe('a cutter of JSON values', () => {
  it.each(SIZES)('gives objects and lists that follow each other, in pieces of %i bytes', (size) => {
    const text = '{"a":"}]\\"{"}{"b":[1,{"c":2}]}\n\n  [1]\n{\n "d": 1\n}\n';
    expect(cut(new JsonCutter({ maxBytes: 100 }), text, size)).toEqual(['{"a":"}]\\"{"}', '{"b":[1,{"c":2}]}', '  [1]', '{\n "d": 1\n}']);
  });

  it.each(SIZES)('gives what is none line by line, and what is left at the end, in pieces of %i bytes', (size) => {
    expect(cut(new JsonCutter({ maxBytes: 100 }), 'oops "x"\n{"a":1}\n{"b":\n{"c":1}', size)).toEqual(['oops "x"', '{"a":1}', '{"b":\n{"c":1}']);
  });

  it.each(SIZES)('leaves values out that are too long, in pieces of %i bytes', (size) => {
    const tooLong: number[] = [];
    const cutter = new JsonCutter({ maxBytes: 8, onTooLong: (length) => tooLong.push(length) });
    expect(cut(cutter, '{"a":1}{"a":"123456"}{"b":2}', size)).toEqual(['{"a":1}', '{"b":2}']);
    expect(tooLong).toEqual([14]);
  });
});
