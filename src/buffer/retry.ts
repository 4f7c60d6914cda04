/** When a failed delivery is tried again, when the secondary takes over, and when to give up. */

export interface RetrySettings {
  readonly type: 'exponential_backoff' | 'periodic';
  readonly waitMs: number;
  readonly base: number;
  readonly maxIntervalMs: number | undefined;
  readonly randomize: boolean;
  readonly timeoutMs: number;
  readonly maxTimes: number | undefined;
  readonly forever: boolean;
  /** Part of the time for retries after which the secondary is used; undefined if there is none. */
  readonly secondaryThreshold: number | undefined;
}

/** Pauses vary by this part of their length. */
const RANDOM_WIDTH = 0.125;

/**
 * One series of failures, from the first failed delivery until one succeeds or the limit is reached.
 *
 * Times are milliseconds since 1970. The last try takes place exactly at the time limit, never
 * after a pause that reaches beyond it.
 */
export class RetryState {
  readonly startedAt: number;
  readonly #settings: RetrySettings;
  readonly #random: () => number;
  readonly #timeoutAt: number;
  readonly #secondaryAt: number;
  #steps = 0;
  #secondarySteps: number | undefined;
  #nextAt: number;
  #limitReached: boolean;

  constructor(settings: RetrySettings, nowMs: number, random: () => number = Math.random) {
    this.#settings = settings;
    this.#random = random;
    this.startedAt = nowMs;
    this.#timeoutAt = nowMs + settings.timeoutMs;
    this.#secondaryAt = nowMs + this.#timeForRetries() * (settings.secondaryThreshold ?? 1);
    this.#nextAt = nowMs + settings.waitMs;
    this.#limitReached = !settings.forever && (settings.timeoutMs <= 0 || settings.maxTimes === 0);
    if (!settings.forever) this.#nextAt = Math.min(this.#nextAt, this.#timeoutAt);
  }

  /** How many retries have failed. */
  get steps(): number {
    return this.#steps;
  }

  get nextAt(): number {
    return this.#nextAt;
  }

  /** No further retry is allowed. */
  get limitReached(): boolean {
    return this.#limitReached;
  }

  /** Whether a try at this time goes to the secondary. */
  usesSecondary(nowMs: number): boolean {
    const { forever, secondaryThreshold } = this.#settings;
    return !forever && secondaryThreshold !== undefined && (this.#secondarySteps !== undefined || nowMs >= this.#secondaryAt);
  }

  /** A retry failed at this time; a failure before `nextAt` belongs to the try that is counted already. */
  step(nowMs: number): void {
    if (nowMs < this.#nextAt) return;
    const { forever, maxTimes } = this.#settings;
    this.#steps++;
    if (this.#secondarySteps === undefined && this.usesSecondary(nowMs)) this.#secondarySteps = this.#steps;
    this.#limitReached = !forever && (nowMs >= this.#timeoutAt || (maxTimes !== undefined && this.#steps >= maxTimes));
    this.#nextAt = this.#calculateNext(nowMs);
  }

  /** Postpones the next retry: the other side asked for it. */
  delay(untilMs: number): void {
    this.#nextAt = Math.max(this.#nextAt, untilMs);
  }

  #calculateNext(nowMs: number): number {
    const { forever, secondaryThreshold } = this.#settings;
    const pause = this.#interval(this.#steps - (this.#secondarySteps ?? 0));
    const next = nowMs + (this.#settings.randomize ? pause * (1 + RANDOM_WIDTH * (2 * this.#random() - 1)) : pause);
    if (forever) return next;
    const limit = secondaryThreshold !== undefined && this.#secondarySteps === undefined ? this.#secondaryAt : this.#timeoutAt;
    return Math.min(next, Math.max(limit, nowMs));
  }

  /** The pause after the n-th retry. */
  #interval(n: number): number {
    const { type, waitMs, base, maxIntervalMs } = this.#settings;
    const naive = type === 'periodic' ? waitMs : waitMs * base ** (n - 1);
    const limit = type === 'periodic' ? Infinity : (maxIntervalMs ?? Infinity);
    return Math.min(naive, limit, Number.MAX_SAFE_INTEGER);
  }

  /** How long retries may go on if all of them fail. */
  #timeForRetries(): number {
    const { type, waitMs, maxTimes, timeoutMs } = this.#settings;
    if (maxTimes === undefined) return timeoutMs;
    if (type === 'periodic') return Math.min(timeoutMs, waitMs * maxTimes);
    let total = 0;
    for (let n = 0; n < maxTimes && total < timeoutMs; n++) total += this.#interval(n);
    return Math.min(timeoutMs, total);
  }
}
