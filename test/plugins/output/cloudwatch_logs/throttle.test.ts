import { expect, test } from 'vitest';
import { AdaptiveRate, Throttle } from '../../../../plugins/output/cloudwatch_logs/throttle.ts';

function rateAt(ceiling?: number) {
  const clock = { now: 0 };
  return { clock, rate: new AdaptiveRate(() => clock.now, ceiling, () => 0) };
}

test('without throttling there is no limit', () => {
  const { rate } = rateAt();
  expect(Array.from({ length: 1000 }, () => rate.reserve()).every((ms) => ms === 0)).toBe(true);
  expect(rate.rate).toBe(Infinity);
});

test('a configured rate gives each request its turn', () => {
  const { rate } = rateAt(4);
  expect([rate.reserve(), rate.reserve(), rate.reserve()]).toEqual([0, 250, 500]);
});

test('throttling halves the rate that was measured, once for each event', () => {
  const { clock, rate } = rateAt();
  for (let i = 0; i < 20; i++) rate.reserve();
  expect([rate.throttled(), rate.throttled()]).toEqual([true, false]);
  expect(rate.rate).toBe(10);
  clock.now = 600;
  rate.throttled();
  expect(rate.rate).toBeCloseTo(5.3);
});

test('the rate grows by one a second, and the limit goes after a minute', () => {
  const { clock, rate } = rateAt();
  for (let i = 0; i < 8; i++) rate.reserve();
  rate.throttled();
  clock.now = 3000;
  expect(rate.rate).toBeCloseTo(7);
  clock.now = 60_000;
  expect(rate.rate).toBe(Infinity);
});

test('many that wait get turns one after the other, not together', () => {
  const { rate } = rateAt();
  for (let i = 0; i < 4; i++) rate.reserve();
  rate.throttled();
  expect(Array.from({ length: 5 }, () => rate.reserve())).toEqual([0, 500, 1000, 1500, 2000]);
});

test('one group that is throttled does not slow others; two at once mean the account', () => {
  let now = 0;
  const throttle = new Throttle({ monotonic: () => now });
  for (const group of ['a', 'b', 'c']) throttle.reserve(group);
  throttle.throttled('a');
  throttle.reserve('a');
  expect(throttle.reserve('a')).toBeGreaterThan(0);
  expect([throttle.reserve('b'), throttle.reserve('c'), throttle.reserve('c')]).toEqual([0, 0, 0]);
  now = 100;
  throttle.throttled('b');
  throttle.reserve('c');
  expect(throttle.reserve('c')).toBeGreaterThan(0);
});
