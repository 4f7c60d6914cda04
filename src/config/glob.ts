/**
 * Which files a path with wildcards names, as Ruby's Dir.glob finds them.
 *
 * `*` and `?` stay within one name and do not match a leading dot, `**` followed by a slash stands
 * for any folders, `[a-c]` for one character, `{a,b}` for alternatives; a backslash takes the
 * meaning from the next character.
 */
import { expandBraces } from '../lib/braces.ts';
import { readdirSync, statSync } from 'node:fs';

/** Maps the path that a configuration names to the one that is opened. */
export type ResolvePath = (path: string) => string;

/** Deepest folder below a `**` that is looked into, against loops of mounts. */
const MAX_DEPTH = 64;

/** The existing paths that a pattern matches, each once, in the order of their bytes. */
export function globFiles(pattern: string, resolve: ResolvePath): string[] {
  const found = new Set<string>();
  for (const path of expandBraces(pattern)) {
    const root = path.startsWith('/') ? '/' : '';
    walk(root, path.split('/').filter((part) => part !== '' && part !== '.'), resolve, found, 0);
  }
  return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Whether a path has wildcards. */
export function isPattern(path: string): boolean {
  return /[*?[\\]|\{.*\}/.test(path);
}

function walk(dir: string, parts: readonly string[], resolve: ResolvePath, found: Set<string>, depth: number): void {
  const [part, ...rest] = parts;
  if (part === undefined) {
    found.add(dir);
    return;
  }
  if (part === '**' && rest.length > 0) {
    walk(dir, rest, resolve, found, depth);
    if (depth >= MAX_DEPTH) return;
    for (const entry of list(dir, resolve)) {
      if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
      walk(join(dir, entry.name), parts, resolve, found, depth + 1);
    }
    return;
  }
  if (!/[*?[\\]/.test(part)) {
    const path = join(dir, part);
    if (exists(resolve(path))) walk(path, rest, resolve, found, depth);
    return;
  }
  const name = nameMatcher(part);
  for (const entry of list(dir, resolve)) {
    if (!name.test(entry.name) || (entry.name.startsWith('.') && !part.startsWith('.'))) continue;
    walk(join(dir, entry.name), rest, resolve, found, depth);
  }
}

function list(dir: string, resolve: ResolvePath) {
  try {
    return readdirSync(resolve(dir === '' ? '.' : dir), { withFileTypes: true });
  } catch {
    return []; // no folder, or one that may not be read: nothing matches
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function join(dir: string, name: string): string {
  return dir === '' || dir.endsWith('/') ? dir + name : `${dir}/${name}`;
}

function nameMatcher(part: string): RegExp {
  let out = '';
  for (let i = 0; i < part.length; i++) {
    const c = part[i];
    const close = c === '[' ? part.indexOf(']', i + 2) : -1;
    if (c === '*') out += '.*';
    else if (c === '?') out += '.';
    else if (close > 0) {
      const set = part.slice(i + 1, close).replace(/^[!^]/, '');
      const negated = set.length < close - i - 1 ? '^' : '';
      out += `[${negated}${set.replace(/[\\\]^[&~]/g, '\\$&')}]`;
      i = close;
    } else out += (c === '\\' && i + 1 < part.length ? part[++i] : c).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  try {
    return new RegExp(`^(?:${out})$`, 'su');
  } catch {
    return /^(?!)/; // a range such as [z-a] matches nothing
  }
}
