import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import plugin from '../../../../plugins/input/cloudwatch_logs/index.ts';
import type { Value } from '../../../../src/lib/value.ts';
import { startLocalCloudWatch, type LocalCloudWatch, type LocalCloudWatchOptions } from '../../../../src/local-cloudwatch/local-cloudwatch.ts';
import type { Input, Parsed, Storage } from '../../../../src/plugin.ts';
import { until } from '../../../support/agent.ts';
import { plain } from '../../../support/batches.ts';
import { configOf, testContext } from '../../../support/context.ts';

const T0 = Date.UTC(2022, 9, 3, 10, 0, 0, 250);

async function serve(groups: LocalCloudWatchOptions['groups'], more: LocalCloudWatchOptions = {}): Promise<LocalCloudWatch> {
  const endpoint = await startLocalCloudWatch({ checkAge: false, groups, ...more });
  onTestFinished(() => endpoint.stop());
  return endpoint;
}

/** Stores messages a second apart, the first at T0 + `fromSec` seconds. */
function put({ store }: LocalCloudWatch, group: string, stream: string, messages: readonly string[], fromSec = 0): void {
  const timestamps = messages.map((_, i) => T0 + (fromSec + i) * 1000);
  store.append(store.group(group), store.stream(group, stream), { timestamps, messages, from: 0, to: messages.length, bytes: 0, ingestionTime: T0 });
}

interface Setup {
  readonly kept?: Map<string, Value>;
  /** Names of sections that are written. */
  readonly sections?: readonly string[];
  readonly parse?: (text: string) => Parsed | undefined;
}

function create(endpoint: Pick<LocalCloudWatch, 'url'>, given: Readonly<Record<string, unknown>>, { kept = new Map(), sections = [], parse }: Setup = {}) {
  const storage: Storage = { get: (key) => kept.get(key), put: (key, value) => void kept.set(key, value), delete: (key) => void kept.delete(key), save() {} };
  const base = testContext({ kind: 'input', type: 'cloudwatch_logs' });
  const at = base.element.at;
  const element = { ...base.element, elements: sections.map((name) => ({ name, arg: '', at, params: new Map(), elements: [] })) };
  const context = { ...base, element, create: (owned: unknown) => (owned === 'storage' ? storage : { parse }) as never };
  const config = configOf(plugin.config, {
    tag: 'cw', region: 'us-east-1', aws_key_id: 'id', aws_sec_key: 'secret', endpoint: endpoint.url, log_group_name: 'g', log_stream_name: 's',
    fetch_interval: 0.02, storage: 'storage', parse: 'parse', ...given,
  } as never);
  const input = plugin.create(config, context) as Input;
  const emitted = (): string[] =>
    context.router.batches.flatMap(({ events }) => events.map(({ time, record }) => `${(time.sec * 1000 + time.nsec / 1e6 - T0) / 1000} ${plain(record)}`));
  const count = (name: string): number => [...context.metrics.read()].find((series) => series.name === name)?.value ?? 0;
  const start = async (): Promise<void> => {
    await input.start!();
    onTestFinished(async () => {
      await input.stop!();
      await context.close();
    });
  };
  return { context, input, emitted, kept, count, start };
}

describe('the input cloudwatch_logs', () => {
  it('reads the messages of a stream as JSON, and what comes later', async () => {
    const endpoint = await serve({ g: ['s'] });
    put(endpoint, 'g', 's', ['{"a":1}', 'no JSON', '[1]', '{"b":"ä"}']);
    const { context, emitted, count, start } = create(endpoint, {});
    await start();
    await until(() => emitted().length === 2);
    put(endpoint, 'g', 's', ['{"c":3}'], 60);
    await until(() => emitted().length === 3);
    expect(emitted()).toEqual(['0 {"a":1}', '3 {"b":"ä"}', '60 {"c":3}']);
    expect(context.router.batches.map(({ tag }) => tag)).toEqual(['cw', 'cw']);
    expect([count('input_lines_total'), count('input_dropped_lines_total'), count('input_bytes_total')]).toEqual([5, 2, 34]);
    expect(context.log.lines.filter(({ level }) => level === 'error').map(({ message, fields }) => [message, fields?.['message']])).toEqual([
      ['a message is no JSON object', 'no JSON'],
    ]);
  });

  it('goes on where it was, and keeps a place only when the events before it are safe', async () => {
    const endpoint = await serve({ g: ['s'] });
    put(endpoint, 'g', 's', ['{"n":1}']);
    const kept = new Map<string, Value>();
    const first = create(endpoint, {}, { kept });
    first.context.router.hold = true;
    await first.start();
    await until(() => first.emitted().length === 1);
    await first.input.stop!();
    expect([...kept.keys()]).toEqual([]);

    const second = create(endpoint, {}, { kept });
    await second.start();
    await until(() => kept.size > 0);
    await second.input.stop!();
    expect(second.emitted()).toEqual(['0 {"n":1}']);
    expect([...kept.keys()]).toEqual(['_g_s']);

    put(endpoint, 'g', 's', ['{"n":2}'], 1);
    const third = create(endpoint, {}, { kept });
    await third.start();
    await until(() => third.emitted().length > 0);
    expect(third.emitted()).toEqual(['1 {"n":2}']);
  });

  it('keeps its places in files with state_file, and takes over those of old versions', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'logferry-cw-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const endpoint = await serve({ '/a/g': ['s/1'] });
    const given = { log_group_name: '/a/g', log_stream_name: 's/1', state_file: path.join(dir, 'state') };
    put(endpoint, '/a/g', 's/1', ['{"n":1}']);
    const first = create(endpoint, given);
    await first.start();
    await until(() => readdirSync(dir).includes('state_-a-g_s-1'));
    await first.input.stop!();
    const token = readFileSync(path.join(dir, 'state_-a-g_s-1'), 'utf8');
    rmSync(path.join(dir, 'state_-a-g_s-1'));
    writeFileSync(path.join(dir, 'state_s-1'), `${token}\n`);
    put(endpoint, '/a/g', 's/1', ['{"n":2}'], 1);
    const second = create(endpoint, given);
    await second.start();
    await until(() => second.emitted().length > 0);
    expect(second.emitted()).toEqual(['1 {"n":2}']);
  });

  it('reads all groups and streams with a prefix, and says where a record is from', async () => {
    const endpoint = await serve({ 'app/a': ['x1', 'x2', 'y'], 'app/b': ['x1'], other: ['x1'] });
    for (const [group, stream] of [['app/a', 'x1'], ['app/a', 'x2'], ['app/a', 'y'], ['app/b', 'x1'], ['other', 'x1']] as const) {
      put(endpoint, group, stream, [`{"at":"${group} ${stream}"}`]);
    }
    const { emitted, start } = create(endpoint, {
      log_group_name: 'app/', use_log_group_name_prefix: true, log_stream_name: 'x', use_log_stream_name_prefix: true, add_log_group_name: true,
      log_group_name_key: 'group', include_metadata: true,
    });
    await start();
    await until(() => emitted().length === 3);
    expect(emitted()).toEqual([
      '0 {"at":"app/a x1","group":"app/a","metadata":{"log_group_name":"app/a","log_stream_name":"x1"}}',
      '0 {"at":"app/a x2","group":"app/a","metadata":{"log_group_name":"app/a","log_stream_name":"x2"}}',
      '0 {"at":"app/b x1","group":"app/b","metadata":{"log_group_name":"app/b","log_stream_name":"x1"}}',
    ]);
  });

  it("reads today's and yesterday's streams", async () => {
    const endpoint = await serve({ g: ['2022/10/01-a', '2022/10/02-a', '2022/10/03-a'] });
    for (const day of ['01', '02', '03']) put(endpoint, 'g', `2022/10/${day}-a`, [`{"day":"${day}"}`]);
    const { emitted, start } = create(endpoint, { use_todays_log_stream: true, log_stream_name: undefined });
    await start();
    await until(() => emitted().length === 2);
    expect(emitted().sort()).toEqual(['0 {"day":"02"}', '0 {"day":"03"}']);
  });

  it.each([[false, '86400 '], [true, '0 ']])('reads messages with a parser; with use_aws_timestamp %s their times are %s', async (own, time) => {
    const endpoint = await serve({ g: ['s'] });
    put(endpoint, 'g', 's', ['k=1', 'bad', 'k=2']);
    const parse = (text: string): Parsed | undefined => {
      const value = /^k=(.*)$/.exec(text)?.[1];
      return value === undefined ? undefined : { time: { sec: Math.floor(T0 / 1000) + 86_400, nsec: 250_000_000 }, record: new Map([['k', value]]) };
    };
    const { emitted, count, start } = create(endpoint, { use_aws_timestamp: own }, { sections: ['parse'], parse });
    await start();
    await until(() => emitted().length === 2);
    expect(emitted()[0]).toBe(`${time}{"k":"1"}`);
    expect(count('input_dropped_lines_total')).toBe(1);
  });

  it('reads from start_time until end_time', async () => {
    const endpoint = await serve({ g: ['s'] });
    put(endpoint, 'g', 's', ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}']);
    const { emitted, start } = create(endpoint, {
      start_time: '2022-10-03 10:00:01 +0000', end_time: '2022-10-03 10:00:03 +0000', time_range_format: '%Y-%m-%d %H:%M:%S %z',
    });
    await start();
    await until(() => emitted().length === 2);
    expect(emitted()).toEqual(['1 {"n":1}', '2 {"n":2}']);
  });

  it('asks again after throttling, and waits for a stream that is not there yet', async () => {
    const endpoint = await serve({ g: [] }, { faults: [{ action: 'throttle', operation: 'GetLogEvents', times: 3, skip: 1 }] });
    const { context, emitted, start } = create(endpoint, { throttling_retry_seconds: 0.01 });
    await start();
    await until(() => context.log.lines.some(({ message }) => message === 'a log group or stream is not there (yet)'));
    endpoint.store.createStream('g', 's', T0);
    put(endpoint, 'g', 's', ['{"n":1}']);
    await until(() => emitted().length === 1, 5000);
    expect(context.log.lines.map(({ message }) => message)).toContain('the service throttles requests; it is asked again');
  });

  it.each<[Record<string, unknown>, string]>([
    [{ log_stream_name: undefined }, "'log_stream_name' is required (or set use_log_stream_name_prefix, for all streams, or use_todays_log_stream)"],
    [{ aws_use_sts: true }, "'aws_sts_role_arn' is required with aws_use_sts"],
    [{ start_time: 'x' }, "start_time: expected a time such as time_range_format (%Y-%m-%d %H:%M:%S) says, found 'x'"],
    [
      { start_time: '2022-10-03 00:00:00', end_time: '2022-10-02 00:00:00' },
      'end_time has to be later than start_time, found 2022-10-03 00:00:00 to 2022-10-02 00:00:00',
    ],
  ])('refuses %j', (given, message) => {
    expect(() => create({ url: 'http://127.0.0.1:1' }, given)).toThrow(message);
  });
});
