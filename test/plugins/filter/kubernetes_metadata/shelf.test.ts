import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../../plugins/filter/kubernetes_metadata/api-client.ts';
import { Shelf } from '../../../../plugins/filter/kubernetes_metadata/shelf.ts';

const found = (body: string): Answer => ({ kind: 'found', body });
const MISSING: Answer = { kind: 'missing' };
const FAILED: Answer = { kind: 'failed', error: new Error('500') };

function shelf(changes: { size?: number; ttlMs?: number } = {}) {
  const state = { now: 1_000_000, answer: found('a') as Answer, requests: 0 };
  const made = new Shelf<string>({
    size: 10,
    ttlMs: 60_000,
    parse: (body) => (typeof body === 'string' ? body : undefined),
    get: (path) => {
      state.requests++;
      expect(path).toBe('/x');
      return Promise.resolve(state.answer);
    },
    now: () => state.now,
    random: () => 0.5,
    ...changes,
  });
  return { state, shelf: made, entry: made.entry('x', '/x') };
}

/** Milliseconds until it is due, by steps of a second. */
function dueAfter(state: { now: number }, one: Shelf<string>, entry: ReturnType<Shelf<string>['entry']>): number {
  const start = state.now;
  while (!one.isDue(entry)) state.now += 1000;
  return state.now - start;
}

describe('Shelf', () => {
  it('is due at first, then when the time to live is over', async () => {
    const { shelf: one, entry, state } = shelf();
    expect(one.isDue(entry)).toBe(true);
    await one.read(entry);
    expect(entry.known).toEqual({ kind: 'found', value: 'a' });
    expect(dueAfter(state, one, entry)).toBe(60_000);
  });

  it('joins those who read at the same time', async () => {
    const { shelf: one, entry, state } = shelf();
    await Promise.all([one.read(entry), one.read(entry)]);
    expect(state.requests).toBe(1);
  });

  it('looks for what is missing after 5 s, and twice as long each time, up to the time to live', async () => {
    const { shelf: one, entry, state } = shelf();
    state.answer = MISSING;
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      await one.read(entry);
      waits.push(dueAfter(state, one, entry));
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(entry.known).toEqual({ kind: 'missing' });
    expect(entry.version).toBe(1);
  });

  it('asks again soon after a failure, later after more of them', async () => {
    const { shelf: one, entry, state } = shelf({ ttlMs: Infinity });
    state.answer = FAILED;
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      await one.read(entry);
      waits.push(dueAfter(state, one, entry));
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(entry.known).toEqual({ kind: 'failed' });
  });

  it('keeps what was found while the API fails, but not when it says that it is gone', async () => {
    const { shelf: one, entry, state } = shelf();
    await one.read(entry);
    state.answer = FAILED;
    await one.read(entry);
    expect([entry.known, entry.version]).toEqual([{ kind: 'found', value: 'a' }, 1]);
    state.answer = MISSING;
    await one.read(entry);
    expect([entry.known, entry.version]).toEqual([{ kind: 'missing' }, 2]);
    one.found(entry, 'b');
    expect([entry.known, entry.version]).toEqual([{ kind: 'found', value: 'b' }, 3]);
  });

  it('takes an answer that is no such object for a failure', async () => {
    const { shelf: one, entry, state } = shelf();
    state.answer = { kind: 'found', body: 5 };
    await one.read(entry);
    expect(entry.known).toEqual({ kind: 'failed' });
  });

  it('forgets what was not used for longest', () => {
    const { shelf: one, entry } = shelf({ size: 2 });
    one.entry('y', '/x');
    expect(one.entry('x', '/x')).toBe(entry);
    one.entry('z', '/x');
    expect([one.has('x'), one.has('y'), one.has('z'), one.size]).toEqual([true, false, true, 2]);
  });
});
