import { describe, expect, test } from 'vitest';
import type { LogsClient } from '../../../../plugins/output/cloudwatch_logs/client.ts';
import { Sender } from '../../../../plugins/output/cloudwatch_logs/sender.ts';
import { UnrecoverableError } from '../../../../src/errors.ts';
import { MetricsRegistry } from '../../../../src/metrics/metrics.ts';
import { testLog } from '../../../support/context.ts';

const request = { group: 'g', stream: 's', body: Buffer.from('{}'), events: 3, messageBytes: 10 };
const settings = { retentionInDays: undefined, tags: undefined };
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

function senderOf(client: LogsClient, changes: Partial<ConstructorParameters<typeof Sender>[0]> = {}) {
  const metrics = new MetricsRegistry();
  const log = testLog();
  const sender = new Sender({ client, log, metrics, autoCreate: true, retryWaitMs: 1, retryLimit: 17, logRejected: false, ...changes });
  const count = (name: string, reason?: string) => {
    let sum = 0;
    for (const series of metrics.read()) if (series.name === name && (reason === undefined || series.labels['reason'] === reason)) sum += series.value;
    return sum;
  };
  return { sender, log, count };
}

describe('a request', () => {
  test('for a stream that was not written to makes it first, once', async () => {
    const { client, calls } = clientOf({ createLogStream: [named('ResourceAlreadyExistsException')] });
    const { sender, count } = senderOf(client);
    await sender.put(request, settings, signal);
    await sender.put(request, settings, signal);
    expect(calls).toEqual(['createLogStream', 'putLogEvents', 'putLogEvents']);
    expect(count('cloudwatch_delivered_events_total')).toBe(6);
  });

  test('for a group that is missing makes group, retention and stream', async () => {
    const { client, calls } = clientOf({ createLogStream: [named('ResourceNotFoundException')] });
    await senderOf(client).sender.put(request, { retentionInDays: 7, tags: undefined }, signal);
    expect(calls).toEqual(['createLogStream', 'createLogGroup', 'putRetentionPolicy', 'createLogStream', 'putLogEvents']);
  });

  test('goes on where the stream could not be made beforehand', async () => {
    const { client, calls } = clientOf({ createLogStream: [named('AccessDeniedException')] });
    await senderOf(client).sender.put(request, settings, signal);
    expect(calls).toEqual(['createLogStream', 'putLogEvents']);
  });

  test('that is throttled is tried again', async () => {
    const { client, calls } = clientOf({ putLogEvents: [named('ThrottlingException'), named('ServiceUnavailableException')] });
    const { sender, count } = senderOf(client, { autoCreate: false });
    await sender.put(request, settings, signal);
    expect(calls).toHaveLength(3);
    expect(count('cloudwatch_throttled_total')).toBe(2);
  });

  test('is given up after put_log_events_retry_limit, and counted', async () => {
    const { client, calls } = clientOf({ putLogEvents: [1, 2, 3].map(() => named('ThrottlingException')) });
    const { sender, count } = senderOf(client, { autoCreate: false, retryLimit: 1 });
    await sender.put(request, settings, signal);
    expect(calls).toHaveLength(2);
    expect(count('cloudwatch_rejected_events_total', 'retry_limit')).toBe(3);
  });

  test('over a connection that breaks is tried quickly, then left to the chunk', async () => {
    const broken = () => named('Error', { code: 'ECONNRESET' });
    const once = clientOf({ putLogEvents: [broken()] });
    await senderOf(once.client, { autoCreate: false }).sender.put(request, settings, signal);
    expect(once.calls).toHaveLength(2);
    const always = clientOf({ putLogEvents: Array.from({ length: 9 }, broken) });
    const { sender } = senderOf(always.client, { autoCreate: false });
    sender.hurry();
    await expect(sender.put(request, settings, signal)).rejects.toThrow('PutLogEvents to log group "g", stream "s" failed: Error: as told');
    expect(always.calls).toHaveLength(4);
  });

  test('to a stream that is missing and may not be made drops its events, and counts them', async () => {
    const { client } = clientOf({ putLogEvents: [named('ResourceNotFoundException')] });
    const { sender, count } = senderOf(client, { autoCreate: false });
    await sender.put(request, settings, signal);
    expect(count('cloudwatch_rejected_events_total', 'missing_stream')).toBe(3);
  });

  test('that the service calls invalid is not tried again', async () => {
    const { client, calls } = clientOf({ putLogEvents: [named('InvalidParameterException')] });
    await expect(senderOf(client, { autoCreate: false }).sender.put(request, settings, signal)).rejects.toThrow(UnrecoverableError);
    expect(calls).toHaveLength(1);
  });

  test('without permission says what is needed', async () => {
    const { client } = clientOf({ putLogEvents: [named('AccessDeniedException')] });
    await expect(senderOf(client, { autoCreate: false }).sender.put(request, settings, signal)).rejects.toThrow(
      'the identity needs logs:PutLogEvents, logs:CreateLogStream and logs:CreateLogGroup on this log group',
    );
  });

  test('whose events are refused one by one counts them by reason', async () => {
    const { client } = clientOf({}, { rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 } });
    const { sender, count } = senderOf(client, { autoCreate: false });
    await sender.put(request, settings, signal);
    expect([count('cloudwatch_rejected_events_total', 'too_old'), count('cloudwatch_rejected_events_total', 'too_new')]).toEqual([1, 1]);
    expect(count('cloudwatch_delivered_events_total')).toBe(1);
  });

  test('that was accepted before is delivered', async () => {
    const { client } = clientOf({ putLogEvents: [named('DataAlreadyAcceptedException')] });
    await expect(senderOf(client, { autoCreate: false }).sender.put(request, settings, signal)).resolves.toBeUndefined();
  });
});
