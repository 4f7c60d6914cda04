import { afterEach, expect, test } from 'vitest';
import { batch, startRig, type Rig, type RigOptions } from './output.ts';

let rig: Rig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function start(options: RigOptions): Promise<Rig> {
  rig = await startRig(options);
  return rig;
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const none = Symbol('pending');
  await new Promise((resolve) => setTimeout(resolve, 20));
  return (await Promise.race([promise.catch(() => {}), Promise.resolve(none)])) !== none;
};

test('a stream without an answer holds neither the others of its chunk nor later chunks, and its order holds', async () => {
  const { write, stored, endpoint } = await start({ endpoint: { faults: [{ action: 'delay', delayMs: 1500, stream: 'hung', times: 1 }] } });
  const first = write(batch([{ s: 'hung', m: 1 }, { s: 'a', m: 1 }, { s: 'b', m: 1 }]));
  await first.written;
  expect([stored('g', 'a').length, stored('g', 'b').length, stored('g', 'hung').length]).toEqual([1, 1, 0]);
  const second = write(batch([{ s: 'a', m: 2 }]));
  await second.committed;
  await first.committed;
  expect(stored('g', 'hung')).toEqual(['{"s":"hung","m":1}']);
  expect(endpoint.store.summary().reduce((sum, { events }) => sum + events, 0)).toBe(4);
});

test('a group that is denied is tried again while others go on, and no chunk fails for it', async () => {
  const { write, stored, context, metric } = await start({
    config: { log_group_name: undefined, log_group_name_key: 'g' },
    endpoint: { faults: [{ action: 'AccessDeniedException', group: 'denied', times: 1 }] },
  });
  const first = write(batch([{ g: 'denied', s: 's', m: 1 }, { g: 'ok', s: 's', m: 1 }]));
  await first.written;
  expect(stored('ok', 's')).toHaveLength(1);
  const second = write(batch([{ g: 'denied', s: 's', m: 2 }, { g: 'ok', s: 's', m: 2 }]));
  await second.written;
  expect(stored('ok', 's')).toHaveLength(2);
  expect(await settled(second.committed)).toBe(false);
  await Promise.all([first.committed, second.committed]);
  expect(stored('denied', 's').map((one) => (JSON.parse(one) as { m: number }).m)).toEqual([1, 2]);
  expect(metric('cloudwatch_delivered_events_total', { group: 'denied' })).toBe(2);
  expect(context.log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual(['a destination fails, it is tried again while others are delivered']);
});

test('where there is one destination alone its failure is left to the buffer', async () => {
  const { deliver } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException' }] } });
  await expect(deliver(batch([{ s: 's', m: 1 }]))).rejects.toThrow('AccessDenied');
});

test('where everything fails only two chunks are left behind, and one for each further destination; later ones are left to the buffer', async () => {
  const { write } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException' }] } });
  for (let i = 0; i < 2; i++) await write(batch([{ s: 'a', m: i }, { s: 'b', m: i }])).written;
  await write(batch([{ s: 'c', m: 1 }, { s: 'd', m: 2 }])).written;
  for (let i = 0; i < 13; i++) await write(batch([{ s: `further-${i}`, m: i }])).written;
  await expect(write(batch([{ s: 'one too many', m: 1 }])).written).rejects.toThrow('AccessDenied');
});

test('where nothing was delivered yet each destination may have one chunk left behind: a healthy one is reached behind many that fail', async () => {
  const { write, stored } = await start({
    config: { log_group_name: undefined, log_group_name_key: 'g' },
    endpoint: { faults: [{ action: 'AccessDeniedException', group: 'denied-*' }] },
  });
  for (let i = 0; i < 10; i++) await write(batch([{ g: `denied-${i}`, s: 's', m: i }])).written.catch(() => {});
  await write(batch([{ g: 'ok', s: 's', m: 1 }])).committed;
  expect(stored('ok', 's')).toHaveLength(1);
});

test('any number of chunks for a destination that fails from the start are left behind: a healthy one may come after them', async () => {
  const { write, stored } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException', stream: 'denied' }] } });
  for (let i = 0; i < 10; i++) void write(batch([{ s: 'denied', m: i }]));
  await write(batch([{ s: 'ok', m: 1 }])).committed;
  expect(stored('g', 'ok')).toHaveLength(1);
});

test('any number of chunks for a destination that fails are left behind while another one is well', async () => {
  const { write, stored } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException', stream: 'denied' }] } });
  await write(batch([{ s: 'ok', m: 0 }])).committed;
  for (let i = 0; i < 10; i++) await write(batch([{ s: 'denied', m: i }])).written;
  await write(batch([{ s: 'ok', m: 1 }])).committed;
  expect(stored('g', 'ok')).toHaveLength(2);
});

test('a stream that is throttled from the first chunk on does not hold a later chunk for another one', async () => {
  const { write, stored } = await start({ endpoint: { faults: [{ action: 'throttle', stream: 'busy' }] } });
  await write(batch([{ s: 'busy', m: 0 }])).written;
  await write(batch([{ s: 'ok', m: 1 }])).committed;
  expect(stored('g', 'ok')).toHaveLength(1);
});

test('of a chunk that is left behind only the batches are held whose events wait; the others are acknowledged', async () => {
  const { output, stored, endpoint } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException', stream: 'denied' }] } });
  const packed = ['ok', 'denied', 'fine'].map((s) => output.pack!(batch([{ s, m: 1 }, { s, m: 2 }])).bytes);
  const [ok, denied, fine] = packed;
  const held = new Set(packed);
  const chunk = {
    id: 'x', metadata: {}, eventCount: 6, byteLength: 100, createdAt: 0, modifiedAt: 0, read: () => Buffer.alloc(0), events: () => [], packed: [...packed],
    release(gone: readonly Buffer[]) {
      for (const one of gone) held.delete(one);
      this.packed = this.packed.filter((one) => !gone.includes(one));
    },
  };
  const first = await output.write(chunk, new AbortController().signal);
  expect([held.has(ok!), held.has(denied!), held.has(fine!)]).toEqual([false, true, false]);
  output.hurry!();
  await expect(first!.committed).rejects.toThrow('AccessDenied');
  endpoint.setFaults([]);
  await output.write(chunk, new AbortController().signal);
  expect(['ok', 'denied', 'fine'].map((s) => stored('g', s).length)).toEqual([2, 2, 2]);
});

test('inputs of a destination for which much waits are asked to wait, others are not', async () => {
  const { output, write, endpoint } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException', stream: 'denied' }] } });
  await write(batch([{ s: 'ok', m: 0 }])).committed;
  const large = (s: string) => batch(Array.from({ length: 12 }, (_, m) => ({ s, m, text: 'x'.repeat(200_000) })));
  const more = (s: string) => output.relief!(output.pack!(batch([{ s, m: 1 }])).bytes);
  expect(more('denied')).toBeUndefined();
  const left = write(large('denied'));
  await left.written;
  expect(more('ok')).toBeUndefined();
  const relief = more('denied');
  expect(await settled(relief!)).toBe(false);
  endpoint.setFaults([]);
  await left.committed;
  await relief;
  expect(more('denied')).toBeUndefined();
});

test('where much waits for a whole group that is denied, inputs with events for any stream of it wait, others do not', async () => {
  const { output, write, endpoint } = await start({
    config: { log_group_name: undefined, log_group_name_key: 'g' },
    endpoint: { faults: [{ action: 'AccessDeniedException', group: 'denied' }] },
  });
  await write(batch([{ g: 'ok', s: 's', m: 0 }])).committed;
  const large = (s: string) => batch(Array.from({ length: 9 }, (_, m) => ({ g: 'denied', s, m, text: 'x'.repeat(200_000) })));
  const more = (g: string, s: string) => output.relief!(output.pack!(batch([{ g, s, m: 1 }])).bytes);
  const left = Array.from({ length: 5 }, (_, i) => write(large(`pod-${i}`)));
  for (const { written } of left) await written;
  expect(more('ok', 'another')).toBeUndefined();
  const relief = more('denied', 'another');
  expect(await settled(relief!)).toBe(false);
  endpoint.setFaults([]);
  await relief;
  await Promise.all(left.map(({ committed }) => committed));
  expect(more('denied', 'another')).toBeUndefined();
});

test.each(['AccessDeniedException', 'hang'])('a group of many streams (%s) holds neither the chunks it is in nor later ones', { timeout: 60_000 }, async (action) => {
  const { write, stored, endpoint, output } = await start({
    config: { log_group_name: undefined, log_group_name_key: 'g', concurrency: 4 },
    endpoint: { faults: [{ action, group: 'many' }] },
  });
  const chunk = (m: number) => batch([...Array.from({ length: 120 }, (_, i) => ({ g: 'many', s: `s${i}`, m })), { g: 'ok', s: 's', m }]);
  const left = [1, 2, 3].map((m) => write(chunk(m)));
  for (const { written } of left) await written;
  await write(batch([{ g: 'ok', s: 's', m: 4 }])).committed;
  expect(stored('ok', 's').map((one) => (JSON.parse(one) as { m: number }).m)).toEqual([1, 2, 3, 4]);
  endpoint.setFaults([]);
  if (action === 'hang') return;
  await Promise.all(left.map(({ committed }) => committed));
  for (let i = 0; i < 120; i++) expect(stored('many', `s${i}`).map((one) => (JSON.parse(one) as { m: number }).m)).toEqual([1, 2, 3]);
  output.hurry!();
});

test('at the end what fails is tried once more and handed back', async () => {
  const { write, output } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException', stream: 'denied' }] } });
  const one = write(batch([{ s: 'denied', m: 1 }, { s: 'a', m: 1 }]));
  await one.written;
  output.hurry!();
  await expect(one.committed).rejects.toThrow('AccessDenied');
});

test('what is delivered is not sent again when the chunk is tried again', async () => {
  const { output, stored } = await start({ endpoint: { faults: [{ action: 'AccessDeniedException', skip: 1, times: 1 }] }, config: { max_events_per_batch: 2 } });
  const packed = output.pack!(batch([1, 2, 3, 4, 5].map((m) => ({ s: 's', m }))));
  const chunk = { id: 'x', metadata: {}, eventCount: 5, byteLength: 100, createdAt: 0, modifiedAt: 0, read: () => Buffer.alloc(0), events: () => [], packed: [packed.bytes] };
  const signal = new AbortController().signal;
  await expect((async () => (await output.write(chunk, signal))?.committed)()).rejects.toThrow('AccessDenied');
  await output.write(chunk, signal);
  expect(stored('g', 's').map((one) => (JSON.parse(one) as { m: number }).m)).toEqual([1, 2, 3, 4, 5]);
});

test('an answer that is lost makes a repetition that is counted', async () => {
  const { deliver, stored, metric } = await start({ endpoint: { faults: [{ action: 'lose-answer', times: 1 }] } });
  await deliver(batch([{ s: 's', m: 1 }, { s: 's', m: 2 }]));
  expect(stored('g', 's')).toHaveLength(4);
  expect([metric('cloudwatch_repeated_events_total'), metric('cloudwatch_delivered_events_total')]).toEqual([2, 2]);
});

test('a request without an answer within request_timeout is sent again', async () => {
  const { deliver, stored } = await start({ config: { request_timeout: 0.2 }, endpoint: { faults: [{ action: 'hang', times: 1 }] } });
  await deliver(batch([{ s: 's', m: 1 }]));
  expect(stored('g', 's')).toHaveLength(1);
});

test('a throttled group slows itself down, not the others', async () => {
  const { write, stored, metric } = await start({
    config: { log_group_name: undefined, log_group_name_key: 'g', put_log_events_retry_wait: 1 },
    endpoint: { faults: [{ action: 'throttle', group: 'busy', times: 2 }] },
  });
  const first = write(batch([{ g: 'busy', s: 's', m: 1 }]));
  const others = Array.from({ length: 20 }, (_, i) => write(batch([{ g: 'calm', s: 's', m: i }])).committed);
  await Promise.all(others);
  expect(stored('calm', 's')).toHaveLength(20);
  expect(await settled(first.committed)).toBe(false);
  await first.committed;
  expect(metric('cloudwatch_throttled_total')).toBe(2);
});

test('the clock of the node may be wrong: the request is signed again with the time of the service', async () => {
  const { deliver, stored } = await start({
    endpoint: { credentials: { accessKeyId: 'id', secretAccessKey: 'secret' }, now: () => Date.now() + 3_600_000 },
    config: { auto_create_stream: true },
  });
  await deliver(batch([{ s: 's', m: 1 }]));
  expect(stored('g', 's')).toHaveLength(1);
});

test('wrong credentials say what to look at', async () => {
  const { deliver } = await start({ endpoint: { credentials: { accessKeyId: 'other', secretAccessKey: 'secret' } } });
  await expect(deliver(batch([{ s: 's', m: 1 }]))).rejects.toThrow('the AWS credentials are wrong or have expired');
});

test('a stream name that changes with every event keeps its memory bounded', async () => {
  const { output } = await start({});
  for (let round = 0; round < 4; round++) {
    const { bytes } = output.pack!(batch(Array.from({ length: 12_000 }, (_, i) => ({ s: `stream-${round}-${i}`, m: i }))));
    output.recycle!([bytes]);
  }
  const packed = output.pack!(batch([{ s: 'last', m: 1 }]));
  // Numbers of streams that nobody needs are given out again.
  expect(packed.bytes.readUInt32LE(8 * Math.ceil((8 + packed.bytes.readUInt32LE(0)) / 8) + 8)).toBeLessThan(24_001);
});

test('the calls for 500 streams are one each, and one for the group', async () => {
  const { deliver, requests, endpoint } = await start({ config: { concurrency: 20, retention_in_days: 7 } });
  await deliver(batch(Array.from({ length: 500 }, (_, i) => ({ s: `s${i}`, m: i }))));
  const calls = new Map<string, number>();
  for (const { operation, error } of requests) {
    const name = error === undefined ? operation : `${operation} ${error.split(':')[0]}`;
    calls.set(name, (calls.get(name) ?? 0) + 1);
  }
  // The first answer says that the group is missing: asking beforehand would be a call for every group at every start.
  expect(Object.fromEntries(calls)).toEqual({
    'CreateLogStream ResourceNotFoundException': 1, CreateLogGroup: 1, PutRetentionPolicy: 1, CreateLogStream: 500, PutLogEvents: 500,
  });
  expect(endpoint.store.group('g').streams.size).toBe(500);
});

test('the calls for 500 streams of a group that exists are one each', async () => {
  const { deliver, requests } = await start({ config: { concurrency: 20 }, endpoint: { groups: { g: [] } } });
  await deliver(batch(Array.from({ length: 500 }, (_, i) => ({ s: `s${i}`, m: i }))));
  await deliver(batch(Array.from({ length: 500 }, (_, i) => ({ s: `s${i}`, m: i }))));
  expect(requests.filter(({ operation }) => operation === 'CreateLogStream')).toHaveLength(500);
  expect(requests.filter(({ operation }) => !/CreateLogStream|PutLogEvents/.test(operation))).toEqual([]);
});

test('a group and a stream that vanish are made again, once', async () => {
  const { deliver, endpoint, requests, stored } = await start({ config: { concurrency: 10 } });
  await deliver(batch([{ s: 'a', m: 1 }]));
  endpoint.store.deleteGroup('g');
  await deliver(batch(Array.from({ length: 10 }, (_, i) => ({ s: i === 0 ? 'a' : `s${i}`, m: i }))));
  expect(stored('g', 'a')).toHaveLength(1);
  expect(requests.filter(({ operation, error }) => operation === 'CreateLogGroup' && error === undefined)).toHaveLength(2);
});
