/** Folders that Fluentd left are continued; what we write is what Fluentd would have written, given the same ids and times. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import file from '../../../plugins/buffer/file.ts';
import fileSingle from '../../../plugins/buffer/file_single.ts';
import { decodeChunkMeta } from '../../../src/buffer/chunk-meta.ts';
import { decodeEntries } from '../../../src/lib/msgpack.ts';
import type { ChunkIdentity, ChunkStorage } from '../../../src/plugin.ts';
import { NO_KEYS } from '../../support/buffering.ts';
import { createPlugin, testContext } from '../../support/context.ts';

/** Folders that a killed Fluentd left, as they were recorded. */
const RECORDED = path.join(import.meta.dirname, '../../conformance/cases/buffer-takeover/state');

let folder: string;
const aside: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'takeover-'));
  aside.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function storageIn(name: string, compress: 'text' | 'gzip'): ChunkStorage {
  const isSingle = name === 'single';
  const definition = (isSingle ? fileSingle : file) as typeof file;
  const storage = createPlugin(definition, { path: folder, fsync: 'never' }, testContext({ kind: 'buffer' }));
  storage.attach!({
    id: 'x', type: 'test', configured: true, chunkKeys: { ...NO_KEYS, fields: isSingle ? ['k'] : [] }, defaultPath: undefined, msgpack: true, compress,
    setAside: (id) => void aside.push(id),
  });
  return storage;
}

/** Names and bytes of what Fluentd knows of: not our checksums. */
const known = (from: string): [string, Buffer][] =>
  readdirSync(from).filter((name) => !name.startsWith('.')).sort().map((name) => [name, readFileSync(path.join(from, name))]);

test.each([['cw', 'text'], ['keyed', 'text'], ['file', 'gzip'], ['single', 'text'], ['again', 'text']] as const)(
  'the recorded folder %s is resumed in whole and left as it was',
  async (name, compress) => {
    cpSync(path.join(RECORDED, name), folder, { recursive: true });
    const before = known(folder);
    const chunks = storageIn(name, compress).resume!();
    expect(chunks.map(({ state }) => state).sort()).toEqual(
      before.filter(([one]) => !one.endsWith('.meta')).map(([one]) => (/\.b[0-9a-f]{32}\./.test(one) ? 'staged' : 'queued')).sort(),
    );
    for (const chunk of chunks) {
      const [, bytes] = before.find(([one]) => one.includes(chunk.id) && !one.endsWith('.meta'))!;
      expect(await chunk.stored.read()).toEqual(bytes);
      expect(chunk.eventCount).toBeGreaterThan(0);
      chunk.stored.close();
    }
    expect(aside).toEqual([]);
    expect(known(folder)).toEqual(before);
  },
);

test.each([['cw', 'text'], ['keyed', 'text'], ['file', 'gzip'], ['single', 'text'], ['again', 'text']] as const)(
  'chunks like those of the recorded folder %s get the same names and bytes',
  (name, compress) => {
    const storage = storageIn(name, compress);
    const recorded = known(path.join(RECORDED, name));
    for (const [one, bytes] of recorded) {
      if (one.endsWith('.meta')) continue;
      const [, state, id] = /\.([bq])([0-9a-f]{32})\./.exec(one)!;
      const meta = recorded.find(([other]) => other === `${one}.meta`);
      const said = meta && decodeChunkMeta(meta[1]);
      const key = /^fsb\.(.*)\.[bq][0-9a-f]{32}\.buf$/.exec(one)?.[1];
      const identity: ChunkIdentity = said ?? { id: id!, metadata: { variables: new Map([['k', decodeURIComponent(key!)]]) }, createdAt: 0 };
      const chunk = storage.create(identity);
      // Compressed bytes are the compressor's; what counts is that they come back.
      chunk.append(bytes, said?.eventCount ?? 1, said?.modifiedAt ?? 0);
      if (state === 'q') chunk.enqueue();
      chunk.close();
    }
    expect(known(folder)).toEqual(recorded);
  },
);

test('gzip members of both programs stand in one chunk', async () => {
  cpSync(path.join(RECORDED, 'file'), folder, { recursive: true });
  const chunks = storageIn('file', 'gzip').resume!();
  const staged = chunks.find(({ state }) => state === 'staged')!;
  const before = zlib.gunzipSync(await staged.stored.read());
  const added = Buffer.from('{"added":true}\n');
  staged.stored.append(zlib.gzipSync(added), staged.eventCount + 1, Date.now());
  for (const { stored } of chunks) stored.close();
  const again = storageIn('file', 'gzip').resume!().find(({ id }) => id === staged.id)!;
  expect(zlib.gunzipSync(await again.stored.read())).toEqual(Buffer.concat([before, added]));
  expect(again.eventCount).toBe(staged.eventCount + 1);
});

test('the events of a recorded chunk are read as they were written', () => {
  const [, bytes] = known(path.join(RECORDED, 'again')).find(([name]) => name.endsWith('.log'))!;
  const { events, end } = decodeEntries(bytes);
  expect(end).toBe(bytes.length);
  expect(events.length).toBeGreaterThan(0);
});
