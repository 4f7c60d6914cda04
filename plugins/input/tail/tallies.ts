/** Per path: what was read of its files, and what is not read yet. A path is forgotten with its last file. */
import type { Metrics } from '#logferry';

/** Totals of one path. */
export interface Tally {
  readonly path: string;
  lines: number;
  bytes: number;
  /** Its open files: each tells how many of its bytes are not read. */
  readonly unread: Set<() => number>;
}

export class Tallies {
  readonly #paths = new Map<string, Tally>();

  constructor(metrics: Metrics) {
    const family = (name: string, help: string, type: 'counter' | 'gauge', value: (tally: Tally) => number) =>
      metrics.family(name, help, type, () => [...this.#paths.values()].map((tally) => ({ labels: { path: tally.path }, value: value(tally) })));
    family('input_file_lines_total', 'Lines that were read of the files that a path names and named, as long as one is open.', 'counter', ({ lines }) => lines);
    family('input_file_bytes_total', 'Bytes that were read of the files that a path names and named, as long as one is open.', 'counter', ({ bytes }) => bytes);
    family('input_file_unread_bytes', 'Bytes of the open files of a path that are not read yet.', 'gauge', ({ unread }) => {
      let sum = 0;
      for (const bytes of unread) sum += bytes();
      return sum;
    });
  }

  /** Adds a file to its path. */
  join(path: string, unread: () => number): Tally {
    const tally = this.#paths.get(path) ?? { path, lines: 0, bytes: 0, unread: new Set() };
    this.#paths.set(path, tally);
    tally.unread.add(unread);
    return tally;
  }

  /** The file is closed, or has another path now. */
  leave(tally: Tally, unread: () => number): void {
    tally.unread.delete(unread);
    if (tally.unread.size === 0 && this.#paths.get(tally.path) === tally) this.#paths.delete(tally.path);
  }
}
