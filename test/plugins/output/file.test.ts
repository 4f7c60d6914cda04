import { existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import file from '../../../plugins/output/file/index.ts';
import { pathTemplate } from '../../../plugins/output/file/path-template.ts';
import { compileTemplate } from '../../../src/buffer/index.ts';
import { UnrecoverableError } from '../../../src/errors.ts';
import type { BufferedOutput, Chunk, ChunkKeys, ChunkMetadata, PluginContext } from '../../../src/plugin.ts';
import { NO_KEYS } from '../../support/buffering.ts';
import { createPlugin, testContext } from '../../support/context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'out-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = { file: 'f', line: 1, column: 1 };
const DAY = 86_400;
const THIRD_OF_OCTOBER = Date.UTC(2022, 9, 3) / 1000;

describe('the path template', () => {
  const plain = { timekey: undefined, timeSliceFormat: undefined, append: true, pathSuffix: '.log', compress: 'text' as const, place: at };
  test.each([
    ['a time by the timekey, a day', { path: '/o/x', timekey: DAY }, '/o/x.%Y%m%d.log'],
    ['an hour', { path: '/o/x', timekey: 3600 }, '/o/x.%Y%m%d%H.log'],
    ['minutes', { path: '/o/x', timekey: 600 }, '/o/x.%Y%m%d%H%M.log'],
    ['seconds', { path: '/o/x', timekey: 1 }, '/o/x.%Y%m%d%H%M%S.log'],
    ['a number without append', { path: '/o/x', append: false, timekey: DAY }, '/o/x.%Y%m%d_**.log'],
    ['the time at a star', { path: '/o/x-*-y.txt', timekey: DAY }, '/o/x-%Y%m%d-y.txt'],
    ['nothing where the path has the time itself', { path: '/o/%Y/%m/%d', timekey: DAY }, '/o/%Y/%m/%d.log'],
    ['no time without the chunk key', { path: '/o/x', append: false }, '/o/x_**.log'],
    ['the suffix of a compression', { path: '/o/x', compress: 'gzip' as const }, '/o/x.log.gz'],
    ['the suffix of zstd', { path: '/o/x', compress: 'zstd' as const }, '/o/x.log.zstd'],
    ['the format of an old configuration', { path: '/o/x', timekey: 3600, timeSliceFormat: '%Y-%m-%d-%H' }, '/o/x.%Y-%m-%d-%H.log'],
  ])('has %s', (_name, changes, expected) => {
    expect(pathTemplate({ ...plain, ...changes })).toBe(expected);
  });

  test('needs all time placeholders or none', () => {
    expect(() => pathTemplate({ ...plain, path: '/o/%Y', timekey: DAY })).toThrow('insufficient timestamp placeholders in path');
  });

  test('cannot have a star without time slots', () => {
    expect(() => pathTemplate({ ...plain, path: '/o/*' })).toThrow("path including '*' must be used with buffer chunk key 'time'");
  });
});

function create(config: object, keys: Partial<ChunkKeys> = {}, buffered = true): BufferedOutput {
  const context = testContext({ kind: 'output', type: 'file' });
  const chunkKeys = { ...NO_KEYS, ...keys };
  const full: PluginContext = {
    ...context,
    buffered,
    chunkKeys,
    create: (() => ({ format: (_tag: string, _time: object, record: Map<string, string>) => `${record.get('m')}\n` })) as unknown as PluginContext['create'],
    template: (name, text, options) => compileTemplate(name, text, { ...options, keys: chunkKeys }),
  };
  return createPlugin(file, config as never, full) as BufferedOutput;
}

function chunk(text: string, metadata: ChunkMetadata = {}, compress: 'text' | 'gzip' = 'text'): Chunk {
  const bytes = Buffer.from(text);
  const stored = compress === 'gzip' ? gzipSync(bytes) : bytes;
  return {
    id: 'ab', metadata, eventCount: 1, byteLength: bytes.length, createdAt: 0, modifiedAt: 0, packed: undefined,
    read: () => bytes, events: () => [], stored: () => ({ compress, bytes: stored }),
  };
}

const tree = () => readdirSync(folder, { recursive: true }).map(String).filter((name) => !lstatSync(path.join(folder, name)).isDirectory()).sort();
const text = (name: string) => readFileSync(path.join(folder, name), 'utf8');
const signal = new AbortController().signal;

describe('the file output', () => {
  test('gives each chunk a file with a number that is free', async () => {
    const output = create({ path: `${folder}/x` });
    writeFileSync(path.join(folder, 'x_1.log'), 'not mine');
    for (const part of ['a', 'b', 'c']) await output.write(chunk(part), signal);
    expect(tree().map((name) => [name, text(name)])).toEqual([['x_0.log', 'a'], ['x_1.log', 'not mine'], ['x_2.log', 'b'], ['x_3.log', 'c']]);
  });

  test('appends to the file of the tag and the day', async () => {
    const output = create({ path: `${folder}/\${tag[0]}/x`, append: true }, { tag: true, time: true, timekey: DAY });
    const metadata = { tag: 'a.b', timekey: THIRD_OF_OCTOBER };
    await output.write(chunk('1\n', metadata), signal);
    await output.write(chunk('2\n', metadata), signal);
    await output.write(chunk('3\n', { ...metadata, timekey: THIRD_OF_OCTOBER + DAY }), signal);
    expect(tree()).toEqual(['a/x.20221003.log', 'a/x.20221004.log']);
    expect(text('a/x.20221003.log')).toBe('1\n2\n');
  });

  test('compresses, and takes over what the buffer has compressed in the same way', async () => {
    const output = create({ path: `${folder}/x`, append: true, compress: 'gz' });
    await output.write(chunk('plain\n'), signal);
    await output.write(chunk('compressed\n', {}, 'gzip'), signal);
    expect(gunzipSync(readFileSync(path.join(folder, 'x.log.gz'))).toString()).toBe('plain\ncompressed\n');
  });

  test.each(['../../evil', 'a/../../evil', '..', '/../x'])('refuses a tag that leads out of the folder: %s', async (tag) => {
    const output = create({ path: `${folder}/in/\${tag}`, append: true, add_path_suffix: false }, { tag: true });
    await expect(output.write(chunk('x', { tag }), signal)).rejects.toThrow(UnrecoverableError);
    expect(tree()).toEqual([]);
  });

  test('refuses placeholders of what is no chunk key', () => {
    expect(() => create({ path: `${folder}/x.\${k}` })).toThrow("has placeholders, but the chunk keys don't have ${k}");
  });

  test('as a secondary needs no placeholders for all chunk keys of its primary', async () => {
    const output = create({ path: `${folder}/second`, append: true }, { tag: true }, false);
    await output.write(chunk('x', { tag: 'a' }), signal);
    expect(tree()).toEqual(['second.log']);
    expect(() => create({ path: '/x', symlink_path: '/y' }, {}, false)).toThrow('symlink_path is not available in <secondary>');
  });

  test('links to the newest chunk by its time slot', () => {
    const chunkPath = (name: string) => path.join(folder, 'buffer', name);
    const output = create({ path: `${folder}/x.\${tag}`, symlink_path: `${folder}/links/\${tag}.%Y%m%d`.replace('.%Y%m%d', ''), symlink_path_use_relative: true }, { tag: true });
    output.staged!({ id: '1', metadata: { tag: 'a', timekey: 200 }, path: chunkPath('b1') });
    output.staged!({ id: '2', metadata: { tag: 'a', timekey: 100 }, path: chunkPath('b2') });
    output.staged!({ id: '3', metadata: { tag: 'b', timekey: 100 }, path: chunkPath('b3') });
    const target = (name: string) => readlinkSync(path.join(folder, 'links', name));
    expect([target('a'), target('b')]).toEqual(['../buffer/b1', '../buffer/b3']);
    output.staged!({ id: '4', metadata: { tag: 'a', timekey: 200 }, path: chunkPath('b4') });
    expect(target('a')).toBe('../buffer/b4');
    expect(existsSync(path.join(folder, 'links', `a.${process.pid}.new`))).toBe(false);
  });

  test('keeps its chunks beside its files unless told otherwise', () => {
    expect(create({ path: '/var/log/out' }).bufferPath).toBe('/var/log/out');
  });
});
