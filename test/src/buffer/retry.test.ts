import { describe, expect, test } from 'vitest';
import { RetryState, type RetrySettings } from '../../../src/buffer/retry.ts';

const settings = (changes: Partial<RetrySettings> = {}): RetrySettings => ({
  type: 'exponential_backoff', waitMs: 1000, base: 2, maxIntervalMs: undefined, randomize: false, timeoutMs: 259_200_000,
  maxTimes: undefined, forever: false, secondaryThreshold: undefined, ...changes,
});

/** Times at which everything fails until the limit, and which of the tries used the secondary. */
function failing(changes: Partial<RetrySettings>, most = 12): { at: number[]; secondary: boolean[] } {
  const retry = new RetryState(settings(changes), 0, () => 0.5);
  const at: number[] = [];
  const secondary: boolean[] = [];
  while (!retry.limitReached && at.length < most) {
    const now = retry.nextAt;
    at.push(now / 1000);
    secondary.push(retry.usesSecondary(now));
    retry.step(now);
  }
  return { at, secondary };
}

describe('retries', () => {
  test.each([
    ['grow by the base', {}, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]],
    ['grow no more than retry_max_interval', { maxIntervalMs: 3000 }, [1, 2, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31]],
    ['periodic ones keep their distance', { type: 'periodic' as const }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['end after retry_max_times', { maxTimes: 3 }, [1, 2, 4]],
    ['end at retry_timeout with a last try', { timeoutMs: 10_000 }, [1, 2, 4, 8, 10]],
    ['do not end with retry_forever', { forever: true, timeoutMs: 1, maxTimes: 1 }, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]],
    ['there are none with retry_max_times 0', { maxTimes: 0 }, []],
  ])('%s', (_name, changes, expected) => {
    expect(failing(changes).at).toEqual(expected);
  });

  test('go to the secondary after a part of the time, whose pauses begin anew', () => {
    const { at, secondary } = failing({ timeoutMs: 100_000, secondaryThreshold: 0.8 });
    expect(at).toEqual([1, 2, 4, 8, 16, 32, 64, 80, 80.5, 81.5, 83.5, 87.5]);
    expect(secondary.indexOf(true)).toBe(7);
  });

  test('never go to the secondary with retry_forever', () => {
    expect(failing({ forever: true, timeoutMs: 10, secondaryThreshold: 0.5 }).secondary).not.toContain(true);
  });

  test('vary by an eighth of the pause', () => {
    for (const [random, expected] of [[0, 1000 + 875], [0.5, 2000], [1, 1000 + 1125]] as const) {
      const retry = new RetryState(settings({ randomize: true }), 0, () => random);
      retry.step(1000);
      expect(retry.nextAt).toBe(expected);
    }
  });

  test('a failure of a delivery that began before the first one failed does not count', () => {
    const retry = new RetryState(settings(), 0);
    retry.step(500);
    expect([retry.steps, retry.nextAt]).toEqual([0, 1000]);
  });

  test('can be postponed', () => {
    const retry = new RetryState(settings(), 0);
    retry.delay(5000);
    retry.delay(200);
    expect(retry.nextAt).toBe(5000);
  });

  test('a huge number of retries keeps pauses finite', () => {
    const retry = new RetryState(settings({ forever: true }), 0);
    for (let i = 0; i < 2000; i++) retry.step(Number.MAX_SAFE_INTEGER * 4);
    expect(Number.isFinite(retry.nextAt)).toBe(true);
  });
});
