import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { LostFiles } from '../../../../plugins/input/tail/lost-files.ts';
import { Opener } from '../../../../plugins/input/tail/opener.ts';
import type { SourceWork } from '../../../../plugins/input/tail/source-work.ts';
import { closeFile } from '../../../../plugins/input/tail/file-access.ts';
import { testContext } from '../../../support/context.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lost-files-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a rotated file is not left out because another log is still followed under the number that its inode had before', async () => {
  const context = testContext({ kind: 'input', type: 'tail' });
  const unreadable = context.metrics.counter('unreadable', 'x');
  const opener = new Opener({ log: context.log, clock: context.clock, unreadable, repeatMs: Infinity });
  const work = { resolve: (file: string) => file, log: context.log } as unknown as SourceWork;
  const lostFiles = new LostFiles({ work, opener, marks: undefined });
  writeFileSync(path.join(folder, 'a.log.1'), 'rest\n');
  const state = () => statSync(path.join(folder, 'a.log.1'), { bigint: true });
  const { ino: inode, birthtimeNs } = state();
  // A file that was never changed does not tell when it was created.
  while (state().ctimeNs === birthtimeNs) utimesSync(path.join(folder, 'a.log.1'), 1000, 1000);
  const createdAt = Number(birthtimeNs) / 1e6;
  const names = async (createdAtOfOther: number) => {
    const lost = { known: [{ inode, position: 0 }], latest: undefined, createdAfter: Infinity, savedAt: Infinity };
    const { files } = await lostFiles.open(path.join(folder, 'a.log'), lost, { open: new Map([[inode, createdAtOfOther]]), found: new Set(), read: [] });
    for (const { content } of files) await closeFile(content.fd!);
    return files.map(({ name }) => path.basename(name));
  };
  expect(await names(createdAt - 5000)).toEqual(['a.log.1']);
  expect(await names(createdAt)).toEqual([]);
});
