/** Where events go: matches, filters and labels that nothing comes to, and ways that have no end. */
import type { Check } from '../finding.ts';
import { matchesBefore, overlap, rewriteRules, rewrittenTags, type Hop } from '../flow.ts';
import { nameOf, ROOT, type LintLabel, type LintModel, type LintRule } from '../model.ts';
import { patternLanguage, surePatternLanguage } from '../pattern-language.ts';
import { EVERYTHING, findTag, type Language } from '../tag-language.ts';
import { sectionName } from '../../config/schema.ts';

export const routingChecks: readonly Check[] = [
  {
    id: 'unreachable-match', severity: 'warning', summary: 'A <match> gets nothing, as those before it take all of its tags.',
    doc: 'Rules of a label are tried from top to bottom, and the first <match> whose pattern takes the tag gets the event; it goes no further. A <match> ' +
      'whose tags are all taken by earlier ones never gets an event. Put the more special pattern first, or use @type copy where both should get it.',
    run: (model, report) => eachRule(model, (label, rule) => {
      if (rule.kind !== 'match') return;
      const cover = coveredBy(label, rule);
      if (cover) report(`${sectionName(rule.element)} gets nothing: ${sayCover(cover)} before it`, rule.element.at, 'put the more special pattern first, or use @type copy where both should get the events');
    }),
  },
  {
    id: 'unreachable-filter', severity: 'warning', summary: 'A <filter> gets nothing, as it stands behind the <match> that takes its tags.',
    doc: 'Rules of a label are tried from top to bottom. Filters count only up to the <match> that takes the event: a <filter> behind it has no effect, which ' +
      'is easily overlooked. Move it in front of the <match>.',
    run: (model, report) => eachRule(model, (label, rule) => {
      if (rule.kind !== 'filter') return;
      const cover = coveredBy(label, rule);
      if (cover) report(`${sectionName(rule.element)} has no effect: ${sayCover(cover)} before it`, rule.element.at, `move it in front of line ${cover[0]!.element.at.line}`);
    }),
  },
  {
    id: 'unmatchable-pattern', severity: 'warning', summary: 'No source gives events with a tag that the pattern takes.',
    doc: 'The tags of most sources are known from the configuration: tag, and for `tag *` the paths. If none of the tags that come to a label fits a pattern, ' +
      'its section does nothing: mostly a typing error, or `*` where `**` is meant (`*` is one part of a tag, `**` any number). Sources whose senders choose the ' +
      'tags, such as forward, may give any tag, and nothing is reported for labels that they reach.',
    run: (model, report) => eachRule(model, (label, rule) => {
      const pattern = patternLanguage(rule.pattern);
      const entrances = model.flow.entrances.get(label.name) ?? [];
      if (!model.complete || model.sources.length === 0 || !pattern || coveredBy(label, rule) || entrances.length === 0 || entrances.some(({ tags }) => overlap(tags, pattern))) return;
      const tags = [...new Set(entrances.flatMap(({ source }) => (source ? [model.flow.tagsOf(source).text] : [])))];
      if (tags.length === 0 && label.name === ROOT) report(`${sectionName(rule.element)} gets nothing: every <source> has a @label`, rule.element.at, 'move it into the <label> that it is meant for');
      else report(`${sectionName(rule.element)} gets nothing: ${tags.length === 0 ? 'no tag that comes here fits' : `the tags that come here are ${list(tags)}`}`, rule.element.at, '`*` stands for one part of a tag, `**` for any number of parts');
    }),
  },
  {
    id: 'unmatched-source', severity: 'warning', summary: 'No <match> takes the events of a source.',
    doc: 'Events whose tag no <match> of their label takes are dropped, with a warning in the log. Reported where the tags of a source are known, and none of ' +
      'them fits. Write a <match> for them; if they are to be dropped, write one with @type null.',
    run({ sources, labels, flow }, report) {
      for (const source of sources) {
        const label = labels.get(source.label ?? ROOT);
        const { language, known, text } = flow.tagsOf(source);
        if (!label || !known) continue;
        const taken = label.rules.some(({ kind, pattern }) => kind === 'match' && overlapsOrUnknown(language, pattern));
        if (!taken) report(`no <match> takes the events of ${nameOf(source)}, tag ${text}: they are dropped`, source.element.at, `write a <match> for them ${label.name === ROOT ? 'at the top level' : `in <label ${label.name}>`}`);
      }
    },
  },
  {
    id: 'unused-label', severity: 'warning', summary: 'Nothing sends events to a label.',
    doc: 'A <label> gets the events of sources with its name as @label, of relabel and rewrite_tag_filter, and of filters with timeout_label. One that nothing ' +
      'names does nothing. @ERROR and @FLUENT_LOG are named by the agent itself.',
    run({ labels, root }, report) {
      const used = new Set<string>();
      for (const element of root.elements) collectTexts(element, element.name === 'label' ? element.arg.trim() : undefined, used);
      for (const { name, at } of labels.values())
        if (![ROOT, '@ERROR', '@FLUENT_LOG'].includes(name) && !used.has(name)) report(`nothing sends events to <label ${name}>`, at, `name it in a source: @label ${name}`);
    },
  },
  {
    id: 'label-loop', severity: 'warning', summary: 'Events go round in a circle of labels for ever.',
    doc: 'A relabel output that leads back, directly or through other labels, to a <match> that takes the same tag again has no end: the agent is busy with one ' +
      'event for ever. Let one of the labels lead out of the circle.',
    run(model, report) {
      const reported = new Set<LintRule>();
      for (const label of model.labels.values())
        for (const hop of model.flow.hops.get(label.name) ?? []) {
          const circle = findCircle(model, label.name, [hop]);
          if (!circle || circle.hops.some(({ rule }) => reported.has(rule))) continue;
          for (const { rule } of circle.hops) reported.add(rule);
          const way = [label.name, ...circle.hops.map(({ to }) => to)].join(' -> ');
          report(`events with the tag ${circle.tag} go round for ever: ${way}`, hop.rule.element.at, 'let one of the labels lead out of the circle');
        }
    },
  },
  {
    id: 'rewrite-loop', severity: 'warning', summary: 'rewrite_tag_filter gives tags that its own <match> takes again.',
    doc: 'Events with a new tag go through the rules of the label from the top. If the pattern of the rewrite_tag_filter takes the new tag, too, its rules are ' +
      'tried again: they loop, or the event is dropped because nothing changes. Choose tags that the pattern does not take, or a <rule> with label.',
    run: (model, report) => eachRule(model, (label, rule) => {
      const { plugin } = rule;
      const pattern = patternLanguage(rule.pattern);
      if (plugin?.type !== 'rewrite_tag_filter' || !pattern) return;
      const before = matchesBefore(label, rule).map(({ pattern: text }) => surePatternLanguage(text));
      for (const { tag, label: to } of rewriteRules(plugin.config)) {
        if ((to ?? plugin.label ?? label.name) !== label.name || /[$_]/.test(tag)) continue;
        const found = findTag([rewrittenTags(tag), pattern, ...before], ([isTag, fits, ...taken]) => isTag! && fits! && !taken.includes(true));
        if (typeof found === 'string') report(`the new tag ${found} is taken by ${sectionName(rule.element)} again`, rule.element.at, 'choose a tag that the pattern does not take');
      }
    }),
  },
  {
    id: 'single-store-copy', severity: 'hint', summary: 'A copy or roundrobin output has one store.',
    doc: 'With one <store> the output around it does nothing that the store would not do by itself.',
    run(model, report) {
      for (const { plugin } of model.outputs)
        if ((plugin.type === 'copy' || plugin.type === 'roundrobin') && (plugin.config['store'] as readonly unknown[] | undefined)?.length === 1)
          report(`@type ${plugin.type} with one <store>`, plugin.element.at, 'use the output of the store itself');
    },
  },
  {
    id: 'hidden-agent-log', severity: 'hint', summary: "The agent's own events are thrown away.",
    doc: 'The agent emits its own warnings and errors as events with tags such as fluent.warn. <match fluent.**> with @type null throws them away, so that problems of ' +
      "the agent (dropped chunks, refused requests) are seen only in its log on standard output, and not where all other logs are. Where they should be seen, send " +
      'them to an output of their own, best in <label @FLUENT_LOG>.',
    run(model, report) {
      const own = patternLanguage('fluent.warn')!;
      const label = model.labels.get('@FLUENT_LOG') ?? model.labels.get(ROOT)!;
      for (const rule of label.rules) {
        if (rule.kind !== 'match' || !overlapsOrUnknown(own, rule.pattern)) continue;
        if (rule.plugin?.type === 'null' && patternLanguage(rule.pattern))
          report(`${sectionName(rule.element)} throws the agent's own warnings and errors away; its log on standard output is the only place that has them`, rule.element.at,
            'send them to an output in <label @FLUENT_LOG>, or collect the log of the agent');
        return;
      }
    },
  },
];

function eachRule({ labels }: LintModel, look: (label: LintLabel, rule: LintRule) => void): void {
  for (const label of labels.values()) for (const rule of label.rules) look(label, rule);
}

/** The matches that take all tags of a rule before it; undefined if they do not, or that is not known. As few as possible. */
function coveredBy(label: LintLabel, rule: LintRule): readonly LintRule[] | undefined {
  const before = matchesBefore(label, rule);
  if (before.length === 0) return undefined;
  const pattern = patternLanguage(rule.pattern);
  const same = before.find((other) => other.pattern.trim() === rule.pattern.trim());
  if (same) return [same];
  const language = pattern ?? EVERYTHING;
  const covers = (rules: readonly LintRule[]) => {
    return findTag([language, ...rules.map((other) => surePatternLanguage(other.pattern))], ([isIn, ...taken]) => isIn! && !taken.includes(true)) === null;
  };
  const one = before.find((other) => covers([other]));
  if (one) return [one];
  if (!covers(before)) return undefined;
  return before.filter((other) => pattern === undefined || overlap(language, surePatternLanguage(other.pattern)));
}

function sayCover(rules: readonly LintRule[]): string {
  const names = rules.slice(0, 3).map(({ element }) => `${sectionName(element)} (line ${element.at.line})`);
  return `${list(names)}${rules.length > 3 ? ' and others' : ''} ${rules.length === 1 ? 'takes' : 'take'} all of its tags`;
}

function list(texts: readonly string[]): string {
  const shown = texts.length > 4 ? [...texts.slice(0, 4), '...'] : texts;
  return shown.join(', ');
}

function overlapsOrUnknown(language: Language, pattern: string): boolean {
  const other = patternLanguage(pattern);
  return !other || overlap(language, other);
}

/** A way back to the label it starts from, on which a tag stays as it is and is always taken. */
function findCircle(model: LintModel, start: string, way: readonly Hop[]): { readonly hops: readonly Hop[]; readonly tag: string } | undefined {
  const last = way.at(-1)!;
  if (last.by.kind === 'filter' || last.tags !== undefined || !model.labels.has(last.to)) return undefined;
  if (last.to === start) {
    const tag = commonWay(model, start, way);
    return tag === undefined ? undefined : { hops: way, tag };
  }
  if (way.slice(0, -1).some(({ to }) => to === last.to)) return undefined;
  for (const hop of model.flow.hops.get(last.to) ?? []) {
    const found = findCircle(model, start, [...way, hop]);
    if (found) return found;
  }
  return undefined;
}

/** A tag that goes all the way. */
function commonWay({ labels }: LintModel, start: string, way: readonly Hop[]): string | undefined {
  const wanted: Language[] = [];
  const unwanted: Language[] = [];
  let name = start;
  for (const { rule, to } of way) {
    const label = labels.get(name)!;
    const pattern = patternLanguage(rule.pattern);
    if (!pattern) return undefined;
    wanted.push(pattern);
    // A regular expression before it may take anything.
    for (const other of matchesBefore(label, rule)) unwanted.push(patternLanguage(other.pattern) ?? EVERYTHING);
    name = to;
  }
  const tag = findTag([...wanted, ...unwanted], (isIn) => isIn.slice(0, wanted.length).every(Boolean) && !isIn.slice(wanted.length).includes(true));
  return tag ?? undefined;
}

/** Every text of a section but its name: those that could name a label. `own`: its own name does not count. */
function collectTexts(element: LintModel['root'], own: string | undefined, found: Set<string>): void {
  for (const { text } of element.params.values()) if (text !== own) found.add(text);
  for (const child of element.elements) collectTexts(child, own, found);
}
