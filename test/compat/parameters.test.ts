import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plugins } from '../../plugins/index.ts';
import { LEGACY_NAMES } from '../../src/config/legacy.ts';
import { systemFields } from '../../src/config/system.ts';
import type { Kind } from '../../src/plugin.ts';
import { Registry } from '../../src/registry.ts';
import { ON_PURPOSE } from './on-purpose.ts';
import { compareFields, comparePlugin, type ReferencePlugin } from './walk.ts';

interface Reference {
  readonly system: Pick<ReferencePlugin, 'parameters' | 'sections'>;
  readonly legacy_parameters: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  readonly plugins: readonly ReferencePlugin[];
}

const reference = JSON.parse(readFileSync(new URL('parameters.json', import.meta.url), 'utf8')) as Reference;
const registry = new Registry(plugins);

/** What is left of the differences when those on purpose are taken away, and on-purpose entries that are none (any more). */
function unexpected(key: string, differences: readonly string[]): string[] {
  const allowed = Object.keys(ON_PURPOSE[key] ?? {});
  const fits = (line: string, place: string): boolean => line.startsWith(place.endsWith('*') ? place.slice(0, -1) : `${place}: `);
  const isAllowed = (line: string): boolean => allowed.some((place) => fits(line, place));
  const stale = allowed.filter((place) => !differences.some((line) => fits(line, place)));
  return [...differences.filter((line) => !isAllowed(line)), ...stale.map((place) => `${place}: is no difference (any more)`)];
}

describe('parameters of plugins are those of the reference implementation', () => {
  // Internal metrics have one implementation here, which <system> configures.
  const all = reference.plugins.filter(({ kind }) => kind !== 'metrics');

  it.each(all.map((plugin) => [`${plugin.kind}/${plugin.name}`, plugin] as const))('%s', async (key, plugin) => {
    const definition = await registry.find(plugin.kind as Kind, plugin.name);
    expect(definition, 'there is no such plugin').toBeDefined();
    expect(unexpected(key, comparePlugin(plugin, definition!))).toEqual([]);
  });
});

describe('settings of the agent are those of the reference implementation', () => {
  it('<system> has the same parameters and sections', () => {
    expect(unexpected('system', compareFields(reference.system, systemFields))).toEqual([]);
  });

  it('<metrics> of <system> takes the labels of the metrics plugin local', () => {
    const local = reference.plugins.find(({ kind }) => kind === 'metrics')!;
    const taken = Object.keys(systemFields.metrics.fields);
    const missing = local.parameters.map(({ name }) => name).filter((name) => name !== '@log_level' && !taken.includes(name));
    expect(unexpected('metrics/local', missing.map((name) => `${name}: missing`))).toEqual([]);
  });

  it.each(Object.entries(reference.legacy_parameters))('old flat parameters of the group %s have the same meaning', (group, names) => {
    const ours: Readonly<Record<string, string>> = LEGACY_NAMES[group as keyof typeof LEGACY_NAMES];
    // Those without a name of their own are handled by code.
    const differences = Object.entries(names).filter(([, name]) => name !== null).flatMap(([old, name]) =>
      ours[old] === name ? [] : [`${old}: expected ${name}, found ${ours[old]}`],
    );
    expect(unexpected(`legacy/${group}`, differences)).toEqual([]);
  });

  it('every difference on purpose has a reason and a place that exists', () => {
    const known = new Set([
      ...reference.plugins.map(({ kind, name }) => `${kind}/${name}`), 'system', ...Object.keys(reference.legacy_parameters).map((group) => `legacy/${group}`),
    ]);
    expect(Object.keys(ON_PURPOSE).filter((key) => !known.has(key))).toEqual([]);
    expect(Object.values(ON_PURPOSE).flatMap((places) => Object.values(places)).filter((reason) => reason.length < 10)).toEqual([]);
  });
});
