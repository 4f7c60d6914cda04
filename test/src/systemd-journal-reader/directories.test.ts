/** Directories of good, bad and odd files. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openJournal, type JournalWarning } from '../../../src/systemd-journal-reader/index.ts';
import { damagedBytes, readDamages } from './support/damage.ts';
import { fileBytes, golden, readList, temporaryFolder } from './support/fixtures.ts';

interface Directory {
  readonly id: string;
  readonly note?: string;
  readonly files: readonly { readonly path: string; readonly from?: string; readonly link?: string; readonly dir?: boolean }[];
  readonly expect: { readonly rc: number; readonly entries: readonly (readonly [string, number, number])[] };
}

const folder = temporaryFolder();
afterAll(folder.remove);

const damages = new Map(readDamages().map((damage) => [damage.id, damage]));

describe('a directory', () => {
  test.each(readList<Directory>('dirs').map((each) => [each.id, each] as const))('%s', (id, { files, expect: expected }) => {
    const root = join(folder.path, id);
    mkdirSync(root);
    const bad: string[] = [];
    for (const { path, from, link, dir } of files) {
      const at = join(root, path);
      mkdirSync(dirname(at), { recursive: true });
      if (link !== undefined) symlinkSync(link, at);
      else if (dir) mkdirSync(at, { recursive: true });
      else {
        const damage = damages.get(from!);
        writeFileSync(at, damage ? damagedBytes(damage) : fileBytes(from!));
        if (damage) bad.push(at);
      }
    }
    const warnings: JournalWarning[] = [];
    const journal = openJournal({ paths: [root], onWarning: (warning) => warnings.push(warning) });
    const cursors: string[] = [];
    for (let entry = journal.next(); entry; entry = journal.next()) {
      cursors.push(entry.cursor);
      entry.fields();
    }
    journal.close();
    const wanted = expected.entries.flatMap(([base, first, last]) => golden(base).slice(first, last + 1).map(({ cursor }) => cursor));
    if (id === 'good-and-bad') {
      // More of the damaged file is read than journalctl reads: all that it gives, in its order.
      expect(cursors.filter((cursor) => wanted.includes(cursor))).toEqual(wanted);
      expect(new Set(cursors).size).toBe(cursors.length);
    } else expect(cursors).toEqual(wanted);
    expect(new Set(warnings.map(({ path }) => path)).size).toBe(warnings.length);
    expect(warnings.every(({ path }) => bad.includes(path))).toBe(true);
  });

  test('names the unknown flag of a file that it leaves out', () => {
    const path = join(folder.path, 'flag.journal');
    writeFileSync(path, damagedBytes(damages.get('v252-keyed-regular-none--incompatible-unknown')!));
    const warnings: JournalWarning[] = [];
    openJournal({ paths: [path], onWarning: (warning) => warnings.push(warning) }).close();
    expect(warnings).toHaveLength(1);
    expect(warnings[0].path).toBe(path);
    expect(warnings[0].reason).toMatch(/^it has the incompatible flag 0x[0-9a-f]+, a format that this reader does not know$/);
  });
});
