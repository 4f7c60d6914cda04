/** The house has floors: a file imports from its own and from lower ones, and nothing goes round in circles. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { API, CIRCLES, COMPOSITION_ROOT, EXCEPTIONS, LAYERS, ORDER } from './layers.ts';
import { findCycles, parseImports, readImports, type ImportStatement } from './source-imports.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** What plugins may import of src/: package.json `imports`, such as #logferry -> src/api.ts. */
const ALIASES = Object.fromEntries(Object.entries(packageJson.imports).map(([name, { source }]) => [name, source.replace(/^\.\//, '')]));
const ENTRANCES = Object.values(ALIASES);
const imports = readImports(ROOT, ['src', 'plugins'], ALIASES);

function within(file: string, place: string): boolean {
  return place.endsWith('/') ? file.startsWith(place) : file === place;
}

/** The most exact pattern decides: a file before a folder. */
function layerOf(file: string): string | undefined {
  const exact = LAYERS.find(({ files }) => files.includes(file));
  return (exact ?? LAYERS.find(({ files }) => files.some((place) => within(file, place))))?.name;
}

function excused({ from, to }: ImportStatement): boolean {
  return EXCEPTIONS.some((exception) => within(from, exception.from) && to !== undefined && within(to, exception.to));
}

/** The folder that a plugin has for itself, or the file: `plugins/input/tail/`, `plugins/output/null.ts`. */
function homeOf(file: string): string {
  const [, kind, name] = file.split('/');
  return name!.endsWith('.ts') ? file : `plugins/${kind}/${name}/`;
}

function shown(found: readonly ImportStatement[], why: (statement: ImportStatement) => string): string[] {
  return found.map((statement) => `${statement.from}:${statement.line}: imports '${statement.specifier}': ${why(statement)}`);
}

test('every file of src/ has a layer', () => {
  const files = [...new Set(imports.flatMap(({ from, to }) => [from, ...(to === undefined ? [] : [to])]))];
  const homeless = files.filter((file) => file.startsWith('src/') && file !== API && layerOf(file) === undefined);
  expect(homeless, 'add them to LAYERS in test/architecture/layers.ts').toEqual([]);
});

test('no file imports from a higher layer', () => {
  const rank = (file: string): number => ORDER.indexOf(layerOf(file) as (typeof ORDER)[number]);
  // A type leaves nothing behind: it may name what lies higher. `registry` speaks of plugins all the time.
  const wrong = imports.filter((statement) => {
    const { from, to, typeOnly } = statement;
    if (typeOnly || to === undefined || from === API || !from.startsWith('src/') || !to.startsWith('src/')) return false;
    return to === API || (layerOf(from) !== undefined && rank(to) > rank(from) && !excused(statement));
  });
  expect(shown(wrong, ({ from, to }) => (to === API
    ? 'src/api.ts is for plugins, import the file itself'
    : `'${layerOf(from)}' may not use '${layerOf(to!)}' (${ORDER.join(' <- ')})`))).toEqual([]);
});

test('lib, events and errors import nothing of ours, not even types, from higher layers', () => {
  const wrong = imports.filter(({ from, to }) => layerOf(from) === 'lib' && to !== undefined && layerOf(to) !== 'lib' && to.startsWith('src/'));
  expect(shown(wrong.filter((statement) => !excused(statement)), () => 'it is not a leaf any more')).toEqual([]);
});

test('systemd-journal-reader is a library of its own: it imports nothing of ours', () => {
  const home = 'src/systemd-journal-reader/';
  const wrong = imports.filter(({ from, to }) => within(from, home) && to !== undefined && !within(to, home));
  expect(shown(wrong, () => 'copy what it needs, or take it as an option')).toEqual([]);
});

test('src/ does not import plugins, but for its composition root', () => {
  const wrong = imports.filter(({ from, to }) => from.startsWith('src/') && from !== COMPOSITION_ROOT && to?.startsWith('plugins/'));
  expect(shown(wrong, () => 'the engine knows no plugin by name')).toEqual([]);
});

test('plugins import #logferry (or another entrance of package.json), packages, Node and their own folder', () => {
  const wrong = imports.filter((statement) => {
    const { from, to } = statement;
    if (!from.startsWith('plugins/') || from === 'plugins/index.ts' || to === undefined || excused(statement)) return false;
    return !ENTRANCES.includes(to) && !within(to, homeOf(from));
  });
  expect(shown(wrong, ({ to }) => (to!.startsWith('src/') ? "export it from src/api.ts and import '#logferry'" : 'a plugin uses no other plugin'))).toEqual([]);
});

test('the manifest of the plugins loads them when they are asked for, and imports nothing else', () => {
  const wrong = imports.filter(({ from, lazy, typeOnly }) => from === 'plugins/index.ts' && !lazy && !typeOnly);
  expect(shown(wrong, () => 'use () => import(...)')).toEqual([]);
});

test('modules of Node are imported as node:', () => {
  const wrong = imports.filter(({ specifier }) => /^(?:fs|path|os|net|http|https|crypto|zlib|util|url|stream|events|buffer|child_process|dgram|tls|worker_threads)(?:\/|$)/.test(specifier));
  expect(shown(wrong, ({ specifier }) => `write node:${specifier}`)).toEqual([]);
});

test('every imported package is a dependency', () => {
  const known = new Set(Object.keys(packageJson.dependencies));
  const wrong = imports.filter(({ specifier, to }) => {
    if (to !== undefined || specifier.startsWith('node:')) return false;
    const [scope, name] = specifier.split('/');
    return !known.has(scope!.startsWith('@') ? `${scope}/${name}` : scope!);
  });
  expect(shown(wrong, () => 'package.json does not have it under dependencies')).toEqual([]);
});

test('nothing imports itself by a way round', () => {
  const edges = new Map<string, string[]>();
  for (const { from, to, typeOnly, lazy } of imports) {
    if (typeOnly || lazy || to === undefined) continue;
    const list = edges.get(from);
    if (list) list.push(to);
    else edges.set(from, [to]);
  }
  const cycles = findCycles(edges).filter((cycle) => !CIRCLES.some(({ files }) => cycle.every((file) => files.test(file))));
  expect(cycles.map((cycle) => [...cycle, cycle[0]].join(' -> '))).toEqual([]);
});

test('exceptions are still needed', () => {
  const idle = EXCEPTIONS.filter((exception) => !imports.some(({ from, to }) => to !== undefined && within(from, exception.from) && within(to, exception.to)));
  expect(idle).toEqual([]);
});

describe('the scanner', () => {
  test('finds statements of every form', () => {
    const found = parseImports(`/** import 'no' */
import a from './a.ts';
import type { B } from './b.ts';
import {
  c,
  type D,
} from './c.ts';
import { type E, type F } from './e.ts';
// import g from './g.ts';
import './h.ts';
export { i } from './i.ts';
export type { J } from './j.ts';
export * from './k.ts';
const l = await import('./l.ts');
type M = import('./m.ts').M;
`);
    expect(found.map(({ line, specifier, typeOnly, lazy }) => `${line} ${specifier}${typeOnly ? ' type' : ''}${lazy ? ' lazy' : ''}`)).toEqual([
      '2 ./a.ts', '3 ./b.ts type', '4 ./c.ts', '8 ./e.ts type', '10 ./h.ts', '11 ./i.ts', '12 ./j.ts type', '13 ./k.ts',
      '14 ./l.ts lazy', '15 ./m.ts type',
    ]);
  });

  test('finds a cycle and names it from its first file', () => {
    expect(findCycles(new Map([['c', ['b']], ['b', ['a']], ['a', ['c', 'd']], ['d', []]]))).toEqual([['a', 'c', 'b']]);
  });
});
