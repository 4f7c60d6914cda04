import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer, ApiClient } from '../../../../plugins/filter/kubernetes_metadata/api-client.ts';
import type { Texts } from '../../../../plugins/filter/kubernetes_metadata/objects.ts';
import { watchForEver } from '../../../../plugins/filter/kubernetes_metadata/watch.ts';
import { parseJson } from '../../../../src/lib/json.ts';
import type { Value } from '../../../../src/lib/value.ts';
import { testLog } from '../../../support/context.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface OpenWatch {
  readonly path: string;
  tell(json: string): void;
  end(status: number): void;
  fail(error: Error): void;
}

function setUp(given: { listAll?: boolean; answer?: Answer } = {}) {
  const lists: string[] = [];
  const watches: OpenWatch[] = [];
  const seen: string[] = [];
  const log = testLog();
  const answer: Answer = given.answer ?? { kind: 'found', body: parseJson('{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"one"}}]}') };
  const client = {
    get(path: string) {
      lists.push(path);
      return Promise.resolve(answer);
    },
    watch(path: string, _idleMs: number, onEvent: (event: Value) => void, signal: AbortSignal) {
      return new Promise<number>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('ended')));
        watches.push({
          path,
          end: resolve,
          fail: reject,
          tell(json) {
            try {
              onEvent(parseJson(json));
            } catch (error) {
              reject(error as Error);
            }
          },
        });
      });
    },
  } as unknown as ApiClient;
  const name = (object: Texts) => String((object.get('metadata') as Texts).get('name'));
  const stop = new AbortController();
  const running = watchForEver({
    client, log, resource: 'pods', selector: 'fieldSelector=x', listAll: given.listAll ?? true, intervalMs: 1000, backoffBase: 2, backoffTimes: 3,
    random: () => 0.5,
    onList: (items) => void seen.push(`list ${items.map(name).join()}`),
    onObject: (type, object) => void seen.push(`${type} ${name(object)}`),
  }, stop.signal);
  return {
    lists, watches, seen, log,
    async stop() {
      stop.abort();
      await running;
      expect(vi.getTimerCount()).toBe(0);
    },
  };
}

const turn = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
const change = (type: string, version: string) => `{"type":"${type}","object":{"metadata":{"name":"p","resourceVersion":"${version}"}}}`;

describe('watchForEver', () => {
  it('lists, watches from there, and goes on where the server ended the watch', async () => {
    const { lists, watches, seen, stop } = setUp();
    await turn();
    expect(lists).toEqual(['pods?fieldSelector=x&resourceVersion=0']);
    expect(watches[0]!.path).toBe('pods?fieldSelector=x&watch=true&resourceVersion=7&allowWatchBookmarks=true&timeoutSeconds=450');
    watches[0]!.tell(change('MODIFIED', '8'));
    watches[0]!.tell(change('DELETED', '9'));
    watches[0]!.tell(change('BOOKMARK', '12'));
    watches[0]!.end(200);
    await turn(1000);
    expect(watches[1]!.path).toContain('resourceVersion=12');
    expect(lists).toHaveLength(1);
    expect(seen).toEqual(['list one', 'MODIFIED p', 'DELETED p']);
    await stop();
  });

  it.each([
    ['an event', (watch: OpenWatch) => watch.tell('{"type":"ERROR","object":{"code":410,"message":"too old"}}')],
    ['the status', (watch: OpenWatch) => watch.end(410)],
  ])('lists again when %s says that its place is gone', async (_name, gone) => {
    const { lists, watches, stop, log } = setUp({ listAll: false });
    await turn();
    expect(lists).toEqual(['pods?fieldSelector=x&limit=1']);
    gone(watches[0]!);
    await turn(1000);
    expect(lists).toHaveLength(2);
    expect(watches).toHaveLength(2);
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
    await stop();
  });

  it('waits longer after each failure, warns once, and never gives up', async () => {
    const { lists, stop, log } = setUp({ answer: { kind: 'failed', error: new Error('down') } });
    await turn();
    const times: number[] = [];
    for (let i = 0, last = lists.length; i < 60; i++) {
      await turn(1000);
      if (lists.length > last) {
        last = lists.length;
        times.push(i + 1);
      }
    }
    expect(times).toEqual([2, 6, 14, 22, 30, 38, 46, 54]);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await stop();
  });
});
