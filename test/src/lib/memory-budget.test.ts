import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';

test('one account alone uses three quarters of what is to be used, then waits, and is full in the end', () => {
  const account = new MemoryBudget(800).open();
  const states = [0, 300, 450, 451, 700, 799, 800, 801].map((bytes) => {
    account.set(bytes);
    return [bytes, account.isPressed, account.isFull];
  });
  expect(states).toEqual([
    [0, false, false],
    [300, false, false],
    [450, false, false],
    [451, true, false],
    [700, true, false],
    [799, true, false],
    [800, true, true],
    [801, true, true],
  ]);
});

test('an account that is stuck leaves the others their share and half of what is common', () => {
  const budget = new MemoryBudget(1600);
  const [stuck, busy] = [budget.open(), budget.open()];
  for (let bytes = 0; !stuck.isPressed; bytes += 10) stuck.set(bytes);
  expect(stuck.bytes).toBe(610);
  for (let bytes = 0; !busy.isPressed; bytes += 10) busy.set(bytes);
  expect(busy.bytes).toBe(450);
  busy.set(290);
  expect([stuck.isPressed, busy.isPressed]).toEqual([true, false]);
});

test('whatever accounts hold that stop when they are full, all together hold no more than the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.tuple(fc.nat(7), fc.integer({ min: -300, max: 100 })), { maxLength: 300 }), (count, steps) => {
      const budget = new MemoryBudget(10_000);
      const accounts = Array.from({ length: count }, () => budget.open());
      for (const [which, change] of steps) {
        const account = accounts[which % count]!;
        if (change > 0 && account.isFull) continue;
        account.set(Math.max(0, account.bytes + change));
        expect(budget.bytes).toBe(accounts.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(budget.bytes).toBeLessThanOrEqual(10_000 + 100 * count);
        for (const one of accounts) if (one.bytes <= budget.share) expect([one.isPressed, one.isFull]).toEqual([false, false]);
      }
    }),
  );
});

test('listeners are told when somebody has less, and when somebody leaves', () => {
  const budget = new MemoryBudget(() => 100);
  const account = budget.open();
  let told = 0;
  const end = budget.onRelief(() => void told++);
  account.set(10);
  expect(told).toBe(0);
  account.set(5);
  expect(told).toBe(1);
  account.close();
  expect([told, budget.bytes]).toEqual([2, 0]);
  end();
  budget.open().close();
  expect(told).toBe(2);
});
