/**
 * Chunks whose flush thread was freed although some of their events still wait: how many there may be.
 *
 * As long as some destination is well, events for it may be in a later chunk, so those that wait do not hold the thread. Where
 * nothing is well the failures are the buffer's to retry, as configured; but until something was delivered nobody knows, so
 * each destination may have a chunk left behind.
 */
import type { Clock } from '#logferry';
import { Health } from './health.ts';
import type { PackedEvents } from './packed.ts';
import { type Deferred, deferred } from './pauses.ts';

/** A chunk on its way, as far as it matters here. */
export interface Leavable {
  /** Of its events that are still held. */
  byteLength: number;
  /** Set when the flush thread was freed. */
  left: Deferred | undefined;
  /** Numbers of the destinations whose events wait. */
  readonly waitsFor: Set<number>;
  /** Stretches that are being sent or pause; the others wait behind earlier chunks. */
  readonly trying: number;
}

/** So many chunks are left behind without a sign that other destinations are well; more if each is the first of its destination. */
const FREE = 2;
const FREE_DESTINATIONS = 16;
/** Bytes of chunks that are left behind; with more the flush threads wait. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Bytes of those that wait for one destination; with more the inputs of its events wait. */
const MOST_FOR_ONE = 2 * 1024 * 1024;

export class LeftBehind {
  readonly health: Health;
  readonly #packedDestinations: () => number;
  readonly #runs = new Set<Leavable>();
  /** By the number of the destination. */
  readonly #arrears = new Map<number, Arrears>();
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
  may({ byteLength, left, waitsFor, trying }: Leavable): boolean {
    if (left || this.#bytes + byteLength > MOST_BYTES) return false;
    if (this.#runs.size < FREE || this.health.isAnyGood) return true;
    const more = [...waitsFor].filter((destination) => !this.#arrears.has(destination)).length;
    // What only waits behind a chunk that was left has no failure of its own that the buffer should know of.
    if (more < waitsFor.size && trying > 0) return false;
    return this.#runs.size < FREE_DESTINATIONS || this.#packedDestinations() > this.#arrears.size + more;
  }

  /** Resolves or rejects, by its `left`, when the chunk is through. */
  add(run: Leavable): Deferred {
    run.left = deferred();
    this.#runs.add(run);
    this.#count(run, run.byteLength);
    return run.left;
  }

  /** The chunk's events for this destination have to wait. */
  wait(run: Leavable, destination: number): void {
    if (run.waitsFor.has(destination)) return;
    run.waitsFor.add(destination);
    if (run.left) this.#owe(destination, run.byteLength);
  }

  /** They are through, or have failed. */
  settle(run: Leavable, destination: number): void {
    if (run.waitsFor.delete(destination) && run.left) this.#owe(destination, -run.byteLength);
  }

  /** Some of the chunk's events are through and held no more. */
  shrink(run: Leavable, byteLength: number): void {
    this.#count(run, byteLength - run.byteLength);
    run.byteLength = byteLength;
  }

  remove(run: Leavable): void {
    this.#runs.delete(run);
    this.#count(run, -run.byteLength);
  }

  /** What the input of these events waits for, if too much waits for one of their destinations. */
  relief(events: PackedEvents): Promise<void> | undefined {
    if (this.#arrears.size === 0) return undefined;
    let last = -1;
    for (let i = 0; i < events.count; i++) {
      const destination = events.destination(i);
      if (destination === last) continue;
      last = destination;
      const arrears = this.#arrears.get(destination);
      if (arrears && arrears.bytes > MOST_FOR_ONE) return (arrears.relief ??= deferred()).promise;
    }
    return undefined;
  }

  /** Nobody waits any more. */
  relieveAll(): void {
    for (const arrears of this.#arrears.values()) relieve(arrears);
  }

  #count({ waitsFor }: Leavable, bytes: number): void {
    this.#bytes += bytes;
    for (const destination of waitsFor) this.#owe(destination, bytes);
  }

  #owe(destination: number, bytes: number): void {
    const arrears = this.#arrears.get(destination) ?? { bytes: 0, relief: undefined };
    arrears.bytes += bytes;
    if (arrears.bytes > 0) this.#arrears.set(destination, arrears);
    else this.#arrears.delete(destination);
    if (arrears.bytes <= MOST_FOR_ONE) relieve(arrears);
  }
}

/** Bytes that wait for a destination, and who waits until they are less. */
interface Arrears {
  bytes: number;
  relief: Deferred | undefined;
}

function relieve(arrears: Arrears): void {
  arrears.relief?.resolve();
  arrears.relief = undefined;
}
