/** The files beside a path that have to do with it: renamed when it was rotated, perhaps compressed since. */
import path from 'node:path';
import { namesIn, realPath, stateOfPath, type FileState } from './file-access.ts';
import type { ResolvePath } from './file-path.ts';
import { withoutLinks } from './rooted-path.ts';

/** More names of a folder that begin like the file's are not looked at. */
const MOST_ENTRIES = 10_000;
/** Readings of a folder that does not come to rest. */
const MOST_READINGS = 5;
/** Compressed files, and what a compression is not done with. */
const NO_LOG = /\.(?:bz2|xz|zst|lz4|Z|zip|tmp)$/;
const GZIP = '.gz';

export interface Sibling extends FileState {
  /** On this machine. */
  readonly path: string;
  readonly gzip: boolean;
  /** Named exactly as rotation names files: `app.log.1`, `app.log-20240506`, `0.log.20240506-070809`, `app-20240506.log`. */
  readonly likeRotated: boolean;
}

/**
 * Rotated files keep the beginning of their name; others are not looked at: an inode may have been given to a file that has
 * nothing to do with it. None if the folder went away; throws if it cannot be read for another reason.
 *
 * A file that is renamed while names are read can be missing among them, so they are read until two readings agree.
 */
export async function siblingsOf(configured: string, resolve: ResolvePath): Promise<Sibling[]> {
  let before = await readOnce(configured, resolve);
  for (let reading = 1; ; reading++) {
    const found = await readOnce(configured, resolve);
    if (found.length === before.length && found.every((each, i) => each.path === before[i]!.path && each.inode === before[i]!.inode)) return found;
    const missing = before.filter((each) => !found.some((other) => other.inode === each.inode && other.dev === each.dev));
    // Whoever opens one of those that are missing now finds another file under its name, and looks again.
    before = reading < MOST_READINGS ? found : [...found, ...missing];
    if (reading === MOST_READINGS) return before;
  }
}

async function readOnce(configured: string, resolve: ResolvePath): Promise<Sibling[]> {
  const found: Sibling[] = [];
  try {
    const { folder, base } = await placeOf(resolve(configured));
    const stem = base.replace(/(?<=.)\.[^.]*$/, '');
    const names = (await namesIn(folder)).filter((name) => name.startsWith(stem) && !NO_LOG.test(name) && name !== base);
    for (const name of names.slice(0, MOST_ENTRIES)) {
      const state = stateOfPath(path.join(folder, name));
      const gzip = name.endsWith(GZIP);
      const likeRotated = isLikeRotated(gzip ? name.slice(0, -GZIP.length) : name, base);
      if (state?.regular) found.push({ ...state, path: path.join(folder, name), gzip, likeRotated });
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
  return found;
}

/** Where the file of a path lies, behind links; where it would lie if it is gone and links still lead there. */
async function placeOf(file: string): Promise<{ folder: string; base: string }> {
  const real = await realPath(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return withoutLinks(path.resolve(file));
    throw error;
  });
  return { folder: path.dirname(real), base: path.basename(real) };
}

function isLikeRotated(name: string, base: string): boolean {
  if (name.startsWith(base)) return /^[.-]\d/.test(name.slice(base.length));
  const extension = path.extname(base);
  const stem = base.slice(0, base.length - extension.length);
  return name.startsWith(stem) && name.endsWith(extension) && /^[-._]\d{8}[-._\d]*$/.test(name.slice(stem.length, name.length - extension.length));
}
