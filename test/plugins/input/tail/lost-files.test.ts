import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LostFiles } from '../../../../plugins/input/tail/lost-files.ts';
import { Opener } from '../../../../plugins/input/tail/opener.ts';
import type { SourceWork } from '../../../../plugins/input/tail/source-work.ts';
import { closeFile } from '../../../../plugins/input/tail/file-access.ts';
import { testContext } from '../../../support/context.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lost-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lostFilesOf(): LostFiles {
  const context = testContext({ kind: 'input', type: 'tail' });
  const unreadable = context.metrics.counter('unreadable', 'x');
  const opener = new Opener({ log: context.log, clock: context.clock, unreadable, repeatMs: Infinity });
  const work = { resolve: (file: string) => file, log: context.log } as unknown as SourceWork;
  return new LostFiles({ work, opener, marks: undefined });
}

/** When a file was created, milliseconds since 1970; a file that was never changed does not tell. */
function created(name: string): { readonly inode: bigint; readonly createdAt: number } {
  const state = () => statSync(path.join(folder, name), { bigint: true });
  const { ino: inode, birthtimeNs } = state();
  while (state().ctimeNs === birthtimeNs) utimesSync(path.join(folder, name), 1000, 1000);
  return { inode, createdAt: Number(birthtimeNs) / 1e6 };
}

test('files that are younger than the one that the path names come behind it, and are not lost', async () => {
  writeFileSync(path.join(folder, 'b.log.2'), 'older\n');
  const { createdAt } = created('b.log.2');
  writeFileSync(path.join(folder, 'b.log.1'), 'younger\n');
  const younger = created('b.log.1').createdAt;
  const lost = { known: [], latest: undefined, createdAfter: 0, savedAt: Infinity };
  const names = async (before: number) => {
    const { files } = await lostFilesOf().open(path.join(folder, 'b.log'), lost, { open: new Map(), found: new Set(), read: [], before });
    for (const { content } of files) await closeFile(content.fd!);
    return files.map(({ name }) => path.basename(name));
  };
  expect(younger).toBeGreaterThan(createdAt);
  expect(await names((createdAt + younger) / 2)).toEqual(['b.log.2']);
  expect(await names(Infinity)).toEqual(['b.log.2', 'b.log.1']);
});

test('a file of which only the inode is known comes behind an older one that is not known at all', async () => {
  for (const name of ['c.log.2', 'c.log.1']) {
    writeFileSync(path.join(folder, name), `${name}\n`);
    created(name);
  }
  const lost = { known: [{ inode: created('c.log.1').inode, position: 0 }], latest: undefined, createdAfter: 0, savedAt: Infinity };
  const { files } = await lostFilesOf().open(path.join(folder, 'c.log'), lost, { open: new Map(), found: new Set(), read: [], before: Infinity });
  for (const { content } of files) await closeFile(content.fd!);
  expect(files.map(({ name }) => path.basename(name))).toEqual(['c.log.2', 'c.log.1']);
});

test('a rotated file is not left out because another log is still followed under the number that its inode had before', async () => {
  const lostFiles = lostFilesOf();
  writeFileSync(path.join(folder, 'a.log.1'), 'rest\n');
  const { inode, createdAt } = created('a.log.1');
  const names = async (createdAtOfOther: number) => {
    const lost = { known: [{ inode, position: 0 }], latest: undefined, createdAfter: Infinity, savedAt: Infinity };
    const { files } = await lostFiles.open(path.join(folder, 'a.log'), lost, { open: new Map([[inode, createdAtOfOther]]), found: new Set(), read: [], before: Infinity });
    for (const { content } of files) await closeFile(content.fd!);
    return files.map(({ name }) => path.basename(name));
  };
  expect(await names(createdAt - 5000)).toEqual(['a.log.1']);
  expect(await names(createdAt)).toEqual([]);
});
