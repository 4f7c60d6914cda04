import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';

afterEach(() => vi.restoreAllMocks());

const nanoseconds = (): bigint => {
  const { sec, nsec } = systemClock.time();
  return BigInt(sec) * 1_000_000_000n + BigInt(nsec);
};

test('the time of events does not go back because the two clocks behind it are not read in one moment', () => {
  const wall = vi.spyOn(Date, 'now');
  const monotonic = vi.spyOn(performance, 'now');
  const start = Date.now() + 60_000;
  const ran = performance.now() + 60_000;
  let before = 0n;
  // How late the second clock is read, as when the process was not running in between.
  for (const [i, lateMs] of [0, 0.9, 5, 0, 1.9, 0.2, 30, 0, 0].entries()) {
    wall.mockReturnValue(start + i);
    monotonic.mockReturnValue(ran + i + lateMs);
    const now = nanoseconds();
    expect(now).toBeGreaterThanOrEqual(before);
    before = now;
  }
});

test('a clock that is set back is followed', () => {
  const wall = vi.spyOn(Date, 'now');
  const now = Date.now() + 600_000;
  wall.mockReturnValue(now);
  systemClock.time();
  wall.mockReturnValue(now - 61_000);
  expect(systemClock.time().sec).toBe(Math.floor((now - 61_000) / 1000));
});
