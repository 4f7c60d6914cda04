/** Which destinations and groups are well: delivered to lately, and not in trouble since. */
import type { Clock } from '#logferry';

/** A delivery counts for so long. */
const FRESH_MS = 60_000;
const MAX_KNOWN = 1000;

export class Health {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By destination, the last one at the end: monotonic milliseconds of its last delivery. */
  readonly #goodAt = new Map<string, number>();
  /** Groups of which the last that was heard is bad. */
  readonly #badGroups = new Set<string>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Something was delivered there. */
  good(key: string, group: string): void {
    this.#badGroups.delete(group);
    this.#goodAt.delete(key);
    this.#goodAt.set(key, this.#clock.monotonic());
    if (this.#goodAt.size > MAX_KNOWN) this.#goodAt.delete(this.#goodAt.keys().next().value!);
  }

  /** A request for it fails, or takes long. */
  bad(key: string, group: string): void {
    this.#goodAt.delete(key);
    if (this.#badGroups.size < MAX_KNOWN) this.#badGroups.add(group);
  }

  /** Whether some destination is well. */
  get isAnyGood(): boolean {
    const since = this.#clock.monotonic() - FRESH_MS;
    for (const at of this.#goodAt.values()) if (at >= since) return true;
    return false;
  }

  isGroupBad(group: string): boolean {
    return this.#badGroups.has(group);
  }
}
