/** Saved positions whose files are not followed yet: not found, or found and not to be opened for now. */
import { knownPositions, startPosition, type Known, type StartPosition } from './known-positions.ts';
import type { FileState } from './file-access.ts';
import type { Lost } from './lost-files.ts';
import type { Leftover, PositionEntry, PositionFile, SavedPositions } from './position-file.ts';
import { CLOCK_SLACK_MS, LOOK_SLACK_MS } from './slack.ts';
import type { SourceWork } from './source-work.ts';
import type { Target } from './targets.ts';

export interface WaitingPositionsOptions {
  readonly work: SourceWork;
  readonly positions: PositionFile;
  readonly followInodes: boolean;
  readonly readFromHead: boolean;
}

/** The look at all paths that found a file. */
export interface Look {
  /** Whether it is the first one of this run. */
  readonly first: boolean;
  /** When the last complete look before it began, milliseconds since 1970; Infinity: there was none. */
  readonly after: number;
}

export class WaitingPositions {
  readonly #options: WaitingPositionsOptions;
  #saved: SavedPositions = { lines: [], savedAt: Infinity, lookedAt: Infinity };
  #known: Map<string, Known> | undefined;
  /** Monotonic milliseconds. */
  #startedAt = 0;

  constructor(options: WaitingPositionsOptions) {
    this.#options = options;
  }

  /** Reads what an earlier run left. Throws if the position file cannot be read or made. */
  open(): void {
    this.#startedAt = this.#options.work.clock.monotonic();
    this.#saved = this.#options.positions.open();
  }

  /** Makes entries of what was read, if that is not done; true the first time. */
  begin(): boolean {
    if (this.#known) return false;
    const { positions, followInodes, work } = this.#options;
    this.#known = knownPositions(this.#saved.lines, { byInode: followInodes, positions, log: work.log });
    return true;
  }

  get begun(): boolean {
    return this.#known !== undefined;
  }

  get(key: string): Known | undefined {
    return this.#known!.get(key);
  }

  /** Its file is followed now. */
  delete(key: string): void {
    this.#known!.delete(key);
  }

  /** Inodes of all files that wait. */
  get inodes(): bigint[] {
    return [...(this.#known?.values() ?? [])].flatMap(({ entry, older }) => [entry.inode, ...older.map(({ inode }) => inode)]);
  }

  /** Forgets the positions of paths for which `isThere` does not hold. */
  forget(isThere: (path: string) => boolean): void {
    for (const [key, { entry }] of this.#known ?? []) {
      if (isThere(entry.path)) continue;
      entry.remove();
      this.#known!.delete(key);
    }
  }

  /** Where a file that was found begins, and since when others may have come that nobody knows. */
  startOf(known: Known | undefined, file: FileState, look: Look): StartPosition & { readonly createdAfter: number; readonly savedAt: number } {
    const { savedAt, lookedAt } = this.#saved;
    const start = startPosition(known, file, { savedAt, fromHead: this.fromHead(look) });
    const replacedAfter = start.replaced === undefined ? Infinity : lookedAt - LOOK_SLACK_MS;
    return { ...start, createdAfter: known ? replacedAfter : this.#unknownAfter(look), savedAt: known && !known.listed ? savedAt : Infinity };
  }

  /** What was rotated away from paths of the position file that name nothing now. */
  *missing(isFound: (key: string) => boolean): Generator<{ readonly key: string; readonly entry: PositionEntry; readonly lost: Lost }> {
    for (const [key, known] of [...this.#known!]) if (!isFound(key)) yield { key, entry: known.entry, lost: this.#lost(known) };
  }

  /**
   * What has to be listed of a path whose file cannot be opened: the files that came since its position was saved, as the next start
   * could not tell since when it did not see them. undefined: it is all written down.
   */
  unlisted(key: string, target: Target, look: Look): Lost | undefined {
    const known = this.#known!.get(key);
    if (this.#options.followInodes || known?.entry.inode === target.inode) return undefined;
    if (known) return this.#lost(known);
    if (!this.fromHead(look)) return undefined;
    return { known: [], latest: undefined, createdAfter: this.#unknownAfter(look), savedAt: Infinity, quiet: true };
  }

  /** Writes down a file that cannot be opened, and the rotated ones before it. */
  list(key: string, target: Target, found: readonly Leftover[]): void {
    const older = found.filter(({ inode }) => inode !== target.inode);
    const entry = this.#known!.get(key)?.entry ?? this.#options.positions.add(target.path, target.inode, 0);
    entry.move(target.inode, 0);
    entry.leave(older);
    this.#known!.set(key, { entry, older, listed: true });
  }

  #lost({ entry, older, listed }: Known): Lost {
    const { savedAt, lookedAt } = this.#saved;
    const known = [...older, { inode: entry.inode, position: entry.position ?? 0 }];
    return { known, latest: entry.inode, createdAfter: lookedAt - LOOK_SLACK_MS, savedAt: listed ? Infinity : savedAt, quiet: true };
  }

  /** Whether an unknown file is read from its head. */
  fromHead({ first }: Look): boolean {
    return this.#options.readFromHead || !first;
  }

  /** Since when files of a path may have come that nobody knows. */
  #unknownAfter(look: Look): number {
    if (!this.fromHead(look)) return Infinity;
    // Soon after the start it may have been missing for a moment only, or could not be opened at once.
    const isEarly = look.first || this.#options.work.clock.monotonic() - this.#startedAt < LOOK_SLACK_MS;
    return Math.min(isEarly ? this.#saved.lookedAt - LOOK_SLACK_MS : Infinity, look.after - CLOCK_SLACK_MS);
  }
}
