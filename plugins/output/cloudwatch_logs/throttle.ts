/**
 * How fast requests may be: a rate that gives way when the service throttles (additive increase,
 * multiplicative decrease), for each log group, and for the account when several groups are throttled.
 *
 * Without throttling there is no limit but the configured one, and nothing is measured but a count.
 */
import type { Clock } from '#logferry';

/** The slowest rate, requests in a second. */
const LEAST_RATE = 1;
/** How much faster each second without throttling makes a rate. */
const INCREASE_PER_SEC = 1;
/** Throttling that comes this soon after the last is the same event. */
const SAME_EVENT_MS = 500;
/** A rate that was not throttled for this long is no limit any more. */
const FORGET_MS = 60_000;
/** Throttling of different groups within this time means the account. */
const ACCOUNT_MS = 5000;
const MAX_GROUPS = 1000;

/** A token bucket whose rate follows the service's answers. */
export class AdaptiveRate {
  readonly #now: () => number;
  readonly #random: () => number;
  /** The rate that is configured; Infinity: none. */
  readonly #ceiling: number;
  #rate = Infinity;
  #throttledAt = -Infinity;
  #changedAt = 0;
  /** When the next request may go. */
  #nextAt = 0;
  /** Requests of this second, and of the one before. */
  #secondFrom = -Infinity;
  #sent = 0;
  #sentBefore = 0;

  constructor(now: () => number, ceiling = Infinity, random: () => number = Math.random) {
    this.#now = now;
    this.#ceiling = ceiling;
    this.#random = random;
  }

  /** Requests in a second; Infinity: no limit. */
  get rate(): number {
    this.#grow();
    return Math.min(this.#rate, this.#ceiling);
  }

  /** Takes a place in the row: milliseconds to wait until the request may be sent. */
  reserve(): number {
    const now = this.#now();
    if (now - this.#secondFrom >= 1000) {
      this.#sentBefore = now - this.#secondFrom < 2000 ? this.#sent : 0;
      this.#sent = 0;
      this.#secondFrom = now;
    }
    this.#sent++;
    const { rate } = this;
    if (rate === Infinity) return 0;
    const gap = 1000 / rate;
    // Many that woke together do not go together: each waits for its own turn, and a little by chance.
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + gap;
    return at === now ? 0 : at - now + this.#random() * gap * 0.25;
  }

  /** The service said that it was too fast. Returns whether this was news. */
  throttled(): boolean {
    const now = this.#now();
    if (now - this.#throttledAt < SAME_EVENT_MS) return false;
    const seen = Math.max(this.#sent, this.#sentBefore);
    this.#rate = Math.max(LEAST_RATE, Math.min(this.rate, Math.max(seen, LEAST_RATE)) / 2);
    this.#throttledAt = now;
    this.#changedAt = now;
    return true;
  }

  #grow(): void {
    if (this.#rate === Infinity) return;
    const now = this.#now();
    if (now - this.#throttledAt >= FORGET_MS) {
      this.#rate = Infinity;
      return;
    }
    this.#rate += ((now - this.#changedAt) / 1000) * INCREASE_PER_SEC;
    this.#changedAt = now;
  }
}

/** The rates of an output. */
export class Throttle {
  readonly #now: () => number;
  readonly #account: AdaptiveRate;
  readonly #groups = new Map<string, AdaptiveRate>();
  #lastGroup = '';
  #lastAt = -Infinity;

  /** @param requestsPerSecond configured; Infinity: none */
  constructor(clock: Pick<Clock, 'monotonic'>, requestsPerSecond = Infinity) {
    this.#now = () => clock.monotonic();
    this.#account = new AdaptiveRate(this.#now, requestsPerSecond);
  }

  /** Milliseconds that a request for this group has to wait. */
  reserve(group: string): number {
    return Math.max(this.#account.reserve(), this.#of(group).reserve());
  }

  throttled(group: string): void {
    const now = this.#now();
    this.#of(group).throttled();
    if (this.#lastGroup !== group && now - this.#lastAt < ACCOUNT_MS) this.#account.throttled();
    this.#lastGroup = group;
    this.#lastAt = now;
  }

  #of(group: string): AdaptiveRate {
    let rate = this.#groups.get(group);
    if (!rate) {
      if (this.#groups.size >= MAX_GROUPS) this.#groups.clear();
      rate = new AdaptiveRate(this.#now);
      this.#groups.set(group, rate);
    }
    return rate;
  }
}
