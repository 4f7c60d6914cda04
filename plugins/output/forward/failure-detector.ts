/**
 * Judges by the times of heartbeats whether a server is still there: the phi accrual failure detector
 * (Hayashibara and others, 2004) in the simple form that Fluentd uses, with recent gaps weighing more.
 */
const MAX_GAPS = 1000;
const LOG_10 = Math.log(10);

export class FailureDetector {
  readonly #intervalSec: number;
  readonly #hardTimeoutSec: number;
  #gapsSec: number[];
  #lastSec: number;

  /** Times are seconds of a clock that never jumps. */
  constructor(options: { readonly intervalSec: number; readonly hardTimeoutSec: number; readonly nowSec: number }) {
    this.#intervalSec = options.intervalSec;
    this.#hardTimeoutSec = options.hardTimeoutSec;
    this.#lastSec = options.nowSec;
    this.#gapsSec = [options.intervalSec];
  }

  /** Heartbeats since the last `clear`. */
  get samples(): number {
    return this.#gapsSec.length;
  }

  isTimedOut(nowSec: number): boolean {
    return nowSec - this.#lastSec > this.#hardTimeoutSec;
  }

  add(nowSec: number): void {
    this.#gapsSec.push(this.#gapsSec.length === 0 ? this.#intervalSec : nowSec - this.#lastSec);
    if (this.#gapsSec.length > MAX_GAPS) this.#gapsSec.shift();
    this.#lastSec = nowSec;
  }

  /** How much is to be said for the server being gone: 1 is one in ten that it is there, 2 one in a hundred, ... */
  phi(nowSec: number): number {
    if (this.#gapsSec.length === 0) return 0;
    let weighted = 0;
    let weights = 0;
    for (const [i, gap] of this.#gapsSec.entries()) {
      weighted += gap * (i + 1);
      weights += i + 1;
    }
    const mean = weighted / weights - this.#intervalSec + 1;
    const passed = nowSec - this.#lastSec - this.#intervalSec + 1;
    return passed / mean / LOG_10;
  }

  clear(): void {
    this.#gapsSec = [];
    this.#lastSec = -Infinity;
  }
}
