import { expect, test } from 'vitest';
import { filterLogEvents, getLogEvents } from '../../../src/local-cloudwatch/read-events.ts';
import { LogStore } from '../../../src/local-cloudwatch/store.ts';

function makeStore(streams: Record<string, readonly (readonly [number, string])[]>): LogStore {
  const store = new LogStore();
  const group = store.createGroup('g', 0);
  for (const [name, events] of Object.entries(streams)) {
    const stream = store.createStream('g', name, 0);
    for (const [timestamp, message] of events) add(store, name, timestamp, message);
    expect(group.streams.get(name)).toBe(stream);
  }
  return store;
}

function add(store: LogStore, name: string, timestamp: number, message: string): void {
  store.append(store.group('g'), store.stream('g', name), {
    timestamps: [timestamp], messages: [message], from: 0, to: 1, bytes: message.length, ingestionTime: 1000 + timestamp,
  });
}

const ten = Array.from({ length: 10 }, (_, i) => [i * 10, `m${i}`] as const);

function get(store: LogStore, more: Record<string, unknown> = {}) {
  const { events, nextForwardToken, nextBackwardToken } = getLogEvents(store, { logGroupName: 'g', logStreamName: 's', ...more });
  return { found: events.map((event) => event.message).join(' '), forward: nextForwardToken, backward: nextBackwardToken };
}

test('GetLogEvents starts at the end by default and pages backward until the token stays the same', () => {
  const store = makeStore({ s: ten });
  const last = get(store, { limit: 4 });
  expect(last.found).toBe('m6 m7 m8 m9');
  const middle = get(store, { limit: 4, nextToken: last.backward });
  expect(middle.found).toBe('m2 m3 m4 m5');
  const first = get(store, { limit: 4, nextToken: middle.backward });
  expect(first.found).toBe('m0 m1');
  const end = get(store, { limit: 4, nextToken: first.backward });
  expect(end).toEqual({ found: '', forward: first.backward.replace('b', 'f'), backward: first.backward });
  expect(get(store, { nextToken: end.forward }).found).toBe('m0 m1 m2 m3 m4 m5 m6 m7 m8 m9');
});

test('GetLogEvents pages forward, and its last token finds what arrives later', () => {
  const store = makeStore({ s: ten });
  const first = get(store, { limit: 6, startFromHead: true });
  expect(first.found).toBe('m0 m1 m2 m3 m4 m5');
  const second = get(store, { limit: 6, nextToken: first.forward });
  expect(second.found).toBe('m6 m7 m8 m9');
  const end = get(store, { nextToken: second.forward });
  expect(end.found).toBe('');
  expect(end.forward).toBe(second.forward);
  add(store, 's', 90, 'same time');
  add(store, 's', 95, 'later');
  expect(get(store, { nextToken: end.forward }).found).toBe('same time later');
});

test('a token of GetLogEvents keeps its place while events arrive before it', () => {
  const store = makeStore({ s: ten });
  const { forward } = get(store, { limit: 5, startFromHead: true });
  add(store, 's', 5, 'late');
  expect(get(store, { nextToken: forward, limit: 2 }).found).toBe('m5 m6');
  expect(get(store, { limit: 3, startFromHead: true }).found).toBe('m0 late m1');
});

test('an empty stream gives a token that finds its first event', () => {
  const store = makeStore({ s: [] });
  const empty = get(store);
  expect(empty).toEqual({ found: '', forward: 'f/0.0/s', backward: 'b/0.0/s' });
  add(store, 's', 7, 'first');
  expect(get(store, { nextToken: empty.forward }).found).toBe('first');
});

test('GetLogEvents includes its start time and excludes its end time', () => {
  const store = makeStore({ s: ten });
  expect(get(store, { startTime: 20, endTime: 50 }).found).toBe('m2 m3 m4');
  const page = get(store, { startTime: 20, endTime: 50, limit: 2, startFromHead: true });
  expect(page.found).toBe('m2 m3');
  expect(get(store, { startTime: 20, endTime: 50, limit: 2, nextToken: page.forward }).found).toBe('m4');
  expect(get(store, { startTime: 60, endTime: 20 }).found).toBe('');
});

test('GetLogEvents answers at most 1 MB, and always at least one event', () => {
  const big = 'x'.repeat(600_000);
  const store = makeStore({ s: [[1, big], [2, big], [3, big]] });
  const input = { logGroupName: 'g', logStreamName: 's' };
  expect(getLogEvents(store, { ...input, startFromHead: true }).events.map((event) => event.timestamp)).toEqual([1]);
  expect(getLogEvents(store, input).events.map((event) => event.timestamp)).toEqual([3]);
});

test.each([
  [{ limit: 0 }, "Value '0' at 'limit'"],
  [{ limit: 10_001 }, "Value '10001' at 'limit'"],
  [{ nextToken: 'x' }, 'The specified nextToken is invalid.'],
  [{ startTime: -1 }, "Value '-1' at 'startTime'"],
  [{ logGroupIdentifier: 'g' }, 'mutually exclusive'],
])('GetLogEvents with %j is rejected', (input, message) => {
  expect(() => get(makeStore({ s: [] }), input)).toThrow(message);
});

function filter(store: LogStore, more: Record<string, unknown> = {}) {
  const { events, nextToken } = filterLogEvents(store, { logGroupName: 'g', ...more });
  return { found: events.map((event) => event.message).join(' '), nextToken };
}

const three = makeStore({
  a: [[10, 'a1'], [30, 'a3'], [50, 'a5']],
  b: [[20, 'b2'], [30, 'b3'], [25, 'b2.5']],
  other: [[30, 'o3']],
});

test('FilterLogEvents merges streams in the order of time', () => {
  expect(filter(three).found).toBe('a1 b2 b2.5 a3 b3 o3 a5');
  expect(filter(three, { startFromHead: false }).found).toBe('a5 o3 b3 a3 b2.5 b2 a1');
  expect(filterLogEvents(three, { logGroupName: 'g', limit: 1 }).events).toEqual([{
    logStreamName: 'a', timestamp: 10, message: 'a1', ingestionTime: 1010, eventId: `${'3'.repeat(43)}1000000000000`,
  }]);
});

test('every page of FilterLogEvents is followed by the right one, in both directions', () => {
  for (const startFromHead of [true, false]) {
    const whole = filter(three, { startFromHead }).found;
    for (let limit = 1; limit <= 7; limit++) {
      const pages: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = filter(three, { limit, startFromHead, nextToken });
        pages.push(page.found);
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      expect(pages.join(' ')).toBe(whole);
      expect(pages.length).toBe(Math.ceil(7 / limit));
    }
  }
});

test('FilterLogEvents takes streams by name or prefix, and both ends of the time range', () => {
  expect(filter(three, { logStreamNames: ['b', 'b'] }).found).toBe('b2 b2.5 b3');
  expect(filter(three, { logStreamNamePrefix: 'o' }).found).toBe('o3');
  expect(filter(three, { startTime: 20, endTime: 30 }).found).toBe('b2 b2.5 a3 b3 o3');
  expect(filter(three, { filterPattern: '3' }).found).toBe('a3 b3 o3');
  expect(() => filter(three, { logStreamNames: ['nope'] })).toThrow('The specified log stream does not exist.');
  expect(() => filter(three, { logStreamNames: ['a'], logStreamNamePrefix: 'a' })).toThrow('mutually exclusive');
  expect(() => filter(three, { nextToken: 'f/1.0/s' })).toThrow('The specified nextToken is invalid.');
});
