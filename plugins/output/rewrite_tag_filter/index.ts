/** Gives events new tags that depend on their fields, and sends them through the rules again. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  columnValue, compileAccessor, compileRegexp, ConfigError, defineOutput, errorText, handOn, isValidText, ObjectBatch, param, perTag,
  scrubText, section, selectRows, tagValues, TextBatch, textOf,
  type EventBatch, type PluginContext, type RecordAccessor, type RegexpLiteral, type Router, type TagValues, type Value,
} from '#logferry';
import { compileTagTemplate, type TagTemplate } from './tag-template.ts';

interface Rule {
  readonly key: RecordAccessor;
  /** What the groups matched; undefined if the rule does not apply. */
  match(text: string): readonly (string | undefined)[] | undefined;
  readonly tag: TagTemplate;
  readonly router: Router;
  /** Whether the event stays among the rules it is under now: then the same tag would go in circles. */
  readonly staysHere: boolean;
}

/** Where events go together. */
interface Group {
  readonly tag: string;
  readonly router: Router;
  readonly rows: number[];
}

/** How long the hostname command may take. */
const COMMAND_TIMEOUT_MS = 10_000;
const NO_CAPTURES: readonly string[] = [];
/** A program and plain words, as no shell reads them. */
const PLAIN_COMMAND = /^[\w./@:=+-]+(?:\s+[\w./@:=+-]+)*$/;

export default defineOutput({
  type: 'rewrite_tag_filter',
  handsOn: true,
  doc: 'Gives events new tags by rules on their fields and sends them through the routes again; the first rule that applies counts.',
  config: {
    capitalize_regex_backreference: param.bool('Capitalize what `$1`, `$2` ... stand for.', { default: false }),
    remove_tag_prefix: param.string('A prefix that `${tag}` and its kind are to be without.', { optional: true }),
    remove_tag_regexp: param.regexp('A part of the tag that `${tag}` and its kind are to be without.', { optional: true }),
    hostname_command: param.string('A program, with plain arguments, whose output `${hostname}` stands for.', { default: 'hostname' }),
    emit_mode: param.enum(['record', 'batch'], 'Emit events one by one, or all that get the same tag together.', { default: 'batch' }),
    rule: section(
      'A rule; at least one is needed.',
      {
        key: param.string('The field, as a name or a record accessor such as `$.a.b`.'),
        pattern: param.regexp('The regular expression that the field has to match.'),
        tag: param.string('The new tag, with `$1` and placeholders such as `${tag_parts[0]}`.'),
        label: param.string('The label whose rules the event goes to; by default those it is under.', { optional: true }),
        invert: param.bool('The rule applies where the pattern does not match.', { default: false }),
      },
      { multi: true, as: 'rules' },
    ),
  },

  create(config, context) {
    const { rules: sections } = config as unknown as { readonly rules: readonly RuleConfig[] };
    if (sections.length === 0) throw new ConfigError('missing rewriterules: there is no <rule> section', context.element.at);
    const rules = sections.map((section) => createRule(section, config.capitalize_regex_backreference, context));
    const names = sections.map(({ key, pattern, invert }) => JSON.stringify([key, pattern.source, pattern.options, invert]));
    const twice = sections[names.findIndex((name, i) => names.indexOf(name) !== i)];
    if (twice) {
      throw new ConfigError(`duplicated rewriterules found: two rules have the key '${twice.key}' and the pattern /${twice.pattern.source}/`, context.element.at);
    }
    if (config.remove_tag_prefix !== undefined && config.remove_tag_regexp !== undefined) {
      throw new ConfigError('remove_tag_prefix and remove_tag_regexp are exclusive', context.place('remove_tag_regexp'));
    }
    const valuesOf = perTag((tag) => tagValues(withoutPart(tag, config.remove_tag_prefix, config.remove_tag_regexp)));
    let { hostname } = context.system;
    const command = config.hostname_command.trim();
    if (!PLAIN_COMMAND.test(command)) {
      throw new ConfigError(
        `'hostname_command' parameter: no shell runs it, so only a program with plain arguments is possible, found '${command}'`,
        context.place('hostname_command'),
      );
    }

    /** Calls `to` with the position, rule and captures of each event that a rule applies to. */
    const eachMatch = (batch: EventBatch, to: (index: number, rule: Rule, captures: readonly (string | undefined)[]) => void): void => {
      const valueOf = valueReader(batch, rules);
      for (let i = 0; i < batch.size; i++) {
        for (const rule of rules) {
          const captures = rule.match(textOf(valueOf(rule, i)));
          if (!captures) continue;
          to(i, rule, captures);
          break;
        }
      }
    };
    const groupsOf = (batch: EventBatch, tag: TagValues): Group[] => {
      const byRouter = new Map<Router, Map<string, Group>>();
      const groups: Group[] = [];
      let last: Group | undefined;
      eachMatch(batch, (index, rule, captures) => {
        const newTag = rule.tag(captures, tag, hostname);
        if (rule.staysHere && newTag === batch.tag) return;
        if (last?.tag === newTag && last.router === rule.router) {
          if (config.emit_mode === 'batch') {
            last.rows.push(index);
            return;
          }
        }
        const byTag = byRouter.get(rule.router) ?? new Map<string, Group>();
        byRouter.set(rule.router, byTag);
        last = config.emit_mode === 'batch' ? byTag.get(newTag) : undefined;
        if (last) {
          last.rows.push(index);
          return;
        }
        last = { tag: newTag, router: rule.router, rows: [index] };
        byTag.set(newTag, last);
        groups.push(last);
      });
      return groups;
    };
    return {
      async start() {
        if (command !== 'hostname') hostname = await runCommand(command, hostname, context);
      },
      emit(batch) {
        let waiting: Promise<void> | undefined;
        for (const { tag, router, rows } of groupsOf(batch, valuesOf(batch.tag))) {
          const part = select(batch, rows).with({ tag });
          if (waiting) waiting = waiting.then(() => handOn(router, part));
          else waiting = handOn(router, part) as Promise<void> | undefined;
        }
        return waiting;
      },
    };
  },
});

interface RuleConfig {
  readonly key: string;
  readonly pattern: RegexpLiteral;
  readonly tag: string;
  readonly label: string | undefined;
  readonly invert: boolean;
}

function createRule({ key, pattern, tag, label, invert }: RuleConfig, capitalize: boolean, context: PluginContext): Rule {
  const { at } = context.element;
  if (/\$\{tag_parts\[\d\.\.\.?\d\]\}/.test(tag)) {
    throw new ConfigError(`\${tag_parts[n]} placeholder does not support range specify: '${tag}'`, at, 'write the parts one by one, with dots between');
  }
  try {
    const regexp = compileRegexp(pattern.source, pattern.options);
    const groups = regexp.numbers.slice(1);
    const routes = label === undefined ? context.router : context.label(label, at);
    return {
      key: compileAccessor(key),
      match(text) {
        if (text === '' && !invert) return undefined;
        const found = regexp.exec(isValidText(text) ? text : scrubText(text, '?'));
        if (invert) return found ? undefined : NO_CAPTURES;
        return found ? groups.map((group) => found[group]) : undefined;
      },
      tag: compileTagTemplate(tag, { capitalize, withGroups: !invert }, (placeholder) =>
        context.log.warn(`unknown placeholder \`${placeholder}\` found: it is replaced with nothing`, { tag }),
      ),
      router: routes,
      staysHere: routes === context.router,
    };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`<rule> of key '${key}': ${(error as Error).message}`, at);
  }
}

/** Reads fields from columns where the rules ask for nothing nested. */
function valueReader(batch: EventBatch, rules: readonly Rule[]): (rule: Rule, index: number) => Value | undefined {
  if (!(batch instanceof TextBatch) || rules.some(({ key }) => key.field === undefined)) {
    const { events } = batch;
    return ({ key }, index) => key.get(events[index].record);
  }
  const columns = new Map(rules.map((rule) => [rule, batch.column(rule.key.field!)]));
  return (rule, index) => {
    const column = columns.get(rule);
    return column && columnValue(column, batch.first + index);
  };
}

function select(batch: EventBatch, rows: readonly number[]): EventBatch {
  if (rows.length === batch.size) return batch;
  if (batch instanceof TextBatch) return selectRows(batch, Int32Array.from(rows));
  return new ObjectBatch(batch.tag, rows.map((row) => batch.events[row]), batch.ack);
}

function withoutPart(tag: string, prefix: string | undefined, pattern: RegexpLiteral | undefined): string {
  let rest = tag;
  if (prefix !== undefined && rest.startsWith(prefix)) rest = rest.slice(prefix.length).replace(/^\./, '');
  if (!pattern) return rest;
  const found = compileRegexp(pattern.source, pattern.options).exec(rest);
  return found ? rest.slice(0, found.index) + rest.slice(found.index + found[0].length) : rest;
}

async function runCommand(command: string, fallback: string, context: PluginContext): Promise<string> {
  const [program, ...args] = command.split(/\s+/);
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: COMMAND_TIMEOUT_MS });
    return stdout.trim();
  } catch (error) {
    context.log.warn('hostname_command failed; the host name of the agent is used', { command, hostname: fallback, error: errorText(error) });
    return fallback;
  }
}
