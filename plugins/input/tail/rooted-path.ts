/** Links below another root: an absolute link target is meant from there, as in a chroot. */
import { lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { ResolvePath } from './file-path.ts';

/** As many as the kernel follows. */
const MOST_LINKS = 40;

/**
 * Paths on this machine, from `toHost` (which puts the configured root in front). Without a root links
 * are left to the kernel; with one they are followed here: a link in /var/log/containers names
 * /var/log/pods of the node, not of the container in which the agent runs.
 */
export function followLinksBelow(toHost: ResolvePath): ResolvePath {
  const root = toHost('/');
  if (root === '/') return toHost;
  return (configured) => (configured.startsWith('/') ? toHost(withoutLinks(configured, toHost)) : toHost(configured));
}

/** The path behind all links of an absolute path, also where nothing is there. */
export function withoutLinks(configured: string, toHost: ResolvePath = (file) => file): string {
  let todo = configured.split('/');
  let done = '/';
  for (let links = 0; todo.length > 0; ) {
    const name = todo.shift()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done = path.posix.dirname(done);
      continue;
    }
    const next = path.posix.join(done, name);
    const target = links < MOST_LINKS ? linkTarget(toHost(next)) : undefined;
    if (target === undefined) done = next;
    else {
      links++;
      todo = [...target.split('/'), ...todo];
      if (target.startsWith('/')) done = '/';
    }
  }
  return done;
}

function linkTarget(file: string): string | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(file) : undefined;
  } catch {
    return undefined; // whoever opens it gets to know
  }
}
