import { expect, test } from 'vitest';
import { AWS_LIMITS } from '../../../src/local-cloudwatch/limits.ts';
import { putLogEvents } from '../../../src/local-cloudwatch/put-log-events.ts';
import { LogStore } from '../../../src/local-cloudwatch/store.ts';
import { NOW } from './endpoint.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function setUp(retentionInDays?: number) {
  const store = new LogStore();
  store.createGroup('g', NOW, { retentionInDays });
  store.createStream('g', 's', NOW);
  const put = (logEvents: unknown, checkAge = true) => (
    putLogEvents(store, { logGroupName: 'g', logStreamName: 's', logEvents }, { limits: AWS_LIMITS, checkAge, now: NOW })
  );
  const stored = () => [...store.events('g', 's')].map((event) => event.timestamp - NOW);
  return { store, put, stored };
}

const at = (...offsets: number[]) => offsets.map((offset) => ({ timestamp: NOW + offset, message: 'x' }));

test('10,000 events are accepted and 10,001 are not', () => {
  const { put, store } = setUp();
  put(at(...Array.from({ length: 10_000 }, () => 0)));
  expect(store.summary()[0].events).toBe(10_000);
  expect(() => put(at(...Array.from({ length: 10_001 }, () => 0)))).toThrow(
    "1 validation error detected: Value '10001 events' at 'logEvents' failed to satisfy constraint: "
    + 'Member must have length less than or equal to 10000',
  );
});

test('a batch is counted as UTF-8 with 26 bytes for each event', () => {
  const { put, store } = setUp();
  const full = ['ü'.repeat((524_288 - 26) / 2), 'x'.repeat(524_288 - 26)];
  put(full.map((message) => ({ timestamp: NOW, message })));
  expect(store.summary()[0].bytes).toBe(1_048_576 - 52);
  expect(() => put([...full.slice(0, 1), `${full[1]}x`].map((message) => ({ timestamp: NOW, message }))))
    .toThrow('Upload too large: 1048577 bytes exceeds limit of 1048576');
});

test('an event may have 1 MB with its overhead', () => {
  const { put } = setUp();
  put([{ timestamp: NOW, message: 'x'.repeat(1_048_550) }]);
  expect(() => put([{ timestamp: NOW, message: 'x'.repeat(1_048_551) }]))
    .toThrow('Log event too large: 1048577 bytes exceeds limit of 1048576');
});

test('events have to be in the order of time; the same time twice is in order', () => {
  const { put, stored } = setUp();
  put(at(-1, 0, 0, 1));
  expect(() => put(at(0, -1))).toThrow('Log events in a single PutLogEvents request must be in chronological order.');
  expect(stored()).toEqual([-1, 0, 0, 1]);
});

test('a batch may span 24 hours and not a millisecond more, counting only events that are not rejected', () => {
  const { put, stored } = setUp();
  put(at(-DAY, 0));
  const tooLong = 'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.';
  expect(() => put(at(-DAY - 1, 0))).toThrow(tooLong);
  expect(() => put(at(-20 * DAY, 0), false)).toThrow(tooLong);
  expect(put(at(-20 * DAY, 0)).rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  expect(stored()).toEqual([-DAY, 0, 0]);
});

test('events older than 14 days or more than 2 hours ahead are rejected, the others are stored', () => {
  const { put, stored } = setUp();
  expect(put(at(-14 * DAY - 1, -14 * DAY, -14 * DAY + 1)).rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  expect(put(at(0, 2 * HOUR, 2 * HOUR + 1, 3 * HOUR)).rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 2 });
  expect(put(at(-15 * DAY)).rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  expect(put(at(3 * HOUR)).rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 0 });
  expect(stored()).toEqual([-14 * DAY, -14 * DAY + 1, 0, 2 * HOUR]);
});

test('events older than the retention of the group are expired', () => {
  const { put, stored } = setUp(3);
  expect(put(at(-20 * DAY, -4 * DAY, -3 * DAY, -2 * DAY)).rejectedLogEventsInfo)
    .toEqual({ tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 2 });
  expect(put(at(-4 * DAY)).rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
  expect(stored()).toEqual([-3 * DAY, -2 * DAY]);
});

test('without the check of age any time is accepted', () => {
  const { put, stored } = setUp(1);
  expect(put([{ timestamp: 0, message: 'x' }], false).rejectedLogEventsInfo).toBeUndefined();
  expect(stored()).toEqual([-NOW]);
});

test.each([
  [undefined, 'InvalidParameterException', "Value null at 'logEvents'"],
  [[], 'InvalidParameterException', "Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater"],
  ['x', 'SerializationException', "'logEvents' has to be a list, found string"],
  [[null], 'SerializationException', "'logEvents.1.member' has to be a structure, found null"],
  [[{ timestamp: NOW, message: 'x' }, { timestamp: NOW, message: '' }], 'InvalidParameterException',
    "Value '' at 'logEvents.2.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1"],
  [[{ timestamp: NOW }], 'InvalidParameterException', "Value null at 'logEvents.1.member.message'"],
  [[{ timestamp: NOW, message: 7 }], 'SerializationException', "'logEvents.1.member.message' has to be a string, found number"],
  [[{ message: 'x' }], 'InvalidParameterException', "Value null at 'logEvents.1.member.timestamp'"],
  [[{ timestamp: '1', message: 'x' }], 'SerializationException', "'logEvents.1.member.timestamp' has to be an integer, found string"],
  [[{ timestamp: 1.5, message: 'x' }], 'SerializationException', 'has to be an integer'],
  [[{ timestamp: -1, message: 'x' }], 'InvalidParameterException', "Value '-1' at 'logEvents.1.member.timestamp'"],
])('the events %j are rejected', (events, type, message) => {
  const { put, stored } = setUp();
  expect(() => put(events)).toThrow(expect.objectContaining({ type, message: expect.stringContaining(message) }));
  expect(stored()).toEqual([]);
});
