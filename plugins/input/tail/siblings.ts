/** Finds a file that was renamed while nobody watched: by its inode, beside its old name. */
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { stateOfPath } from './file-access.ts';
import type { ResolvePath } from './file-path.ts';

/** More entries of a folder than this are not looked at. */
const MOST_ENTRIES = 10_000;
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|Z|zip)$/;

export interface Sibling {
  /** On this machine. */
  readonly path: string;
  readonly inode: bigint;
  readonly size: number;
}

/**
 * Rotated files keep the beginning of their name (`app.log` -> `app.log.1`, `app-20240506.log`, `0.log.20240506-070809`).
 * Others are not looked at: an inode may have been given to a file that has nothing to do with it.
 */
export async function findRotated(configured: string, inodes: ReadonlySet<bigint>, resolve: ResolvePath): Promise<Sibling[]> {
  const found: Sibling[] = [];
  try {
    const real = await realpath(resolve(configured));
    const folder = path.dirname(real);
    const stem = path.basename(real).replace(/(?<=.)\.[^.]*$/, '');
    const names = (await readdir(folder)).slice(0, MOST_ENTRIES);
    for (const name of names) {
      if (!name.startsWith(stem) || COMPRESSED.test(name) || name === path.basename(real)) continue;
      const sibling = path.join(folder, name);
      const state = stateOfPath(sibling);
      if (state?.regular && inodes.has(state.inode)) found.push({ path: sibling, inode: state.inode, size: state.size });
    }
  } catch {
    return found; // the path or its folder went away meanwhile
  }
  return found;
}
