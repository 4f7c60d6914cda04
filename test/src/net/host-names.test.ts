import { expect, it, vi } from 'vitest';
import { createHostNames } from '../../../src/net/host-names.ts';
import { testClock } from '../../support/context.ts';

it('an address is looked up once, and again after a while', async () => {
  const clock = testClock();
  const lookup = vi.fn(async (address: string) => `host-of-${address}`);
  const names = createHostNames({ clock }, lookup);
  const [first, second] = [names.find('10.0.0.1'), names.find('10.0.0.1')];
  expect(await first).toBe('host-of-10.0.0.1');
  expect(await second).toBe('host-of-10.0.0.1');
  expect(names.find('10.0.0.1')).toBe('host-of-10.0.0.1');
  expect(lookup).toHaveBeenCalledTimes(1);
  clock.advance(6 * 60_000);
  expect(await names.find('10.0.0.1')).toBe('host-of-10.0.0.1');
  expect(lookup).toHaveBeenCalledTimes(2);
});

it('an address without a name is its own name, for a shorter while', async () => {
  const clock = testClock();
  const lookup = vi.fn(() => Promise.reject(new Error('ENOTFOUND')));
  const names = createHostNames({ clock }, lookup);
  expect(await names.find('10.0.0.1')).toBe('10.0.0.1');
  expect(names.find('10.0.0.1')).toBe('10.0.0.1');
  clock.advance(31_000);
  await names.find('10.0.0.1');
  expect(lookup).toHaveBeenCalledTimes(2);
});

it('a resolver that does not answer holds nobody up for longer than five seconds', async () => {
  vi.useFakeTimers();
  try {
    const names = createHostNames({ clock: testClock() }, () => new Promise(() => {}));
    const found = names.find('10.0.0.1');
    await vi.advanceTimersByTimeAsync(5000);
    expect(await found).toBe('10.0.0.1');
  } finally {
    vi.useRealTimers();
  }
});

it('what is no address is not looked up', () => {
  expect(createHostNames({ clock: testClock() }, () => Promise.reject(new Error('not to be asked'))).find('')).toBe('');
});

it('no more than some thousand addresses are remembered', async () => {
  const lookup = vi.fn(async (address: string) => `h${address}`);
  const names = createHostNames({ clock: testClock() }, lookup);
  for (let i = 0; i < 4097; i++) await names.find(`10.0.${i >> 8}.${i & 255}`);
  expect(names.find('10.0.16.0')).toBe('h10.0.16.0');
  expect(names.find('10.0.0.0')).toBeInstanceOf(Promise);
});
