/** Following while a real writer (recorded) is at work: every entry once, as soon as it is there. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openJournal, type Journal, type JournalWarning } from '../../../src/systemd-journal-reader/index.ts';
import { asGolden, FIXTURES, golden, temporaryFolder, type GoldenEntry } from './support/fixtures.ts';
import { readTrace, tracePlayer } from './support/trace.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const RECORDINGS = ['remote-v252-compact', 'remote-v262-regular', 'journald-v252-rotation', 'journald-v257-vacuum'];

interface Follower {
  readonly journal: Journal;
  readonly given: GoldenEntry[];
}

function follower(directory: string, match?: string): Follower {
  const journal = openJournal({ paths: [directory], onWarning: (warning) => warnings.push(warning) });
  if (match !== undefined) journal.addMatch(match);
  return { journal, given: [] };
}

const warnings: JournalWarning[] = [];

function drain({ journal, given }: Follower, force = false): void {
  journal.refresh(force);
  for (let entry = journal.next(); entry; entry = journal.next()) given.push(asGolden(entry));
}

describe.each(RECORDINGS)('%s', (name) => {
  const all = golden(name, join(FIXTURES, 'live', `${name}.golden.jsonl.gz`));
  const { steps, seen } = readTrace(name);
  const matching = all.filter(({ fields }) => fields.some(([field, value]) => `${field}=${String(value)}` === seen.match));

  test('gives each entry once, in order, when its writer has counted it', () => {
    const directory = join(folder.path, `${name}-steps`);
    mkdirSync(directory);
    const player = tracePlayer(directory);
    const everything = follower(directory);
    const filtered = follower(directory, seen.match);
    steps.forEach((step, i) => {
      player.play(step);
      drain(everything);
      drain(filtered);
      // Files that are deleted take their entries out of what journalctl counts; a follower has given them.
      const marks = seen.entryMarks.filter((mark) => mark <= i).length;
      expect(everything.given.length).toBeGreaterThanOrEqual(Math.max(marks, seen.visible[i][0]));
      expect(filtered.given.length).toBeGreaterThanOrEqual(seen.visible[i][1]);
    });
    expect(everything.given).toEqual(all);
    expect(filtered.given).toEqual(matching);
    // What was deleted was closed as well.
    everything.journal.refresh(true);
    expect(everything.journal.paths.every((path) => existsSync(path))).toBe(true);
    everything.journal.close();
    filtered.journal.close();
    player.close();
  });

  test('gives each entry once when it looks at every moment of the writing', () => {
    const directory = join(folder.path, `${name}-moments`);
    mkdirSync(directory);
    const player = tracePlayer(directory);
    const everything = follower(directory);
    const filtered = follower(directory, seen.match);
    let moment = 0;
    for (const step of steps) {
      player.play(step, () => {
        if (moment++ % 2 === 0) drain(everything);
        else drain(filtered);
      });
    }
    drain(everything);
    drain(filtered);
    expect(everything.given).toEqual(all);
    expect(filtered.given).toEqual(matching);
    everything.journal.close();
    filtered.journal.close();
    player.close();
  });

  test.each([7, 50, 333])('gives each entry once when it looks only at every %ith step', (every) => {
    const directory = join(folder.path, `${name}-${every}`);
    mkdirSync(directory);
    const player = tracePlayer(directory);
    const everything = follower(directory);
    const tail = follower(directory, seen.match);
    steps.forEach((step, i) => {
      player.play(step);
      if (i % every !== 0) return;
      drain(everything);
      drain(tail);
    });
    drain(everything);
    drain(tail);
    // Who looks seldom may come too late for a file that was deleted.
    const deleted = seen.fileDeletedAt !== undefined;
    const inOrder = all.filter((entry) => everything.given.some(({ cursor }) => cursor === entry.cursor));
    expect(everything.given).toEqual(inOrder);
    if (!deleted) expect(everything.given).toEqual(all);
    if (!deleted) expect(tail.given).toEqual(matching);
    everything.journal.close();
    tail.journal.close();
    player.close();
  });
});

test('nothing of the recordings was taken for damage', () => {
  expect(warnings).toEqual([]);
});
