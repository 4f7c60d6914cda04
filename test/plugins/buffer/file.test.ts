import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import file from '../../../plugins/buffer/file.ts';
import fileSingle from '../../../plugins/buffer/file_single.ts';
import { decodeChunkMeta, encodeChunkMeta } from '../../../src/buffer/chunk-meta.ts';
import { BufferOverflowError } from '../../../src/errors.ts';
import { Ack } from '../../../src/event.ts';
import type { BufferedOutput, ChunkKeys, ChunkStorage } from '../../../src/plugin.ts';
import { event, objectBatch } from '../../support/batches.ts';
import { createBuffering, NO_KEYS, type Buffering, type BufferingOptions } from '../../support/buffering.ts';
import { createPlugin, testContext } from '../../support/context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'file-buffer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const broken: { id: string; text: string }[] = [];
beforeEach(() => void broken.splice(0));

function storageFor(definition: typeof file | typeof fileSingle, keys: Partial<ChunkKeys>, config: object = {}): ChunkStorage {
  const storage = createPlugin(definition as typeof file, { path: folder, ...config }, testContext({ kind: 'buffer' }));
  storage.attach!({
    id: 'object:1', type: 'test', configured: false, chunkKeys: { ...NO_KEYS, ...keys }, defaultPath: undefined, msgpack: false, compress: 'text',
    setAside: (id, bytes) => void broken.push({ id, text: bytes.toString() }),
  });
  return storage;
}

/** An output that flushes nothing by itself, with its storage started. */
async function begin(options: BufferingOptions & { definition?: typeof file | typeof fileSingle; config?: object } = {}): Promise<Buffering> {
  const storage = storageFor(options.definition ?? file, options.keys ?? {}, options.config);
  await storage.start?.();
  const made = createBuffering({ ...options, storage, settings: { flushAtShutdown: false, ...options.settings } });
  await made.output.start!();
  return made;
}

/** Without the files of checksums. */
const files = () => readdirSync(folder).filter((name) => !name.startsWith('.')).sort().map((name) => name.replace(/\.([bq])[0-9a-f]{32}\./, '.$1ID.'));
const content = (pattern: RegExp) => readFileSync(path.join(folder, readdirSync(folder).find((name) => pattern.test(name))!));
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const batch = (names: string, tag = 'a', ack?: Ack) => objectBatch(tag, names.split(' ').map((m, i) => event(i, { m })), ack);
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
const aborted = () => AbortSignal.abort();

describe('a file buffer', () => {
  test('writes events before emit returns; the acknowledgement needs no delivery, but the disk', async () => {
    const { output } = await begin({ keys: { tag: true }, config: { fsync_interval: 0.001 } });
    let settled = 0;
    const ack = new Ack(() => void settled++);
    output.emit(batch('one two', 'a.b', ack));
    ack.settle();
    expect(settled).toBe(0);
    expect(files()).toEqual(['buffer.bID.log', 'buffer.bID.log.meta']);
    expect(content(/log$/).toString()).toBe('one\ntwo\n');
    output.emit(batch('three', 'a.b'));
    expect(content(/log$/).toString()).toBe('one\ntwo\nthree\n');
    await until(() => settled === 1 && decodeChunkMeta(content(/meta$/)).eventCount === 3);
    expect(decodeChunkMeta(content(/meta$/))).toMatchObject({ metadata: { tag: 'a.b' } });
    await output.close!();
    expect(readdirSync(folder).map((name) => name.replace(/[0-9a-f]{32}(?=\.)/, 'ID')).sort()).toEqual(['.buffer.ID.sums', 'buffer.bID.log', 'buffer.bID.log.meta']);
  });

  test.each(['always', 'never'] as const)('fsync %s: the acknowledgement settles when emit returns, and .meta is there', async (fsync) => {
    const { output } = await begin({ keys: { tag: true }, config: { fsync } });
    let settled = 0;
    const ack = new Ack(() => void settled++);
    output.emit(batch('one two', 'a.b', ack));
    ack.settle();
    expect(settled).toBe(1);
    expect(decodeChunkMeta(content(/meta$/))).toMatchObject({ eventCount: 2, metadata: { tag: 'a.b' } });
    await output.close!();
  });

  test('goes on with what an earlier run staged, and delivers what it had queued first', async () => {
    const first = await begin({ limits: { chunkLimitRecords: 2 }, deliver: () => Promise.reject(new Error('down')) });
    first.output.emit(batch('1 2 3'));
    await settle();
    await first.output.flush!(aborted());
    await first.output.stop!();
    await first.output.close!();
    expect(files()).toEqual(['buffer.bID.log', 'buffer.bID.log.meta', 'buffer.qID.log', 'buffer.qID.log.meta']);

    const second = await begin({ settings: { flushAtShutdown: true }, limits: { chunkLimitRecords: 5 } });
    second.output.emit(batch('4'));
    await second.output.flush!(new AbortController().signal);
    expect(second.written.map(({ text, events }) => [text, events])).toEqual([['1\n2\n', 2], ['3\n4\n', 2]]);
    expect(files()).toEqual([]);
    await second.output.close!();
  });

  test('takes nothing of a batch if the folder is gone', async () => {
    const { output } = await begin();
    rmSync(folder, { recursive: true });
    expect(() => output.emit(batch('1'))).toThrow(/^can't create buffer file for /);
    expect(output.statistics().buffer_stage_length).toBe(0);
  });

  test('takes nothing of a batch if the disk refuses it, and goes on when it does not', async () => {
    const { output, written } = await begin({ settings: { flushAtShutdown: true } });
    output.emit(batch('1'));
    const stored = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.log'))!);
    await output.stop!();
    await output.close!();
    const next = await begin({ settings: { flushAtShutdown: true } });
    renameSync(stored, `${stored}.away`);
    expect(() => next.output.emit(batch('2'))).toThrow(BufferOverflowError);
    renameSync(`${stored}.away`, stored);
    next.output.emit(batch('3'));
    await next.output.flush!(new AbortController().signal);
    expect(written).toEqual([]);
    expect(next.written.map(({ text }) => text)).toEqual(['1\n3\n']);
  });

  test('sets broken chunks aside and keeps the others, in the order of their files where ids tell no time', async () => {
    const id = (digit: string) => digit.repeat(32);
    const write = (name: string, text: string | Buffer) => writeFileSync(path.join(folder, name), text);
    const meta = (digit: string, at: number) =>
      encodeChunkMeta({ id: id(digit), metadata: {}, eventCount: 1, createdAt: at * 1000, modifiedAt: at * 1000 });
    write(`buffer.q${id('1')}.log`, 'queued, later\n');
    write(`buffer.q${id('1')}.log.meta`, meta('1', 2000));
    write(`buffer.q${id('2')}.log`, 'queued, first\n');
    write(`buffer.q${id('2')}.log.meta`, meta('2', 1000));
    write(`buffer.b${id('3')}.log`, 'staged, without .meta\n');
    write(`buffer.b${id('4')}.log`, 'staged, broken .meta\n');
    write(`buffer.b${id('4')}.log.meta`, 'garbage');
    write(`buffer.b${id('5')}.log`, '');
    write(`buffer.b${id('5')}.log.meta`, meta('5', 1));
    write(`buffer.q${id('6')}.log`, 'its .meta has the old name\n');
    write(`buffer.b${id('6')}.log.meta`, meta('6', 3000));
    write('buffer.x.log', 'no chunk');
    const { output, written } = await begin({ settings: { flushAtShutdown: true } });
    await output.flush!(new AbortController().signal);
    expect(written.map(({ text }) => text)).toEqual([
      'queued, first\n', 'queued, later\n', 'its .meta has the old name\n', 'staged, without .meta\n',
    ]);
    expect(broken).toEqual([{ id: id('4'), text: 'staged, broken .meta\n' }]);
    await output.close!();
    expect(readdirSync(folder)).toEqual(['buffer.x.log']);
  });

  test('several staged chunks of equal keys, as a crash leaves them, are all delivered', async () => {
    for (const digit of ['1', '2', '3']) {
      const id = digit.repeat(32);
      const at = Date.now();
      writeFileSync(path.join(folder, `buffer.b${id}.log`), `${digit}\n`);
      const meta = { id, metadata: digit === '3' ? { seq: 1 } : {}, eventCount: 1, createdAt: at, modifiedAt: at };
      writeFileSync(path.join(folder, `buffer.b${id}.log.meta`), encodeChunkMeta(meta));
    }
    const { output, written } = await begin({ settings: { flushAtShutdown: true } });
    await output.flush!(new AbortController().signal);
    expect(written.map(({ text }) => text)).toEqual(['1\n', '2\n', '3\n']);
  });

  test('chunks keep their order over restarts although the clock is set back', async () => {
    const begun = Date.UTC(2022, 9, 3, 10);
    vi.useFakeTimers({ now: begun });
    try {
      for (const [at, text] of [[begun, '1'], [begun, '2'], [begun - 3_600_000, '3'], [begun - 7_200_000, '4']] as const) {
        vi.setSystemTime(at);
        const { output } = await begin({ settings: { flushMode: 'immediate', flushAtShutdown: false }, deliver: () => Promise.reject(new Error('down')) });
        output.emit(batch(text));
        await output.stop!();
        await output.close!();
      }
      const { output, written } = await begin({ settings: { flushAtShutdown: true } });
      await output.flush!(new AbortController().signal);
      expect(written.map(({ text }) => text)).toEqual(['1\n', '2\n', '3\n', '4\n']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('leaves no empty files', async () => {
    const format: BufferedOutput['format'] = () => {
      throw new Error('cannot format');
    };
    const { output } = await begin({ output: { format } });
    output.emit(batch('1'));
    await output.close!();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('modes are octal', () => {
    expect(() => createPlugin(file, { path: folder, file_permission: 'rw' }, testContext())).toThrow("expected an octal mode such as 0644, found 'rw'");
  });
});

describe('a file_single buffer', () => {
  test('has the chunk key in the name', async () => {
    const { output } = await begin({ definition: fileSingle, keys: { fields: ['k'] } });
    output.emit(objectBatch('a', [event(1, { m: '1', k: 'a b/ü' }), event(1, { m: '2' })]));
    expect(files()).toEqual(['fsb..bID.buf', 'fsb.a%20b%2F%C3%BC.bID.buf']);
    await output.stop!();
    await output.close!();

    const next = await begin({ definition: fileSingle, keys: { fields: ['k'] }, settings: { flushAtShutdown: true } });
    next.output.emit(objectBatch('a', [event(1, { m: '3', k: 'a b/ü' })]));
    await next.output.flush!(new AbortController().signal);
    expect(next.written.map(({ fields, text, events }) => [fields, text, events])).toEqual([
      [['a b/ü'], '1\n3\n', 2],
      [[''], '2\n', 1],
    ]);
    expect(files()).toEqual([]);
  });

  test('keeps the tag over a restart', async () => {
    const first = await begin({ definition: fileSingle, keys: { tag: true } });
    first.output.emit(batch('1', 'a.b:c'));
    await first.output.close!();
    expect(files()).toEqual(['fsb.a.b%3Ac.bID.buf']);
    const { output, written } = await begin({ definition: fileSingle, keys: { tag: true }, settings: { flushAtShutdown: true } });
    await output.flush!(new AbortController().signal);
    expect(written.map(({ tag, text }) => [tag, text])).toEqual([['a.b:c', '1\n']]);
  });

  test.each([[{ time: true, timekey: 60 }], [{ tag: true, fields: ['k'] }], [{ fields: ['a', 'b'] }]])('refuses the keys %j', (keys) => {
    expect(() => storageFor(fileSingle, keys)).toThrow('file_single needs the chunk key tag or one field');
  });
});
