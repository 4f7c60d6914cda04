/** What would leave the agent, added up by output and place. */
import type { Step } from '../plugin.ts';
import type { Delivery, PlannedStream } from '../planning.ts';

/** Totals of one place. Times are milliseconds since 1970, NaN if they are not known. */
export interface Destination {
  readonly step: Step;
  readonly name: string;
  readonly stream: PlannedStream | undefined;
  events: number;
  bytes: number;
  batches: number;
  firstMs: number;
  lastMs: number;
  readonly samples: Delivery['samples'][number][];
}

/** What one source's events are at an output. */
export interface Way {
  readonly names: Set<string>;
  bytes: number;
  /** By log group, or by name of other places. */
  readonly places: Map<string, { events: number; bytes: number }>;
}

export class DestinationTotals {
  readonly #all = new Map<Step, Map<string, Destination>>();
  /** By source, then by step. */
  readonly bySource = new Map<number, Map<Step, Way>>();

  /** `samples`: so many are kept of each place. */
  add(source: number, step: Step, deliveries: readonly Delivery[], samples: number): void {
    let places = this.#all.get(step);
    if (!places) this.#all.set(step, (places = new Map()));
    const way = this.#way(source, step);
    for (const delivery of deliveries) {
      const { name, stream } = delivery;
      let place = places.get(name);
      if (!place) {
        place = { step, name, stream, events: 0, bytes: 0, batches: 0, firstMs: NaN, lastMs: NaN, samples: [] };
        places.set(name, place);
      }
      place.events += delivery.events;
      place.bytes += delivery.bytes;
      place.batches += delivery.batches;
      if (!(place.firstMs <= delivery.firstMs) && delivery.firstMs === delivery.firstMs) place.firstMs = delivery.firstMs;
      if (!(place.lastMs >= delivery.lastMs) && delivery.lastMs === delivery.lastMs) place.lastMs = delivery.lastMs;
      place.samples.push(...delivery.samples.slice(0, samples - place.samples.length));
      way.names.add(name);
      way.bytes += delivery.bytes;
      const at = stream?.group ?? name;
      let part = way.places.get(at);
      if (!part) way.places.set(at, (part = { events: 0, bytes: 0 }));
      part.events += delivery.events;
      part.bytes += delivery.bytes;
    }
  }

  of(step: Step): Destination[] {
    return [...(this.#all.get(step)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  #way(source: number, step: Step): Way {
    let steps = this.bySource.get(source);
    if (!steps) this.bySource.set(source, (steps = new Map()));
    let way = steps.get(step);
    if (!way) steps.set(step, (way = { names: new Set(), bytes: 0, places: new Map() }));
    return way;
  }
}
