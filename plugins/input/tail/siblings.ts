/** Finds files that were renamed while nobody watched: beside their old name, by inode or by age. */
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { stateOfPath, type FileState } from './file-access.ts';
import type { ResolvePath } from './file-path.ts';

/** More entries of a folder than this are not looked at. */
const MOST_ENTRIES = 10_000;
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|Z|zip)$/;

export interface Sibling extends FileState {
  /** On this machine. */
  readonly path: string;
}

export interface Wanted {
  /** Files that are known. */
  readonly inodes: ReadonlySet<bigint>;
  /** The last one that was seen: files that were created after it and were rotated since are wanted too. */
  readonly latest: bigint | undefined;
  /** Where that one is gone: files that were created after this, milliseconds since 1970. */
  readonly createdAfter: number;
}

/**
 * The wanted files, oldest first. Rotated files keep the beginning of their name (`app.log` -> `app.log.1`,
 * `app-20240506.log`, `0.log.20240506-070809`); others are not looked at: an inode may have been given to a
 * file that has nothing to do with it. Unknown files have to look exactly like rotated ones.
 */
export async function findRotated(configured: string, wanted: Wanted, resolve: ResolvePath): Promise<Sibling[]> {
  const found: (Sibling & { readonly likeRotated: boolean })[] = [];
  try {
    const real = await realpath(resolve(configured));
    const folder = path.dirname(real);
    const base = path.basename(real);
    const stem = base.replace(/(?<=.)\.[^.]*$/, '');
    const names = (await readdir(folder)).slice(0, MOST_ENTRIES);
    for (const name of names) {
      if (!name.startsWith(stem) || COMPRESSED.test(name) || name === base) continue;
      const state = stateOfPath(path.join(folder, name));
      const likeRotated = name.startsWith(base) && /^[.-]\d/.test(name.slice(base.length));
      if (state?.regular) found.push({ ...state, path: path.join(folder, name), likeRotated });
    }
  } catch {
    return []; // the path or its folder went away meanwhile
  }
  const latest = found.find(({ inode }) => inode === wanted.latest)?.createdAt ?? 0;
  const after = latest > 0 ? latest : wanted.createdAfter;
  return found
    .filter(({ inode, likeRotated, createdAt }) => wanted.inodes.has(inode) || (likeRotated && createdAt > after))
    .sort((a, b) => a.createdAt - b.createdAt);
}
