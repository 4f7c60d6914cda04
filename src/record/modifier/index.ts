/** What the filter and the output `record_modifier` do to records. */
import type { ConfigElement, ConfigValue } from '../../config/element.ts';
import { param, section, type RegexpLiteral } from '../../config/params.ts';
import { ConfigError } from '../../errors.ts';
import { withEvents, type EventBatch, type LogEvent, type Tag } from '../../event.ts';
import type { Value } from '../../lib/value.ts';
import type { PluginContext } from '../../plugin.ts';
import { compileRegexp, splitRegexpLiteral } from '../../regexp/index.ts';
import { TextBatch } from '../../text-batch.ts';
import { compileAccessor, type RecordAccessor } from '../accessor.ts';
import { deepRecord, SharedHash, writable } from '../shared-hash.ts';
import { perTag, tagValues, type TagValues } from '../tag-values.ts';
import { textOf } from '../text-of.ts';
import { compileEncoding } from './encoding.ts';
import { compileModifierValue, type ModifierValue } from './value.ts';
import { compileReplacement, replaceAll } from './replace.ts';

/** Parameters that the filter and the output share. */
export const modifierFields = {
  prepare_value: param.string('A Ruby statement that runs once, such as `@count = 0`, for the expressions in `<record>`.', { optional: true }),
  char_encoding: param.string('`FROM:TO` converts all texts to TO (utf-8); `FROM` alone names what they are.', { optional: true }),
  whitelist_keys: param.string('Names, with commas between: all other fields but those of `<record>` are removed.', { optional: true }),
  record: section('Fields to set: name and value, with Ruby expressions in `${...}`.', {}, { multi: true, open: true }),
  replace: section(
    'Replaces what matches in the text of a field.',
    {
      key: param.string('The field, as a name or a record accessor.'),
      expression: param.custom('The regular expression, between slashes.', (value): RegexpLiteral => {
        if (!value.text.startsWith('/')) throw new Error(`expected a regular expression between slashes, found '${value.text}'`);
        return splitRegexpLiteral(value.text);
      }),
      replace: param.string('What takes its place; `\\1` is what the first group matched.'),
    },
    { multi: true, as: 'replaces' },
  ),
};

export interface ModifierConfig {
  readonly prepare_value: string | undefined;
  readonly char_encoding: string | undefined;
  readonly whitelist_keys: string | undefined;
  readonly record: readonly { readonly $element: ConfigElement }[];
  readonly remove_keys: readonly string[];
}

interface ReplaceConfig {
  readonly key: string;
  readonly expression: RegexpLiteral;
  readonly replace: string;
}

/** Changes a batch; the events whose expressions fail go to the error label. Throws ConfigError. */
export function compileModifier(config: ModifierConfig, context: PluginContext): (batch: EventBatch) => EventBatch {
  const fields = readFields(config, context);
  const encode = config.char_encoding === undefined ? undefined : parameter(context, 'char_encoding', () => compileEncoding(config.char_encoding!));
  const replaces = (config as unknown as { readonly replaces: readonly ReplaceConfig[] }).replaces.map((replace) => compileReplace(replace, context));
  if (config.whitelist_keys !== undefined && context.element.params.has('remove_keys')) {
    throw new ConfigError('remove_keys and whitelist_keys are exclusive with each other', context.place('remove_keys'));
  }
  const white = config.whitelist_keys === undefined ? undefined : whitelist(config.whitelist_keys, fields);
  const remove = white ? [] : config.remove_keys.map((key) => parameter(context, 'remove_keys', () => compileAccessor(key.trim())));
  const mutates = fields.some(([, value]) => value.mutates);

  const modify = ({ time, record: given }: LogEvent, tag: TagValues): LogEvent => {
    let record = mutates && !(given instanceof SharedHash) ? (deepRecord(given) as Map<string, Value>) : writable(given);
    for (const [key, value] of fields) record.set(key, value.evaluate({ tag, time, record }));
    if (encode) record = new Map(encode(record));
    for (const replace of replaces) record = replace(record);
    if (white) record = new Map(white.filter((key) => record.has(key)).map((key) => [key, record.get(key)!]));
    for (const key of remove) key.deleteFrom(record);
    return { time, record };
  };

  const valuesOf = perTag(tagValues);
  const constantsOf = perTag((tag: Tag) => {
    const scope = { tag: tagValues(tag), time: { sec: 0, nsec: 0 }, record: new Map<string, Value>() };
    return fields.map(([key, value]) => [key, value.evaluate(scope)] as const);
  });
  const byColumns =
    !encode && replaces.length === 0 && fields.every(([, value]) => value.ofTag) && remove.every(({ field }) => field !== undefined);
  const removed = new Set(remove.map(({ field }) => field!));

  return (batch) => {
    if (byColumns && batch instanceof TextBatch) {
      const set = fields.length === 0 ? batch : batch.withConstants(constantsOf(batch.tag));
      if (white) return set.withColumns(white.map((key) => set.column(key)).filter((column) => column !== undefined));
      return removed.size === 0 ? set : set.without(removed);
    }
    const tag = valuesOf(batch.tag);
    const events: LogEvent[] = [];
    for (const event of batch.events) {
      try {
        events.push(modify(event, tag));
      } catch (error) {
        context.router.emitError(batch.tag, event, error, batch.ack?.retain());
      }
    }
    return withEvents(batch, events);
  };
}

/** The tag that the output gives an event, from the parameter `tag` with Ruby expressions; undefined if it has none. Throws ConfigError. */
export function compileTagOfRecord(text: string, prepare: string | undefined, context: PluginContext): ((tag: Tag, event: LogEvent) => Tag) | undefined {
  if (!text.includes('${')) return undefined;
  const value = compileModifierValue({ text, at: context.place('tag') ?? context.element.at } as ConfigValue, prepare);
  const valuesOf = perTag(tagValues);
  return (tag, { time, record }) => textOf(value.evaluate({ tag: valuesOf(tag), time, record }));
}

function readFields(config: ModifierConfig, context: PluginContext): (readonly [string, ModifierValue])[] {
  const values = new Map<string, ConfigValue>();
  for (const { $element } of config.record) for (const [key, value] of $element.params) values.set(key, value);
  const fields: (readonly [string, ModifierValue])[] = [];
  for (const [key, value] of values) {
    try {
      fields.push([key, compileModifierValue(value, config.prepare_value)]);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) context.problem(problem);
    }
  }
  return fields;
}

function compileReplace({ key, expression, replace }: ReplaceConfig, context: PluginContext): (record: Map<string, Value>) => Map<string, Value> {
  const accessor: RecordAccessor = parameter(context, 'replace', () => compileAccessor(key));
  const regexp = parameter(context, 'replace', () => compileRegexp(expression.source, expression.options));
  const replacement = compileReplacement(replace);
  return (record) => {
    const text = accessor.get(record);
    if (typeof text !== 'string') return record;
    const changed = replaceAll(text, regexp, replacement);
    if (changed === text) return record;
    if (accessor.field === undefined) return accessor.set(record, changed) as Map<string, Value>;
    return record.set(accessor.field, changed);
  };
}

/** The fields that stay, in their order. */
function whitelist(text: string, fields: readonly (readonly [string, ModifierValue])[]): readonly string[] {
  return [...new Set([...text.split(',').map((key) => key.trim()), ...fields.map(([key]) => key)])];
}

function parameter<T>(context: PluginContext, name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`'${name}' parameter: ${(error as Error).message}`, context.place(name));
  }
}

