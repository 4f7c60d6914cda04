import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { plugins } from '../../plugins/index.ts';
import { bufferedOutputFields, bufferFields, fileLimits, fileStorageFields, storageFields } from '../../src/buffer/fields.ts';
import type { Fields } from '../../src/config/params.ts';
import { ConfigReader } from '../../src/config/schema.ts';
import { systemFields } from '../../src/config/system.ts';
import type { Kind } from '../../src/plugin.ts';
import { Registry } from '../../src/registry.ts';

/** Read in a way that the scan does not see, or not at all: place -> reason. A name that ends in `*` stands for all that begin so. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'filter/grep regexp*': 'read by names that are made: regexp1 to regexp20',
  'filter/grep exclude*': 'read by names that are made: exclude1 to exclude20',
  'parser/multiline format*': 'read by names that are made: format1 to format20',
  'input/debug_agent *': 'the whole plugin does nothing, and warns at its start',
  'input/gc_stat *': 'the whole plugin does nothing, and warns at its start',
  'input/object_space *': 'the whole plugin does nothing, and warns at its start',
  'service_discovery/static *': 'a service is handed on as a whole',
};

const root = fileURLToPath(new URL('../../', import.meta.url));
const registry = new Registry(plugins);

/** Rooms of src that get a plugin's configuration object, or parts of it. */
const ENGINE = ['buffer', 'forward-protocol', 'format', 'lib', 'net', 'parse', 'record', 'time', 'topology', 'metrics'];
/** Who reads `<system>`. */
const AGENT = ['src/app.ts', 'src/cli', 'src/topology', 'src/log', 'src/routing'];

/** The code of a file without comments, without what it imports, and without names that only tell a place in the configuration. */
function code(file: string): string {
  return readFileSync(file, 'utf8')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/\*[\s\S]*?\*\/|\/\/.*/g, (piece) => (piece.startsWith('/') ? '' : piece))
    .replaceAll(/\b(?:place|placeOf)\([^()]*\)/g, '')
    .replaceAll(/^import .*$/gm, '');
}

function filesAt(place: string): string[] {
  if (place.endsWith('.ts')) return [place];
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => path.join(place, name));
}

/** Names that code takes out of an object: `config.name`, `read('name')`, `{ name } = config`, `create({ name })`. */
function readNames(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, name] of text.matchAll(/\.([\w$]+)/g)) names.add(name!);
  for (const [, name] of text.matchAll(/'([\w@]+)'/g)) names.add(name!);
  for (const [, before, after] of text.matchAll(/\bcreate\(\{([^{}]*)\}|\{([^{}]*)\}\s*(?:=(?![=>])|:)/g))
    for (const [, name] of (before ?? after)!.matchAll(/(?:^|,)\s*([\w$]+)\s*(?=[:,=]|$)/g)) names.add(name!);
  return names;
}

function namesIn(places: readonly string[]): Set<string> {
  return readNames(places.flatMap((place) => filesAt(path.join(root, place))).map(code).join('\n'));
}

interface Declared {
  readonly place: string;
  readonly name: string;
}

/** All parameters and sections that do not say themselves that they have no effect, or no longer exist. */
function declared(fields: Fields, place = ''): Declared[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.kind === 'owned') return [];
    if (field.kind === 'param') return field.obsoleted === undefined && field.noEffect === undefined ? [{ place: place + name, name }] : [];
    if (field.options.noEffect !== undefined) return [];
    return [{ place: `${place}<${name}>`, name: field.options.as ?? name }, ...declared({ ...field.fields, ...field.options.argument }, `${place}<${name}> `)];
  });
}

const engine = namesIn(ENGINE.map((room) => `src/${room}`));
const used = new Set<string>();

/** What is accepted and read by nobody. */
function silent(key: string, fields: Fields, own: ReadonlySet<string>): string[] {
  const found = declared(fields).filter(({ name }) => !own.has(name)).map(({ place }) => `${key} ${place}`);
  return found.filter((place) => {
    const exception = Object.keys(EXCEPTIONS).find((known) => (known.endsWith('*') ? place.startsWith(known.slice(0, -1)) : place === known));
    if (exception !== undefined) used.add(exception);
    return exception === undefined;
  });
}

describe('a parameter that is accepted is read by code, or its declaration says why it has no effect', () => {
  it.each(Object.entries(plugins))('%s', async (key, load) => {
    const [kind, type] = key.split('/') as [Kind, string];
    const file = /plugins\/([\w/.]+\.ts)|\.\/([\w/.]+\.ts)/.exec(load.toString())!;
    const source = file[1] ?? file[2]!;
    const home = source.endsWith('/index.ts') ? path.dirname(source) : source;
    const definition = (await registry.find(kind, type))!;
    expect(silent(key, definition.config as Fields, new Set([...engine, ...namesIn([`plugins/${home}`])]))).toEqual([]);
  });

  it('<system>', () => {
    expect(silent('system', systemFields, namesIn(AGENT))).toEqual([]);
  });

  it('<buffer>', () => {
    const fields = { ...bufferFields({ mode: 'always' }), ...storageFields(fileLimits), ...fileStorageFields, ...bufferedOutputFields };
    expect(silent('buffer', fields, engine)).toEqual([]);
  });

  it('every exception is needed', () => {
    expect(Object.keys(EXCEPTIONS).filter((place) => !used.has(place))).toEqual([]);
  });
});

describe('what has no effect is told once, with its place', () => {
  it('for a parameter and for a section', async () => {
    const at = { file: 'a.conf', line: 3, column: 5 };
    const reader = new ConfigReader({ registry, strict: false });
    const value = (text: string) => ({ text, at });
    const counters = { name: 'counter_client', arg: '', at: { ...at, line: 7 }, params: new Map([['host', value('a')], ['timeout', value('5')]]), elements: [] };
    await reader.fields({ name: 'system', arg: '', at, params: new Map([['enable_jit', value('true')]]), elements: [counters] }, systemFields, { label: '<system>' });
    expect(reader.problems).toEqual([]);
    expect(reader.warnings).toEqual([
      { message: "parameter 'enable_jit' has no effect here: there is no Ruby to be compiled", at },
      { message: 'section <counter_client> has no effect here: there are no counters of a counter server', at: { ...at, line: 7 } },
    ]);
  });

  it('every reason is a clause that fits behind a colon', () => {
    const reasons = [systemFields, bufferFields({ mode: 'always' })].flatMap((fields: Fields) =>
      Object.values(fields).flatMap((field) => (field.kind === 'param' ? [field.noEffect] : field.kind === 'section' ? [field.options.noEffect] : [])));
    expect(reasons.filter((reason) => reason !== undefined && !/^[a-z].*[^.]$/.test(reason))).toEqual([]);
  });
});
