import { expect, it } from 'vitest';
import { Balancer, type Balanced } from '../../../../plugins/output/forward/balancer.ts';
import { FailureDetector } from '../../../../plugins/output/forward/failure-detector.ts';
import { testLog } from '../../../support/context.ts';

const signal = new AbortController().signal;
const node = (port: number, weight = 60, more: Partial<Balanced> = {}): Balanced => ({ host: 'h', port, weight, standby: false, isAvailable: true, ...more });

async function ports(balancer: Balancer<Balanced>, times: number): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) await balancer.select(async ({ port }) => void seen.push(port), signal);
  return seen.toSorted((a, b) => a - b);
}

it('servers get chunks by their weights', async () => {
  const balancer = new Balancer<Balanced>(testLog());
  balancer.rebuild([node(1, 60), node(2, 20), node(3, 0)]);
  // Each as often as its weight says in one round of the order, which is shuffled.
  expect(await ports(balancer, 12)).toEqual([...Array<number>(9).fill(1), ...Array<number>(3).fill(2)]);
});

it('a standby server is used while others are lost, with as much weight as is lost', async () => {
  const log = testLog();
  const balancer = new Balancer<Balanced>(log);
  const spares = [node(3, 60, { standby: true }), node(4, 60, { standby: true })];
  balancer.rebuild([node(1), node(2), ...spares]);
  expect(new Set(await ports(balancer, 12))).toEqual(new Set([1, 2]));
  for (let i = 0; i < 2; i++) balancer.rebuild([node(1, 60, { isAvailable: false }), node(2), ...spares]);
  expect(new Set(await ports(balancer, 12))).toEqual(new Set([2, 3]));
  expect(log.lines.map(({ message }) => message)).toEqual(['using standby node h:3']);
});

it('a chunk is tried with the next server, and several times with a single one', async () => {
  const balancer = new Balancer<Balanced>(testLog());
  balancer.rebuild([node(1), node(2)]);
  const tried = new Set<number>();
  await balancer.select(async ({ port }) => {
    tried.add(port);
    if (tried.size < 2) throw new Error('down');
  }, signal);
  expect(tried).toEqual(new Set([1, 2]));
  balancer.rebuild([node(1)]);
  let tries = 0;
  await expect(balancer.select(async () => {
    throw new Error(`down ${++tries}`);
  }, signal)).rejects.toThrow('down 6');
});

it('without a server that is there nothing can be tried', async () => {
  const log = testLog();
  const balancer = new Balancer<Balanced>(log);
  balancer.rebuild([]);
  expect(log.lines.map(({ message }) => message)).toEqual(['No nodes are available']);
  await expect(balancer.select(async () => {}, signal)).rejects.toThrow('no nodes are available');
  balancer.rebuild([node(1, 60, { isAvailable: false })]);
  await expect(balancer.select(async () => {}, signal)).rejects.toThrow('no nodes are available');
});

it('the failure detector suspects a server more the longer it is silent', () => {
  const detector = new FailureDetector({ intervalSec: 1, hardTimeoutSec: 60, nowSec: 0 });
  for (let now = 1; now <= 30; now++) detector.add(now);
  expect(detector.samples).toBe(31);
  expect(detector.phi(31)).toBeCloseTo(1 / Math.LN10);
  expect(detector.phi(67)).toBeCloseTo(37 / Math.LN10);
  expect(detector.isTimedOut(90)).toBe(false);
  expect(detector.isTimedOut(90.1)).toBe(true);
  detector.clear();
  expect(detector.phi(1000)).toBe(0);
  expect(detector.isTimedOut(0)).toBe(true);
  detector.add(1000);
  expect(detector.samples).toBe(1);
});
