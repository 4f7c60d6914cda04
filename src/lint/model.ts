/** A configuration as the checks see it: sections with their typed values, in the order in which rules are tried. */
import type { ConfigElement } from '../config/element.ts';
import { ConfigReader, type CheckedPlugin } from '../config/schema.ts';
import type { ConfigProblem, Location } from '../errors.ts';
import type { Kind } from '../plugin.ts';
import type { Registry } from '../registry.ts';
import { readFlow, type Flow } from './flow.ts';
import type { LintLabel, LintRule } from './label.ts';

export type { LintLabel, LintRule } from './label.ts';

/** The top level as a label. */
export const ROOT = '@ROOT';

export interface LintModel {
  readonly root: ConfigElement;
  /** Those that could be read. */
  readonly sources: readonly CheckedPlugin<'input'>[];
  /** The top level first, then in the order of the configuration. */
  readonly labels: ReadonlyMap<string, LintLabel>;
  /** Each output with a place, its stores and secondaries, and the label they stand in. */
  readonly outputs: readonly LintOutput[];
  /** Every plugin, those that others own too. */
  readonly plugins: readonly CheckedPlugin[];
  /** What reading them was warned of. */
  readonly warnings: readonly ConfigProblem[];
  readonly flow: Flow;
  /** Every section could be read: what is not here does not exist. */
  readonly complete: boolean;
  /** The line of a configuration file as it is written; empty if it is not known. */
  lineAt(at: Location): string;
}

export interface LintOutput {
  readonly plugin: CheckedPlugin<'output'>;
  readonly label: string;
  /** The rule that it belongs to. */
  readonly rule: LintRule;
}

/** Reads a model. What is wrong with the configuration is left out of it: others tell of that. */
export async function readModel(root: ConfigElement, registry: Registry, lineAt: (at: Location) => string = () => ''): Promise<LintModel> {
  const reader = new ConfigReader({ registry, strict: false });
  const sources: CheckedPlugin<'input'>[] = [];
  const labels = new Map<string, LintLabel>();
  const plugins: CheckedPlugin[] = [];
  const outputs: LintOutput[] = [];
  let complete = true;
  const top = root.elements.flatMap((element) => (element.name === 'worker' ? element.elements : [element]));
  const read = async <K extends Kind>(kind: K, element: ConfigElement): Promise<CheckedPlugin<K> | undefined> => {
    const plugin = await reader.plugin(kind, element);
    if (plugin) plugins.push(...withOwned(plugin));
    else complete = false;
    return plugin;
  };
  const readRules = async (name: string, at: Location, elements: readonly ConfigElement[]): Promise<void> => {
    const rules: LintRule[] = [];
    for (const element of elements) {
      if (element.name !== 'filter' && element.name !== 'match') continue;
      const plugin = await read(element.name === 'filter' ? 'filter' : 'output', element);
      const rule: LintRule = { kind: element.name, pattern: element.arg === '' ? '**' : element.arg, element, plugin };
      rules.push(rule);
      if (plugin?.kind === 'output')
        for (const output of withOwned(plugin)) if (output.kind === 'output') outputs.push({ plugin: output as CheckedPlugin<'output'>, label: name, rule });
    }
    labels.set(name, { name, at, rules });
  };
  await readRules(ROOT, root.at, top);
  for (const element of top) {
    const name = element.arg.trim();
    if (element.name === 'label' && name !== '' && !labels.has(name)) await readRules(name, element.at, element.elements);
  }
  for (const element of top) {
    if (element.name !== 'source') continue;
    const source = await read('input', element);
    if (source) sources.push(source);
  }
  return { root, sources, labels, outputs, plugins, warnings: reader.warnings, flow: readFlow(sources, labels), complete, lineAt };
}

/** The plugin and all that it owns: parsers, stores, buffers, secondaries, ... */
export function withOwned(plugin: CheckedPlugin): CheckedPlugin[] {
  const owned = Object.values(plugin.config).flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value])).filter(isPlugin);
  if (plugin.buffer) owned.push(plugin.buffer.storage, ...(plugin.buffer.secondary ? [plugin.buffer.secondary] : []));
  return [plugin, ...owned.flatMap(withOwned)];
}

function isPlugin(value: unknown): value is CheckedPlugin {
  return typeof value === 'object' && value !== null && 'definition' in value && 'kind' in value && 'element' in value;
}

/** A parameter's place, or its section's. */
export function placeIn(element: ConfigElement, name: string): Location {
  return element.params.get(name)?.at ?? element.at;
}

/** A value that is a text; undefined otherwise. */
export function textOption(plugin: CheckedPlugin, name: string): string | undefined {
  const value = plugin.config[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** How a plugin is called in messages: its id, or its type. */
export function nameOf({ id, type }: CheckedPlugin): string {
  return id ?? type;
}
