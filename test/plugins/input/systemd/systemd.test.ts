import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import systemd from '../../../../plugins/input/systemd/index.ts';
import { BufferOverflowError } from '../../../../src/errors.ts';
import type { Value } from '../../../../src/lib/value.ts';
import type { Input, Storage } from '../../../../src/plugin.ts';
import { testContext, type TestContext } from '../../../support/context.ts';
import { fileBytes, golden, temporaryFolder } from '../../../src/systemd-journal-reader/support/fixtures.ts';
import { readTrace, tracePlayer } from '../../../src/systemd-journal-reader/support/trace.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const BASE = 'v257-keyed-compact-zstd';
const good = golden(BASE);

interface Running {
  readonly input: Input;
  readonly context: TestContext;
  readonly stored: Map<string, Value>;
  readonly count: () => number;
  stop(): Promise<void>;
}

type Config = Parameters<typeof systemd.create>[0];

/** Starts the input on a folder with one journal file. */
function begin(path: string, given: Partial<Config> = {}, stored = new Map<string, Value>(), prepare = (_context: TestContext) => {}): Running {
  const storage: Storage = { get: (key) => stored.get(key), put: (key, value) => void stored.set(key, value), delete: (key) => void stored.delete(key), save() {} };
  const context = { ...testContext({ kind: 'input', type: 'systemd' }), create: () => storage } as unknown as TestContext;
  prepare(context);
  const input = systemd.create({
    path, filters: [], matches: undefined, read_from_head: true, tag: 'journal', storage: {} as Config['storage'],
    entry: { field_map: new Map(), field_map_strict: false, fields_strip_underscores: false, fields_lowercase: false },
    ...given,
  }, context);
  void input.start?.();
  return {
    input, context, stored,
    count: () => context.router.batches.reduce((sum, batch) => sum + batch.size, 0),
    async stop() {
      await input.stop?.();
      await input.close?.();
    },
  };
}

let folders = 0;
function newFolder(bytes?: Buffer): string {
  const path = join(folder.path, String(folders++));
  mkdirSync(path);
  if (bytes) writeFileSync(join(path, 'system.journal'), bytes);
  return path;
}

const strict = (names: Record<string, Value>): Config['entry'] =>
  ({ field_map: new Map(Object.entries(names)), field_map_strict: true, fields_strip_underscores: false, fields_lowercase: false });

function messages({ context }: Running): unknown[] {
  return context.router.batches.flatMap((batch) => batch.events.map(({ record }) => record.get('MESSAGE')));
}

const counts = ({ context }: Running) =>
  Object.fromEntries([...context.metrics.read()].filter(({ value }) => value > 0).map(({ name, value }) => [name, value]));

describe('reading', () => {
  test('gives every entry with its time, and saves the cursor of the last one', async () => {
    const running = begin(newFolder(fileBytes(BASE)));
    await vi.waitFor(() => expect(running.count()).toBe(good.length));
    const { events, tag } = running.context.router.batches[0];
    expect(tag).toBe('journal');
    expect(events[0].time).toEqual({ sec: 1700000526, nsec: 568546000 });
    expect(events[0].record.get('MESSAGE')).toBe('eni57d842d718c: Caught tx_queue_len zero misconfig');
    expect(running.stored.get('journal')).toBe(good.at(-1)!.cursor);
    expect(running.input.status?.()).toMatchObject({ files: 1, entries: good.length, unacknowledged_batches: 0 });
    await running.stop();
    expect(counts(running)).toMatchObject({ input_lines_total: good.length });
  });

  test('gives only what matches', async () => {
    const running = begin(newFolder(fileBytes(BASE)), { matches: [new Map([['syslog_identifier', 'kubelet']])] });
    const wanted = good.filter(({ fields }) => fields.some(([name, value]) => name === 'SYSLOG_IDENTIFIER' && value === 'kubelet'));
    await vi.waitFor(() => expect(running.count()).toBe(wanted.length));
    expect(running.stored.get('journal')).toBe(wanted.at(-1)!.cursor);
    await running.stop();
  });

  test('reads only mapped fields if field_map is strict, a field may get several names', async () => {
    const running = begin(newFolder(fileBytes(BASE)), { entry: strict({ MESSAGE: 'message', _HOSTNAME: ['host', 'node'] }) });
    await vi.waitFor(() => expect(running.count()).toBe(good.length));
    const records = running.context.router.batches.flatMap((batch) => batch.events.map(({ record }) => [...record.keys()].join()));
    expect(new Set(records)).toEqual(new Set(['message,host,node', 'host,node', 'message']));
    await running.stop();
  });

  test('begins with the newest entry unless told otherwise', async () => {
    const running = begin(newFolder(fileBytes(BASE)), { read_from_head: false });
    await vi.waitFor(() => expect(running.count()).toBe(1));
    expect(running.stored.get('journal')).toBe(good.at(-1)!.cursor);
    await running.stop();
  });

  test('goes on behind the saved cursor, even if its entry is gone', async () => {
    const path = newFolder(fileBytes(BASE));
    const behind = begin(path, { read_from_head: false }, new Map([['journal', good[100].cursor]]));
    await vi.waitFor(() => expect(behind.count()).toBe(good.length - 101));
    await behind.stop();
    const gone = good[100].cursor.replace(/s=\w+;i=\w+/, 's=00000000000000000000000000000001;i=1').replace(/t=(\w+)/, (_, t: string) => `t=${(BigInt(`0x${t}`) - 1n).toString(16)}`)
      .replace(/b=\w+/, 'b=00000000000000000000000000000001');
    const other = begin(path, {}, new Map([['journal', gone]]));
    await vi.waitFor(() => expect(other.count()).toBe(good.length - 100));
    await other.stop();
  });

  test('says so and begins anew if the saved cursor is no cursor', async () => {
    const running = begin(newFolder(fileBytes(BASE)), {}, new Map([['journal', 's=nonsense']]));
    await vi.waitFor(() => expect(running.count()).toBe(good.length));
    expect(running.context.log.lines[0]).toMatchObject({
      level: 'warn', message: 'the saved cursor cannot be used, reading begins anew', fields: { cursor: 's=nonsense', from: 'head' },
    });
    await running.stop();
  });

  test('reports a file that cannot be read, once, and reads the others', async () => {
    const path = newFolder(fileBytes(BASE));
    writeFileSync(join(path, 'bad.journal'), 'this is text, and long enough to be one');
    const running = begin(path);
    await vi.waitFor(() => expect(running.count()).toBe(good.length));
    expect(running.context.log.lines).toMatchObject([{ level: 'warn', fields: { path: join(path, 'bad.journal'), reason: 'it does not begin with the signature of journal files' } }]);
    await running.stop();
  });
});

describe('acknowledgement', () => {
  test('what cannot be emitted is counted as dropped', async () => {
    const running = begin(newFolder(fileBytes(BASE)), {}, new Map(), (context) => (context.router.fail = new Error('broken')));
    await vi.waitFor(() => expect(counts(running)).toMatchObject({ input_lines_total: good.length, input_dropped_lines_total: good.length }));
    expect(running.stored.get('journal')).toBe(good.at(-1)!.cursor);
    await running.stop();
  });

  test('the cursor stays until the batch is safe', async () => {
    const running = begin(newFolder(fileBytes(BASE)), {}, new Map(), (context) => (context.router.hold = true));
    await vi.waitFor(() => expect(running.count()).toBe(good.length));
    expect(running.stored.size).toBe(0);
    expect(running.input.status?.()).toMatchObject({ unacknowledged_batches: running.context.router.batches.length });
    for (const batch of running.context.router.batches.toReversed()) batch.ack?.settle();
    expect(running.stored.get('journal')).toBe(good.at(-1)!.cursor);
    await running.stop();
  });

  test('a batch that a full buffer did not take is offered again, and nothing is read meanwhile', async () => {
    const running = begin(newFolder(fileBytes(BASE)), {}, new Map(), (context) => (context.router.fail = new BufferOverflowError('full')));
    await vi.waitFor(() => expect(running.context.log.lines).toMatchObject([{ level: 'warn', message: 'a full buffer takes no more events; the journal is read on when there is room' }]));
    expect(running.stored.size).toBe(0);
    running.context.router.fail = undefined;
    await vi.waitFor(() => expect(running.count()).toBe(good.length));
    expect(running.stored.get('journal')).toBe(good.at(-1)!.cursor);
    await running.stop();
  });

  test('the promise of emit holds reading back', async () => {
    let go = (): void => {};
    const path = newFolder(fileBytes(BASE));
    const running = begin(path, {}, new Map(), (context) => {
      const { router } = context;
      const emit = router.emit.bind(router);
      router.emit = (batch) => {
        void emit(batch);
        return new Promise((resolve) => (go = resolve));
      };
    });
    await vi.waitFor(() => expect(running.context.router.batches.length).toBe(1));
    writeFileSync(join(path, 'more.journal'), fileBytes('v252-keyed-regular-none'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(running.context.router.batches.length).toBe(1);
    go();
    await vi.waitFor(() => expect(running.context.router.batches.length).toBe(2));
    go();
    await running.stop();
  });
});

describe('following', () => {
  test('gives what a writer appends within a second, over a rotation', async () => {
    const name = 'journald-v252-rotation';
    const { steps } = readTrace(name);
    const path = join(folder.path, 'follow');
    const running = begin(path);
    expect(running.context.log.lines).toMatchObject([{ level: 'info', message: 'there are no journal files yet' }]);
    mkdirSync(path);
    const player = tracePlayer(path);
    const all = golden(name, join(import.meta.dirname, '../../../fixtures/journal/live', `${name}.golden.jsonl.gz`));
    const half = Math.floor(steps.length / 2);
    for (const step of steps.slice(0, half)) player.play(step);
    await vi.waitFor(() => expect(running.count()).toBeGreaterThan(0), { timeout: 1000 });
    for (const step of steps.slice(half)) player.play(step);
    await vi.waitFor(() => expect(running.count()).toBe(all.length), { timeout: 1000 });
    expect(messages(running)).toEqual(all.map(({ fields }) => fields.findLast(([field]) => field === 'MESSAGE')?.[1]));
    player.close();
    await running.stop();
  });

  test('a file that is not finished yet is no damage', async () => {
    const path = newFolder();
    const running = begin(path);
    const bytes = fileBytes(BASE);
    const at = join(path, 'system.journal');
    writeFileSync(at, '');
    await new Promise((resolve) => setTimeout(resolve, 300));
    appendFileSync(at, bytes);
    await vi.waitFor(() => expect(running.count()).toBe(good.length), { timeout: 1500 });
    expect(running.context.log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    await running.stop();
  });
});
