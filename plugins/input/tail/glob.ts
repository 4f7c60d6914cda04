/**
 * Paths with wildcards, as Ruby's Dir.glob reads them.
 *
 * `*` and `?` stay within one name and match no leading dot; `**` followed by a slash stands for any
 * folders, but for hidden ones and links; `[a-c]` for one character, `{a,b}` for alternatives; a
 * backslash takes the meaning from the next character. Names that are not UTF-8 are found too.
 */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { decodeText, expandBraces } from '#logferry';
import { fsPath, type ResolvePath } from './file-path.ts';
import { FolderVersions } from './folder-versions.ts';

export interface Glob {
  /**
   * The existing paths that match, each once, sorted. Folders that cannot be read go to `failed`. The list is the same one as
   * before if no folder changed since.
   */
  find(resolve: ResolvePath, failed: (folder: string, error: NodeJS.ErrnoException) => void): Promise<readonly string[]>;
  /** Whether a path would be found if it existed. */
  matches(path: string): boolean;
}

type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pattern'; readonly regexp: RegExp; readonly source: string }
  | { readonly kind: 'folders' };

interface Found {
  readonly name: string;
  readonly folder: boolean;
}

/** Deepest folder below a `**` that is looked into, against loops of mounts. */
const MAX_DEPTH = 64;
/** Unfolded braces beyond this number are left out: `{a,b}` twenty times is a mistake, or an attack. */
const MAX_ALTERNATIVES = 1000;

export function compileGlob(pattern: string): Glob {
  const alternatives = expandBraces(pattern, MAX_ALTERNATIVES).map((text) => ({
    root: text.startsWith('/') ? '/' : '',
    segments: compileSegments(text),
    regexp: wholePath(text),
  }));
  let before: { readonly paths: readonly string[]; readonly versions: FolderVersions } | undefined;
  return {
    async find(resolve, failed) {
      if (before?.versions.isCurrent) return before.paths;
      const versions = new FolderVersions();
      const found = new Set<string>();
      const lists = new Map<string, Promise<readonly Found[]>>();
      const list = (folder: string): Promise<readonly Found[]> => {
        const known = lists.get(folder);
        if (known) return known;
        const place = resolve(folder === '' ? '.' : folder);
        versions.note(place);
        const reading = readFolder(place).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') {
            versions.fail();
            failed(folder, error);
          }
          return [];
        });
        lists.set(folder, reading);
        return reading;
      };
      for (const { root, segments } of alternatives) await walk(root, segments, 0, { list, resolve, found, versions }, 0);
      const paths = [...found].sort(compareText);
      before = { paths, versions };
      return paths;
    },
    matches: (path) => alternatives.some(({ regexp }) => regexp.test(path)),
  };
}

interface Search {
  readonly list: (folder: string) => Promise<readonly Found[]>;
  readonly resolve: ResolvePath;
  readonly found: Set<string>;
  readonly versions: FolderVersions;
}

async function walk(folder: string, segments: readonly Segment[], at: number, search: Search, depth: number): Promise<void> {
  const segment = segments[at];
  if (segment === undefined) {
    search.found.add(folder);
    return;
  }
  switch (segment.kind) {
    case 'name': {
      const path = join(folder, segment.name);
      const isLast = at === segments.length - 1;
      if (isLast) search.versions.note(search.resolve(folder === '' ? '.' : folder));
      if (!isLast || (await exists(search.resolve(path)))) await walk(path, segments, at + 1, search, depth);
      return;
    }
    case 'pattern':
      for (const { name } of await search.list(folder))
        if (segment.regexp.test(name)) await walk(join(folder, name), segments, at + 1, search, depth);
      return;
    case 'folders':
      await walk(folder, segments, at + 1, search, depth);
      if (depth >= MAX_DEPTH) return;
      for (const entry of await search.list(folder))
        if (entry.folder && !entry.name.startsWith('.')) await walk(join(folder, entry.name), segments, at, search, depth + 1);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(fsPath(path)).then(() => true, () => false);
}

/** Names come as text; a second reading as bytes is only needed where a name is not UTF-8. */
async function readFolder(path: string): Promise<readonly Found[]> {
  const entries = await readdir(fsPath(path), { withFileTypes: true });
  if (!entries.some((entry) => entry.name.includes('\ufffd'))) return entries.map((entry) => ({ name: entry.name, folder: entry.isDirectory() }));
  const raw = (await readdir(fsPath(path), { withFileTypes: true, encoding: 'buffer' as 'utf8' })) as unknown as (Omit<Dirent, 'name'> & { name: Buffer })[];
  return raw.map((entry) => ({ name: decodeText(entry.name), folder: entry.isDirectory() }));
}

function compileSegments(pattern: string): Segment[] {
  const parts = pattern.split('/').filter((part) => part !== '');
  return parts.map((part, i): Segment => {
    if (part === '**' && i < parts.length - 1) return { kind: 'folders' };
    if (!/[*?[\\]/.test(part)) return { kind: 'name', name: part };
    const source = nameSource(part);
    return { kind: 'pattern', source, regexp: compileOrNothing(`^(?:${source})$`) };
  });
}

/** The whole path as one expression; slashes may be repeated as in the pattern. */
function wholePath(pattern: string): RegExp {
  let source = pattern.startsWith('/') ? '/+' : '';
  const segments = compileSegments(pattern);
  segments.forEach((segment, i) => {
    const slash = i < segments.length - 1 ? '/+' : '';
    if (segment.kind === 'folders') source += '(?:(?!\\.)[^/]+/+)*';
    else source += (segment.kind === 'name' ? quote(segment.name) : segment.source) + slash;
  });
  return compileOrNothing(`^${source}$`);
}

/** One name of a pattern as the source of an expression. */
function nameSource(part: string): string {
  let out = /^[*?[]/.test(part) ? '(?!\\.)' : '';
  for (let i = 0; i < part.length; i++) {
    const c = part[i]!;
    const close = c === '[' ? part.indexOf(']', i + 2) : -1;
    if (c === '*') out += '[^/]*';
    else if (c === '?') out += '[^/]';
    else if (close > 0) {
      out += characterClass(part.slice(i + 1, close));
      i = close;
    } else out += quote(c === '\\' && i + 1 < part.length ? part[++i]! : c);
  }
  return out;
}

function characterClass(text: string): string {
  const negated = text.startsWith('!') || text.startsWith('^');
  return `[${negated ? '^/' : ''}${(negated ? text.slice(1) : text).replace(/[\\\][^&~]/g, '\\$&')}]`;
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** A range such as `[z-a]` matches nothing. */
function compileOrNothing(source: string): RegExp {
  try {
    return new RegExp(source, 's');
  } catch {
    return /^(?!)/;
  }
}

function join(folder: string, name: string): string {
  return folder === '' || folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
