import { PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { parseFaultRule } from '../../../src/local-cloudwatch/fault-rule.ts';
import type { FaultRule } from '../../../src/local-cloudwatch/fault-rule.ts';
import { FaultInjector } from '../../../src/local-cloudwatch/faults.ts';
import type { RequestSummary } from '../../../src/local-cloudwatch/local-cloudwatch.ts';
import { NOW, connect, start } from './endpoint.ts';

const put = new PutLogEventsCommand({ logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: NOW, message: 'x' }] });

async function withFault(fault: FaultRule, maxAttempts = 1) {
  const requests: RequestSummary[] = [];
  const endpoint = await start({ groups: { g: ['s'] }, faults: [fault], onRequest: (request) => requests.push(request) });
  const client = connect(endpoint, undefined, maxAttempts);
  const stored = () => endpoint.store.summary()[0].events;
  return { endpoint, client, requests, stored };
}

test('throttle answers ThrottlingException, which the SDK knows as throttling', async () => {
  const { client, requests, stored } = await withFault({ action: 'throttle' });
  await expect(client.send(put)).rejects.toMatchObject({
    name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 },
  });
  expect(stored()).toBe(0);
  expect(requests).toEqual([{
    operation: 'PutLogEvents', group: 'g', stream: 's', events: 1, bodyBytes: expect.any(Number), status: 400,
    error: 'ThrottlingException: Rate exceeded', fault: 'throttle',
  }]);
});

test.each([
  [{ action: 'ServiceUnavailableException' }, 'ServiceUnavailableException', 500],
  [{ action: 'InternalFailure' }, 'InternalFailure', 500],
  [{ action: 'InvalidSequenceTokenException', message: 'no' }, 'InvalidSequenceTokenException', 400],
  [{ action: 'AccessDeniedException', status: 403 }, 'AccessDeniedException', 403],
])('%j is answered as that error', async (fault, name, httpStatusCode) => {
  const { client } = await withFault(fault);
  await expect(client.send(put)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
});

test('5xx answers as a proxy would', async () => {
  const { client, stored } = await withFault({ action: '5xx', status: 502, body: 'Bad Gateway' });
  await expect(client.send(put)).rejects.toMatchObject({ $metadata: { httpStatusCode: 502 } });
  expect(stored()).toBe(0);
});

test('reset cuts the connection before the request is handled', async () => {
  const { client, stored } = await withFault({ action: 'reset' });
  await expect(client.send(put)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(stored()).toBe(0);
});

test('lose-answer stores the events and cuts the connection', async () => {
  const { client, stored, requests } = await withFault({ action: 'lose-answer' });
  await expect(client.send(put)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(stored()).toBe(1);
  expect(requests[0]).toMatchObject({ status: 0, fault: 'lose-answer' });
});

test('garbage is no JSON', async () => {
  const { client } = await withFault({ action: 'garbage' });
  await expect(client.send(put)).rejects.toBeInstanceOf(SyntaxError);
});

test('hang never answers, and stopping ends it', async () => {
  const { client, endpoint, requests } = await withFault({ action: 'hang' });
  const answer = client.send(put).catch((error: Error) => error);
  await expect.poll(() => requests.length).toBe(1);
  await endpoint.stop();
  expect(await answer).toMatchObject({ code: 'ECONNRESET' });
});

test('delay handles the request in order after its pause', async () => {
  const { client, stored } = await withFault({ action: 'delay', delayMs: 30 });
  const started = performance.now();
  await client.send(put);
  expect(performance.now() - started).toBeGreaterThanOrEqual(29);
  expect(stored()).toBe(1);
});

test('the SDK retries its way through faults that end', async () => {
  const { client, stored, requests } = await withFault({ action: 'InternalFailure', times: 1 }, 2);
  await client.send(put);
  expect(stored()).toBe(1);
  expect(requests.map((request) => request.status)).toEqual([500, 200]);
});

test('setFaults replaces the rules and says what is wrong with one', async () => {
  const { client, endpoint } = await withFault({ action: 'throttle' });
  expect(() => endpoint.setFaults([{ action: 'explode' }])).toThrow("'action' has to be throttle, 5xx");
  await expect(client.send(put)).rejects.toThrow('Rate exceeded');
  endpoint.setFaults([]);
  await client.send(put);
});

function faultsOf(rule: FaultRule, calls: number, operation = 'PutLogEvents', group = 'g', stream = 's'): string {
  const injector = new FaultInjector();
  injector.set([rule]);
  return Array.from({ length: calls }, () => (injector.next(operation, group, stream) ? '!' : '.')).join('');
}

test.each<[FaultRule, string]>([
  [{ action: 'reset' }, '!!!!!!!!!!'],
  [{ action: 'reset', times: 2 }, '!!........'],
  [{ action: 'reset', skip: 3 }, '...!!!!!!!'],
  [{ action: 'reset', skip: 3, times: 1 }, '...!......'],
  [{ action: 'reset', every: 3 }, '..!..!..!.'],
  [{ action: 'reset', every: 3, skip: 1, times: 2 }, '...!..!...'],
  [{ action: 'reset', probability: 0 }, '..........'],
  [{ action: 'reset', probability: 1 }, '!!!!!!!!!!'],
])('of ten calls %j spoils %j', (rule, expected) => {
  expect(faultsOf(rule, 10)).toBe(expected);
});

test('a probability is met, and a seed repeats its choice', () => {
  const rule = { action: 'reset', probability: 0.25, seed: 7 };
  const first = faultsOf(rule, 4000);
  expect(first).toBe(faultsOf(rule, 4000));
  expect(first).not.toBe(faultsOf({ ...rule, seed: 8 }, 4000));
  const share = first.split('!').length / 4000;
  expect(share).toBeGreaterThan(0.22);
  expect(share).toBeLessThan(0.28);
});

test('a rule is for PutLogEvents unless it says otherwise, and for the names it gives', () => {
  expect(faultsOf({ action: 'reset' }, 1, 'CreateLogGroup')).toBe('.');
  expect(faultsOf({ action: 'reset', operation: '*' }, 1, 'CreateLogGroup')).toBe('!');
  expect(faultsOf({ action: 'reset', operation: 'CreateLogGroup' }, 1, 'CreateLogGroup')).toBe('!');
  expect(faultsOf({ action: 'reset', group: '/a/*' }, 1, 'PutLogEvents', '/a/b/c')).toBe('!');
  expect(faultsOf({ action: 'reset', group: '/a/*' }, 1, 'PutLogEvents', '/b')).toBe('.');
  expect(faultsOf({ action: 'reset', stream: 'a.b' }, 1, 'PutLogEvents', 'g', 'axb')).toBe('.');
  expect(faultsOf({ action: 'reset', stream: '*b' }, 1, 'PutLogEvents', 'g', 'a\nb')).toBe('!');
});

test('the first rule that applies wins', () => {
  const injector = new FaultInjector();
  injector.set([{ action: 'reset', times: 1 }, { action: 'hang' }]);
  const chosen = [1, 2].map(() => injector.next('PutLogEvents', 'g', 's')?.action);
  expect(chosen).toEqual(['reset', 'hang']);
  expect(injector.counts().map(({ seen, used }) => [seen, used])).toEqual([[2, 1], [1, 1]]);
});

test.each<[string, FaultRule]>([
  ['throttle', { action: 'throttle' }],
  ['throttle, times=3 ,skip=0', { action: 'throttle', times: 3, skip: 0 }],
  ['lose-answer,probability=0.5,seed=7', { action: 'lose-answer', probability: 0.5, seed: 7 }],
  ['FooException,message=a=b,group=/g', { action: 'FooException', message: 'a=b', group: '/g' }],
  ['{"action":"5xx","body":"a,b"}', { action: '5xx', body: 'a,b' }],
])('%j is a rule', (text, rule) => {
  expect(parseFaultRule(text)).toEqual(rule);
});

test.each([
  ['', '\'action\' has to be throttle, 5xx, reset, lose-answer, hang, garbage, delay or the name of an error such as ServiceUnavailableException, found ""'],
  ['explode', 'found "explode"'],
  ['reset,times', "fault rule 'reset,times': expected KEY=VALUE after the action, found 'times'"],
  ['reset,times=0', "'times' has to be an integer of at least 1, found 0"],
  ['reset,times=1.5', "'times' has to be an integer of at least 1, found 1.5"],
  ['reset,times=x', "'times' has to be an integer of at least 1, found null"],
  ['reset,times=', '\'times\' has to be an integer of at least 1, found ""'],
  ['reset,probability=2', "'probability' has to be a number from 0 to 1, found 2"],
  ['reset,often=2', "unknown key 'often'; there are action, operation, group, stream, containing, message, body, skip, times"],
  ['reset,skip=1,skip=2', "'skip' is given twice"],
  ['{"action":"reset","group":1}', "'group' has to be a text, found 1"],
  ['{', "fault rule '{' is no JSON"],
])('%j is no rule', (text, message) => {
  expect(() => parseFaultRule(text)).toThrow(message);
});
