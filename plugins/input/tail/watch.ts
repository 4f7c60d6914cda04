/** A path (or an inode) with its files, and what the position file says of them. */
import type { FileTask } from './file-task.ts';
import type { Lost, ReadFile } from './lost-files.ts';
import type { PositionEntry } from './position-file.ts';

export interface Watch {
  readonly key: string;
  readonly entry: PositionEntry;
  /** Oldest first; the last is the one that the path names, the others are rotated and not read to their ends. */
  readonly tasks: FileTask[];
  /**
   * Rotated files that have to be found or opened yet. As long as it is not known which files came in between (see `isSearching`)
   * the entry stays at the file in front of them: a restart then looks for them again.
   */
  lost: Lost | undefined;
  /** The file in front of those that are searched, if it is being read: the entry's. */
  anchor: FileTask | undefined;
  /** The last rotated files that were read to their ends, oldest first. */
  read: readonly ReadFile[];
}

/** A watch without files. */
export function newWatch(key: string, entry: PositionEntry, lost?: Lost, read: readonly ReadFile[] = []): Watch {
  return { key, entry, tasks: [], lost, anchor: undefined, read };
}

/** The file that the path of a watch names, or named last. */
export function latestTask({ tasks }: Watch): FileTask {
  return tasks.at(-1)!;
}

/** Whether it is not known yet which files a path named since it was looked at last. */
export function isSearching({ lost }: Watch): boolean {
  return lost !== undefined && lost.createdAfter !== Infinity;
}

/** Writes down where the files of a path are; at the end not the rotated ones that were read completely. */
export function notePositions(watch: Watch, atEnd = false): void {
  const { entry, tasks, lost, anchor } = watch;
  if (entry.position === undefined || tasks.length === 0) return;
  if (isSearching(watch)) {
    if (anchor) entry.move(anchor.file.inode, anchor.file.position);
    return;
  }
  const { file } = latestTask(watch);
  entry.move(file.inode, file.position);
  if (tasks.length === 1 && !lost) {
    if (entry.leftovers.length > 0) entry.leave([]);
    return;
  }
  // It may have grown since its last turn: while an output let this one wait it had no more.
  const older = tasks.slice(0, -1).filter(({ file: each }) => !atEnd || !each.settled || each.hasRest || each.unread > 0);
  entry.leave([...(lost?.known ?? []), ...older.map((task) => ({ inode: task.file.inode, position: task.file.position }))]);
}
