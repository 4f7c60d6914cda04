/**
 * Chunks whose flush thread was freed although some of their events still wait: how many there may be.
 *
 * As long as some destination is well, events for it may be in a later chunk, so those that wait do not hold the thread. Where
 * nothing is well the failures are the buffer's to retry, as configured; but until something was delivered nobody knows, so
 * each destination may have a chunk left behind.
 */
import type { Clock } from '#logferry';
import { Arrears } from './arrears.ts';
import { Health } from './health.ts';
import type { PackedEvents } from './packed.ts';
import { type Deferred, deferred } from './pauses.ts';

/** What is known of the destinations of packed events, by their numbers. */
export interface PackedDestinations {
  /** How many there are, or were; 0 where events are not packed. */
  readonly size: number;
  /** The group of one; undefined if the number does not say where events go, as that depends on the chunk. */
  groupOf(destination: number): string | undefined;
}

/** A chunk on its way, as far as it matters here. */
export interface Leavable {
  /** Of its events that are still held. */
  byteLength: number;
  /** Set when the flush thread was freed. */
  left: Deferred | undefined;
  /** Destinations whose events wait, and their groups. */
  readonly waitsFor: Map<number, string>;
  /** While it is left behind: how many of them are in each group. */
  readonly groups: Map<string, number>;
  /** Stretches that are being sent or pause; the others wait behind earlier chunks. */
  readonly trying: number;
}

/** So many chunks are left behind without a sign that other destinations are well; more if each is the first of its destination. */
const FREE = 2;
const FREE_DESTINATIONS = 16;
/** Bytes of chunks that are left behind; with more the flush threads wait. */
const MOST_BYTES = 32 * 1024 * 1024;

export class LeftBehind {
  readonly #health: Health;
  readonly #packed: PackedDestinations;
  readonly #runs = new Set<Leavable>();
  /** What waits, by destination and by group. */
  readonly #arrears = new Arrears();
  /** How many chunks that are left behind wait for each destination. */
  readonly #destinations = new Map<number, number>();
  #bytes = 0;
  /** Destinations that were seen: until there are two, nobody has to be protected. */
  readonly #seen = new Set<string>();

  constructor(clock: Pick<Clock, 'monotonic'>, packed: PackedDestinations) {
    this.#health = new Health(clock);
    this.#packed = packed;
  }

  /** There is something for this destination. */
  see(key: string): void {
    if (this.#seen.size < 2) this.#seen.add(key);
  }

  /** Something was delivered there. */
  good(key: string, group: string): void {
    this.#health.good(key, group);
    this.#arrears.relieve(group);
  }

  /** A request for it fails, or takes long. */
  bad(key: string, group: string): void {
    this.#health.bad(key, group);
  }

  /** Whether the last that was heard of a group is bad. */
  isGroupBad(group: string): boolean {
    return this.#health.isGroupBad(group);
  }

  /** Whether only one destination is known. */
  get isAlone(): boolean {
    return this.#seen.size < 2 && this.#packed.size < 2;
  }

  /** Whether the flush thread may go on without this chunk. */
  may({ byteLength, left, waitsFor, trying }: Leavable): boolean {
    if (left || this.#bytes + byteLength > MOST_BYTES) return false;
    if (this.#runs.size < FREE || this.#health.isAnyGood) return true;
    const more = [...waitsFor.keys()].filter((destination) => !this.#destinations.has(destination)).length;
    // What only waits behind a chunk that was left has no failure of its own that the buffer should know of.
    if (more < waitsFor.size && trying > 0) return false;
    return this.#runs.size < FREE_DESTINATIONS || this.#packed.size > this.#destinations.size + more;
  }

  /** Resolves or rejects, by its `left`, when the chunk is through. */
  add(run: Leavable): Deferred {
    run.left = deferred();
    this.#runs.add(run);
    this.#bytes += run.byteLength;
    for (const [destination, group] of run.waitsFor) this.#note(run, destination, group, 1);
    return run.left;
  }

  /** The chunk's events for this destination have to wait. */
  wait(run: Leavable, destination: number, group: string): void {
    if (run.waitsFor.has(destination)) return;
    run.waitsFor.set(destination, group);
    if (run.left) this.#note(run, destination, group, 1);
  }

  /** They are through, or have failed. */
  settle(run: Leavable, destination: number): void {
    const group = run.waitsFor.get(destination);
    if (group === undefined) return;
    if (run.left) this.#note(run, destination, group, -1);
    run.waitsFor.delete(destination);
  }

  /** Some of the chunk's events are through and held no more. */
  shrink(run: Leavable, byteLength: number): void {
    const bytes = byteLength - run.byteLength;
    run.byteLength = byteLength;
    if (!run.left) return;
    this.#bytes += bytes;
    for (const who of [...run.waitsFor.keys(), ...run.groups.keys()]) this.#arrears.owe(who, bytes);
  }

  /** The chunk is through, or goes back to the buffer. */
  remove(run: Leavable): void {
    for (const [destination] of [...run.waitsFor]) this.settle(run, destination);
    this.#runs.delete(run);
    this.#bytes -= run.byteLength;
  }

  /**
   * What the input of these events waits for, if too much waits for one of their destinations, or for a whole group of which nothing
   * is well.
   */
  relief(events: PackedEvents): Promise<void> | undefined {
    if (this.#arrears.isEmpty) return undefined;
    let last = -1;
    for (let i = 0; i < events.count; i++) {
      const destination = events.destination(i);
      if (destination === last) continue;
      last = destination;
      const group = this.#packed.groupOf(destination);
      if (group === undefined) continue;
      const relief = this.#arrears.relief(destination) ?? (this.#health.isGroupBad(group) ? this.#arrears.relief(group) : undefined);
      if (relief) return relief;
    }
    return undefined;
  }

  /** Nobody waits any more. */
  relieveAll(): void {
    this.#arrears.relieveAll();
  }

  /** Of a chunk that is left behind a destination more waits, or one less. */
  #note({ groups, byteLength }: Leavable, destination: number, group: string, change: 1 | -1): void {
    raise(this.#destinations, destination, change);
    this.#arrears.owe(destination, change * byteLength);
    const before = groups.get(group) ?? 0;
    const after = raise(groups, group, change);
    // The chunk counts once for a group.
    if ((before === 0) !== (after === 0)) this.#arrears.owe(group, change * byteLength);
  }
}

/** Adds to a count; counts of 0 are not kept. */
function raise<K>(counts: Map<K, number>, key: K, change: number): number {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
  return count;
}
