/** Every fixture file and set, entry by entry as journalctl prints it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openJournal, type JournalEntry } from '../../../src/systemd-journal-reader/index.ts';
import { asGolden, FIXTURES, golden, pathOf, temporaryFolder, unpackAll } from './support/fixtures.ts';

const folder = temporaryFolder();
beforeAll(() => unpackAll(folder.path));
afterAll(folder.remove);

const manifest = JSON.parse(readFileSync(join(FIXTURES, 'files/manifest.json'), 'utf8')) as {
  single: { name: string }[];
  sets: { name: string }[];
};
const targets = [...manifest.single.map(({ name }) => name), ...manifest.sets.map(({ name }) => `sets/${name}`)];

describe.each(targets)('%s', (target) => {
  test('gives what journalctl prints, forwards', () => {
    const warnings: unknown[] = [];
    const journal = openJournal({ paths: [pathOf(folder.path, target)], onWarning: (warning) => warnings.push(warning) });
    const expected = golden(target);
    let at = 0;
    for (let entry = journal.next(); entry; entry = journal.next()) expect(asGolden(entry)).toEqual(expected[at++]);
    expect(at).toBe(expected.length);
    expect(warnings).toEqual([]);
    journal.close();
  });

  test('gives the same backwards', () => {
    const journal = openJournal({ paths: [pathOf(folder.path, target)] });
    journal.seekTail();
    const cursors: string[] = [];
    let entry: JournalEntry | undefined;
    while ((entry = journal.previous())) cursors.push(entry.cursor);
    expect(cursors.reverse()).toEqual(golden(target).map(({ cursor }) => cursor));
    journal.close();
  });
});
