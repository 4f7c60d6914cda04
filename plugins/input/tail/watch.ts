/** A path (or an inode) with its files, and what the position file says of them. */
import type { FileTask } from './file-task.ts';
import type { PositionEntry } from './position-file.ts';

export interface Watch {
  readonly key: string;
  readonly entry: PositionEntry;
  /** Oldest first; the last is the one that the entry speaks of, the others are rotated and not read to their ends. */
  readonly tasks: FileTask[];
}

/** The file that the path of a watch names, or named last. */
export function latestTask({ tasks }: Watch): FileTask {
  return tasks.at(-1)!;
}

/** Writes down where the older files of a path are; at the end not those that were read completely. */
export function noteLeftovers({ entry, tasks }: Watch, atEnd = false): void {
  if (entry.position === undefined) return;
  const older = tasks.slice(0, -1).filter(({ file }) => !atEnd || !file.settled || file.hasRest);
  entry.leave(older.map(({ file }) => ({ inode: file.inode, position: file.position })));
}
