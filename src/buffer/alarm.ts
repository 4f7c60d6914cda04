/** Longest delay that setTimeout takes. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** A timer for a time of the clock, one at once. It may ring early if the time is weeks away: who set it looks at the clock. */
export class Alarm {
  readonly #now: () => number;
  readonly #ring: () => void;
  #at = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number, ring: () => void) {
    this.#now = now;
    this.#ring = ring;
  }

  /** The time that was set last, milliseconds since 1970; Infinity if there is none. */
  get at(): number {
    return this.#at;
  }

  /** In place of the time that was set before; Infinity: none. */
  set(at: number): void {
    clearTimeout(this.#timer);
    this.#at = at;
    if (at === Infinity) return;
    const delayMs = Math.max(0, Math.min(at - this.#now(), MAX_DELAY_MS));
    this.#timer = setTimeout(this.#ring, Math.ceil(delayMs));
  }

  clear(): void {
    this.set(Infinity);
  }
}
