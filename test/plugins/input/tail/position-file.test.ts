import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PositionFile } from '../../../../plugins/input/tail/position-file.ts';
import { fieldsText, parsePositions, pathBytes } from '../../../../plugins/input/tail/position-lines.ts';
import { MetricsRegistry } from '../../../../src/metrics/metrics.ts';
import { testLog } from '../../../support/context.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'positions-'));
  file = path.join(folder, 'deep/er/tail.pos');
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = testLog();
const failures = new MetricsRegistry().counter('failures', '');
const positionFile = (name: string | undefined = file) => new PositionFile({ file: name, fileMode: 0o640, dirMode: 0o755, log, failures });
const text = () => readFileSync(file, 'utf8');

test('an entry is path, position and inode in sixteen hexadecimal digits', () => {
  const positions = positionFile();
  positions.open();
  positions.begin();
  positions.add('/var/log/a.log', 0xabcn, 0x1234);
  positions.close();
  expect(text()).toBe('/var/log/a.log\t0000000000001234\t0000000000000abc\n');
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

test('numbers change in place, new entries are appended: the file stays the same', () => {
  const positions = positionFile();
  positions.open();
  positions.begin();
  const a = positions.add('/a', 1n, 1);
  const b = positions.add('/b', 2n, 2);
  positions.save();
  const { ino } = statSync(file);
  b.move(2n, 77);
  positions.add('/c', 3n, 3);
  a.unwatch();
  positions.close();
  expect(statSync(file).ino).toBe(ino);
  expect(text()).toBe(`/a\t${'f'.repeat(16)}\t${'1'.padStart(16, '0')}\n/b\t000000000000004d\t0000000000000002\n/c\t0000000000000003\t0000000000000003\n`);
});

test('a position that goes back, as of a truncated file, is written at once', () => {
  const positions = positionFile();
  positions.open();
  positions.begin();
  const entry = positions.add('/a', 1n, 500);
  positions.save();
  entry.move(1n, 0);
  expect(text()).toBe(`/a\t${'0'.repeat(16)}\t0000000000000001\n`);
  positions.close();
});

test('the time of the file is set back where files were looked for last long before positions moved', () => {
  let lookAgeMs = 3000;
  const positions = new PositionFile({ file, fileMode: 0o640, dirMode: 0o755, log, failures, lookAgeMs: () => lookAgeMs });
  positions.open();
  positions.begin();
  const entry = positions.add('/a', 1n, 500);
  positions.save();
  const usual = statSync(file).mtimeMs;
  lookAgeMs = 25_000;
  positions.hurry();
  expect(statSync(file).mtimeMs).toBe(usual);
  entry.move(1n, 600);
  positions.close();
  const { mtimeMs } = statSync(file);
  expect(Math.round((mtimeMs - usual) / 5000)).toBe(-4);
  expect(parsePositions(readFileSync(file)).lines).toHaveLength(1);
});

test('older files of a path stand in front of its entry, and go when they are read', () => {
  const positions = positionFile();
  positions.open();
  positions.begin();
  positions.add('/a', 1n, 1);
  const b = positions.add('/b', 2n, 2);
  positions.save();
  b.leave([{ inode: 9n, position: 5 }]);
  positions.save();
  expect(parsePositions(readFileSync(file)).lines).toEqual([
    { path: '/a', inode: 1n, position: 1 }, { path: '/b', inode: 9n, position: 5 }, { path: '/b', inode: 2n, position: 2 },
  ]);
  b.leave([]);
  positions.close();
  expect(parsePositions(readFileSync(file)).lines).toEqual([{ path: '/a', inode: 1n, position: 1 }, { path: '/b', inode: 2n, position: 2 }]);
});

test('compaction forgets files that are not watched', () => {
  const positions = positionFile();
  positions.open();
  positions.begin();
  positions.add('/a', 1n, 1).unwatch();
  const b = positions.add('/b', 2n, 2);
  positions.save();
  positions.compact();
  b.move(2n, 3);
  positions.close();
  expect(text()).toBe('/b\t0000000000000003\t0000000000000002\n');
});

test('nothing is written before it begins', () => {
  positionFile().open();
  writeFileSync(file, '/a\t0000000000000003\t0000000000000002\n');
  const positions = positionFile();
  expect(positions.open().lines).toEqual([{ path: '/a', inode: 2n, position: 3 }]);
  positions.add('/b', 1n, 1);
  positions.close();
  expect(text()).toBe('/a\t0000000000000003\t0000000000000002\n');
});

test('a position file behind a link stays there', () => {
  const real = path.join(folder, 'real.pos');
  writeFileSync(real, '');
  const link = path.join(folder, 'link.pos');
  symlinkSync('real.pos', link);
  const positions = positionFile(link);
  positions.open();
  positions.add('/a', 1n, 1);
  positions.begin();
  positions.close();
  expect(readFileSync(real, 'utf8')).toBe('/a\t0000000000000001\t0000000000000001\n');
});

test('where no file can be made beside it, as in a folder that is not ours, the file is overwritten in place', () => {
  positionFile().open();
  const { ino } = statSync(file);
  // Permissions do not bind root; a folder of that name binds everyone.
  mkdirSync(`${file}.new`);
  const positions = positionFile();
  positions.open();
  positions.add('/a', 1n, 1);
  positions.begin();
  positions.close();
  expect(text()).toBe('/a\t0000000000000001\t0000000000000001\n');
  expect(statSync(file).ino).toBe(ino);
});

test('without a file nothing is opened', () => {
  const positions = new PositionFile({ file: undefined, fileMode: 0o644, dirMode: 0o755, log, failures });
  expect(positions.open().lines).toEqual([]);
  positions.begin();
  positions.add('/a', 1n, 1);
  positions.close();
});

test('shorter numbers of old versions are understood, and broken lines are kept apart', () => {
  expect(parsePositions(Buffer.from('/a\t1f\t00000002\n\n/b\tx\t1\n/c\tFFFFFFFFFFFFFFFF\t3\n/d\t0000000000000001'))).toEqual({
    lines: [{ path: '/a', inode: 2n, position: 31 }, { path: '/c', inode: 3n, position: undefined }],
    unparsable: ['/b\tx\t1', '/d\t0000000000000001'],
  });
});

test('any path that is written is read back, and no path makes a second entry', () => {
  const bytes = fc.array(fc.constantFrom('/', '.', '%', '\t', '\n', '\r', '0', '9', 'A', '25', '/./%', 'ü', '\udc80', ' '), { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(bytes, fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (name, position, inode) => {
      const written = Buffer.concat([pathBytes(name), Buffer.from(fieldsText(position, inode))]);
      expect(parsePositions(written)).toEqual({ lines: [{ path: name, position, inode }], unparsable: [] });
    }),
  );
});
