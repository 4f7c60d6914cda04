/** Which destinations are well: delivered to lately, and not in trouble since. */
import type { Clock } from '#logferry';

/** A delivery counts for so long. */
const FRESH_MS = 60_000;
const MAX_KNOWN = 1000;

export class Health {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By destination, the last one at the end: monotonic milliseconds of its last delivery. */
  readonly #goodAt = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Something was delivered there. */
  good(key: string): void {
    this.#goodAt.delete(key);
    this.#goodAt.set(key, this.#clock.monotonic());
    if (this.#goodAt.size > MAX_KNOWN) this.#goodAt.delete(this.#goodAt.keys().next().value!);
  }

  /** A request for it fails, or takes long. */
  bad(key: string): void {
    this.#goodAt.delete(key);
  }

  /** Whether some destination is well. */
  get isAnyGood(): boolean {
    const since = this.#clock.monotonic() - FRESH_MS;
    for (const at of this.#goodAt.values()) if (at >= since) return true;
    return false;
  }
}
