import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { copySampleJournal } from '../../../src/cli/sample-journal.ts';
import { openJournal } from '../../../src/systemd-journal-reader/index.ts';
import { temporaryFolder } from '../systemd-journal-reader/support/fixtures.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

test('the sample journal becomes current and has entries of every unit that Container Insights reads', async () => {
  const shiftMs = 400 * 86_400_000;
  const entries = await copySampleJournal(join(import.meta.dirname, '../../../conf/sample-node/journal'), folder.path, shiftMs);
  const warnings: unknown[] = [];
  const journal = openJournal({ paths: [folder.path], onWarning: (warning) => warnings.push(warning) });
  const times: number[] = [];
  for (let entry = journal.next(); entry; entry = journal.next()) times.push(Number(entry.realtime) / 1000);
  expect(times).toHaveLength(entries);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(new Date(times[0] - shiftMs).toISOString().slice(0, 16)).toBe('2024-05-14T09:12');
  expect(new Date(times.at(-1)! - shiftMs).toISOString().slice(0, 16)).toBe('2024-05-14T09:29');
  for (const unit of ['kubelet', 'kubeproxy', 'docker']) {
    journal.flushMatches();
    journal.addMatch(`_SYSTEMD_UNIT=${unit}.service`);
    journal.seekHead();
    expect(journal.next()?.get('_SYSTEMD_UNIT')).toBe(`${unit}.service`);
  }
  expect(warnings).toEqual([]);
  journal.close();
});

test('without a journal there is nothing to do', async () => {
  expect(await copySampleJournal(join(folder.path, 'nowhere'), folder.path, 0)).toBe(0);
});
