/** Which position is safe: batches are acknowledged in any order, the position moves in theirs. */

export class SettledCursors {
  readonly #batches: { readonly cursor: string; isSettled: boolean }[] = [];
  readonly #save: (cursor: string) => void;

  constructor(save: (cursor: string) => void) {
    this.#save = save;
  }

  /** Batches that were emitted and are not safe yet. */
  get pending(): number {
    return this.#batches.length;
  }

  /** Takes note of a batch that ends with a cursor; returns what settles it. */
  add(cursor: string): () => void {
    const batch = { cursor, isSettled: false };
    this.#batches.push(batch);
    return () => {
      batch.isSettled = true;
      let safe: string | undefined;
      while (this.#batches[0]?.isSettled) safe = this.#batches.shift()!.cursor;
      if (safe !== undefined) this.#save(safe);
    };
  }
}
