/**
 * Plugins as npm packages: every `logferry-plugin-*` (and `@scope/logferry-plugin-*`) in a node_modules folder beside the
 * configuration, beside the working directory, or above one of them.
 *
 * A package says in its package.json what it has, and its modules are loaded when a configuration names them:
 *
 *     "logferry": { "plugins": { "output/loki": "./src/loki.js" } }
 *
 * Without that field its main module is loaded at the start: its default export is a definition, or a list of them.
 * Built-in plugins are never replaced by a package; of two packages with the same plugin the nearer one counts.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { errorText } from '../errors.ts';
import type { Kind } from '../plugin.ts';
import type { AnyDefinition, Registry } from '../registry.ts';
import { definitionsIn, importDefinitions } from './plugin-module.ts';

const PREFIX = 'logferry-plugin-';

/** What is not right with a package that was found; the others are not harmed. */
export type PackageProblem = string;

interface PackageJson {
  readonly main?: unknown;
  readonly exports?: unknown;
  readonly logferry?: { readonly plugins?: unknown };
}

/** Adds the plugins of all packages that are found from these folders upwards. */
export async function loadPluginPackages(folders: readonly string[], registry: Registry): Promise<PackageProblem[]> {
  const problems: PackageProblem[] = [];
  const from = new Map<string, string>();
  for (const home of await packageFolders(folders)) {
    try {
      for (const { key, load } of await pluginsOf(home)) {
        const other = from.get(key);
        const [kind, type] = key.split('/') as [Kind, string];
        if (other !== undefined) problems.push(`${home}: ${kind} plugin '${type}' is left out, as ${other} has one of that name`);
        else if (registry.has(kind, type)) problems.push(`${home}: ${kind} plugin '${type}' is left out, as there is a built-in one; -p DIR would replace it`);
        else {
          from.set(key, home);
          registry.add(key, async () => ({ default: await load() }));
        }
      }
    } catch (error) {
      problems.push(errorText(error));
    }
  }
  return problems;
}

/** Adds what `-r NAME` gave, if its default export holds plugins; a module without a default export is only loaded. */
export function addRequired(found: unknown, name: string, registry: Registry): void {
  if (found === undefined) return;
  const holds = (Array.isArray(found) ? found : [found]).some((one) => typeof (one as { create?: unknown } | null)?.create === 'function');
  if (!holds) return;
  for (const definition of definitionsIn(found, name)) registry.add(`${definition.kind}/${definition.type}`, async () => ({ default: definition }));
}

/** The file that `import name` means for somebody in one of the folders; undefined if there is no such package. */
export async function resolvePackage(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const modules of moduleFolders(folders)) {
    const json = await readJson(path.join(modules, name, 'package.json'));
    if (json) return entryOf(path.join(modules, name), json);
  }
  return undefined;
}

/** node_modules folders of these folders and of those above, nearest first. */
function moduleFolders(folders: readonly string[]): string[] {
  const found = new Set<string>();
  for (const folder of folders) {
    for (let at = path.resolve(folder); ; at = path.dirname(at)) {
      if (path.basename(at) !== 'node_modules') found.add(path.join(at, 'node_modules'));
      if (path.dirname(at) === at) break;
    }
  }
  return [...found];
}

async function packageFolders(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const modules of moduleFolders(folders)) {
    for (const name of await namesIn(modules)) {
      if (name.startsWith(PREFIX)) found.push(path.join(modules, name));
      else if (name.startsWith('@')) {
        const scope = path.join(modules, name);
        for (const inner of await namesIn(scope)) if (inner.startsWith(PREFIX)) found.push(path.join(scope, inner));
      }
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

async function readJson(file: string): Promise<PackageJson | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as PackageJson;
  } catch (error) {
    throw new Error(`${file}: ${errorText(error)}`, { cause: error });
  }
}

interface PackagePlugin {
  readonly key: string;
  readonly load: () => Promise<readonly AnyDefinition[]>;
}

async function pluginsOf(home: string): Promise<PackagePlugin[]> {
  const file = path.join(home, 'package.json');
  const json = await readJson(file);
  if (!json) throw new Error(`${file}: cannot be read; is it a package?`);
  const declared = json.logferry?.plugins;
  if (declared === undefined) {
    const all = await importDefinitions(entryOf(home, json));
    return all.map((definition) => ({ key: `${definition.kind}/${definition.type}`, load: async () => [definition] }));
  }
  if (typeof declared !== 'object' || declared === null) throw new Error(`${file}: expected logferry.plugins to be an object such as { "output/name": "./src/name.js" }`);
  return Object.entries(declared).map(([key, target]) => {
    if (!/^[a-z_]+\/[A-Za-z0-9_.-]+$/.test(key) || typeof target !== 'string')
      throw new Error(`${file}: expected logferry.plugins to have entries such as "output/name": "./src/name.js", found "${key}": ${JSON.stringify(target)}`);
    return { key, load: () => importDefinitions(path.join(home, target)) };
  });
}

/** The main module of a package, by `exports` (its `import` or `default`), `main`, or index.js. */
function entryOf(home: string, { exports, main }: PackageJson): string {
  const root = isObject(exports) && '.' in exports ? exports['.'] : exports;
  const target = condition(root) ?? (typeof main === 'string' ? main : 'index.js');
  return path.join(home, target);
}

function condition(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return undefined;
  for (const name of ['node', 'import', 'default']) {
    const found = condition(value[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
