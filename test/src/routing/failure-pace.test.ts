import { expect, it } from 'vitest';
import { createFailurePace } from '../../../src/routing/failure-pace.ts';

it('allows one line in an interval, and the first one at once', () => {
  let now = 5;
  const may = createFailurePace(() => 2, () => now);
  const at = (ms: number) => {
    now = ms;
    return may();
  };
  expect([5, 6, 2004, 2005, 2006, 4005].map(at)).toEqual([true, false, false, true, false, true]);
});

it('allows every line with an interval of 0, and has no opinion without one', () => {
  expect([1, 1].map(createFailurePace(() => 0, () => 1))).toEqual([true, true]);
  expect(createFailurePace(() => undefined, () => 1)()).toBe(undefined);
});
