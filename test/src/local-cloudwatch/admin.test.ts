import { request } from 'node:http';
import { PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { NOW, connect, start } from './endpoint.ts';

const put = new PutLogEventsCommand({
  logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: NOW, message: 'one' }, { timestamp: NOW + 1, message: 'two' }],
});

test('faults are replaced over HTTP and the state tells of them', async () => {
  const endpoint = await start({ groups: { g: ['s'], empty: [] } });
  const client = connect(endpoint);
  const post = (body: string) => fetch(`${endpoint.url}/_logferry/faults`, { method: 'POST', body });
  expect((await post('[{"action":"throttle","times":1}]')).status).toBe(200);
  await expect(client.send(put)).rejects.toThrow('Rate exceeded');
  await client.send(put);
  const state = await (await fetch(`${endpoint.url}/_logferry/state`)).json();
  expect(state).toEqual({
    groups: [{ name: 'empty', logGroupClass: 'STANDARD', tags: {}, streams: 0 }, { name: 'g', logGroupClass: 'STANDARD', tags: {}, streams: 1 }],
    streams: [{ group: 'g', stream: 's', events: 2, bytes: 6, firstTimestamp: NOW, lastTimestamp: NOW + 1 }],
    faults: [{ rule: { action: 'throttle', times: 1 }, seen: 2, used: 1 }],
    requests: { total: 2, failed: 1, faults: 1 },
  });
  const wrong = await post('[{"action":"x"}]');
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toEqual({ message: expect.stringContaining("'action' has to be") });
  expect((await post('')).status).toBe(200);
});

test('the events of a stream are lines of JSON', async () => {
  const endpoint = await start({ groups: { g: ['s'] } });
  await connect(endpoint).send(put);
  const events = (name: string) => fetch(`${endpoint.url}/_logferry/events?group=g&stream=${name}`);
  expect(await (await events('s')).text()).toBe(
    `{"timestamp":${NOW},"message":"one","ingestionTime":${NOW}}\n{"timestamp":${NOW + 1},"message":"two","ingestionTime":${NOW}}\n`,
  );
  const missing = await events('nope');
  expect(missing.status).toBe(404);
  expect(await missing.json()).toEqual({ message: 'The specified log stream does not exist.' });
});

function ask(port: number, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/_logferry/state', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject).end();
  });
}

test('web pages are refused, by their origin and by a name that was pointed here', async () => {
  const { port, url } = await start();
  expect(await ask(port, {})).toBe(200);
  expect(await ask(port, { host: 'localhost:1' })).toBe(200);
  expect(await ask(port, { origin: 'https://example.com' })).toBe(403);
  expect(await ask(port, { host: 'rebound.example.com' })).toBe(403);
  expect((await fetch(`${url}/_logferry/nope`)).status).toBe(404);
});
