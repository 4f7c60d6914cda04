import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stateOfPath, type FileState } from '../../../../plugins/input/tail/file-access.ts';
import type { PositionFile } from '../../../../plugins/input/tail/position-file.ts';
import type { SourceWork } from '../../../../plugins/input/tail/source-work.ts';
import { WaitingPositions } from '../../../../plugins/input/tail/waiting-positions.ts';
import { testContext } from '../../../support/context.ts';

const FIRST = { first: true, after: Infinity };

/** Of `/a.log`, inode 7, read up to 40. */
function waiting(savedAt: number, lookedAt: number): WaitingPositions {
  const { clock, log } = testContext({ kind: 'input', type: 'tail' });
  const positions = {
    open: () => ({ lines: [{ path: '/a.log', inode: 7n, position: 40 }], savedAt, lookedAt }),
    add: (name: string, inode: bigint, position: number) => ({ path: name, inode, position, leave() {} }),
  } as unknown as PositionFile;
  const made = new WaitingPositions({ work: { clock, log } as unknown as SourceWork, positions, followInodes: false, readFromHead: true });
  made.open();
  made.begin();
  return made;
}

describe('a file with the inode that was saved for its path', () => {
  const file: FileState = { dev: 1n, inode: 7n, size: 100, modifiedAt: 0, createdAt: 0, changedAt: 0, regular: true, folder: false, links: 1 };
  const start = (positions: WaitingPositions, createdAt: number) => positions.startOf(positions.get('/a.log'), { ...file, createdAt }, FIRST);

  test('is another file if it was created after the positions were written, and what came since the last look is searched', () => {
    expect(start(waiting(60_000, 30_000), 61_000)).toEqual({
      position: 0, older: [{ inode: 7n, position: 40 }], replaced: 7n, createdAfter: 20_000, savedAt: 60_000,
    });
  });

  test('is the same if it was created between the last look and the end', () => {
    expect(start(waiting(60_000, 30_000), 45_000)).toEqual({ position: 40, older: [], replaced: undefined, createdAfter: Infinity, savedAt: 60_000 });
  });
});

test('a file that was not changed since it was created tells when that was', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'created-'));
  const before = Date.now() - 1000;
  // Times of files go in steps.
  await new Promise((resolve) => setTimeout(resolve, 30));
  writeFileSync(path.join(folder, 'a.log'), '');
  const { createdAt } = stateOfPath(path.join(folder, 'a.log'))!;
  expect(createdAt).toBeGreaterThan(before);
  rmSync(folder, { recursive: true });
});
