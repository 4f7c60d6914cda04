import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { UnrecoverableError } from '../../../../src/errors.ts';
import { objectBatch, textBatch } from '../../../support/batches.ts';
import { batch, startRig, type Rig, type RigOptions } from './output.ts';

let rig: Rig | undefined;
const folder = mkdtempSync(path.join(tmpdir(), 'logferry-dead-'));
const file = path.join(folder, 'sub', 'dead.jsonl');

afterEach(async () => {
  await rig?.close();
  rig = undefined;
  rmSync(path.join(folder, 'sub'), { recursive: true, force: true });
});

async function start(options: RigOptions = {}): Promise<Rig> {
  rig = await startRig({ ...options, config: { dead_letter_path: file, ...options.config } });
  return rig;
}

const dead = () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) : []);
const rejected = ({ context }: Rig) =>
  Object.fromEntries([...context.metrics.read()].filter(({ name }) => name === 'cloudwatch_rejected_events_total').map(({ labels, value }) => [labels['reason'], value]));

describe('an event that cannot be sent stays alone', () => {
  test('without a stream, with a name that no stream may have, before 1970, without a time', async () => {
    const { deliver, stored, context } = await start();
    await deliver(
      batch([{ s: 'a', m: 1 }, { m: 'no stream' }, { s: 'b:c', m: 'bad name' }, { s: 'a', m: 2 }]),
      batch([{ s: 'a', m: 'early' }], -5),
      batch([{ s: 'a', m: 'never' }], Number.NaN),
      batch([{ s: 'x'.repeat(513), m: 'long name' }]),
    );
    expect(stored('g', 'a')).toEqual(['{"s":"a","m":1}', '{"s":"a","m":2}']);
    expect(rejected(rig!)).toEqual({ no_stream: 1, invalid_stream_name: 2, invalid_time: 2 });
    expect(dead().map(({ reason, message, time, tag }) => [reason, time, tag, (JSON.parse(String(message)) as { m: unknown }).m])).toEqual([
      ['no_stream', '2022-10-03T10:00:01.000Z', 't', 'no stream'],
      ['invalid_stream_name', '2022-10-03T10:00:02.000Z', 't', 'bad name'],
      ['invalid_time', '1969-12-31T23:59:55.000Z', 't', 'early'],
      ['invalid_time', null, 't', 'never'],
      ['invalid_stream_name', '2022-10-03T10:00:00.000Z', 't', 'long name'],
    ]);
    expect(context.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(4);
  });

  test('with an empty message, or in a group with a bad name', async () => {
    const { deliver } = await start({ config: { message_keys: ['m'], log_group_name: undefined, log_group_name_key: 'g' } });
    await deliver(batch([{ g: 'ok', s: 'a', m: '' }, { g: 'a b', s: 'a', m: 'x' }, { g: 'ok', s: 'a', m: 'y' }]));
    expect(rejected(rig!)).toEqual({ empty: 1, invalid_group_name: 1 });
    expect(rig!.stored('ok', 'a')).toEqual(['y']);
  });

  test('is told of once, however often its batch is packed', async () => {
    const { output } = await start();
    const bad = batch([{ m: 1 }, { s: 'a', m: 2 }]);
    output.pack!(bad);
    output.pack!(bad.slice(0, 1));
    const early = textBatch('t', [-5, 5].map((sec) => ({ time: { sec, nsec: 0 }, record: new Map([['m', 'x']]) })));
    output.pack!(early);
    output.pack!(early.slice(0, 1));
    expect(rejected(rig!)).toEqual({ no_stream: 3 });
  });

  test('is told of once, however often its chunk is tried', async () => {
    await start({ stored: true, endpoint: { faults: [{ action: 'AccessDeniedException', times: 1 }] } });
    const { output } = rig!;
    const bytes = Buffer.concat([batch([{ m: 1 }, { s: 'a', m: 2 }])].flatMap(({ tag, events }) => events.map(({ time, record }) => Buffer.from(output.format!(tag, time, record) as Uint8Array))));
    const chunk = { id: 'a', metadata: {}, eventCount: 2, byteLength: 1, createdAt: 0, modifiedAt: 0, read: () => bytes, events: () => [], packed: undefined };
    await expect((async () => (await output.write(chunk, new AbortController().signal))?.committed)()).rejects.toThrow('AccessDenied');
    await output.write(chunk, new AbortController().signal);
    expect(rejected(rig!)).toEqual({ no_stream: 1 });
    expect(rig!.stored('g', 'a')).toHaveLength(1);
  });

  test('goes to @ERROR where there is no dead letter file', async () => {
    const { deliver, context } = await start({ config: { dead_letter_path: undefined }, errorLabel: true });
    await deliver(batch([{ m: 'lost' }, { s: 'a', m: 1 }]));
    expect(context.router.errors.map(({ tag, event }) => [tag, event.record.get('m')])).toEqual([['t', 'lost']]);
  });

  test('bytes that are not UTF-8, and lone surrogates, are replaced and counted', async () => {
    const { deliver, stored, metric } = await start();
    await deliver(batch([{ s: 'a', m: 'x\udcffy' }, { s: 'a\udc80', m: '\ud800' }, { s: 'a', m: 'ok' }]));
    expect(stored('g', 'a')).toEqual(['{"s":"a","m":"x\ufffdy"}', '{"s":"a","m":"ok"}']);
    expect(stored('g', 'a\ufffd')).toHaveLength(1);
    expect(metric('cloudwatch_changed_events_total', { reason: 'invalid_utf8' })).toBe(2);
  });
});

describe('a message beyond the limit', () => {
  const large = 'ü'.repeat(700_000);
  const limit = 1_048_576 - 26;

  test('is cut by default, stays JSON, and the whole is in the dead letter file', async () => {
    const { deliver, stored, metric } = await start();
    await deliver(batch([{ s: 'a', m: 1 }, { s: 'a', m: large }, { s: 'a', m: 3 }]));
    const [, cut] = stored('g', 'a');
    expect(stored('g', 'a')).toHaveLength(3);
    expect(Buffer.byteLength(cut!)).toBeLessThanOrEqual(limit);
    expect((JSON.parse(cut!) as { m: string }).m).toMatch(/^ü+ \[truncated, the message had 1400016 bytes\]$/);
    expect(metric('cloudwatch_changed_events_total', { reason: 'truncated' })).toBe(1);
    expect(dead()).toMatchObject([{ reason: 'truncated', message: `{"s":"a","m":"${large}"}` }]);
  });

  test('is cut by the way of bytes, too, between its neighbours', async () => {
    const { deliver, stored } = await start({ config: { log_stream_name_key: undefined, log_stream_name: 'a' } });
    await deliver(textBatch('t', ['one', large, 'three'].map((m, i) => ({ time: { sec: 10 + i, nsec: 0 }, record: new Map([['m', m]]) }))));
    expect(stored('g', 'a').map((one) => one.length < 100)).toEqual([true, false, true]);
  });

  test('is sent in pieces with oversized_events split', async () => {
    const { deliver, stored, metric } = await start({ config: { oversized_events: 'split' } });
    const { events } = rig!.output.pack!(batch([{ s: 'a', m: large }]));
    expect(events).toBe(1);
    await deliver(batch([{ s: 'a', m: large }]));
    expect(stored('g', 'a')).toHaveLength(2);
    expect(stored('g', 'a').join('')).toBe(`{"s":"a","m":"${large}"}`);
    expect(metric('cloudwatch_changed_events_total', { reason: 'split' })).toBe(2);
  });

  test("is discarded in Fluentd's way, and kept", async () => {
    const { deliver, stored, context } = await start({ config: { oversized_events: 'fluentd' } });
    await deliver(batch([{ s: 'a', m: large }, { s: 'a', m: 1 }]));
    expect(stored('g', 'a')).toEqual(['{"s":"a","m":1}']);
    expect(dead()).toMatchObject([{ reason: 'too_large' }]);
    expect(context.log.lines.find(({ level }) => level === 'warn')).toMatchObject({
      message: 'the event is discarded because it is too large', fields: { bytes: 1_400_016, limit },
    });
  });
});

describe('what the service refuses', () => {
  const now = Math.floor(Date.now() / 1000);
  const day = 86_400;

  test('of a request, by time, is counted exactly and kept', async () => {
    const { deliver, stored, metric } = await start({ endpoint: { checkAge: true } });
    const at = (sec: number, m: string) => batch([{ s: 'a', m }], sec);
    await deliver(at(now - 20 * day, 'old1'), at(now - 15 * day, 'old2'), at(now - 60, 'in time'), at(now + 3 * 3600, 'new'));
    expect(stored('g', 'a')).toEqual(['{"s":"a","m":"in time"}']);
    expect(rejected(rig!)).toEqual({ too_old: 2, too_new: 1 });
    expect(metric('cloudwatch_delivered_events_total', { group: 'g' })).toBe(1);
    expect(metric('cloudwatch_delivered_bytes_total')).toBe('{"s":"a","m":"in time"}'.length);
    expect(dead().map(({ reason, message }) => `${String(reason)} ${String(message)}`)).toEqual([
      'too_old {"s":"a","m":"old1"}', 'too_old {"s":"a","m":"old2"}', 'too_new {"s":"a","m":"new"}',
    ]);
  });

  test('because of the retention of the group is expired', async () => {
    const { deliver } = await start({ endpoint: { checkAge: true }, config: { retention_in_days: 3 } });
    await deliver(batch([{ s: 'a', m: 1 }], now - 5 * day), batch([{ s: 'a', m: 2 }], now));
    expect(rejected(rig!)).toEqual({ expired: 1 });
    expect(dead()).toMatchObject([{ reason: 'expired', group: 'g', stream: 'a' }]);
  });

  test('for its time is not even sent with check_event_age', async () => {
    const { deliver, requests, stored } = await start({ config: { check_event_age: true, retention_in_days: 3 } });
    await deliver(batch([{ s: 'a', m: 0 }], now));
    await deliver(batch([{ s: 'a', m: 1 }], now - 20 * day), batch([{ s: 'a', m: 2 }], now - 5 * day), batch([{ s: 'a', m: 3 }], now), batch([{ s: 'a', m: 4 }], now + 3 * 3600));
    expect(rejected(rig!)).toEqual({ too_old: 1, expired: 1, too_new: 1 });
    expect(stored('g', 'a')).toEqual(['{"s":"a","m":0}', '{"s":"a","m":3}']);
    expect(requests.filter(({ operation }) => operation === 'PutLogEvents').map(({ events }) => events)).toEqual([1, 1]);
  });

  test('as a whole is sifted: the guilty alone are lost, in few requests', async () => {
    const { deliver, stored, requests } = await start({ endpoint: { faults: [{ action: 'InvalidParameterException', containing: 'POISON' }] } });
    const records = Array.from({ length: 1000 }, (_, i) => ({ s: 'a', m: i === 17 || i === 900 ? `POISON ${i}` : i }));
    await deliver(batch(records));
    expect(stored('g', 'a')).toEqual(records.filter(({ m }) => typeof m === 'number').map((record) => JSON.stringify(record)));
    expect(rejected(rig!)).toEqual({ invalid: 2 });
    expect(dead().map(({ reason, message }) => [reason, message])).toEqual([['invalid', '{"s":"a","m":"POISON 17"}'], ['invalid', '{"s":"a","m":"POISON 900"}']]);
    expect(requests.filter(({ operation }) => operation === 'PutLogEvents').length).toBeLessThan(45);
  });

  test('whatever is in it is not sifted to the end', async () => {
    const { deliver, requests } = await start({ endpoint: { faults: [{ action: 'InvalidParameterException' }] } });
    await deliver(batch(Array.from({ length: 1000 }, (_, i) => ({ s: 'a', m: i }))));
    expect(rejected(rig!)).toEqual({ invalid: 1000 });
    expect(dead()).toHaveLength(1000);
    expect(requests.length).toBeLessThan(60);
  });

  test('is in the backup of its chunk where nothing else keeps it, and its neighbours are delivered', async () => {
    const { deliver, stored } = await start({ config: { dead_letter_path: undefined }, endpoint: { faults: [{ action: 'InvalidParameterException', containing: 'POISON' }] } });
    await expect(deliver(batch([{ s: 'a', m: 'POISON' }, { s: 'a', m: 1 }, { s: 'b', m: 2 }]))).rejects.toThrow(UnrecoverableError);
    expect([stored('g', 'a'), stored('g', 'b')]).toEqual([['{"s":"a","m":1}'], ['{"s":"b","m":2}']]);
  });
});

test('a file chunk that is broken delivers what can be read, then is set aside', async () => {
  const { output, stored } = await start({ stored: true });
  const good = Buffer.from(output.format!('t', { sec: 1, nsec: 0 }, new Map([['s', 'a']])) as Uint8Array);
  const bytes = Buffer.concat([good, Buffer.from([0xc1, 0xc1])]);
  const chunk = { id: 'a', metadata: {}, eventCount: 2, byteLength: bytes.length, createdAt: 0, modifiedAt: 0, read: () => bytes, events: () => [], packed: undefined };
  await expect((async () => (await output.write(chunk, new AbortController().signal))?.committed)()).rejects.toThrow(UnrecoverableError);
  expect(stored('g', 'a')).toEqual(['{"s":"a"}']);
});

test('the dead letter file is bounded: full ones are numbered, the oldest goes', async () => {
  const { deliver } = await start({ config: { dead_letter_limit_size: 300, dead_letter_rotate_age: 2 } });
  for (let i = 0; i < 8; i++) await deliver(batch([{ m: `lost ${i}` }, { s: 'a', m: i }]));
  const last = (name: string) => /lost \d/g.exec(readFileSync(name, 'utf8'))![0];
  expect(existsSync(`${file}.3`)).toBe(false);
  expect(last(`${file}.2`) < last(`${file}.1`) && last(`${file}.1`) < last(file)).toBe(true);
});

test('a dead letter file that cannot be written is an error in the log, and events go on', async () => {
  writeFileSync(path.join(folder, 'sub'), '');
  const { deliver, stored, context, metric } = await start();
  await deliver(objectBatch('t', [...batch([{ m: 1 }, { s: 'a', m: 2 }]).events]));
  expect(stored('g', 'a')).toHaveLength(1);
  expect(context.log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    'the dead letter file could not be written', 'event is skipped: it has no log stream name, its field is nil or empty',
  ]);
  expect(metric('cloudwatch_dead_letter_failures_total')).toBe(1);
});
