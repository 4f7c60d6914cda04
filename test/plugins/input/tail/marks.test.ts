import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Marks } from '../../../../plugins/input/tail/marks.ts';
import { testLog } from '../../../support/context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logferry-marks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(name: string, text: string): number {
  writeFileSync(path.join(folder, name), text);
  return openSync(path.join(folder, name), 'r');
}

function marksOf(): Marks {
  const marks = new Marks({ file: path.join(folder, 'pos.marks'), fileMode: 0o644, log: testLog() });
  marks.open();
  return marks;
}

describe('marks', () => {
  test('keep that of a file that is not read yet when its inode belongs to another file now', () => {
    const old = open('old.log', 'first line\nsecond line\n');
    const fresh = open('fresh.log', 'something else entirely\nand more\n');
    const marks = marksOf();
    marks.update([{ inode: 7n, fd: old, position: 11 }], []);
    const [wanted] = marks.of(7n);
    for (const position of [0, 24, 33]) {
      marks.update([{ inode: 7n, fd: fresh, position }], [7n]);
      expect(marks.of(7n)).toContainEqual(wanted);
      expect(marksOf().of(7n)).toEqual(marks.of(7n));
    }
    expect(marks.of(7n)).toHaveLength(2);
    expect(readFileSync(path.join(folder, 'pos.marks'), 'latin1').split('\n')).toHaveLength(3);
  });

  test('keep it, too, while the compressed file is being read beside the new one', () => {
    const old = open('old.log', 'first line\nsecond line\n');
    const fresh = open('fresh.log', 'something else entirely\nand more\n');
    const marks = marksOf();
    marks.update([{ inode: 7n, fd: old, position: 11 }], []);
    const [wanted] = marks.of(7n);
    const packed = { inode: 7n, fd: undefined, position: 11 };
    marks.update([{ inode: 7n, fd: fresh, position: 24 }, packed], []);
    marks.update([{ inode: 7n, fd: fresh, position: 33 }, packed], []);
    expect(marks.of(7n)).toContainEqual(wanted);
  });

  test('move on with a file, and go with it', () => {
    const marks = marksOf();
    const file = open('a.log', 'first line\nsecond line\n');
    marks.update([{ inode: 7n, fd: file, position: 11 }], []);
    marks.update([{ inode: 7n, fd: file, position: 23 }], []);
    expect(marks.of(7n)).toMatchObject([{ from: 0, to: 23 }]);
    marks.update([], []);
    expect(marks.of(7n)).toEqual([]);
  });
});
