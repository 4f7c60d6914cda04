import { describe, expect, it } from 'vitest';
import { ByteAllowance } from '../../../src/net/allowance.ts';
import { cutByCount, cutByDelimiter, type MessageCutter } from '../../../src/net/message-cutter.ts';

function cutterOf(make: typeof cutByCount, maxBytes?: number, limit = 1_000_000) {
  const tooLong: string[] = [];
  const allowance = new ByteAllowance(limit);
  const cutter = make({ maxBytes, allowance, onTooLong: (length, head) => tooLong.push(`${length} ${head.toString()}`) });
  return { cutter, tooLong, allowance };
}

const byDelimiter = (delimiter: string, maxBytes?: number, limit?: number) =>
  cutterOf((options) => cutByDelimiter(Buffer.from(delimiter), options), maxBytes, limit);

function push(cutter: MessageCutter, bytes: string | Buffer): string[] {
  const messages: Buffer[] = [];
  cutter.push(Buffer.from(bytes), (message) => messages.push(message));
  return messages.map(String);
}

/** What comes out if the text arrives in pieces of so many bytes. */
function cut(cutter: MessageCutter, text: string, size: number): string[] {
  const bytes = Buffer.from(text);
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; at += size) messages.push(...push(cutter, bytes.subarray(at, at + size)));
  return messages;
}

describe('messages that end with a delimiter', () => {
  it.each([1, 2, 3, 5, 100])('are the same in pieces of %i bytes', (size) => {
    expect(cut(byDelimiter('\n').cutter, 'one\n\ntwo\nthree', size)).toEqual(['one', '', 'two']);
    expect(cut(byDelimiter('||').cutter, 'a|b||c||||x|', size)).toEqual(['a|b', 'c', '']);
    expect(cut(byDelimiter('ü').cutter, 'aübüc', size)).toEqual(['a', 'b']);
    expect(cut(byDelimiter('aab').cutter, 'aaab1aab', size)).toEqual(['a', '1']);
  });

  it.each([1, 2, 3, 7, 100])('of more bytes than allowed are left out, told once, and do not harm the next one: pieces of %i', (size) => {
    const { cutter, tooLong } = byDelimiter('||', 4);
    expect(cut(cutter, 'abcd||abcde||fine||xxxxxxxxxxxx||z||', size)).toEqual(['abcd', 'fine', 'z']);
    expect(tooLong).toHaveLength(2);
    expect(tooLong[1]).toMatch(/^\d+ xxxxx/);
  });

  it('that never end take no more than the limit', () => {
    const { cutter, tooLong, allowance } = byDelimiter('\n', 1000);
    for (let i = 0; i < 100; i++) push(cutter, Buffer.alloc(100, 'x'));
    expect(tooLong).toHaveLength(1);
    expect(allowance.used).toBe(0);
    expect(cutter.pendingBytes).toBe(0);
    expect(push(cutter, '\nnext\n')).toEqual(['next']);
  });

  it('stay as they are when later bytes come', () => {
    const { cutter } = byDelimiter('\n');
    const kept: Buffer[] = [];
    for (const piece of ['on', 'e\ntw', 'o\nthree\n']) cutter.push(Buffer.from(piece), (message) => kept.push(message));
    expect(kept.map(String)).toEqual(['one', 'two', 'three']);
  });

  it('of all connections together are limited, and give back what they took', () => {
    const allowance = new ByteAllowance(1000);
    const options = { allowance, onTooLong: () => {} };
    const one = cutByDelimiter(Buffer.from('\n'), options);
    const other = cutByDelimiter(Buffer.from('\n'), options);
    push(one, Buffer.alloc(700));
    expect(() => push(other, Buffer.alloc(700))).toThrow('messages that are not complete take more than 1000 bytes on all connections together');
    other.close();
    one.close();
    expect(allowance.used).toBe(0);
  });
});

describe('messages with a count in front', () => {
  it.each([1, 2, 3, 5, 100])('are the same in pieces of %i bytes', (size) => {
    expect(cut(cutterOf(cutByCount).cutter, '5 hello3 a b0 7 two\nlin11 incompl', size)).toEqual(['hello', 'a b', '', 'two\nlin']);
  });

  it('may have blanks and line breaks between them', () => {
    expect(cut(cutterOf(cutByCount).cutter, '5 hello\n2 hi\r\n 1 x', 1)).toEqual(['hello', 'hi', 'x']);
  });

  it.each([1, 4, 100])('of more bytes than allowed are left out, in pieces of %i', (size) => {
    const { cutter, tooLong } = cutterOf(cutByCount, 4);
    expect(cut(cutter, '4 abcd9 1234567892 ok', size)).toEqual(['abcd', 'ok']);
    expect(tooLong).toHaveLength(1);
    expect(tooLong[0]).toMatch(/^9 /);
  });

  it.each(['x1 a', '-1 a', '1x a', '0x10 a', ' ', '99999999999999999999999999999999999999999'.padEnd(40, '9'), '\n'.repeat(40)])(
    'are not understood without a number: %j',
    (text) => {
      const read = () => push(cutterOf(cutByCount).cutter, text);
      if (text === ' ') expect(read()).toEqual([]);
      else expect(read).toThrow('expected the length of a message and a blank, found');
    },
  );

  it('before something that is none are given', () => {
    const messages: string[] = [];
    expect(() => cutterOf(cutByCount).cutter.push(Buffer.from('2 ok bad 1'), (message) => messages.push(String(message)))).toThrow('found " bad"');
    expect(messages).toEqual(['ok']);
  });

  it('with a count that nobody can send is left out without memory being taken', () => {
    const { cutter, allowance, tooLong } = cutterOf(cutByCount);
    expect(push(cutter, '999999999999 abc')).toEqual([]);
    expect(allowance.used).toBe(0);
    expect(tooLong).toEqual(['999999999999 abc']);
  });
});
