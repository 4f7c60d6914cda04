/**
 * A YAML text as a tree of values with places, before it is known what they mean.
 *
 * Tags: `!fluent/s` (a double-quoted text of the configuration language), `!fluent/json` (the JSON
 * text of a value), `!include` (the content of other files). Anchors, aliases and `<<` are resolved.
 */
import { isAlias, isMap, isScalar, isSeq, parseDocument, Scalar } from 'yaml';
import type { Document, Node as DocumentNode } from 'yaml';
import { errorText } from '../errors.ts';
import type { ConfigProblem, Location } from '../errors.ts';
import { generateJson, JsonError } from '../lib/json.ts';
import type { Value } from '../lib/value.ts';
import type { Evaluate } from './embedded.ts';
import { readInterpolated } from './ruby-text.ts';
import { locate } from './source.ts';
import type { Source } from './source.ts';
import { plainScalar } from './yaml-scalar.ts';

/** A value with the place where it stands. */
export type YamlNode =
  | { readonly kind: 'map'; readonly at: Location; readonly entries: ReadonlyMap<string, YamlEntry> }
  | { readonly kind: 'list'; readonly at: Location; readonly items: readonly YamlNode[] }
  | YamlScalar;

/** A single value; `special` if its expression was use_nil or use_default. */
export interface YamlScalar {
  readonly kind: 'scalar';
  readonly at: Location;
  readonly value: Value;
  readonly special?: 'nil' | 'default' | undefined;
}

/** A key's place, and what it holds. */
export interface YamlEntry {
  readonly at: Location;
  readonly node: YamlNode;
}

/** What reading YAML needs from its caller. */
export interface YamlHost {
  readonly evaluate: Evaluate;
  readonly report: (problem: ConfigProblem) => void;
  readonly warn: (message: string, at: Location) => void;
  /** The items of the lists in the files that an include names. */
  readonly include: (path: string, at: Location) => readonly YamlNode[];
}

/** Deepest nesting; more comes from an anchor that holds itself. */
const MAX_DEPTH = 100;
/** Most values in a tree; aliases of aliases could make it endless. */
const MAX_NODES = 100_000;

interface Conversion {
  readonly source: Source;
  readonly host: YamlHost;
  readonly document: Document;
  nodes: number;
  refused: boolean;
}

/** Reads one YAML document; undefined if it is empty or its syntax is wrong (then that is reported). */
export function yamlTree(source: Source, host: YamlHost): YamlNode | undefined {
  const document = parseYaml(source, host);
  if (!document) return undefined;
  for (const error of document.errors) {
    const at = locate(source, Math.min(error.pos[0], source.text.length));
    host.report({ message: `YAML syntax: ${error.message}`, at });
  }
  if (document.errors.length > 0 || !document.contents) return undefined;
  return convert({ source, host, document, nodes: 0, refused: false }, document.contents, 0);
}

function parseYaml(source: Source, host: YamlHost): Document | undefined {
  try {
    return parseDocument(source.text, {
      schema: 'failsafe', // scalars stay text here: plainScalar knows Ruby's types
      logLevel: 'silent',
      prettyErrors: false,
      uniqueKeys: false,
      strict: true,
    });
  } catch (error) {
    // the library recurses into nested collections
    const message = error instanceof RangeError ? 'the values are nested too deeply' : errorText(error);
    host.report({ message: `YAML syntax: ${message}`, at: locate(source, 0) });
    return undefined;
  }
}

function convert(all: Conversion, node: DocumentNode | null, depth: number, fallback?: Location): YamlNode {
  const at = node?.range ? locate(all.source, node.range[0]) : (fallback ?? locate(all.source, 0));
  if (depth > MAX_DEPTH || ++all.nodes > MAX_NODES) {
    if (!all.refused) all.host.report({ message: 'the YAML values are nested too deeply, or too many', at });
    all.refused = true;
    return { kind: 'scalar', at, value: null };
  }
  if (isAlias(node)) {
    const target = node.resolve(all.document);
    if (!target) all.host.report({ message: `there is no anchor &${node.source} before this alias`, at });
    return convert(all, target ?? null, depth + 1, at);
  }
  if (node?.tag === '!fluent/json') return jsonScalar(all, untagged(all, node, depth, at));
  if (node?.tag === '!include') return included(all, node, at);
  return untagged(all, node, depth, at);
}

function untagged(all: Conversion, node: DocumentNode | null, depth: number, at: Location): YamlNode {
  if (isMap(node)) return convertMap(all, node, depth, at);
  if (isSeq(node)) {
    return { kind: 'list', at, items: node.items.map((item) => convert(all, item as DocumentNode, depth + 1, at)) };
  }
  if (!isScalar(node)) return { kind: 'scalar', at, value: null };
  const text = node.source ?? '';
  if (node.tag === '!fluent/s') return interpolated(all, text, at);
  checkTag(all, node, at);
  const isText = node.type !== Scalar.PLAIN || node.tag === '!' || node.tag === 'tag:yaml.org,2002:str';
  return { kind: 'scalar', at, value: isText ? text : plainScalar(text) };
}

function convertMap(all: Conversion, node: DocumentNode, depth: number, at: Location): YamlNode {
  const entries = new Map<string, YamlEntry>();
  if (!isMap(node)) return { kind: 'map', at, entries };
  for (const { key, value } of node.items) {
    const keyNode = key as DocumentNode | null;
    const keyAt = keyNode?.range ? locate(all.source, keyNode.range[0]) : at;
    const target = isAlias(keyNode) ? keyNode.resolve(all.document) : keyNode;
    if (!isScalar(target)) {
      all.host.report({ message: 'expected a text as the key of a mapping', at: keyAt });
      continue;
    }
    const held = convert(all, value as DocumentNode | null, depth + 1, keyAt);
    if (target.source === '<<' && target.type === Scalar.PLAIN && mergeInto(entries, held)) continue;
    entries.set(target.source ?? '', { at: keyAt, node: held });
  }
  return { kind: 'map', at, entries };
}

/** Adds what `<<` refers to; false if that is no mapping. */
function mergeInto(entries: Map<string, YamlEntry>, held: YamlNode): boolean {
  if (held.kind === 'map') {
    for (const [key, entry] of held.entries) entries.set(key, entry);
    return true;
  }
  if (held.kind !== 'list' || !held.items.every((item) => item.kind === 'map')) return false;
  return held.items.map((item) => mergeInto(entries, item)).length > 0;
}

function interpolated(all: Conversion, text: string, at: Location): YamlScalar {
  const { evaluate, report } = all.host;
  const literal = readInterpolated(text, at, evaluate, report);
  return { kind: 'scalar', at, value: literal.special ? null : literal.text, special: literal.special };
}

function jsonScalar(all: Conversion, node: YamlNode): YamlScalar {
  try {
    return { kind: 'scalar', at: node.at, value: generateJson(nodeValue(node)) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    all.host.report({ message: `!fluent/json: ${error.message}`, at: node.at });
    return { kind: 'scalar', at: node.at, value: null };
  }
}

function included(all: Conversion, node: DocumentNode, at: Location): YamlNode {
  if (!isScalar(node) || !node.source) {
    all.host.report({ message: 'expected a file name after !include', at });
    return { kind: 'list', at, items: [] };
  }
  return { kind: 'list', at, items: all.host.include(node.source, at) };
}

function checkTag(all: Conversion, node: Scalar, at: Location): void {
  const { tag } = node;
  if (tag === undefined || tag === '!' || tag.startsWith('tag:yaml.org,2002:')) return;
  all.host.report({ message: `expected one of the tags !fluent/s, !fluent/json, !include, found ${tag}`, at });
}

/** A tree as a plain value. */
export function nodeValue(node: YamlNode): Value {
  switch (node.kind) {
    case 'map':
      return new Map([...node.entries].map(([key, entry]) => [key, nodeValue(entry.node)]));
    case 'list':
      return node.items.map(nodeValue);
    case 'scalar':
      return node.value;
  }
}
