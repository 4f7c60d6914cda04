import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openJournal, type Journal } from '../../../src/systemd-journal-reader/index.ts';
import { fileBytes, golden, pathOf, temporaryFolder, unpackAll } from './support/fixtures.ts';

const folder = temporaryFolder();
beforeAll(() => unpackAll(folder.path));
afterAll(folder.remove);

let folders = 0;
function newFolder(): string {
  const path = join(folder.path, `own-${folders++}`);
  mkdirSync(path);
  return path;
}

function rest(journal: Journal): string[] {
  const cursors: string[] = [];
  for (let entry = journal.next(); entry; entry = journal.next()) cursors.push(entry.cursor);
  return cursors;
}

const cursorsOf = (target: string): string[] => golden(target).map(({ cursor }) => cursor);

describe('going on behind a cursor', () => {
  const sets = ['boots4', 'two-machines', 'rotated-by-size', 'duplicates', 'upgraded', 'journald-v252', 'journald-v257'].map((name) => `sets/${name}`);

  test.each([...sets, 'v252-boots4-one-file'])('gives what comes behind it, wherever the reading ended: %s', (target) => {
    const all = cursorsOf(target);
    for (let i = 0; i < all.length; i += Math.ceil(all.length / 60)) {
      const journal = openJournal({ paths: [pathOf(folder.path, target)] });
      journal.seekAfter(all[i]);
      const cursors = rest(journal);
      journal.close();
      expect(cursors, `behind entry ${i}`).toEqual(all.slice(i + 1));
    }
  });

  test('a position may be given in either direction', () => {
    const all = cursorsOf('v257-keyed-compact-zstd');
    const journal = openJournal({ paths: [pathOf(folder.path, 'v257-keyed-compact-zstd')] });
    journal.seekAfter(all[10]);
    expect(journal.previous()?.cursor).toBe(all[10]);
    expect(journal.next()?.cursor).toBe(all[11]);
    journal.close();
  });
});

describe('files that come and go', () => {
  const name = 'v257-keyed-compact-zstd';

  test('a file that is replaced by a copy is not given again', () => {
    const path = newFolder();
    writeFileSync(join(path, 'a.journal'), fileBytes(name));
    const journal = openJournal({ paths: [path] });
    expect(rest(journal)).toEqual(cursorsOf(name));
    copyFileSync(join(path, 'a.journal'), join(path, 'copy'));
    renameSync(join(path, 'copy'), join(path, 'a.journal'));
    journal.refresh(true);
    expect(rest(journal)).toEqual([]);
    expect(journal.paths).toEqual([join(path, 'a.journal')]);
    journal.close();
  });

  test('a file that was deleted before it was read is read to its end', () => {
    const path = newFolder();
    writeFileSync(join(path, 'a.journal'), fileBytes(name));
    const journal = openJournal({ paths: [path] });
    const first = journal.next()!.cursor;
    rmSync(join(path, 'a.journal'));
    journal.refresh(true);
    expect([first, ...rest(journal)]).toEqual(cursorsOf(name));
    journal.refresh(true);
    expect(journal.paths).toEqual([]);
    journal.close();
  });

  test('folders that appear later are read, and their files too', () => {
    const path = newFolder();
    const journal = openJournal({ paths: [join(path, 'log/journal')] });
    expect(journal.next()).toBeUndefined();
    expect(journal.refresh()).toBe(false);
    mkdirSync(join(path, 'log/journal/0123456789abcdef0123456789abcdef'), { recursive: true });
    journal.refresh();
    writeFileSync(join(path, 'log/journal/0123456789abcdef0123456789abcdef/system.journal'), fileBytes(name));
    expect(journal.refresh()).toBe(true);
    expect(rest(journal)).toEqual(cursorsOf(name));
    journal.close();
  });

  test('of a file that appears after a seek to the tail, what is older than the tail does not come', () => {
    const path = newFolder();
    const set = pathOf(folder.path, 'sets/rotated-by-size');
    const machine = join(set, readdirSync(set)[0]);
    const [current, first, second] = readdirSync(machine).sort();
    copyFileSync(join(machine, second), join(path, second));
    const journal = openJournal({ paths: [path] });
    journal.seekTail();
    const last = journal.previous()!.cursor;
    journal.seekTail();
    copyFileSync(join(machine, first), join(path, first));
    copyFileSync(join(machine, current), join(path, current));
    journal.refresh(true);
    const all = cursorsOf('sets/rotated-by-size');
    expect(rest(journal)).toEqual(all.slice(all.indexOf(last) + 1));
    journal.close();
  });

  test('a file of another kind is reported once, however often it is looked at', () => {
    const path = newFolder();
    writeFileSync(join(path, 'b.journal'), 'not a journal, but a longer text');
    const warnings: unknown[] = [];
    const journal = openJournal({ paths: [path], onWarning: (warning) => warnings.push(warning) });
    for (let i = 0; i < 5; i++) journal.refresh(true);
    expect(warnings).toEqual([{ path: join(path, 'b.journal'), reason: 'it does not begin with the signature of journal files' }]);
    journal.close();
  });
});

describe('waiting', () => {
  test('ends when there is something new, after its time, and when it is aborted', async () => {
    const path = newFolder();
    const journal = openJournal({ paths: [path] });
    expect(await journal.wait({ timeoutMs: 10 })).toBe(false);
    expect(await journal.wait({ signal: AbortSignal.abort() })).toBe(false);
    const ending = new AbortController();
    const ended = journal.wait({ signal: ending.signal });
    ending.abort();
    expect(await ended).toBe(false);
    const waiting = journal.wait({ timeoutMs: 5000 });
    writeFileSync(join(path, 'a.journal'), fileBytes('v252-one-entry'));
    expect(await waiting).toBe(true);
    expect(rest(journal)).toHaveLength(1);
    journal.close();
  });
});

test('values of any size are whole, and larger ones than allowed are left out with a warning', () => {
  const warnings: { path: string; reason: string }[] = [];
  const read = (maxFieldBytes?: number): number[] => {
    const journal = openJournal({ paths: [pathOf(folder.path, 'v257-bigtext-xz')], maxFieldBytes, onWarning: (warning) => warnings.push(warning) });
    const lengths: number[] = [];
    for (let entry = journal.next(); entry; entry = journal.next()) lengths.push(...entry.fields().map(({ name, value }) => name.length + 1 + Buffer.byteLength(value)));
    journal.close();
    return lengths;
  };
  const whole = read();
  expect(Math.max(...whole)).toBeGreaterThan(2_000_000);
  expect(warnings).toEqual([]);
  expect(read(1024 * 1024)).toEqual(whole.filter((length) => length <= 1024 * 1024));
  expect(warnings).toHaveLength(1);
  expect(warnings[0].reason).toMatch(/^the compressed data object at \d+ is damaged: XZ data give more than 1048576 bytes$/);
});

test('a small page cache gives the same', () => {
  const target = 'sets/upgraded';
  const journal = openJournal({ paths: [pathOf(folder.path, target)], cacheBytes: 1 });
  expect(rest(journal)).toEqual(cursorsOf(target));
  journal.close();
});
