/** Folders of this machine that stand for paths of a configuration, as mounts do in a container. */
import path from 'node:path';

/** Everything at and below `path` lies at and below `folder`. Both are absolute, without a slash at the end (but for `/`). */
export interface Mount {
  readonly path: string;
  readonly folder: string;
}

/** In the order in which they count: the longest path first, the root last. */
export function mountsOf(mounts: readonly Mount[], root: string | undefined): Mount[] {
  const all = root === undefined ? [...mounts] : [...mounts, { path: '/', folder: root }];
  return all.sort((a, b) => b.path.length - a.path.length);
}

/** Where a path of the configuration lies; relative ones, and those that no mount covers, stay as they are. */
export function toFolder(configured: string, mounts: readonly Mount[]): string {
  if (!path.isAbsolute(configured)) return configured;
  const rest = (mount: Mount) => path.posix.relative(mount.path, configured);
  const mount = mounts.find((each) => !isOutside(rest(each)));
  return mount ? path.join(mount.folder, rest(mount)) : configured;
}

/** The inverse: what the configuration calls a path of this machine; itself if it lies in no mount. */
export function fromFolder(actual: string, mounts: readonly Mount[]): string {
  for (const mount of mounts) {
    const rest = path.relative(mount.folder, actual);
    if (!isOutside(rest)) return path.posix.join(mount.path, rest);
  }
  return actual;
}

function isOutside(relative: string): boolean {
  return relative === '..' || relative.startsWith('../');
}
