/** What a file buffer promises about crashes, checked at every moment of many courses of things. */
import { expect, test } from 'vitest';
import { createFileStorage, type FileStorageConfig } from '../../../src/buffer/file-storage.ts';
import { fileStorageFields } from '../../../src/buffer/fields.ts';
import { Ack } from '../../../src/event.ts';
import { MsgpackWriter } from '../../../src/lib/msgpack.ts';
import type { BufferedOutput, ChunkStorage } from '../../../src/plugin.ts';
import { event, objectBatch } from '../../support/batches.ts';
import { createBuffering, NO_KEYS, type Buffering } from '../../support/buffering.ts';
import { configOf, testContext } from '../../support/context.ts';
import { createCrashDisk, filesAfterCrash, seededRandom, type CrashDisk, type Random } from '../../support/crash-disk.ts';

interface Setup {
  readonly fsync: 'interval' | 'always' | 'never';
  readonly compress: 'text' | 'gzip';
  readonly msgpack: boolean;
  readonly meta: boolean;
}

const FOLDER = process.cwd();
const setAside: string[] = [];

function storageOn(disk: CrashDisk, setup: Setup): ChunkStorage {
  const config = configOf(fileStorageFields, { path: FOLDER, fsync: setup.fsync, fsync_interval: 0.001 }) as FileStorageConfig;
  const form = setup.meta
    ? { prefix: 'buffer', suffix: '.log', meta: true }
    : { prefix: 'fsb', suffix: '.buf', meta: false, keyOf: ({ tag }: { tag?: string | undefined }) => tag!, metadataOf: (tag: string) => ({ tag }) };
  const storage = createFileStorage(form, config, testContext({ kind: 'buffer' }), disk);
  storage.attach!({
    id: 'test', type: 'test', configured: true, chunkKeys: { ...NO_KEYS, tag: true }, defaultPath: undefined, msgpack: setup.msgpack, compress: setup.compress,
    setAside: (_id, bytes) => void setAside.push(bytes.toString('latin1')),
  });
  return storage;
}

const writer = new MsgpackWriter();
const packed: BufferedOutput['format'] = (_tag, time, record) => {
  writer.clear();
  return writer.entry(time, record).take();
};

interface Run extends Buffering {
  readonly storage: ChunkStorage;
  readonly delivered: string[];
  failing: boolean;
}

async function begin(disk: CrashDisk, setup: Setup): Promise<Run> {
  const storage = storageOn(disk, setup);
  const delivered: string[] = [];
  const run = { failing: false };
  const take = (tag: string | undefined, texts: readonly string[]): void => {
    for (const text of texts) {
      delivered.push(`${tag}:${text}`);
      disk.note(`delivered ${tag}:${text}`);
    }
  };
  const made = createBuffering({
    storage,
    keys: { tag: true },
    limits: { chunkLimitRecords: 7 },
    settings: { flushAtShutdown: false, compress: setup.compress },
    output: {
      ...(setup.msgpack ? { format: packed } : {}),
      async write(chunk) {
        if (run.failing) throw new Error('down');
        if (setup.msgpack) take(chunk.metadata.tag, (await chunk.events()).map(({ record }) => String(record.get('m'))));
        else take(chunk.metadata.tag, (await chunk.read()).toString().split('\n').slice(0, -1));
      },
    },
  });
  await made.output.start!();
  return Object.assign(run, { ...made, storage, delivered });
}

async function end(run: Run, flush: boolean): Promise<void> {
  await run.output.flush!(flush ? new AbortController().signal : AbortSignal.abort());
  await run.storage.flush!(new AbortController().signal);
  await run.output.stop!();
  await run.output.close!();
  await run.storage.close!();
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** Emits, waits, fails, flushes and starts again, as the seed says. All that is emitted. */
async function live(disk: CrashDisk, setup: Setup, random: Random): Promise<Set<string>> {
  const emitted = new Set<string>();
  let run = await begin(disk, setup);
  let number = 0;
  for (let step = 0; step < 14; step++) {
    const choice = random();
    if (choice < 0.55) {
      const tag = random() < 0.5 ? 'a' : 'b';
      const names = Array.from({ length: 1 + Math.floor(random() * 5) }, () => `${number++}-${'xyz'.repeat(Math.floor(random() * 60))}!`);
      for (const name of names) emitted.add(`${tag}:${name}`);
      const ack = new Ack(() => {
        for (const name of names) disk.note(`acknowledged ${tag}:${name}`);
      });
      void run.output.emit(objectBatch(tag, names.map((m, i) => event(i, { m })), ack));
      ack.settle();
    } else if (choice < 0.8) await turn();
    else if (choice < 0.85) run.failing = !run.failing;
    else if (choice < 0.93) run.output.flushNow();
    else {
      await end(run, false);
      run = await begin(disk, setup);
    }
  }
  await end(run, false);
  return emitted;
}

/** What comes out of a disk after a crash. */
async function afterwards(files: ReadonlyMap<string, Buffer>, setup: Setup): Promise<string[]> {
  const run = await begin(createCrashDisk(files), setup);
  run.output.flushNow();
  await run.output.flush!(new AbortController().signal);
  await end(run, true);
  return run.delivered;
}

const noted = (disk: CrashDisk, count: number, what: string): Set<string> =>
  new Set(disk.operations.slice(0, count).flatMap((one) => (one.do === 'note' && one.text.startsWith(`${what} `) ? [one.text.slice(what.length + 1)] : [])));

const setups: readonly Setup[] = [
  { fsync: 'interval', compress: 'text', msgpack: true, meta: true },
  { fsync: 'interval', compress: 'text', msgpack: false, meta: true },
  { fsync: 'interval', compress: 'gzip', msgpack: true, meta: true },
  { fsync: 'interval', compress: 'text', msgpack: false, meta: false },
  { fsync: 'always', compress: 'text', msgpack: true, meta: true },
  { fsync: 'always', compress: 'gzip', msgpack: false, meta: false },
];
const seeds = (process.env['POWER_CUT_SEEDS'] ?? '1,2').split(',').map(Number);

test.each(setups)('after a loss of power at any moment nothing acknowledged is missing and nothing damaged comes out: %j', async (setup) => {
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const disk = createCrashDisk();
    const emitted = await live(disk, setup, random);
    for (let count = 0; count <= disk.operations.length; count++) {
      const files = filesAfterCrash(new Map(), disk.operations, count, random);
      const out = await afterwards(files, setup);
      const before = noted(disk, count, 'delivered');
      const where = `seed ${seed}, after ${count} operations`;
      expect(out.filter((name) => !emitted.has(name)), `${where}: what was never emitted`).toEqual([]);
      const seen = new Set(out);
      expect(out.length - seen.size, `${where}: delivered twice by the second run`).toBe(0);
      const missing = [...noted(disk, count, 'acknowledged')].filter((name) => !seen.has(name) && !before.has(name));
      expect(missing, `${where}: acknowledged and missing`).toEqual([]);
    }
  }
});

test.each(setups.concat({ fsync: 'never', compress: 'text', msgpack: false, meta: true }))(
  'after kill -9 at any moment the same holds, and nothing is set aside: %j',
  async (setup) => {
    const random = seededRandom(7);
    const disk = createCrashDisk();
    const emitted = await live(disk, setup, random);
    for (let count = 0; count <= disk.operations.length; count++) {
      const files = filesAfterCrash(new Map(), disk.operations, count, random, 'kill');
      const out = await afterwards(files, setup);
      const before = noted(disk, count, 'delivered');
      const where = `after ${count} operations`;
      expect(out.filter((name) => !emitted.has(name)), `${where}: what was never emitted`).toEqual([]);
      const missing = [...noted(disk, count, 'acknowledged')].filter((name) => !out.includes(name) && !before.has(name));
      expect(missing, `${where}: acknowledged and missing`).toEqual([]);
      expect(out.filter((name) => before.has(name) && !isBeingRemoved(disk, count)), `${where}: delivered again although its chunk was gone`).toEqual([]);
    }
  },
);

/** Whether the crash comes between a delivery and the removal of its chunk. */
function isBeingRemoved(disk: CrashDisk, count: number): boolean {
  const before = disk.operations.slice(0, count);
  const delivered = before.findLastIndex((one) => one.do === 'note' && one.text.startsWith('delivered '));
  return !before.slice(delivered).some((one) => one.do === 'remove' && !/\.(?:meta|sums)$/.test(one.path));
}
