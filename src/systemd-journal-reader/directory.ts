/** Which files of a directory are journals. */
import { readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join } from 'node:path';
import { parseId } from './cursor.ts';

/** Names of journal files: `*.journal`, and `*.journal~` for those that were set aside. */
export function isJournalName(name: string): boolean {
  return name.endsWith('.journal') || name.endsWith('.journal~');
}

/** What a directory held when it was listed. */
export interface Listing {
  /** Paths of files (or links to files), in the order of their names. */
  readonly files: readonly string[];
  /** Directories whose content counts, themselves included. */
  readonly directories: readonly string[];
}

/**
 * Lists the journal files right in a directory and in its sub-directories named by a 128-bit id.
 * What is not there is empty; other errors are given to `onError`.
 */
export function listJournals(directory: string, onError: (path: string, error: Error) => void): Listing {
  const files: string[] = [];
  const directories: string[] = [];
  const list = (path: string, isTop: boolean): void => {
    let entries: Dirent[];
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) onError(path, error as Error);
      return;
    }
    directories.push(path);
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const at = join(path, entry.name);
      if (isJournalName(entry.name)) {
        if (entry.isFile() || (entry.isSymbolicLink() && statOf(at)?.isFile())) files.push(at);
      } else if (isTop && parseId(entry.name) !== undefined && (entry.isDirectory() || (entry.isSymbolicLink() && statOf(at)?.isDirectory()))) {
        list(at, false);
      }
    }
  };
  list(directory, true);
  return { files, directories };
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
