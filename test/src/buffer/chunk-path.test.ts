import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createChunkId } from '../../../src/buffer/chunk-id.ts';
import { chunkFile, readChunkName, resolveChunkPaths } from '../../../src/buffer/chunk-path.ts';
import type { StorageOwner } from '../../../src/plugin.ts';
import { testContext } from '../../support/context.ts';
import { NO_KEYS } from '../../support/buffering.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chunk-path-'));
  writeFileSync(path.join(folder, 'file'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const owner = (changes: Partial<StorageOwner> = {}): StorageOwner => ({
  id: 'object:1', type: 'http', configured: false, chunkKeys: NO_KEYS, defaultPath: undefined, msgpack: true, compress: 'text', setAside() {}, ...changes,
});
const settings = (given: string | undefined) => ({ path: given, prefix: 'buffer', suffix: '.log', place: undefined });

describe('the path of a file buffer', () => {
  test.each([
    ['/no/such/folder', '/no/such/folder/buffer.b12.log'],
    ['/no/such/prefix.*', '/no/such/prefix.b12.log'],
    ['/no/such/prefix.*.txt', '/no/such/prefix.b12.txt'],
    ['/no/such/a.b.*.log', '/no/such/a.b.b12.log'],
  ])('%s gives %s', (given, expected) => {
    expect(chunkFile(resolveChunkPaths(settings(given), owner(), testContext()), 'staged', '12')).toBe(expected);
  });

  test('may be an existing folder, or the beginning of names beside an existing file', () => {
    const paths = (name: string) => chunkFile(resolveChunkPaths(settings(path.join(folder, name)), owner(), testContext()), 'queued', '12');
    expect(paths('')).toBe(path.join(folder, 'buffer.q12.log'));
    expect(paths('file')).toBe(path.join(folder, 'file.q12.log'));
  });

  test('lies below root_dir for an output with an @id, else where the output says', () => {
    const context = testContext();
    const system = { ...context.system, rootDir: '/root' };
    const resolve = (changes: Partial<StorageOwner>, shared = testContext()) =>
      resolveChunkPaths(settings(undefined), owner(changes), { ...shared, system }).folder;
    expect(resolve({ id: 'mine', configured: true, defaultPath: '/out' })).toBe('/root/worker0/mine/buffer');
    expect(resolve({ defaultPath: '/out' })).toBe('/out');
    expect(() => resolve({})).toThrow('buffer path is not configured');
  });

  test('gets a folder for each of several workers; the first one looks after what one worker left', () => {
    const context = testContext();
    const system = { ...context.system, workers: 2 };
    const resolve = (workerId: number) => resolveChunkPaths(settings('/no/such'), owner(), { ...testContext(), system, workerId });
    expect(resolve(0)).toMatchObject({ folder: '/no/such/worker0', formerFolder: '/no/such' });
    expect(resolve(1)).toMatchObject({ folder: '/no/such/worker1', formerFolder: undefined });
    expect(() => resolveChunkPaths(settings('/no/x.*.log'), owner(), { ...context, system })).toThrow('has to be a folder');
  });

  test('belongs to one output', () => {
    const context = testContext();
    resolveChunkPaths(settings('/no/such'), owner(), context);
    expect(() => resolveChunkPaths(settings('/no/such'), owner({ type: 'file' }), context)).toThrow(
      "Other 'http' plugin already uses same buffer path: type = file, buffer path = /no/such",
    );
  });
});

describe('the name of a chunk file', () => {
  const names = { prefix: 'buffer', suffix: '.log' };
  test.each([
    ['buffer.b660ee54ac5f29d2bc6608b3a8a10ecb3.log', { state: 'staged', id: '660ee54ac5f29d2bc6608b3a8a10ecb3', key: undefined }],
    ['buffer.q0a.log', { state: 'queued', id: '0a', key: undefined }],
    ['buffer.k%20e.y.q0a.log', { state: 'queued', id: '0a', key: 'k%20e.y' }],
    ['buffer..q0a.log', { state: 'queued', id: '0a', key: '' }],
    ['buffer.b0a.log.meta', undefined],
    ['buffer.x.log', undefined],
    ['buffer.qXY.log', undefined],
    ['notes.txt', undefined],
  ])('%s', (name, expected) => {
    expect(readChunkName(name, names)).toEqual(expected);
  });
});

test('chunk ids begin with the time in microseconds and sort by it', () => {
  const random = Buffer.from('f123456789abcdef0011', 'hex');
  const id = createChunkId(1664791200123.456, random);
  expect(id).toBe((BigInt(1664791200123456) << 12n | 0x123n).toString(16) + '456789abcdef0011');
  expect(createChunkId(1, random)).toBe('00000000003e8123456789abcdef0011');
  expect(new Set(Array.from({ length: 200 }, () => createChunkId(1))).size).toBe(200);
});
