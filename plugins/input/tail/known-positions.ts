/** What the position file of an earlier run says about the files that are there now. */
import type { Logger } from '#logferry';
import type { FileState } from './file-access.ts';
import type { Leftover, PositionEntry, PositionFile } from './position-file.ts';
import type { PositionLine } from './position-lines.ts';
import { TICK_MS } from './slack.ts';

export interface Known {
  readonly entry: PositionEntry;
  /** Older files of the same path that were not read to their ends. */
  readonly older: readonly Leftover[];
  /** Whether it was written down in this run, of a file that cannot be opened. */
  readonly listed?: boolean;
}

/** By what a file is known: its path, or with `follow_inodes` its inode. */
export function keyOf(file: { readonly path: string; readonly inode: bigint }, byInode: boolean): string {
  return byInode ? String(file.inode) : file.path;
}

/**
 * Makes entries for the lines, in their order, whether or not their files are found. The last of several
 * lines with one key counts, in the first one's place; those of other inodes are older files.
 */
export function knownPositions(
  lines: readonly PositionLine[],
  options: { readonly byInode: boolean; readonly positions: PositionFile; readonly log: Logger },
): Map<string, Known> {
  const { byInode, positions, log } = options;
  const byKey = new Map<string, { path: string; inode: bigint; position: number }[]>();
  for (const { path, inode, position } of lines) {
    const key = keyOf({ path, inode }, byInode);
    // Inode 0: the line was written and never filled.
    if (position === undefined || inode === 0n) continue;
    const list = byKey.get(key) ?? [];
    if (list.some((line) => line.inode === inode)) log.warn(`${path} already exists. use latest one`, { inode: Number(inode) });
    byKey.set(key, [...list.filter((line) => line.inode !== inode), { path, inode, position }]);
  }
  const known = new Map<string, Known>();
  for (const [key, list] of byKey) {
    const last = list.at(-1)!;
    const entry = positions.add(last.path, last.inode, last.position);
    const older = list.slice(0, -1);
    entry.leave(older);
    known.set(key, { entry, older });
  }
  return known;
}

export interface StartPosition {
  readonly position: number;
  readonly older: readonly Leftover[];
  /** The inode that the path had when it was seen last, if it is another one now. */
  readonly replaced: bigint | undefined;
}

/**
 * Where a file that was found goes on, and which older files of its path have a rest that nobody has
 * read. `savedAt`: when positions were saved last; `fromHead`: an unknown file is read from its head.
 */
export function startPosition(
  known: Known | undefined,
  file: FileState,
  options: { readonly savedAt: number; readonly fromHead: boolean },
): StartPosition {
  if (!known) return { position: options.fromHead ? 0 : file.size, older: [], replaced: undefined };
  const { entry, older, listed } = known;
  const position = entry.position ?? 0;
  if (entry.inode !== file.inode) return { position: 0, older: [...older, { inode: entry.inode, position }], replaced: entry.inode };
  // Younger than all saved positions: another file that was given the inode of a deleted one.
  const isReused = !listed && file.createdAt > options.savedAt + TICK_MS;
  if (isReused) return { position: 0, older: [...older, { inode: entry.inode, position }], replaced: entry.inode };
  // Shorter than its position: it was truncated meanwhile.
  return { position: position > file.size ? 0 : position, older, replaced: undefined };
}
