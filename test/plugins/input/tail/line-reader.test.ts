import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { splitLines, type SplitOptions } from '../../../../plugins/input/tail/line-block.ts';
import { plainContent } from '../../../../plugins/input/tail/content.ts';
import { LineReader } from '../../../../plugins/input/tail/line-reader.ts';
import { Scratch } from '../../../../plugins/input/tail/scratch.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NARROW = Buffer.from('\n');
const WIDE = Buffer.from([10, 0]);
const options = (changes: Partial<SplitOptions> = {}): SplitOptions => ({ maxLines: 1000, maxLineSize: Infinity, newline: NARROW, keepReturn: false, ...changes });

/** Every byte by itself, with no regard to speed. */
function oracle(bytes: Buffer, { newline, maxLineSize, keepReturn }: SplitOptions) {
  const lines: string[] = [];
  let tooLong = 0;
  let start = 0;
  for (let at = 0; at + newline.length <= bytes.length; at++) {
    if ((at - start) % newline.length !== 0 || !bytes.subarray(at, at + newline.length).equals(newline)) continue;
    const end = newline.length === 1 && !keepReturn && at > start && bytes[at - 1] === 13 ? at - 1 : at;
    if (at + newline.length - start > maxLineSize) tooLong++;
    else lines.push(bytes.toString('latin1', start, end));
    start = at + newline.length;
    at = start - 1;
  }
  return { lines, tooLong, next: start };
}

/** Bytes in which line breaks, carriage returns and zeros are frequent. */
const someBytes = fc.array(fc.constantFrom(10, 10, 13, 0, 0, 65, 66, 195, 255), { maxLength: 120 }).map((list) => Buffer.from(list));
const someOptions = fc
  .record({ maxLineSize: fc.constantFrom(Infinity, 1, 3, 8), wide: fc.boolean(), keepReturn: fc.boolean(), maxLines: fc.integer({ min: 1, max: 5 }) })
  .map(({ wide, ...rest }) => options({ ...rest, newline: wide ? WIDE : NARROW }));

describe('splitLines', () => {
  test('carriage returns in front of line breaks go, others stay', () => {
    const { block, next } = splitLines(Buffer.from('a\r\n\r\nb\r\r\nc\rd\nrest'), 0, 0, 19, options());
    expect([...block.starts].map((start, i) => block.bytes.toString('utf8', start, block.ends[i]))).toEqual(['a', '', 'b\r', 'c\rd']);
    expect(next).toBe(13);
  });

  test('finds what reading byte by byte finds', () => {
    fc.assert(
      fc.property(someBytes, someOptions, (bytes, given) => {
        const all = { ...given, maxLines: 1000 };
        const { block, next, tooLong } = splitLines(bytes, 0, 0, bytes.length, all);
        const lines = [...block.starts].map((start, i) => bytes.toString('latin1', start, block.ends[i]));
        expect({ lines, next, tooLong }).toEqual(oracle(bytes, all));
      }),
    );
  });
});

describe('LineReader', () => {
  test('gives the same lines however the file grows and however much is read at once', async () => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(someBytes, { maxLength: 6 }), someOptions, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 4 }), async (pieces, given, mostBytes, mostLines) => {
        const file = path.join(folder, String(n++));
        writeFileSync(file, '');
        const fd = openSync(file, 'r');
        const reader = new LineReader(new Scratch(), given, 0);
        const lines: string[] = [];
        let tooLong = 0;
        let end = 0;
        for (const piece of pieces) {
          writeFileSync(file, piece, { flag: 'a' });
          for (;;) {
            const result = await reader.read(plainContent(fd), mostBytes, mostLines);
            tooLong += result.tooLong;
            for (const part of result.lines) {
              for (let i = 0; i < part.block.count; i++) lines.push(part.block.bytes.toString('latin1', part.block.starts[i], part.block.ends[i]));
              expect(part.end).toBeGreaterThanOrEqual(end);
              end = part.end;
            }
            if (result.bytes === 0) break;
          }
        }
        closeSync(fd);
        const expected = oracle(Buffer.concat(pieces), given);
        expect({ lines, start: reader.lineStart }).toEqual({ lines: expected.lines, start: expected.next });
        expect(tooLong).toBe(expected.tooLong);
      }),
      { numRuns: 200 },
    );
  });

  test('a line over many blocks is whole, and the memory of it is not kept', async () => {
    const file = path.join(folder, 'long');
    const long = Buffer.alloc(3_000_000, 'x');
    writeFileSync(file, Buffer.concat([Buffer.from('a\n'), long, Buffer.from('\nb\nrest')]));
    const fd = openSync(file, 'r');
    const reader = new LineReader(new Scratch(), options(), 0);
    const lengths: number[] = [];
    for (;;) {
      const result = await reader.read(plainContent(fd), Infinity, Infinity);
      for (const { block } of result.lines) for (let i = 0; i < block.count; i++) lengths.push(block.ends[i]! - block.starts[i]!);
      if (result.bytes === 0) break;
    }
    closeSync(fd);
    expect(lengths).toEqual([1, 3_000_000, 1]);
    expect(reader.lineStart).toBe(3_000_005);
    const rest = reader.takeRest().line!;
    expect(rest.block.bytes.toString()).toBe('rest');
    expect(rest.end).toBe(3_000_009);
  });

  test('blocks that were handed out are not written over by the next read', async () => {
    const file = path.join(folder, 'kept');
    writeFileSync(file, Buffer.concat([Buffer.alloc(200_000, 'a\n'), Buffer.alloc(200_000, 'b\n'), Buffer.alloc(200_000, 'c\n')]));
    const fd = openSync(file, 'r');
    const reader = new LineReader(new Scratch(), options({ maxLines: 100_000 }), 0);
    const blocks = [];
    for (;;) {
      const result = await reader.read(plainContent(fd), 100_000, Infinity);
      blocks.push(...result.lines);
      if (result.bytes === 0) break;
    }
    closeSync(fd);
    const text = blocks.map(({ block }) => block.bytes.toString('latin1', 0, block.ends.at(-1))).join('\n');
    expect(text.replaceAll('\n', '')).toBe('a'.repeat(100_000) + 'b'.repeat(100_000) + 'c'.repeat(100_000));
  });
});
