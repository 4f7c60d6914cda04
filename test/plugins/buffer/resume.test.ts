/** What the start does with a folder in which anything may lie. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import file from '../../../plugins/buffer/file.ts';
import fileSingle from '../../../plugins/buffer/file_single.ts';
import { encodeChunkMeta } from '../../../src/buffer/chunk-meta.ts';
import { nodeDisk } from '../../../src/buffer/chunk-disk.ts';
import { resumeChunks } from '../../../src/buffer/chunk-folder.ts';
import { encodeEntry } from '../../../src/lib/msgpack.ts';
import type { ChunkStorage, StorageOwner } from '../../../src/plugin.ts';
import { event, objectBatch } from '../../support/batches.ts';
import { createBuffering, NO_KEYS, type Buffering } from '../../support/buffering.ts';
import { createPlugin, testContext, testLog } from '../../support/context.ts';

let folder: string;
const aside: [string, string, number][] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'resume-'));
  aside.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const owner: StorageOwner = {
  id: 'x', type: 'test', configured: true, chunkKeys: { ...NO_KEYS, tag: true }, defaultPath: undefined, msgpack: false, compress: 'text',
  setAside: (id, bytes, events) => void aside.push([id.slice(0, 2), bytes.toString('latin1'), events]),
};
const id = (digit: string): string => digit.repeat(32);
const write = (name: string, content: string | Buffer): void => writeFileSync(path.join(folder, name), content);
const meta = (digit: string, events: number, tag = 'a'): Buffer =>
  encodeChunkMeta({ id: id(digit), metadata: { tag }, eventCount: events, createdAt: 1_000_000, modifiedAt: 1_000_000 });

interface Begun extends Buffering {
  readonly storage: ChunkStorage;
}

async function begin(single = false, settings = {}): Promise<Begun> {
  const storage = createPlugin((single ? fileSingle : file) as typeof file, { path: folder, fsync_interval: 0.001 }, testContext({ kind: 'buffer' }));
  storage.attach!(owner);
  await storage.start!();
  const made = createBuffering({ storage, keys: { tag: true }, settings: { flushAtShutdown: true, ...settings } });
  await made.output.start!();
  return { ...made, storage };
}

async function deliverAll({ output, storage }: Begun): Promise<void> {
  await output.flush!(new AbortController().signal);
  await output.stop!();
  await output.close!();
  await storage.close!();
}

/** Leaves what it stages in the folder. */
async function leave(run: Begun): Promise<void> {
  await run.output.stop!();
  await run.output.close!();
  await run.storage.close!();
}

test('nothing that lies in the folder keeps a buffer from its start, and good chunks are delivered', async () => {
  write(`buffer.q${id('1')}.log`, 'good\n');
  write(`buffer.q${id('1')}.log.meta`, meta('1', 1));
  mkdirSync(path.join(folder, `buffer.q${id('2')}.log`));
  write(`buffer.q${id('3')}.log`, 'its meta is a folder\n');
  mkdirSync(path.join(folder, `buffer.q${id('3')}.log.meta`));
  write(`buffer.b${id('4')}.log`, 'its meta is empty\n');
  write(`buffer.b${id('4')}.log.meta`, '');
  write(`buffer.b${id('5')}.log.meta`, meta('5', 1));
  write(`.buffer.${id('6')}.sums`, 'of nothing');
  write(`buffer.b${id('7')}.log`, 'its checksums are a folder\n');
  mkdirSync(path.join(folder, `.buffer.${id('7')}.sums`));
  write(`buffer.b${id('8')}.log`, 'garbage for checksums\n');
  write(`.buffer.${id('8')}.sums`, 'garbage');
  symlinkSync('nowhere', path.join(folder, `buffer.b${id('9')}.log`));
  write('buffer.b.log', 'x');
  write('buffer.bxyz.log', 'x');
  write('buffer..log', 'x');
  write(`buffer.q${id('a')}.log`, 'the meta of another chunk\n');
  write(`buffer.q${id('a')}.log.meta`, meta('f', 1));
  const run = await begin();
  await deliverAll(run);
  expect(run.written.map(({ text }) => text).sort()).toEqual(['good\n', 'the meta of another chunk\n']);
  expect(aside.map(([name, text]) => [name, text]).sort()).toEqual([
    ['33', 'its meta is a folder\n'],
    ['44', 'its meta is empty\n'],
    ['77', 'its checksums are a folder\n'],
    ['88', 'garbage for checksums\n'],
  ]);
  const left = readdirSync(folder).map((name) => name.replace(/([0-9a-f])\1{31}/, '$1'));
  expect(left.sort()).toEqual(['.buffer.7.sums', 'buffer..log', 'buffer.b.log', 'buffer.b9.log', 'buffer.bxyz.log', 'buffer.q2.log', 'buffer.q3.log.meta']);
});

test('a chunk that cannot be read stays where it is, and is told of', () => {
  write(`buffer.q${id('1')}.log`, 'good\n');
  write(`buffer.q${id('2')}.log`, 'secret\n');
  const log = testLog();
  const disk = {
    ...nodeDisk,
    read(file: string) {
      if (file.includes(id('2'))) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
      return nodeDisk.read(file);
    },
  };
  const found = resumeChunks({
    paths: { folder, prefix: 'buffer', suffix: '.log', formerFolder: undefined }, owner, log, disk, mode: 0o644, meta: true, sync: 'never',
    metadataOf: () => ({}), countEvents: () => 0,
  });
  expect(found.map(({ id: name }) => name)).toEqual([id('1')]);
  expect(readdirSync(folder)).toHaveLength(2);
  expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'a chunk file cannot be read and stays where it is: its events are delivered after a start that can read it'],
  ]);
});

test('the end that a crash tore is cut off and kept as backup; events come back as they were', async () => {
  const first = await begin();
  first.output.emit(objectBatch('a', [event(1, { m: 'one' }), event(2, { m: 'two' })]));
  await leave(first);
  const name = readdirSync(folder).find((one) => one.endsWith('.log'))!;
  const whole = readFileSync(path.join(folder, name));
  write(name, Buffer.concat([whole, Buffer.from('torn')]));
  const run = await begin();
  run.output.emit(objectBatch('a', [event(3, { m: 'three' })]));
  await deliverAll(run);
  expect(run.written.map(({ text, events }) => [text, events])).toEqual([['one\ntwo\nthree\n', 3]]);
  expect(aside.map(([, text, events]) => [text, events])).toEqual([['torn', 0]]);
  expect(readdirSync(folder)).toEqual([]);
});

test('a byte that changed on the disk: what is before it is delivered, what lies behind is kept as backup, with its count', async () => {
  const first = await begin();
  for (const m of ['one', 'two', 'three']) first.output.emit(objectBatch('a', [event(1, { m })]));
  await leave(first);
  const name = readdirSync(folder).find((one) => one.endsWith('.log'))!;
  write(name, 'one\ntwO\nthree\n');
  const run = await begin();
  await deliverAll(run);
  expect(run.written.map(({ text, events }) => [text, events])).toEqual([['one\n', 1]]);
  expect(aside.map(([, text, events]) => [text, events])).toEqual([['twO\nthree\n', 2]]);
});

test('the tag of a chunk whose .meta is broken is in its checksums', async () => {
  const first = await begin();
  first.output.emit(objectBatch('the.tag', [event(1, { m: 'one' })]));
  await leave(first);
  write(readdirSync(folder).find((one) => one.endsWith('.meta'))!, Buffer.alloc(90));
  const run = await begin();
  await deliverAll(run);
  expect(run.written.map(({ tag, text }) => [tag, text])).toEqual([['the.tag', 'one\n']]);
});

test.each([[false], [true]])('what Fluentd appends to a chunk of ours is taken, and goes on (file_single: %s)', async (single) => {
  const first = await begin(single);
  first.output.emit(objectBatch('a', [event(1, { m: 'ours' })]));
  await leave(first);
  const name = readdirSync(folder).find((one) => /^[bf].*(?:log|buf)$/.test(one))!;
  const chunkId = /[bq]([0-9a-f]{32})/.exec(name)![1]!;
  write(name, 'ours\ntheirs\n');
  if (!single) write(`${name}.meta`, encodeChunkMeta({ id: chunkId, metadata: { tag: 'a' }, eventCount: 2, createdAt: 1_000_000, modifiedAt: 2_000_000 }));

  const second = await begin(single);
  second.output.emit(objectBatch('a', [event(1, { m: 'ours again' })]));
  await leave(second);
  expect(readFileSync(path.join(folder, name), 'latin1')).toBe('ours\ntheirs\nours again\n');
  const third = await begin(single);
  await deliverAll(third);
  expect(third.written.map(({ text, events }) => [text, events])).toEqual([['ours\ntheirs\nours again\n', 3]]);
  expect(aside).toEqual([]);
});

test('a chunk that Fluentd left is appended to, with checksums for all of it', async () => {
  const entry = (m: string): Buffer => Buffer.from(encodeEntry({ sec: 1, nsec: 0 }, new Map([['m', m]])));
  write(`buffer.b${id('1')}.log`, Buffer.concat([entry('one'), entry('two'), entry('torn').subarray(0, -2)]));
  write(`buffer.b${id('1')}.log.meta`, meta('1', 3));
  const first = await begin(false, { flushAtShutdown: false });
  expect(readFileSync(path.join(folder, `buffer.b${id('1')}.log`))).toEqual(Buffer.concat([entry('one'), entry('two')]));
  first.output.emit(objectBatch('a', [event(1, { m: 'ours' })]));
  await leave(first);
  expect(readdirSync(folder)).toEqual([`.buffer.${id('1')}.sums`, `buffer.b${id('1')}.log`, `buffer.b${id('1')}.log.meta`]);
  const second = await begin();
  expect(second.output.statistics()).toMatchObject({ buffer_stage_length: 1 });
  await deliverAll(second);
  expect(second.written.map(({ events, text }) => [events, text.endsWith('ours\n')])).toEqual([[3, true]]);
  expect(aside.map(([name, , events]) => [name, events])).toEqual([['11', 1]]);
});
