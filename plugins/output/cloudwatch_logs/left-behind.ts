/**
 * Chunks whose flush thread was freed although some of their events still wait: how many there may be.
 *
 * As long as some destination is well, events for it may be in a later chunk, so those that wait do not hold the thread. Where
 * nothing is well the failures are the buffer's to retry, as configured; but until something was delivered nobody knows, so
 * each destination may have a chunk left behind.
 */
import type { Clock } from '#logferry';
import { Health } from './health.ts';
import { type Deferred, deferred } from './pauses.ts';

/** A chunk on its way, as far as it matters here. */
export interface Leavable {
  readonly job: { readonly byteLength: number };
  /** Set when the flush thread was freed. */
  left: Deferred | undefined;
  /** Destinations of stretches that wait. */
  readonly waitsFor: readonly string[];
  /** Stretches that are being sent or pause; the others wait behind earlier chunks. */
  readonly trying: number;
}

/** So many chunks are left behind without a sign that other destinations are well; more if each is the first of its destination. */
const FREE = 2;
const FREE_DESTINATIONS = 16;
/** Bytes of chunks that are left behind; with more the flush threads wait. */
const MOST_BYTES = 32 * 1024 * 1024;

export class LeftBehind {
  readonly health: Health;
  readonly #packedDestinations: () => number;
  readonly #runs = new Set<Leavable>();
  /** How many of them wait for each destination. */
  readonly #byDestination = new Map<string, number>();
  #bytes = 0;
  /** Destinations that were seen: until there are two, nobody has to be protected. */
  readonly #seen = new Set<string>();

  constructor(clock: Pick<Clock, 'monotonic'>, packedDestinations: () => number) {
    this.health = new Health(clock);
    this.#packedDestinations = packedDestinations;
  }

  /** There is something for this destination. */
  see(key: string): void {
    if (this.#seen.size < 2) this.#seen.add(key);
  }

  /** Whether only one destination is known. */
  get isAlone(): boolean {
    return this.#seen.size < 2 && this.#packedDestinations() < 2;
  }

  /** Whether the flush thread may go on without this chunk. */
  may({ job, left, waitsFor, trying }: Leavable): boolean {
    if (left || this.#bytes + job.byteLength > MOST_BYTES) return false;
    // What only waits behind a chunk that was left has no failure of its own that the buffer should know of.
    if (trying === 0 && !this.isAlone) return true;
    if (this.#runs.size < FREE || this.health.isAnyGood) return true;
    return this.#runs.size < FREE_DESTINATIONS && !waitsFor.some((key) => this.#byDestination.has(key));
  }

  /** Resolves or rejects, by its `left`, when the chunk is through. */
  add(run: Leavable): Deferred {
    run.left = deferred();
    this.#runs.add(run);
    this.#bytes += run.job.byteLength;
    for (const key of run.waitsFor) this.#byDestination.set(key, (this.#byDestination.get(key) ?? 0) + 1);
    return run.left;
  }

  remove(run: Leavable): void {
    this.#runs.delete(run);
    this.#bytes -= run.job.byteLength;
    for (const key of run.waitsFor) {
      const others = this.#byDestination.get(key)! - 1;
      if (others > 0) this.#byDestination.set(key, others);
      else this.#byDestination.delete(key);
    }
  }
}
