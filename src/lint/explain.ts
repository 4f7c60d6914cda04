/** The way of a tag through a configuration: every rule that is tried, in order, with the reason why it fits or not. Nothing is run. */
import type { CheckedPlugin } from '../config/schema.ts';
import type { Location } from '../errors.ts';
import { compileMatchPattern } from '../routing/match-pattern.ts';
import { rewriteRules } from './flow.ts';
import { nameOf, ROOT, textOption, type LintModel, type LintRule } from './model.ts';
import { reasonFor } from './pattern-reason.ts';
import { isTagIn } from './tag-language.ts';

/** Its fields are the JSON of `logferry explain --json`. */
export interface TagExplanation {
  readonly version: 1;
  readonly tag: string;
  readonly sources: readonly SourceStep[];
  /** One for each label that the tag enters, in the order in which it does. */
  readonly labels: readonly LabelStep[];
}

export interface SourceStep {
  readonly type: string;
  readonly id: string | null;
  readonly at: Location;
  /** Whether it can give the tag; null: that depends on its senders or data. */
  readonly gives: boolean | null;
  /** Its tags, for people. */
  readonly tags: string;
  readonly label: string;
}

export interface LabelStep {
  readonly label: string;
  readonly tag: string;
  /** What brings the tag here; null for where it begins. */
  readonly by: string | null;
  /** Whether events come here only under a condition on their data. */
  readonly condition: string | null;
  readonly rules: readonly RuleStep[];
  /** False: no `<match>` takes the tag. undefined if the label does not exist. */
  readonly taken: boolean;
}

export interface RuleStep {
  readonly kind: 'filter' | 'match';
  readonly type: string | null;
  readonly id: string | null;
  readonly pattern: string;
  readonly at: Location;
  readonly matches: boolean;
  /** Why it matches or not; `behind` rules are not tried at all. */
  readonly reason: string;
  readonly tried: boolean;
  /** Of a `<match>` that takes the tag: where its events end or go on. */
  readonly ends: readonly Ending[];
}

export interface Ending {
  readonly type: string;
  readonly id: string | null;
  readonly at: Location;
  readonly text: string;
  /** Of CloudWatch Logs; `${...}` and names in capitals are not known before there is an event. */
  readonly group: string | null;
  readonly stream: string | null;
  /** Label and tag that events go on to. */
  readonly next: { readonly label: string; readonly tag: string | null } | null;
}

/** Labels beyond which a way is not followed. */
const MAX_LABELS = 50;

/** `label`: where to begin; without it the labels of the sources that can give the tag, or else the top level. */
export function explainTag(model: LintModel, tag: string, label?: string): TagExplanation {
  const sources = model.sources.map((source): SourceStep => {
    const { language, known, text } = model.flow.tagsOf(source);
    return { type: source.type, id: source.id ?? null, at: source.element.at, gives: known ? isTagIn(language, tag) : null, tags: text, label: source.label ?? ROOT };
  });
  const labels: LabelStep[] = [];
  const seen = new Set<string>();
  const follow = (name: string, at: string, by: string | null, condition: string | null): void => {
    const key = `${name}\n${at}`;
    if (seen.has(key) || labels.length >= MAX_LABELS || !model.labels.has(name)) return;
    seen.add(key);
    const position = labels.length;
    labels.push({ label: name, tag: at, by, condition, rules: [], taken: false });
    const { rules } = model.labels.get(name)!;
    const steps: RuleStep[] = [];
    const onward: (() => void)[] = [];
    const late: (() => void)[] = [];
    let taken: LintRule | undefined;
    for (const rule of rules) {
      const step = ruleStep(model, rule, at, taken, filtersBefore(rules, rule, at));
      steps.push(step);
      if (!step.tried || !step.matches || !rule.plugin) continue;
      const timeout = rule.kind === 'filter' ? textOption(rule.plugin, 'timeout_label') : undefined;
      if (timeout !== undefined) late.push(() => follow(timeout, at, nameOf(rule.plugin!), 'events that waited too long for more lines'));
      if (rule.kind !== 'match') continue;
      taken = rule;
      for (const { next, text } of step.ends)
        if (next !== null && next.tag !== null) onward.push(() => follow(next.label, next.tag!, nameOf(rule.plugin!), text.startsWith('if ') ? text : null));
    }
    labels[position] = { ...labels[position]!, rules: steps, taken: taken !== undefined };
    for (const go of [...onward, ...late]) go();
  };
  const starts = label === undefined ? [...new Set(sources.filter(({ gives }) => gives === true).map((source) => source.label))] : [label];
  const open = [...new Set(sources.filter(({ gives }) => gives === null).map((source) => source.label))];
  for (const start of starts.length > 0 ? starts : open.length > 0 ? open : [ROOT]) follow(start, tag, null, null);
  return { version: 1, tag, sources, labels };
}

function ruleStep(model: LintModel, rule: LintRule, tag: string, taken: LintRule | undefined, filters: readonly CheckedPlugin[]): RuleStep {
  const { kind, pattern, element, plugin } = rule;
  let matches = false;
  let reason: string;
  try {
    matches = compileMatchPattern(pattern).matches(tag);
    reason = reasonFor(pattern, tag, matches);
  } catch (error) {
    reason = (error as Error).message;
  }
  const tried = taken === undefined;
  return {
    kind, pattern, at: element.at, matches, tried, type: plugin?.type ?? null, id: plugin?.id ?? null,
    reason: tried ? reason : `not tried: line ${taken.element.at.line} has taken it`,
    ends: tried && matches && kind === 'match' && plugin ? endings(model, plugin, tag, filters, rule) : [],
  };
}

/** Filters that events with the tag pass before a rule. */
function filtersBefore(rules: readonly LintRule[], rule: LintRule, tag: string): CheckedPlugin[] {
  return rules.slice(0, rules.indexOf(rule)).flatMap(({ kind, pattern, plugin }) => (kind === 'filter' && plugin && fits(pattern, tag) ? [plugin] : []));
}

function fits(pattern: string, tag: string): boolean {
  try {
    return compileMatchPattern(pattern).matches(tag);
  } catch {
    return false;
  }
}

function endings(model: LintModel, plugin: CheckedPlugin, tag: string, filters: readonly CheckedPlugin[], rule: LintRule): Ending[] {
  const { type, config, label } = plugin;
  const base = { type, id: plugin.id ?? null, at: plugin.element.at, group: null, stream: null, next: null };
  const here = [...model.labels.values()].find(({ rules }) => rules.includes(rule))!.name;
  if (type === 'relabel') return [{ ...base, text: `goes on to ${labelText(label ?? '')}`, next: { label: label ?? '', tag } }];
  if (type === 'copy' || type === 'roundrobin') {
    const stores = Array.isArray(config['store']) ? (config['store'] as CheckedPlugin[]) : [];
    return stores.flatMap((store) => endings(model, store, tag, filters, rule));
  }
  if (type === 'rewrite_tag_filter')
    return rewriteRules(config).map(({ key, pattern, tag: template, label: to, invert }) => {
      const next = tagFor(template, tag);
      const target = to ?? label ?? here;
      const text = `if ${key} ${invert ? 'does not match' : 'matches'} /${pattern?.source ?? ''}/: tag ${next ?? template}, in ${labelText(target)}`;
      return { ...base, text, next: { label: target, tag: next } };
    });
  if (type === 'cloudwatch_logs') return [cloudwatchEnding(plugin, tag, [...filters, ...filtersUpstream(model, here, tag)])];
  if (type === 'null') return [{ ...base, text: 'is thrown away' }];
  const place = ['path', 'endpoint', 'endpoint_url', 'command', 'host'].map((name) => textOption(plugin, name)).find((value) => value !== undefined);
  return [{ ...base, text: place === undefined ? `ends in ${type}` : `ends in ${type}: ${expandTag(place, tag)}` }];
}

/** Filters that the tag can have passed in labels on the way here, nearest last. */
function filtersUpstream(model: LintModel, here: string, tag: string): CheckedPlugin[] {
  return [...model.labels.values()].flatMap(({ name, rules }) => {
    const leadsHere = name !== here && model.flow.hops.get(name)?.some((hop) => hop.to === here && hop.tags === undefined && fits(hop.rule.pattern, tag));
    const gets = model.flow.entrances.get(name)?.some(({ source, tags }) => source !== undefined && isTagIn(tags, tag));
    return leadsHere && gets ? rules.flatMap(({ kind, pattern, plugin }) => (kind === 'filter' && plugin && fits(pattern, tag) ? [plugin] : [])) : [];
  });
}

function cloudwatchEnding(plugin: CheckedPlugin, tag: string, filters: readonly CheckedPlugin[]): Ending {
  const nameFor = (what: 'group' | 'stream'): string => {
    const template = textOption(plugin, `log_${what}_name`);
    const hasTag = plugin.buffer?.keys.includes('tag') === true;
    if (template !== undefined) return hasTag ? expandTag(template, tag) : template;
    if (plugin.config[`use_tag_as_${what}`] === true) return tag;
    const key = textOption(plugin, `log_${what}_name_key`) ?? '';
    return fieldFor(key, tag, filters) ?? `(field ${key})`;
  };
  const [group, stream] = [nameFor('group'), nameFor('stream')];
  return { type: plugin.type, id: plugin.id ?? null, at: plugin.element.at, group, stream, next: null, text: `is stored in log group ${group}, stream ${stream}` };
}

/** What a filter puts into a field, as far as the tag decides it. */
function fieldFor(key: string, tag: string, filters: readonly CheckedPlugin[]): string | undefined {
  for (const { type, element } of filters.toReversed()) {
    if (type !== 'record_transformer' && type !== 'record_modifier') continue;
    const record = element.elements.find(({ name, params }) => name === 'record' && params.has(key));
    const value = record?.params.get(key);
    if (value) return expandTag(value.text, tag);
  }
  return undefined;
}

/** `${tag}`, `${tag[1]}`, `${tag_parts[1]}`, `${tag_prefix[1]}`, `${tag_suffix[1]}`; other placeholders stay. */
export function expandTag(text: string, tag: string): string {
  const parts = tag.split('.');
  return text.replace(/\$\{tag(?:\[(-?\d+)\]|_(parts|prefix|suffix)\[(-?\d+)\])?\}/g, (_, index?: string, form?: string, place?: string) => {
    if (index !== undefined) return parts.at(Number(index)) ?? '';
    if (form === undefined) return tag;
    const at = Number(place);
    if (form === 'parts') return parts.at(at) ?? '';
    if (form === 'prefix') return parts.slice(0, at < 0 ? parts.length + at + 1 : at + 1).join('.');
    return parts.slice(at < 0 ? parts.length + at : at).join('.');
  });
}

/** A new tag; null if it depends on data. */
function tagFor(template: string, tag: string): string | null {
  const text = expandTag(template.replace(/__TAG__/g, '${tag}'), tag);
  return /\$|__[A-Z]/.test(text) ? null : text;
}

export function labelText(name: string): string {
  return name === ROOT ? 'the top level' : `<label ${name}>`;
}

