import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startPosition, type Known } from '../../../../plugins/input/tail/known-positions.ts';
import { Targets, type TargetsOptions } from '../../../../plugins/input/tail/targets.ts';
import { MetricsRegistry } from '../../../../src/metrics/metrics.ts';
import { testClock, testLog } from '../../../support/context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'targets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => path.join(folder, name);
const log = testLog();
const unreadable = new MetricsRegistry().counter('unreadable', '');

function targets(paths: string[], changes: Partial<TargetsOptions> & { exclude?: string[] } = {}): Targets {
  const { exclude = [], ...rest } = changes;
  return new Targets({
    paths: paths.map((each) => () => at(each)),
    excluded: exclude.map((each) => () => at(each)),
    isPattern: (each) => each.includes('*'),
    recentMs: undefined,
    resolve: (each) => each,
    clock: testClock(Date.now()),
    log,
    unreadable,
    ...rest,
  });
}

const names = async (found: Targets, isWatched = () => false) => (await found.find(isWatched)).targets.map((target) => path.basename(target.path));

describe('Targets', () => {
  test('each path once, in the order of the parameters, without what is excluded', async () => {
    for (const name of ['b.log', 'a.log', 'a-debug.log', 'exact.log', 'other.txt']) writeFileSync(at(name), '');
    mkdirSync(at('folder.log'));
    expect(await names(targets(['other.txt', '*.log', 'a.log', 'missing'], { exclude: ['*-debug.log', 'exact.log'] }))).toEqual(['other.txt', 'a.log', 'b.log']);
  });

  test('limit_recently_modified counts for patterns, and not for files that are watched already', async () => {
    for (const name of ['old.log', 'new.log', 'static']) writeFileSync(at(name), '');
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const name of ['old.log', 'static']) utimesSync(at(name), hourAgo, hourAgo);
    const found = targets(['*.log', 'static'], { recentMs: 60_000 });
    expect(await names(found)).toEqual(['new.log', 'static']);
    expect(await names(found, () => true)).toEqual(['new.log', 'old.log', 'static']);
  });

  test('a path may change with the date', async () => {
    let day = 1;
    writeFileSync(at('app.2.log'), '');
    const found = targets([], { paths: [() => at(`app.${day}.log`)] });
    expect(await names(found)).toEqual([]);
    day = 2;
    expect(await names(found)).toEqual(['app.2.log']);
  });

  test.each([['EMFILE', false], ['EACCES', true]])('after %s the result is complete: %s', async (code, complete) => {
    writeFileSync(at('a.log'), '');
    const found = targets(['a.log'], {
      resolve() {
        throw Object.assign(new Error('no'), { code });
      },
    });
    expect((await found.find(() => false)).complete).toBe(complete);
  });
});

describe('startPosition', () => {
  const file = { dev: 1n, inode: 7n, size: 100, modifiedAt: 0, createdAt: 0, changedAt: 0, regular: true, folder: false, links: 1 };
  const known = (inode: bigint, position: number): Known => ({ entry: { inode, position } as Known['entry'], older: [] });
  const options = { savedAt: 10_000, fromHead: false };

  test.each([
    ['an unknown file at its end', undefined, {}, {}, { position: 100, older: [], replaced: undefined }],
    ['an unknown file from its head', undefined, {}, { fromHead: true }, { position: 0, older: [], replaced: undefined }],
    ['a known file where it was', known(7n, 40), {}, {}, { position: 40, older: [], replaced: undefined }],
    ['a file that is shorter now from its head', known(7n, 101), {}, {}, { position: 0, older: [], replaced: undefined }],
    ['another file from its head, and the rest of the old one', known(8n, 40), {}, {}, { position: 0, older: [{ inode: 8n, position: 40 }], replaced: 8n }],
    ['a file that is younger than all positions from its head, and the rest of the old one', known(7n, 40), { createdAt: 12_000 }, {},
      { position: 0, older: [{ inode: 7n, position: 40 }], replaced: 7n }],
    ['a file that is hardly younger where it was', known(7n, 40), { createdAt: 10_010 }, {}, { position: 40, older: [], replaced: undefined }],
  ])('%s', (_, entry, ofFile, changes, expected) => {
    expect(startPosition(entry, { ...file, ...ofFile }, { ...options, ...changes })).toEqual(expected);
  });
});
