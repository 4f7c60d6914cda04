import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateLogGroupCommand, CreateLogStreamCommand, DeleteLogGroupCommand, DeleteLogStreamCommand, PutLogEventsCommand,
  PutRetentionPolicyCommand, TagLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect, onTestFinished, test } from 'vitest';
import { safeFileName } from '../../../src/local-cloudwatch/directory.ts';
import { startLocalCloudWatch } from '../../../src/local-cloudwatch/local-cloudwatch.ts';
import { NOW, connect, start } from './endpoint.ts';

function makeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'logferry-cloudwatch-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

function files(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/')).sort();
}

const put = (logStreamName: string, ...messages: string[]) => new PutLogEventsCommand({
  logGroupName: '/g', logStreamName, logEvents: messages.map((message, i) => ({ timestamp: NOW + i, message })),
});

test('all that was stored is there after a restart', async () => {
  const dir = makeDir();
  const first = await start({ dir });
  const client = connect(first);
  await client.send(new CreateLogGroupCommand({ logGroupName: '/g', tags: { a: 'b' } }));
  await client.send(new CreateLogGroupCommand({ logGroupName: '/gone' }));
  for (const logStreamName of ['s', '../../x', 'deleted']) {
    await client.send(new CreateLogStreamCommand({ logGroupName: '/g', logStreamName }));
  }
  await client.send(new PutRetentionPolicyCommand({ logGroupName: '/g', retentionInDays: 5 }));
  await client.send(new TagLogGroupCommand({ logGroupName: '/g', tags: { c: 'd' } }));
  await client.send(put('s', 'größer 🚀', 'a\n"b"\u2028'));
  await client.send(put('deleted', 'x'));
  await client.send(new DeleteLogStreamCommand({ logGroupName: '/g', logStreamName: 'deleted' }));
  await client.send(new DeleteLogGroupCommand({ logGroupName: '/gone' }));
  const before = first.store.summary();
  await first.stop();

  const second = await start({ dir });
  expect(second.store.summary()).toEqual(before);
  expect([...second.store.events('/g', 's')]).toEqual([
    { timestamp: NOW, message: 'größer 🚀', ingestionTime: NOW },
    { timestamp: NOW + 1, message: 'a\n"b"\u2028', ingestionTime: NOW },
  ]);
  const [group] = second.store.groups();
  expect(group).toMatchObject({ name: '/g', retentionInDays: 5, creationTime: NOW });
  expect(group.tags).toEqual(new Map([['a', 'b'], ['c', 'd']]));
  await connect(second).send(put('s', 'more'));
  await second.stop();
  expect((await start({ dir })).store.summary().at(-1)).toMatchObject({ stream: 's', events: 3 });
});

test('every name stays inside the directory as a harmless file name of its own', async () => {
  const dir = makeDir();
  const names = ['../../../etc/passwd', '..', '.', 'a/b', 'a_b', 'A_B', 'x'.repeat(512), `${'x'.repeat(511)}y`, 'größer 日本', '\u0000', '\ud800'];
  const { store } = await start({ dir, groups: { '/g': names, '..': [], '.': [] } });
  expect(store.summary().length).toBe(names.length + 2);
  const found = files(dir);
  expect(found.length).toBe(names.length + 3);
  expect(new Set(found.map((name) => name.toLowerCase())).size).toBe(found.length);
  for (const name of found) expect(name).toMatch(/^_?[A-Za-z0-9_][A-Za-z0-9._-]{0,99}-[0-9a-f]{24}\/(?:group\.json|[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}-[0-9a-f]{24}\.jsonl)$/);
  expect(safeFileName('../x')).toMatch(/^__x-[0-9a-f]{24}$/);
});

test('a line that a crash cut off is dropped, and what follows is written in its place', async () => {
  const dir = makeDir();
  const first = await start({ dir, groups: { '/g': ['s'] } });
  await connect(first).send(put('s', 'one'));
  await first.stop();
  const file = join(dir, files(dir).find((name) => name.endsWith('.jsonl')) ?? '');
  const whole = readFileSync(file, 'utf8');
  expect(whole).toBe(
    `{"logStreamName":"s","creationTime":${NOW}}\n{"timestamp":${NOW},"ingestionTime":${NOW},"message":"one"}\n`,
  );
  appendFileSync(file, '{"timestamp":17172');
  const second = await start({ dir });
  expect(second.store.summary()[0].events).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe(whole);
  await connect(second).send(put('s', 'two'));
  await second.stop();
  expect([...(await start({ dir })).store.events('/g', 's')].map((event) => event.message)).toEqual(['one', 'two']);
});

test('a stream whose first line was cut off is gone', async () => {
  const dir = makeDir();
  await (await start({ dir, groups: { '/g': ['s'] } })).stop();
  const file = join(dir, files(dir).find((name) => name.endsWith('.jsonl')) ?? '');
  writeFileSync(file, '{"logStr');
  const { store } = await start({ dir });
  expect(store.group('/g').streams.size).toBe(0);
  expect(store.createStream('/g', 's', NOW).events).toBe(0);
});

test('a damaged file is named with its line', async () => {
  const dir = makeDir();
  await (await start({ dir, groups: { '/g': ['s'] } })).stop();
  const file = join(dir, files(dir).find((name) => name.endsWith('.jsonl')) ?? '');
  appendFileSync(file, 'oops\n');
  await expect(startLocalCloudWatch({ dir })).rejects.toThrow(`${file}:2: expected a JSON object`);
});

test('more streams than open files are all written', async () => {
  const dir = makeDir();
  const names = Array.from({ length: 230 }, (_, i) => `s${i}`);
  const first = await start({ dir, groups: { '/g': names } });
  const group = first.store.group('/g');
  for (let round = 0; round < 2; round++) {
    for (const stream of group.streams.values()) {
      first.store.append(group, stream, { timestamps: [NOW], messages: ['x'], from: 0, to: 1, bytes: 1, ingestionTime: NOW });
    }
  }
  await first.stop();
  const { store } = await start({ dir });
  expect(store.summary().every((row) => row.events === 2)).toBe(true);
});
