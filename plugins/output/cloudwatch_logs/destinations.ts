/** Where events go: group, stream and entity, as small numbers that fit beside each event. */
import { PackedEvents } from './packed.ts';

export interface Destination {
  /** undefined: the configured name, which may depend on the chunk. */
  readonly group: string | undefined;
  readonly stream: string | undefined;
  /** JSON of the request's `entity`. */
  readonly entity: string | undefined;
}

/** What the first event for a group says of it. */
export interface GroupSettings {
  readonly retentionInDays: number | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
}

/** With more destinations than this, those that no waiting event names are forgotten. */
const SWEEP_AT = 10_000;
const MAX_SETTINGS = 10_000;

export class Destinations {
  readonly #ids = new Map<string, number>();
  readonly #all: (Destination | undefined)[] = [];
  readonly #free: number[] = [];
  #sweepAt = SWEEP_AT;
  /** What the first event for a group said of it. */
  readonly #settings = new Map<string, GroupSettings>();
  readonly #live = new Set<WeakRef<Buffer>>();
  readonly #refs = new WeakMap<Buffer, WeakRef<Buffer>>();

  get size(): number {
    return this.#ids.size;
  }

  id(group: string | undefined, stream: string | undefined, entity?: string): number {
    const key = keyOf(group, stream, entity);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#free.pop() ?? this.#all.length;
    this.#all[id] = { group, stream, entity };
    this.#ids.set(key, id);
    return id;
  }

  get(id: number): Destination {
    return this.#all[id]!;
  }

  noteSettings(group: string, settings: () => GroupSettings): void {
    if (this.#settings.has(group)) return;
    if (this.#settings.size >= MAX_SETTINGS) this.#settings.clear();
    this.#settings.set(group, settings());
  }

  settings(group: string): GroupSettings | undefined {
    return this.#settings.get(group);
  }

  /** A packed batch waits: its numbers stay in use. A buffer that is dropped without {@link release} is noticed, too. */
  retain(packed: Buffer): void {
    const ref = new WeakRef(packed);
    this.#live.add(ref);
    this.#refs.set(packed, ref);
  }

  release(packed: Buffer): void {
    const ref = this.#refs.get(packed);
    if (ref) this.#live.delete(ref);
    this.#refs.delete(packed);
  }

  /** Forgets what no waiting event names, if there are many. Not between the first event of a batch and its `retain`. */
  sweep(): void {
    if (this.#ids.size < this.#sweepAt && this.#live.size < SWEEP_AT) return;
    const used = new Set<number>();
    for (const ref of this.#live) {
      const buffer = ref.deref();
      if (!buffer) {
        this.#live.delete(ref);
        continue;
      }
      const packed = new PackedEvents(buffer);
      for (let i = 0; i < packed.count; i++) used.add(packed.destination(i));
    }
    if (this.#ids.size >= this.#sweepAt)
      for (const [key, id] of this.#ids) {
        if (used.has(id)) continue;
        this.#ids.delete(key);
        this.#all[id] = undefined;
        this.#free.push(id);
      }
    this.#sweepAt = Math.max(SWEEP_AT, this.#ids.size * 2);
  }
}

function keyOf(group: string | undefined, stream: string | undefined, entity: string | undefined): string {
  const names = `${group === undefined ? '-' : group.length + group} ${stream ?? ''}`;
  return entity === undefined ? names : `${names}\n${entity}`;
}
