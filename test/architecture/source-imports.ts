/** Finds the imports of source files by their text. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ImportStatement {
  /** The importing file, such as `src/app.ts`. */
  readonly from: string;
  readonly line: number;
  /** As written: `./app.ts`, `#logferry`, `node:fs`, `yaml`. */
  readonly specifier: string;
  /** The imported file of this project; undefined for a package or a module of Node. */
  readonly to: string | undefined;
  /** Leaves nothing behind at run time. */
  readonly typeOnly: boolean;
  /** `import('...')`: loaded when it is called. */
  readonly lazy: boolean;
}

/** A statement may span lines, so its pieces are matched over the whole text. */
const STATEMENT = /^[ \t]*(?:import|export)\s+(?:(type)\s+)?(?:([^'";]*?)\s*from\s+)?'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'\s*\)/gm;

/** All imports of the TypeScript files below these folders of the project. */
export function readImports(root: string, folders: readonly string[], aliases: Readonly<Record<string, string>>): readonly ImportStatement[] {
  return folders.flatMap((folder) => filesBelow(root, folder)).flatMap((file) => importsOf(root, file, aliases));
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

function importsOf(root: string, from: string, aliases: Readonly<Record<string, string>>): ImportStatement[] {
  return parseImports(readFileSync(path.join(root, from), 'utf8')).map(({ specifier, ...rest }) => ({
    from, specifier, ...rest, to: resolve(from, specifier, aliases),
  }));
}

/** The imports in a source text. Comments are left out; an import in a type (`import('x').T`) is type-only. */
export function parseImports(source: string): Pick<ImportStatement, 'line' | 'specifier' | 'typeOnly' | 'lazy'>[] {
  const text = source.replace(/\/\*[\s\S]*?\*\/|^[ \t]*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));
  return [...text.matchAll(STATEMENT)].map((match) => {
    const [whole, type, names, specifier, dynamic] = match;
    const before = match.index + whole.length - whole.trimStart().length;
    const inType = dynamic !== undefined && /^\s*\.[A-Z]|^\)\s*\.[A-Z]/.test(text.slice(match.index + whole.length)) && !/await\s*$/.test(text.slice(0, match.index));
    return {
      line: text.slice(0, before).split('\n').length,
      specifier: specifier ?? dynamic!,
      typeOnly: type !== undefined || inType || onlyTypes(names),
      lazy: dynamic !== undefined && !inType,
    };
  });
}

/** `{ type A, type B }`: nothing but types. */
function onlyTypes(names: string | undefined): boolean {
  const inner = /^\{([^}]*)\}$/.exec(names?.trim() ?? '')?.[1];
  const list = inner?.split(',').map((name) => name.trim()).filter((name) => name !== '') ?? [];
  return list.length > 0 && list.every((name) => name.startsWith('type '));
}

function resolve(from: string, specifier: string, aliases: Readonly<Record<string, string>>): string | undefined {
  if (Object.hasOwn(aliases, specifier)) return aliases[specifier];
  if (!specifier.startsWith('.')) return undefined;
  return path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier));
}

/** The import cycles in a graph of files, each as the files on the way round, smallest name first. */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): void => {
    const at = way.indexOf(file);
    if (at >= 0) {
      cycles.push(way.slice(at));
      return;
    }
    if (done.has(file)) return;
    way.push(file);
    for (const next of edges.get(file) ?? []) visit(next);
    way.pop();
    done.add(file);
  };
  for (const file of [...edges.keys()].sort()) visit(file);
  return cycles.map((cycle) => {
    const first = cycle.indexOf([...cycle].sort()[0]!);
    return [...cycle.slice(first), ...cycle.slice(0, first)];
  });
}
