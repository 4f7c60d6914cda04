import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import secondaryFile from '../../../plugins/output/secondary_file.ts';
import { compileTemplate } from '../../../src/buffer/index.ts';
import { UnrecoverableError } from '../../../src/errors.ts';
import type { BufferedOutput, Chunk, ChunkKeys, ChunkMetadata, PluginContext } from '../../../src/plugin.ts';
import { NO_KEYS } from '../../support/buffering.ts';
import { createPlugin, testContext } from '../../support/context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'secondary-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function create(config: object, keys: Partial<ChunkKeys> = {}, buffered = false): BufferedOutput {
  const chunkKeys = { ...NO_KEYS, ...keys };
  const context: PluginContext = {
    ...testContext({ kind: 'output' }),
    buffered,
    chunkKeys,
    template: (name, text, options) => compileTemplate(name, text, { ...options, keys: chunkKeys }),
  };
  return createPlugin(secondaryFile, { directory: folder, ...config } as never, context) as BufferedOutput;
}

const write = (output: BufferedOutput, text: string, metadata: ChunkMetadata = {}) => {
  const bytes = Buffer.from(text);
  const chunk: Chunk = {
    id: 'c0ffee', metadata, eventCount: 1, byteLength: bytes.length, createdAt: 0, modifiedAt: 0, packed: undefined, read: () => bytes, events: () => [],
  };
  return output.write(chunk, new AbortController().signal);
};
const names = () => readdirSync(folder).sort();

test('numbers the files of equal names', async () => {
  const output = create({});
  await write(output, 'a');
  await write(output, 'b');
  expect(names()).toEqual(['dump.bin.0', 'dump.bin.1']);
});

test('appends if told to, and compresses', async () => {
  const output = create({ basename: '${tag}', append: true, compress: 'gzip' }, { tag: true });
  await write(output, 'a\n', { tag: 't.x' });
  await write(output, 'b\n', { tag: 't.x' });
  expect(names()).toEqual(['t.x.gz']);
  expect(gunzipSync(readFileSync(path.join(folder, 't.x.gz'))).toString()).toBe('a\nb\n');
});

test('knows the id of the chunk', async () => {
  await write(create({ basename: '${chunk_id}.dump' }), 'a');
  expect(names()).toEqual(['c0ffee.dump.0']);
});

test.each([[{ directory: '/base/${tag}' }], [{ basename: '${tag}' }]])('refuses to be led out of its folder: %j', async (config) => {
  await expect(write(create(config, { tag: true }), 'a', { tag: '../../etc' })).rejects.toThrow(UnrecoverableError);
});

test.each<[string, object, boolean, string]>([
  ['outside of <secondary>', {}, true, 'only be used in a <secondary> section'],
  ['with a slash in basename', { basename: 'a/b' }, false, 'basename must not have a slash'],
  ['with placeholders of what is no chunk key', { directory: '/x/${tag}' }, false, "the chunk key 'tag' is not configured"],
])('cannot be used %s', (_name, config, buffered, message) => {
  expect(() => create(config, {}, buffered)).toThrow(message);
});
