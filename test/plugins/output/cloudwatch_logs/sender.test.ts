import { describe, expect, test } from 'vitest';
import type { LogsClient } from '../../../../plugins/output/cloudwatch_logs/client.ts';
import { Creation } from '../../../../plugins/output/cloudwatch_logs/creation.ts';
import { Ledger } from '../../../../plugins/output/cloudwatch_logs/ledger.ts';
import { Sender, type PutRequest, type SenderOptions } from '../../../../plugins/output/cloudwatch_logs/sender.ts';
import { Throttle } from '../../../../plugins/output/cloudwatch_logs/throttle.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { MetricsRegistry } from '../../../../src/metrics/metrics.ts';
import { testLog } from '../../../support/context.ts';

const request: PutRequest = { group: 'g', stream: 's', body: Buffer.from('{}'), events: 3, messageBytes: 10, doubtful: false };
const signal = new AbortController().signal;

function named(name: string, extra: object = {}): Error {
  return Object.assign(new Error('as told'), { name, ...extra });
}

/** A client whose calls fail with these errors, in turn, and then succeed; it notes what is called. */
function clientOf(failures: Partial<Record<'putLogEvents' | 'createLogStream' | 'createLogGroup' | 'putRetentionPolicy', Error[]>>, answer = {}) {
  const calls: string[] = [];
  const call = (name: keyof typeof failures) => async () => {
    calls.push(name);
    const failure = failures[name]?.shift();
    if (failure) throw failure;
    return answer as never;
  };
  const client: LogsClient = {
    putLogEvents: call('putLogEvents'),
    createLogStream: call('createLogStream'),
    createLogGroup: call('createLogGroup'),
    putRetentionPolicy: call('putRetentionPolicy'),
    destroy() {},
  };
  return { client, calls };
}

function senderOf(client: LogsClient, changes: Partial<SenderOptions> = {}) {
  const metrics = new MetricsRegistry();
  const log = testLog();
  const ledger = new Ledger(metrics, systemClock);
  // A clock of its own: throttling shall not slow these tests down.
  const throttle = new Throttle({ monotonic: () => 0 });
  throttle.reserve = () => 0;
  const creation = new Creation({ client, log, clock: systemClock });
  const sender = new Sender({ client, log, clock: systemClock, ledger, throttle, creation, autoCreate: true, retryWaitMs: 1, retryLimit: 17, ...changes });
  let doubts = 0;
  const put = (one: PutRequest = request, retentionInDays?: number) =>
    sender.put(one, () => ({ retentionInDays }), signal, { onTrouble() {}, onDoubt: () => void doubts++ });
  const count = (name: string) => [...metrics.read()].filter((series) => series.name === name).reduce((sum, { value }) => sum + value, 0);
  return { sender, put, log, count, doubts: () => doubts };
}

describe('a request', () => {
  test('for a stream that was not written to makes it first, once', async () => {
    const { client, calls } = clientOf({ createLogStream: [named('ResourceAlreadyExistsException')] });
    const { put } = senderOf(client);
    await put();
    await put();
    expect(calls).toEqual(['createLogStream', 'putLogEvents', 'putLogEvents']);
  });

  test('for a group that is missing makes group, retention and stream', async () => {
    const { client, calls } = clientOf({ createLogStream: [named('ResourceNotFoundException')] });
    await senderOf(client).put(request, 7);
    expect(calls).toEqual(['createLogStream', 'createLogGroup', 'putRetentionPolicy', 'createLogStream', 'putLogEvents']);
  });

  test('goes on where the stream could not be made beforehand', async () => {
    const { client, calls } = clientOf({ createLogStream: [named('AccessDeniedException')] });
    await senderOf(client).put();
    expect(calls).toEqual(['createLogStream', 'putLogEvents']);
  });

  test('that is throttled is tried again', async () => {
    const { client, calls } = clientOf({ putLogEvents: [named('ThrottlingException'), named('ServiceUnavailableException')] });
    const { put, count } = senderOf(client, { autoCreate: false });
    expect((await put()).kind).toBe('accepted');
    expect(calls).toHaveLength(3);
    expect(count('cloudwatch_throttled_total')).toBe(2);
  });

  test('is given up after put_log_events_retry_limit', async () => {
    const { client, calls } = clientOf({ putLogEvents: [1, 2, 3].map(() => named('ThrottlingException')) });
    expect(await senderOf(client, { autoCreate: false, retryLimit: 1 }).put()).toMatchObject({ kind: 'refused', reason: 'retry_limit' });
    expect(calls).toHaveLength(2);
  });

  test('over a connection that breaks is tried quickly, then left to the chunk', async () => {
    const broken = () => named('Error', { code: 'ECONNRESET' });
    const once = clientOf({ putLogEvents: [broken()] });
    await senderOf(once.client, { autoCreate: false }).put();
    expect(once.calls).toHaveLength(2);
    const always = clientOf({ putLogEvents: Array.from({ length: 9 }, broken) });
    const { sender, put } = senderOf(always.client, { autoCreate: false });
    sender.hurry();
    await expect(put()).rejects.toThrow('PutLogEvents to log group "g", stream "s" failed: Error: as told');
    expect(always.calls).toHaveLength(4);
  });

  test('without an answer in time is sent once more, then left to the chunk', async () => {
    const { client, calls } = clientOf({ putLogEvents: [1, 2, 3].map(() => named('TimeoutError')) });
    const { sender, put } = senderOf(client, { autoCreate: false });
    sender.hurry();
    await expect(put()).rejects.toThrow('check the way to the endpoint, or raise request_timeout');
    expect(calls).toHaveLength(2);
  });

  test('whose answer was lost counts its events when they are sent again, also by a later try of the chunk', async () => {
    const { client } = clientOf({ putLogEvents: [named('Error', { code: 'ECONNRESET' })] });
    const { put, count, doubts } = senderOf(client, { autoCreate: false });
    await put();
    expect([count('cloudwatch_repeated_events_total'), doubts()]).toEqual([3, 1]);
    await put({ ...request, doubtful: true });
    expect(count('cloudwatch_repeated_events_total')).toBe(6);
  });

  test('to a stream that is missing and may not be made is refused', async () => {
    const { client } = clientOf({ putLogEvents: [named('ResourceNotFoundException')] });
    expect(await senderOf(client, { autoCreate: false }).put()).toMatchObject({ kind: 'refused', reason: 'missing_stream' });
  });

  test('that the service calls invalid is not tried again', async () => {
    const { client, calls } = clientOf({ putLogEvents: [named('InvalidParameterException')] });
    expect(await senderOf(client, { autoCreate: false }).put()).toMatchObject({ kind: 'refused', reason: 'invalid' });
    expect(calls).toHaveLength(1);
  });

  test.each([
    ['AccessDeniedException', 'the identity needs logs:PutLogEvents, logs:CreateLogStream and logs:CreateLogGroup on this log group'],
    ['CredentialsProviderError', 'no AWS credentials were found: give the pod a role by IRSA or EKS Pod Identity'],
    ['ExpiredTokenException', 'the AWS credentials are wrong or have expired'],
  ])('that fails with %s says what to do', async (name, hint) => {
    const { client } = clientOf({ putLogEvents: [named(name)] });
    await expect(senderOf(client, { autoCreate: false }).put()).rejects.toThrow(hint);
  });

  test('that was accepted before is delivered', async () => {
    const { client } = clientOf({ putLogEvents: [named('DataAlreadyAcceptedException')] });
    expect((await senderOf(client, { autoCreate: false }).put()).kind).toBe('accepted');
  });
});
