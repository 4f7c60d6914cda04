/**
 * Which tags can enter which label, and from which sources: an upper bound, made without running anything. Where an output or filter
 * gives its events other tags, and what these are depends on data, any tag counts as possible.
 */
import type { CheckedPlugin } from '../config/schema.ts';
import type { LintLabel, LintRule } from './label.ts';
import { patternLanguage, surePatternLanguage } from './pattern-language.ts';
import { sourceTags, type SourceTags } from './source-tags.ts';
import { commonTag, EVERYTHING, findTag, languageOf, type Language, type Piece } from './tag-language.ts';

/** Tags that enter a label. */
export interface Entrance {
  /** Where they come from: a source; undefined: the agent itself. */
  readonly source: CheckedPlugin<'input'> | undefined;
  readonly tags: Language;
  readonly known: boolean;
}

/** A way from a rule to a label. */
export interface Hop {
  readonly rule: LintRule;
  /** What hands the events on: the rule's plugin, or a store of it. */
  readonly by: CheckedPlugin;
  readonly to: string;
  /** The tags that events get; undefined: they keep theirs. */
  readonly tags: Language | undefined;
  /** Only for events of its filter that were held too long. */
  readonly late: boolean;
}

export interface Flow {
  readonly entrances: ReadonlyMap<string, readonly Entrance[]>;
  readonly hops: ReadonlyMap<string, readonly Hop[]>;
  tagsOf(source: CheckedPlugin<'input'>): SourceTags;
  /** Sources whose events can come to a rule of a label. */
  sourcesOf(label: string, rule: LintRule): readonly CheckedPlugin<'input'>[];
}

/** The agent's own log. */
const OWN_TAGS: Language = languageOf([[{ kind: 'text', text: 'fluent.' }, { kind: 'any' }]]);

/** A label is entered in fewer ways than this, or any tag counts as possible. */
const MAX_ENTRANCES = 200;

/** Outputs that give events to labels, apart from those that say so themselves. */
const HANDS_ON = new Set(['relabel', 'rewrite_tag_filter', 'detect_exceptions', 'record_modifier', 'exec_filter', 'copy', 'roundrobin']);

export function readFlow(sources: readonly CheckedPlugin<'input'>[], labels: ReadonlyMap<string, LintLabel>): Flow {
  const hops = new Map([...labels.values()].map((label) => [label.name, label.rules.flatMap((rule) => (rule.plugin ? hopsOf(rule, rule.plugin, label.name) : []))]));
  const entrances = new Map<string, Entrance[]>([...labels.keys()].map((name) => [name, []]));
  const tags = new Map(sources.map((source) => [source, sourceTags(source)]));
  const enter = (label: string, entrance: Entrance): void => {
    const known = entrances.get(label);
    if (!known || known.length > MAX_ENTRANCES) return;
    if (known.some((other) => other.source === entrance.source && (other.tags === entrance.tags || other.tags === EVERYTHING))) return;
    known.push(entrance);
    for (const hop of hops.get(label) ?? []) {
      if (!canReach(labels.get(label)!, hop.rule, entrance.tags)) continue;
      enter(hop.to, hop.tags === undefined ? entrance : { source: entrance.source, tags: hop.tags, known: hop.tags !== EVERYTHING });
    }
  };
  enter(labels.has('@FLUENT_LOG') ? '@FLUENT_LOG' : '@ROOT', { source: undefined, tags: OWN_TAGS, known: true });
  for (const source of sources) {
    const { language, known } = tags.get(source)!;
    enter(source.label ?? '@ROOT', { source, tags: language, known });
    // Any event may be given to the error label.
    if (labels.has('@ERROR')) enter('@ERROR', { source, tags: EVERYTHING, known: false });
  }
  return {
    entrances, hops,
    tagsOf: (source) => tags.get(source)!,
    sourcesOf(label, rule) {
      const found = (entrances.get(label) ?? []).filter((entrance) => canReach(labels.get(label)!, rule, entrance.tags));
      return [...new Set(found.map(({ source }) => source))].filter((source) => source !== undefined);
    },
  };
}

/** Whether a tag of the language can come to the rule: its pattern takes it, and no `<match>` before it does. Yes if that is not known. */
function canReach(label: LintLabel, rule: LintRule, tags: Language): boolean {
  const pattern = patternLanguage(rule.pattern);
  if (!pattern) return true;
  const before = matchesBefore(label, rule).map(({ pattern: text }) => surePatternLanguage(text));
  return findTag([tags, pattern, ...before], ([isTag, fits, ...taken]) => isTag! && fits! && !taken.includes(true)) !== null;
}

/** The `<match>` sections before a rule. */
export function matchesBefore(label: LintLabel, rule: LintRule): LintRule[] {
  return label.rules.slice(0, label.rules.indexOf(rule)).filter(({ kind }) => kind === 'match');
}

function hopsOf(rule: LintRule, plugin: CheckedPlugin, here: string): Hop[] {
  const { type, config, label } = plugin;
  const hop = (to: string, tags: Language | undefined, late = false): Hop => ({ rule, by: plugin, to, tags, late });
  if (plugin.kind === 'filter') {
    const { timeout_label: timeout } = config;
    return typeof timeout === 'string' && timeout !== '' ? [hop(timeout, undefined, true)] : [];
  }
  const stores = Array.isArray(config['store']) ? (config['store'] as CheckedPlugin[]).flatMap((store) => hopsOf(rule, store, here)) : [];
  if (type === 'relabel') return label === undefined ? [] : [hop(label, undefined)];
  if (type === 'rewrite_tag_filter') return rewriteRules(config).map(({ tag, label: to }) => hop(to ?? label ?? here, rewrittenTags(tag)));
  if (type === 'copy' || type === 'roundrobin') return stores;
  if (HANDS_ON.has(type) || plugin.definition.handsOn === true || label !== undefined) return [hop(label ?? here, EVERYTHING), ...stores];
  return stores;
}

/** A `<rule>` of rewrite_tag_filter. */
export interface RewriteRule {
  readonly key: string;
  readonly pattern: { readonly source: string; readonly options: string };
  readonly tag: string;
  readonly label: string | undefined;
  readonly invert: boolean;
}

export function rewriteRules(config: Readonly<Record<string, unknown>>): readonly RewriteRule[] {
  const found = config['rules'] ?? config['rule'];
  return Array.isArray(found) ? (found as RewriteRule[]).filter(({ tag }) => typeof tag === 'string') : [];
}

/** The tags that a rule of rewrite_tag_filter gives: anything where a placeholder stands. */
export function rewrittenTags(tag: string): Language {
  const pieces = tag.split(/(\$\d+|\$\{[^}]+\}|__[A-Z_]+(?:\[[^\]]+\])?__)/).map((text, i): Piece => (i % 2 === 1 ? { kind: 'any' } : { kind: 'text', text }));
  return languageOf([pieces]);
}

/** Whether a tag of both sets exists; yes if that is not known. */
export function overlap(a: Language, b: Language): boolean {
  return commonTag(a, b) !== null;
}
