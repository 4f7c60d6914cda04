import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeDisk } from '../../../src/buffer/chunk-disk.ts';
import { createChunkFile } from '../../../src/buffer/chunk-file.ts';
import { BufferOverflowError } from '../../../src/errors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chunk-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const identity = { id: '5f'.repeat(16), metadata: { tag: undefined, timekey: undefined, variables: undefined }, createdAt: 1 };

function failure(file: string): unknown {
  try {
    createChunkFile(identity, file, { disk: nodeDisk, meta: true, mode: 0o600, sumsPath: `${file}.sums`, queuedPath: `${file}.q`, sync: 'never', log: { warn() {} } });
  } catch (error) {
    return error;
  }
  return undefined;
}

test('a chunk file in a folder that is none is an overflow, so that the input keeps its events', () => {
  writeFileSync(path.join(folder, 'file'), '');
  const file = path.join(folder, 'file/b1.log');
  const error = failure(file) as Error;
  expect(error).toBeInstanceOf(BufferOverflowError);
  expect(error.message).toBe(`can't create buffer file for ${file}`);
  expect(error.cause).toMatchObject({ code: 'ENOTDIR' });
});

test('a chunk whose .meta cannot be made is an overflow and leaves no file of its own', () => {
  const file = path.join(folder, 'b1.log');
  mkdirSync(`${file}.meta`);
  expect(failure(file)).toBeInstanceOf(BufferOverflowError);
  expect(readdirSync(folder)).toEqual(['b1.log.meta']);
});
