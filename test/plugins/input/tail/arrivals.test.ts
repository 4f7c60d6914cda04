import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Arrivals } from '../../../../plugins/input/tail/arrivals.ts';
import { testLog } from '../../../support/context.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'arrivals-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a link that comes is told of, a write to a file is not', async () => {
  await writeFile(path.join(folder, 'old.log'), 'a\n');
  let told: () => void = () => {};
  let count = 0;
  const first = new Promise<void>((resolve) => {
    told = resolve;
  });
  const arrivals = new Arrivals(testLog(), () => {
    count++;
    told();
  });
  await symlink('old.log', path.join(folder, 'first.log'));
  arrivals.watch([path.join(folder, 'first.log')]);
  // The watcher needs a moment to begin: links are made until one is noticed.
  let made = 0;
  const timer = setInterval(() => void symlink('old.log', path.join(folder, `link-${made++}.log`)), 50);
  await first;
  clearInterval(timer);
  await writeFile(path.join(folder, 'old.log'), 'b\n', { flag: 'a' });
  await arrivals.close();
  // The first link may be told of, too.
  expect(count).toBeLessThanOrEqual(made + 1);
});

test('folders that do not exist are no error', async () => {
  const arrivals = new Arrivals(testLog(), () => {});
  arrivals.watch([path.join(folder, 'none/x.log')]);
  await expect(arrivals.close()).resolves.toBeUndefined();
});
