import { CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import type { RequestSummary } from '../../../src/local-cloudwatch/local-cloudwatch.ts';
import { NOW, call, connect, start } from './endpoint.ts';

const logEvents = [{ timestamp: NOW, message: 'x' }];
const names = { logGroupName: 'g', logStreamName: 's' };

test('the entity of a request is kept with its stream and shown in the state', async () => {
  const endpoint = await start({ groups: { g: ['s'] } });
  const entity = { keyAttributes: { Type: 'Service', Name: 'cart' }, attributes: { 'K8s.Node': 'n' } };
  const answer = await connect(endpoint).send(new PutLogEventsCommand({ ...names, logEvents, entity }));
  expect(answer.rejectedEntityInfo).toBeUndefined();
  const state = await (await fetch(`${endpoint.url}/_logferry/state`)).json() as { streams: unknown[] };
  expect(state.streams).toMatchObject([{ stream: 's', entity }]);
});

test.each([
  ['MissingRequiredFields', { keyAttributes: { Name: 'x', Environment: 'y' } }],
  ['InvalidTypeValue', { keyAttributes: { Type: 'Thing', Name: 'x' } }],
  ['InvalidKeyAttributes', { keyAttributes: { Type: 'Service', Nmae: 'x' } }],
  ['InvalidKeyAttributes', { keyAttributes: { Type: 'Service' } }],
  ['InvalidAttributes', { keyAttributes: { Type: 'Service', Name: 'x' }, attributes: { a: 'x'.repeat(513) } }],
])('an entity is refused with %s, its events are taken: %#', async (errorType, entity) => {
  const endpoint = await start({ groups: { g: ['s'] } });
  const answer = await connect(endpoint).send(new PutLogEventsCommand({ ...names, logEvents, entity }));
  expect(answer.rejectedEntityInfo).toEqual({ errorType });
  expect(endpoint.store.summary()[0].events).toBe(1);
});

test('the class and the key of a group are shown in the state', async () => {
  const endpoint = await start();
  await connect(endpoint).send(new CreateLogGroupCommand({ logGroupName: 'g', logGroupClass: 'DELIVERY', kmsKeyId: 'arn:k' }));
  const state = await (await fetch(`${endpoint.url}/_logferry/state`)).json();
  expect(state).toMatchObject({ groups: [{ name: 'g', logGroupClass: 'DELIVERY', kmsKeyId: 'arn:k' }] });
});

test('the header for the format is told of, and the clock of the endpoint is in its answers', async () => {
  const requests: RequestSummary[] = [];
  const endpoint = await start({ groups: { g: ['s'] }, onRequest: (request) => requests.push(request) });
  const { headers } = await call(endpoint.url, 'PutLogEvents', { ...names, logEvents }, { 'x-amzn-logs-format': 'json/emf' });
  expect(requests.map(({ logsFormat }) => logsFormat)).toEqual(['json/emf']);
  expect(headers.get('date')).toBe('Sat, 01 Jun 2024 12:00:00 GMT');
});

test('a fault may be for requests with a certain event', async () => {
  const endpoint = await start({ groups: { g: ['s'] }, faults: [{ action: 'InvalidParameterException', containing: 'poison' }] });
  const client = connect(endpoint);
  await client.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 'other' }));
  await client.send(new PutLogEventsCommand({ ...names, logEvents }));
  const poisoned = { ...names, logEvents: [...logEvents, { timestamp: NOW, message: 'some poison' }] };
  await expect(client.send(new PutLogEventsCommand(poisoned))).rejects.toThrow('This error was asked for');
});
