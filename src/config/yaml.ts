/**
 * The YAML form of a configuration -> elements.
 *
 *     system: { log_level: info }
 *     config:
 *       - source: { $type: tail, $id: in, path: /var/log/x, parse: { $type: none } }
 *       - label: { $name: '@MAIN', config: [...] }
 *       - match: { $tag: '**', $type: stdout }
 *
 * A mapping is a section (`$arg` its argument), a list of mappings several sections of one name,
 * everything else a parameter that keeps its type. Other keys at the top level may hold anchors.
 */
import type { Location } from '../errors.ts';
import { generateJson, JsonError } from '../lib/json.ts';
import { suggest } from '../lib/suggest.ts';
import type { ConfigValue } from './element.ts';
import { rubyText } from './embedded.ts';
import { openElement } from './parser.ts';
import type { OpenElement } from './parser.ts';
import type { Source } from './source.ts';
import { nodeValue, yamlTree } from './yaml-tree.ts';
import type { YamlEntry, YamlHost, YamlNode } from './yaml-tree.ts';

/** The sections of a `config` list in the order in which one item's are taken. */
const LISTED = ['label', 'source', 'filter', 'match', 'worker'];
/** Keys that stand for parameters with @. */
const AT_KEYS = new Map([
  ['$type', '@type'],
  ['$label', '@label'],
  ['$id', '@id'],
  ['$log_level', '@log_level'],
]);

/** Reads a YAML text and adds its sections to the root. */
export function yamlInto(source: Source, host: YamlHost, root: OpenElement): void {
  const tree = yamlTree(source, host);
  if (!tree) return;
  if (tree.kind !== 'map') {
    host.report({ message: "expected a mapping with the keys 'system' and 'config'", at: tree.at });
    return;
  }
  const system = tree.entries.get('system');
  if (system && !isNull(system.node)) root.elements.push(section('system', system, host));
  const config = tree.entries.get('config');
  if (config) configList(config.node, host, root);
  if (!config && !system) {
    const near = [...tree.entries.keys()].map((key) => suggest(key, ['config', 'system'])).find(Boolean);
    host.report({
      message: "expected the key 'config' or 'system' at the top level",
      at: tree.at,
      hint: near && `did you mean '${near}'?`,
    });
  }
}

function configList(node: YamlNode, host: YamlHost, into: OpenElement): void {
  if (isNull(node)) return;
  if (node.kind === 'list') {
    for (const item of node.items) configList(item, host, into);
    return;
  }
  if (node.kind !== 'map') {
    host.report({ message: `expected a section (${LISTED.join(', ')}), found ${describe(node)}`, at: node.at });
    return;
  }
  for (const [key, entry] of node.entries) {
    if (LISTED.includes(key)) continue;
    if (key === '$include' && entry.node.kind === 'scalar') {
      for (const item of host.include(rubyText(entry.node.value), entry.at)) configList(item, host, into);
      continue;
    }
    const near = suggest(key, LISTED);
    const hint = near ? `; did you mean ${near}?` : '';
    host.warn(`'${key}' is ignored here: expected ${LISTED.join(', ')}${hint}`, entry.at);
  }
  for (const name of LISTED) {
    const entry = node.entries.get(name);
    if (entry) into.elements.push(listedSection(name, entry, host));
  }
}

function listedSection(name: string, entry: YamlEntry, host: YamlHost): OpenElement {
  switch (name) {
    case 'label':
      return container(name, '$name', entry, host);
    case 'worker':
      return container(name, '$arg', entry, host);
    case 'source':
      return section(name, entry, host);
    default:
      return section(name, entry, host, '$tag');
  }
}

/** A section that holds a `config` list. */
function container(name: string, argKey: string, { at, node }: YamlEntry, host: YamlHost): OpenElement {
  if (node.kind !== 'map') return wrongSection(name, at, node, host);
  const element = openElement(name, argument(node.entries.get(argKey)), at);
  for (const [key, entry] of node.entries) {
    if (key === argKey || key === 'config') continue;
    host.warn(`'${key}' is ignored here: <${name}> has ${argKey} and config`, entry.at);
  }
  const config = node.entries.get('config');
  if (config) configList(config.node, host, element);
  return element;
}

function section(name: string, { at, node }: YamlEntry, host: YamlHost, argKey = '$arg'): OpenElement {
  if (node.kind !== 'map') return wrongSection(name, at, node, host);
  const element = openElement(name, argument(node.entries.get(argKey), argKey === '$tag' ? ' ' : ','), at);
  for (const [key, atName] of AT_KEYS) {
    const entry = node.entries.get(key);
    if (entry) element.params.set(atName, parameter(entry, host));
  }
  for (const [key, entry] of node.entries) {
    if (key === argKey || AT_KEYS.has(key)) continue;
    if (entry.node.kind === 'map') element.elements.push(section(key, entry, host));
    else if (entry.node.kind === 'list' && entry.node.items[0]?.kind === 'map') {
      for (const item of entry.node.items) element.elements.push(section(key, { at: item.at, node: item }, host));
    } else element.params.set(key, parameter(entry, host));
  }
  return element;
}

function wrongSection(name: string, at: Location, node: YamlNode, host: YamlHost): OpenElement {
  if (!isNull(node)) {
    host.report({ message: `expected a mapping for the section '${name}', found ${describe(node)}`, at });
  }
  return openElement(name, '', at);
}

/** A list of patterns is separated by blanks, any other by commas. */
function argument(entry: YamlEntry | undefined, separator: ',' | ' ' = ','): string {
  if (!entry) return '';
  const { node } = entry;
  const parts = node.kind === 'list' ? node.items : [node];
  return parts
    .map(nodeValue)
    .filter((value) => value !== null)
    .map(rubyText)
    .join(separator);
}

function parameter({ at, node }: YamlEntry, host: YamlHost): ConfigValue {
  const value = nodeValue(node);
  if (typeof value === 'string') return { text: value, at };
  if (value === null) {
    const special = node.kind === 'scalar' && node.special ? node.special : 'nil';
    return { text: '', at, special, value };
  }
  if (!Array.isArray(value)) return { text: rubyText(value), at, value };
  try {
    return { text: generateJson(value), at, value };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    host.report({ message: `cannot keep this list: ${error.message}`, at });
    return { text: '', at };
  }
}

function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null && node.special !== 'default';
}

function describe(node: YamlNode): string {
  if (node.kind === 'scalar') return `'${rubyText(node.value)}'`;
  return node.kind === 'list' ? 'a list' : 'a mapping';
}
