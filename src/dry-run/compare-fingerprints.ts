/** What would be stored at each place, as one number: a sum of hashes, which does not depend on the order of events. */
import { hash } from 'node:crypto';
import type { Step } from '../plugin.ts';
import type { Delivery } from '../planning.ts';

/** All events of one place. */
export interface Fingerprint {
  /** `@type` of the output. */
  readonly type: string;
  readonly name: string;
  readonly events: number;
  readonly bytes: number;
  /** 32 hexadecimal digits: the sum of the events' hashes, in four lanes of 32 bits. */
  readonly sum: string;
}

interface Totals {
  readonly type: string;
  readonly name: string;
  events: number;
  bytes: number;
  readonly lanes: Uint32Array;
}

export class Fingerprints {
  readonly #places = new Map<string, Totals>();
  /** Places by source. */
  readonly bySource = new Map<number, Set<string>>();

  /** Every event has to be among the samples of its delivery; those that are not count without their content. */
  add(source: number, { type }: Step, deliveries: readonly Delivery[]): void {
    for (const { name, events, bytes, samples } of deliveries) {
      const key = placeKey(type, name);
      let totals = this.#places.get(key);
      if (!totals) this.#places.set(key, (totals = { type, name, events: 0, bytes: 0, lanes: new Uint32Array(4) }));
      let places = this.bySource.get(source);
      if (!places) this.bySource.set(source, (places = new Set()));
      places.add(key);
      totals.events += events;
      totals.bytes += bytes;
      for (const { timeMs, text } of samples) {
        const digest = digestOf(timeMs, text);
        for (let lane = 0; lane < 4; lane++) totals.lanes[lane]! += digest.readUInt32LE(lane * 4);
      }
    }
  }

  /** Sorted by type and name. */
  get all(): Fingerprint[] {
    return [...this.#places]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { lanes, ...totals }]) => ({ ...totals, sum: Array.from(lanes, (lane) => lane.toString(16).padStart(8, '0')).join('') }));
  }
}

export function placeKey(type: string, name: string): string {
  return `${type}\n${name}`;
}

/** Of time and text of an event. */
function digestOf(timeMs: number, text: string): Buffer {
  return hash('sha256', `${timeMs}\n${text}`, 'buffer');
}

/** The same in 52 bits, as a number. */
export function shortHash(timeMs: number, text: string): number {
  const digest = digestOf(timeMs, text);
  return digest.readUInt32LE(0) * 2 ** 20 + (digest.readUInt32LE(4) >>> 12);
}
