/**
 * A bounded cache of API objects of one kind, each with what is known of it and when to look again.
 *
 * What was found stays until its time is over, and beyond it while the API fails. What is not there,
 * or could not be read, is looked for again after times that grow.
 */
import type { Value } from '#logferry';
import type { Answer } from './api-client.ts';

export type Known<T> =
  | { readonly kind: 'new' }
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed' };

export interface Entry<T> {
  readonly path: string;
  known: Known<T>;
  /** Grows with every change of `known`. */
  version: number;
  /** Monotonic milliseconds: from then on the API is asked again. */
  nextAt: number;
  /** Misses or failures in a row. */
  misses: number;
  pending: Promise<void> | undefined;
  /** Somebody waited in vain for the request that is pending; nobody else does. */
  waitedFor: boolean;
  /** Ids that were looked for here and not found, so that each leads to one request only. */
  readonly asked: Set<string>;
}

export interface ShelfOptions<T> {
  readonly size: number;
  /** Infinity: for ever. */
  readonly ttlMs: number;
  readonly parse: (object: Value) => T | undefined;
  readonly get: (path: string) => Promise<Answer>;
  readonly now: () => number;
  /** 0..1. */
  readonly random: () => number;
}

/** First and longest time until something that is not there is looked for again. */
const MISSING_MS = [5_000, 300_000] as const;
/** The same after a failure. */
const FAILED_MS = [1_000, 60_000] as const;
const MAX_ASKED = 64;

export class Shelf<T> {
  readonly #options: ShelfOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: ShelfOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key, new if need be. */
  entry(key: string, path: string): Entry<T> {
    const entries = this.#entries;
    let entry = entries.get(key);
    if (entry) entries.delete(key);
    else {
      entry = { path, known: { kind: 'new' }, version: 0, nextAt: 0, misses: 0, pending: undefined, waitedFor: false, asked: new Set() };
      if (entries.size >= this.#options.size) entries.delete(entries.keys().next().value!);
    }
    entries.set(key, entry);
    return entry;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  isDue(entry: Entry<T>): boolean {
    return this.#options.now() >= entry.nextAt;
  }

  /** Asks the API, once for all who want it. */
  read(entry: Entry<T>): Promise<void> {
    entry.pending ??= this.#options.get(entry.path).then((answer) => {
      entry.pending = undefined;
      entry.waitedFor = false;
      this.#apply(entry, answer);
    });
    return entry.pending;
  }

  /** Something that a watch or a list says of an entry. */
  found(entry: Entry<T>, value: T): void {
    entry.known = { kind: 'found', value };
    entry.version++;
    entry.misses = 0;
    entry.nextAt = this.#options.now() + this.#options.ttlMs;
  }

  noteAsked(entry: Entry<T>, id: string): void {
    if (entry.asked.size >= MAX_ASKED) entry.asked.clear();
    entry.asked.add(id);
  }

  /** Everything is read again when it is next needed. */
  expireAll(): void {
    for (const entry of this.#entries.values()) if (entry.known.kind === 'found') entry.nextAt = 0;
  }

  #apply(entry: Entry<T>, answer: Answer): void {
    const { parse, now, ttlMs } = this.#options;
    if (answer.kind === 'found') {
      const value = parse(answer.body);
      if (value !== undefined) {
        this.found(entry, value);
        return;
      }
    }
    entry.misses++;
    const missing = answer.kind === 'missing';
    const [first, longest] = missing ? MISSING_MS : FAILED_MS;
    const wait = Math.min(first * 2 ** (entry.misses - 1), longest);
    entry.nextAt = now() + Math.min(wait * (0.75 + this.#options.random() / 2), Math.max(ttlMs, 1000));
    // What was found once is better than nothing as long as nobody says that it is gone.
    if (!missing && entry.known.kind === 'found') return;
    const kind = missing ? 'missing' : 'failed';
    if (entry.known.kind === kind) return;
    entry.known = { kind };
    entry.version++;
  }
}
