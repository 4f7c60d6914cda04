/** What is written in parameters: secrets, patterns that cannot work or never end, and what reading them was warned of. */
import type { ConfigElement, ConfigValue } from '../../config/element.ts';
import type { Fields, RegexpLiteral } from '../../config/params.ts';
import type { CheckedPlugin } from '../../config/schema.ts';
import type { Location } from '../../errors.ts';
import { compileRegexp } from '../../regexp/index.ts';
import { tokenize, type Token } from '../../regexp/tokens.ts';
import type { Check, Report, Rule } from '../finding.ts';
import type { LintModel } from '../model.ts';
import { exponentialAmbiguity } from '../regexp-ambiguity.ts';

const ACCESS_KEY = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/;
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i;

export const valueChecks: readonly Check[] = [
  {
    id: 'written-secret', severity: 'warning', summary: 'A secret stands in the configuration.',
    doc: 'Configurations are kept in repositories and ConfigMaps, where many can read them. Take secrets from the environment ("#{ENV[\'NAME\']}") or from a mounted file ' +
      '("#{File.read(\'/path\').strip}"), and let AWS credentials come from a role (IRSA, EKS Pod Identity, instance profile) instead of keys.',
    run(model, report) {
      for (const plugin of model.plugins) eachSecret(plugin, (name, value) => {
        if (!isComputed(value, model)) report(`${name} is written in the configuration`, value.at, name.startsWith('aws_') ? 'use a role instead of keys' : `take it from the environment: ${name} "#{ENV['NAME']}"`);
      });
      eachParam(model.root, (name, value) => {
        if (isComputed(value, model)) return;
        if (ACCESS_KEY.test(value.text) && name !== 'aws_key_id') report(`${name} has an AWS access key in it`, value.at, 'use a role instead of keys');
        else if (USER_INFO.test(value.text)) report(`${name} has a password in its URL`, value.at, `take it from the environment: ${name} "#{ENV['NAME']}"`);
      });
    },
  },
  {
    id: 'exponential-regexp', severity: 'warning', summary: 'A regular expression can take for ever.',
    doc: 'A pattern such as /^(\\w+\\s?)+:/ has a loop that can take the same text in many ways. Where what follows does not match in the end, all of these ways are tried: ' +
      'twice as many for each further character, so that one line of fifty characters keeps the agent busy for hours. Write the loop so that each text fits in ' +
      'one way only: /^\\w+(?:\\s\\w+)*:/, a class that leaves out what follows ([^,]*, instead of .*,), or an atomic group (?>...).',
    run: (model, report) => eachRegexp(model, ({ source, options }, at, text) => {
      const found = exponentialAmbiguity(source, options);
      if (found) report(`the pattern ${text} can take for ever: its loop takes ${quoted(found.text)} in several ways, and a line with many of them that does not match in the end tries all`, at, 'write the loop so that each text fits in one way only');
    }),
  },
  {
    id: 'impossible-grep', severity: 'warning', summary: 'A grep filter lets nothing through.',
    doc: 'The same field has to match a pattern and must not match it, or a pattern cannot match any text (such as one with something in front of \\A or behind \\z).',
    run({ plugins }, report) {
      for (const plugin of plugins) if (plugin.type === 'grep' && plugin.kind === 'filter') checkGrep(plugin, report);
    },
  },
];

/** What the reading of parameters is warned of, as findings. */
export const readingRules = {
  deprecated: {
    id: 'deprecated-parameter', severity: 'warning', summary: 'A parameter has another name or form by now.',
    doc: 'The parameter still works. The message says what to write instead; later versions may refuse it.',
  },
  unused: {
    id: 'unused-parameter', severity: 'warning', summary: 'A parameter or section is not known to its plugin.',
    doc: 'Nobody reads it: a typing error, a parameter of another plugin, or one that stands in the wrong section (such as flush_interval outside of <buffer>).',
  },
  other: {
    id: 'odd-value', severity: 'warning', summary: 'A value is read differently from what was probably meant.',
    doc: 'Fluentd is generous in reading values (`3 lines` is 3, `abc` is 0), and so is Logferry. `strict_config_value true` in <system> refuses such values.',
  },
  create: {
    id: 'plugin-warning', severity: 'warning', summary: 'A plugin warned while it was created.',
    doc: 'Plugins tell what is odd about their configuration when they are created: what stands here the agent would write into its log when it starts.',
  },
} as const satisfies Record<string, Rule>;

function checkGrep({ config, element }: CheckedPlugin, report: Report): void {
  type Condition = { readonly key: string; readonly pattern: RegexpLiteral | undefined };
  const regexps = (config['regexps'] ?? []) as readonly Condition[];
  const excludes = (config['excludes'] ?? []) as readonly Condition[];
  for (const [i, { key, pattern }] of regexps.entries()) {
    const at = element.elements.filter(({ name }) => name === 'regexp')[i]?.at ?? element.at;
    if (!pattern) continue;
    if (excludes.some((other) => other.key === key && other.pattern?.source === pattern.source && other.pattern.options === pattern.options))
      report(`${key} has to match /${pattern.source}/ and must not match it: nothing passes`, at, 'take one of the two conditions out');
    else if (isImpossible(pattern)) report(`/${pattern.source}/ can match no line: something stands in front of its beginning or behind its end`, at, 'put ^ first and $ last');
  }
}

/** A letter or digit that has to stand in front of the beginning of a line, or behind its end; false if that is not sure. */
function isImpossible({ source, options }: RegexpLiteral): boolean {
  const tokens = tokenize(source, options.includes('x'));
  if (options.includes('x') || tokens.some(({ kind, text }) => kind === 'open' || (kind === 'other' && text === '|'))) return false;
  const isLetter = (token: Token | undefined) => token?.kind === 'other' && !token.inClass && /^[A-Za-z0-9]$/.test(token.text);
  return tokens.some(({ kind, text, inClass }, i) => {
    if (inClass || (kind !== 'other' && kind !== 'escape')) return false;
    if (text === '^' || text === '\\A') return isLetter(tokens[i - 1]);
    const after = tokens[i + 2]?.text ?? '';
    return (text === '$' || text === '\\z') && isLetter(tokens[i + 1]) && !/^[?*{]$/.test(after);
  });
}

function eachSecret(plugin: CheckedPlugin, look: (name: string, value: ConfigValue) => void): void {
  const walk = (fields: Fields, element: ConfigElement): void => {
    for (const [name, field] of Object.entries(fields)) {
      if (field.kind === 'param' && field.secret) {
        const value = element.params.get(name) ?? (field.alias ? element.params.get(field.alias) : undefined);
        if (value && value.text !== '') look(name, value);
      }
      if (field.kind === 'section') for (const child of element.elements) if (child.name === name) walk(field.fields, child);
    }
  };
  walk(plugin.definition.config as Fields, plugin.element);
}

function eachParam(element: ConfigElement, look: (name: string, value: ConfigValue) => void): void {
  for (const [name, value] of element.params) look(name, value);
  for (const child of element.elements) eachParam(child, look);
}

/** Whether an expression gave the value: what is secret of it stands elsewhere. */
function isComputed(value: ConfigValue, { lineAt }: LintModel): boolean {
  return /#\{|!fluent\/s/.test(value.source ?? '') || /#\{|!fluent\/s/.test(lineAt(value.at)) || value.special !== undefined;
}

/** Written patterns: parameters whose type is a regular expression, and those that hold one as a text between slashes. */
function eachRegexp({ plugins }: LintModel, look: (regexp: RegexpLiteral, at: Location, text: string) => void): void {
  const seen = new Set<ConfigValue>();
  const take = (value: ConfigValue | undefined, literal: RegexpLiteral): void => {
    if (!value || seen.has(value)) return;
    seen.add(value);
    try {
      compileRegexp(literal.source, literal.options);
    } catch {
      return; // told as a problem
    }
    look(literal, value.at, shortened(value.text));
  };
  for (const { definition, element } of plugins) walkFields(definition.config as Fields, element, take);
}

function walkFields(fields: Fields, element: ConfigElement, take: (value: ConfigValue | undefined, literal: RegexpLiteral) => void): void {
  for (const [name, value] of element.params) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const isPattern = (field?.kind === 'param' && field.type === 'regexp') || /(?:^expression|^format_firstline|^format\d+|_regexp|_pattern|^pattern)$/.test(name);
    const between = /^\/(.*)\/([a-z]*)$/s.exec(value.text);
    if (between) take(value, { source: between[1]!, options: between[2]! });
    else if (isPattern && value.text !== '') take(value, { source: value.text, options: '' });
  }
  for (const child of element.elements) {
    const field = Object.hasOwn(fields, child.name) ? fields[child.name] : undefined;
    if (field?.kind === 'section') walkFields(field.fields, child, take);
  }
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

