import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { Agent } from '../../../src/app.ts';
import { EXAMPLES, wholeConfig, type PluginExample } from '../../../src/cli/reference-examples/index.ts';
import { DIFFERENCES } from '../../../src/cli/reference-differences.ts';
import { referencePages } from '../../../src/cli/reference-pages.ts';
import { describePlugin, type SectionDescription } from '../../../src/config/describe.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { generateJson, parseJson } from '../../../src/lib/json.ts';
import type { ConfigElement } from '../../../src/config/element.ts';
import type { LogRecord } from '../../../src/lib/value.ts';
import type { Kind } from '../../../src/plugin.ts';
import { Registry } from '../../../src/registry.ts';
import { tryPlugin, type TriedPlugin } from '../../../src/topology/try-plugin.ts';

const FOLDER = new URL('../../../docs/reference/', import.meta.url);
const COMMAND = 'npm run build && node dist/src/main.js plugins --markdown-dir docs/reference';

const registry = new Registry(plugins);
const keys = registry.kinds().flatMap((kind) => registry.types(kind).map((type) => [kind, type] as const));
const definitions = await Promise.all(keys.map(([kind, type]) => registry.find(kind, type)!));

test('the committed pages are those that the declarations give', () => {
  const pages = referencePages(definitions.map(describePlugin));
  const there = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.md')) : [];
  const wrong = [...pages].filter(([name, text]) => !there.includes(name) || readFileSync(new URL(name, FOLDER), 'utf8') !== text).map(([name]) => name);
  const old = there.filter((name) => !pages.has(name));
  expect({ wrong, old }, `write them again: ${COMMAND}`).toEqual({ wrong: [], old: [] });
});

test('links between the pages lead somewhere', () => {
  const pages = referencePages(definitions.map(describePlugin));
  const links = [...pages].flatMap(([name, text]) => [...text.matchAll(/\]\(([\w./-]+\.md)\)/g)].map(([, target]) => `${name} -> ${target}`));
  expect(links.filter((link) => !pages.has(link.split(' -> ')[1]!))).toEqual([]);
});

test('every plugin has an example, and every example a plugin', () => {
  const has = (kind: Kind, type: string): boolean => Object.hasOwn(EXAMPLES[kind], type);
  expect(keys.filter(([kind, type]) => !has(kind, type)).map((key) => key.join('/'))).toEqual([]);
  const all = Object.entries(EXAMPLES).flatMap(([kind, types]) => Object.keys(types).map((type) => [kind as Kind, type] as const));
  expect(all.filter(([kind, type]) => !registry.has(kind, type)).map((key) => key.join('/'))).toEqual([]);
});

test('differences name plugins and parameters that exist', () => {
  const names = (all: { readonly parameters: readonly { readonly name: string }[]; readonly sections: readonly SectionDescription[] }): string[] => [
    ...all.parameters.map(({ name }) => name), ...all.sections.flatMap((section) => [section.name, ...names(section)]),
  ];
  const wrong = Object.entries(DIFFERENCES).flatMap(([key, differences]) => {
    const definition = definitions.find(({ kind, type }) => `${kind}/${type}` === key);
    if (!definition) return [key];
    // A store of an output takes parameters for its owner.
    const known = new Set([...names(describePlugin(definition)), 'weight']);
    return differences.flatMap(({ parameters = [] }) => parameters.filter((name) => !known.has(name)).map((name) => `${key}: ${name}`));
  });
  expect(wrong).toEqual([]);
});

const examples = Object.entries(EXAMPLES).flatMap(([kind, types]) =>
  Object.entries(types).flatMap(([type, all]) => all.map((example, i) => [`${kind} ${type}${i > 0 ? ` ${i + 1}` : ''}`, kind as Kind, type, example] as const)),
);

describe('examples are configurations', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-examples-'));
  onTestFinishedAll(() => rmSync(folder, { recursive: true }));

  // What is for inputs that read bytes, or needs a cluster, stands nowhere by itself.
  test.each(examples.filter(([, kind, type]) => !(kind === 'parser' && (type === 'in_http' || type === 'msgpack'))))('%s', async (_, kind, type, example) => {
    const file = path.join(folder, `${kind}-${type}.conf`);
    writeFileSync(file, wholeConfig(kind, example));
    const log: string[] = [];
    const agent = new Agent({
      configFile: file, registry, suppressConfigDump: true, verbosity: 0, write: (line) => void log.push(line), root: folder,
      rehearsal: { clock: { now: () => 0, time: () => ({ sec: 0, nsec: 0 }), monotonic: () => 0 }, evaluate: () => '', standIn: () => undefined, shared: new Map() },
    });
    process.env['KUBERNETES_SERVICE_HOST'] ??= '10.0.0.1';
    process.env['KUBERNETES_SERVICE_PORT'] ??= '443';
    await agent.load();
    expect(log.filter((line) => /not used|did you mean/.test(line))).toEqual([]);
  });
});

function onTestFinishedAll(_close: () => void): void {
  process.on('exit', _close);
}

describe('examples give what they say', () => {
  const run = examples.filter(([, , , { given }]) => given !== undefined);

  test.each(run)('%s', async (_, kind, type, example) => {
    const tried = (await tryExample(kind, type, example)) as TriedPlugin<Kind>;
    expect(await outcome(kind, tried, example)).toBe(example.gives);
  });
});

async function tryExample(kind: Kind, type: string, { config }: PluginExample) {
  const definition = (await registry.find(kind, type))!;
  const section = parseConfig(config, { file: 'example.conf' }).elements[0]!;
  return tryPlugin(definition, linesOf(section), { others: definitions.filter(({ kind: other }) => other === 'parser' || other === 'formatter') });
}

/** The inside of a section, without its @type. */
function linesOf(section: ConfigElement): string {
  const inner = (element: ConfigElement): string => [
    ...[...element.params].map(([name, value]) => `${name} ${quoted(value.text)}`),
    ...element.elements.map((child) => `<${child.name}${child.arg === '' ? '' : ` ${child.arg}`}>\n${inner(child)}\n</${child.name}>`),
  ].join('\n');
  return inner({ ...section, params: new Map([...section.params].filter(([name]) => name !== '@type')) });
}

function quoted(text: string): string {
  return /^[[{/]/.test(text) ? text : `'${text.replaceAll("'", "\\'")}'`;
}

async function outcome(kind: Kind, tried: TriedPlugin<Kind>, { given, tag = 'app' }: PluginExample): Promise<string> {
  const record = (text: string): LogRecord => parseJson(text) as LogRecord;
  if (kind === 'parser') {
    const { plugin: parser } = tried as TriedPlugin<'parser'>;
    const parsed = [parser.parse(given!)].flat();
    return parsed.map((one) => (one ? generateJson((one as { record: LogRecord }).record) : 'it does not fit')).join('\n');
  }
  if (kind === 'formatter') {
    const { plugin: formatter } = tried as TriedPlugin<'formatter'>;
    return Buffer.from(formatter.format(tag, { sec: 1_715_680_800, nsec: 0 }, record(given!))).toString();
  }
  const { plugin: filter } = tried as TriedPlugin<'filter'>;
  await tried.start();
  onTestFinished(() => tried.stop());
  const lines = given!.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const result = await filter.filter(tried.batch(tag, lines));
  return result.events.map((event) => generateJson(event.record)).join('\n');
}
