import { describe, expect, test } from 'vitest';
import { InvalidCursorError, parseCursor, parseCursorParts } from '../../../src/systemd-journal-reader/cursor.ts';

const ID = '0123456789abcdef0123456789abcdef';

describe('a cursor', () => {
  test('has its parts in any order, with dashes in ids, and parts of later versions', () => {
    expect(parseCursor(`x=0ff;t=60a2437810c62;m=1;b=01234567-89AB-cdef-0123-456789abcdef;i=ffffffffffffffff;s=${ID};z=1`)).toEqual({
      xorHash: 'ff', realtime: 0x60a2437810c62, monotonic: 1, bootId: ID, seqnum: 0xffffffffffffffffn, seqnumId: ID,
    });
  });

  test.each([
    ['', "'' is not a letter with a value"],
    ['rubbish', "'rubbish' is not a letter with a value"],
    ['t=1;', "'' is not a letter with a value"],
    ['t=xyz', "'t=xyz' should have a hexadecimal number"],
    ['t=', "'t=' should have a hexadecimal number"],
    ['s=12;i=1', "'s=12' should have 32 hexadecimal digits"],
    [`s=${ID}`, 'it needs s and i, or b and m, or t'],
    ['i=1;x=1', 'it needs s and i, or b and m, or t'],
  ])('%j is none', (text, reason) => {
    expect(() => parseCursor(text)).toThrow(InvalidCursorError);
    expect(() => parseCursor(text)).toThrow(`'${text}' is not a cursor: ${reason}`);
  });

  test('to test an entry, any part is enough', () => expect(parseCursorParts('i=14')).toEqual({ seqnum: 0x14 }));
});
