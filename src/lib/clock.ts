/** The time, as something that a test can replace. Timers are node's own: tests fake those. */
import type { EventTime } from '../event.ts';

/** The time; tests put one in its place that stands still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** The same with nanoseconds, as events carry it. */
  time(): EventTime;
  /** Milliseconds that never jump, for measuring spans. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  time: currentTime,
  monotonic: () => performance.now(),
};

const originNs = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n;
let driftNs = 0n;
let lastNs = 0n;
/** A step back of the wall clock by less is none: the time stands still instead. */
const STEP_NS = 1_000_000_000n;

/**
 * The wall clock with the monotonic clock's sub-millisecond digits; follows steps of the wall clock. Both are not read in one moment, so
 * it would go back by a little now and then, and events with it.
 */
function currentTime(): EventTime {
  const wallMs = Date.now();
  let ns = originNs + driftNs + BigInt(Math.round(performance.now() * 1e6));
  const off = Number(ns / 1_000_000n) - wallMs;
  if (off > 1 || off < -1) {
    driftNs -= BigInt(off) * 1_000_000n;
    ns = BigInt(wallMs) * 1_000_000n;
  }
  if (ns < lastNs && lastNs - ns < STEP_NS) ns = lastNs;
  lastNs = ns;
  const sec = ns / 1_000_000_000n;
  return { sec: Number(sec), nsec: Number(ns - sec * 1_000_000_000n) };
}
