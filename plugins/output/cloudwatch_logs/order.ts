/**
 * The order within a destination: what chunks have for it is sent one after the other, in the order of the chunks.
 *
 *     waiting -> sending -> gone
 *        |          '-> failed -> gone, once the buffer has the chunk again
 *        '-> failed
 *
 * A chunk that fails goes back to the buffer's queue, and so do the later ones that wait behind it: otherwise they would
 * be delivered before it comes again. It keeps its number, by which it is in front of them then.
 */
import { type Deferred, deferred } from './pauses.ts';

/** What one chunk has for one destination, in the row of all. */
export interface Place {
  readonly key: string;
  /** The chunk's; lower is earlier. */
  readonly number: number;
  state: 'waiting' | 'sending' | 'failed';
  /** It takes long, or fails: those behind need not wait for it in a lane. */
  inTrouble: boolean;
  /** True: it may be sent. False: an earlier one has failed. */
  readonly turn: Deferred<boolean>;
}

/** A chunk whose events are still being read: what was handed back meanwhile, it must not overtake. */
export interface Approach {
  readonly handedBack: Place[];
}

export class DestinationOrder {
  readonly #rows = new Map<string, Place[]>();
  readonly #approaching = new Set<Approach>();

  /** Announces places to come, until `arrived` is called. */
  approach(): Approach {
    const approach: Approach = { handedBack: [] };
    this.#approaching.add(approach);
    return approach;
  }

  arrived(approach: Approach): void {
    this.#approaching.delete(approach);
  }

  /** Takes the place that the number says. */
  enter(key: string, number: number, approach?: Approach): Place {
    const row = this.#rows.get(key) ?? [];
    if (row.length === 0) this.#rows.set(key, row);
    // The chunk has come again before its failure was told: those behind may go on waiting.
    const failed = row.findIndex((other) => other.number === number && other.state === 'failed');
    if (failed !== -1) row.splice(failed, 1);
    const place: Place = { key, number, state: 'waiting', inTrouble: false, turn: deferred() };
    const behind = row.findIndex((other) => other.number > number);
    row.splice(behind === -1 ? row.length : behind, 0, place);
    if (approach?.handedBack.some((other) => other.key === key && other.number < number)) refuse(place);
    else advance(row);
    return place;
  }

  /** Whether somebody in front is known to be in trouble. */
  isHeldUp({ key, number }: Place): boolean {
    return (this.#rows.get(key) ?? []).some((other) => other.number < number && other.inTrouble);
  }

  /** It is done with: the next one may go. */
  leave(place: Place): void {
    if (this.#remove(place)) advance(this.#rows.get(place.key) ?? []);
  }

  /** The buffer has the chunk again: those that wait behind it have to go back, too. */
  handedBack(place: Place): void {
    if (!this.#remove(place)) return;
    for (const { handedBack } of this.#approaching) handedBack.push(place);
    const row = this.#rows.get(place.key) ?? [];
    for (const other of row) if (other.number > place.number && other.state === 'waiting') refuse(other);
    advance(row);
  }

  #remove(place: Place): boolean {
    const row = this.#rows.get(place.key);
    const at = row?.indexOf(place) ?? -1;
    if (!row || at === -1) return false;
    row.splice(at, 1);
    if (row.length === 0) this.#rows.delete(place.key);
    return true;
  }
}

function refuse(place: Place): void {
  place.state = 'failed';
  place.turn.resolve(false);
}

function advance(row: readonly Place[]): void {
  const [first] = row;
  if (first?.state !== 'waiting' || row.some(({ state }) => state === 'sending')) return;
  first.state = 'sending';
  first.turn.resolve(true);
}
