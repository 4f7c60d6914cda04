/** Adds, changes and removes fields of records. */
import {
  compileAccessor, ConfigError, createTimeFormatter, defineFilter, deepRecord, isHash, param, parseJson, perTag, section,
  tagValues, TextBatch, textOf, withEvents,
  type Column, type ConfigElement, type ConfigValue, type EventTime, type LogEvent, type LogRecord, type PluginContext,
  type RecordAccessor, type TagValues, type Value,
} from '#logferry';
import { compileValue, fixed, type CompileText, type Expression, type Scope } from './expression.ts';
import { placeholderCompiler } from './placeholders.ts';
import { rubyCompiler } from './ruby.ts';
import { renewedTime } from './renew-time.ts';

/** A field that `<record>` sets, as far as the tag determines it. */
interface PlannedField {
  readonly key: string | Expression;
  /** Set where all is known. */
  readonly constant?: Value | undefined;
  readonly expression?: Expression | undefined;
}

interface Plan {
  readonly tag: TagValues;
  readonly fields: readonly PlannedField[];
  /** All keys are known, and all values are constants or fields as they are. */
  readonly byColumns: boolean;
}

interface Settings {
  readonly renew: boolean;
  readonly keep: readonly string[];
  readonly timeKey: string | undefined;
  readonly remove: readonly RecordAccessor[];
  readonly mutates: boolean;
}

export default defineFilter({
  type: 'record_transformer',
  doc: 'Adds, changes and removes fields of records; values may contain placeholders.',
  config: {
    remove_keys: param.array('Fields to remove after all else, as names or record accessors such as `$.a.b`.', { optional: true }),
    keep_keys: param.array('Fields to keep if renew_record is true.', { optional: true }),
    renew_record: param.bool('Begin with an empty record instead of the one that came in.', { default: false }),
    renew_time_key: param.string('The field whose number (seconds since 1970) becomes the time of the event.', { optional: true }),
    enable_ruby: param.bool('Placeholders hold Ruby expressions (a safe subset of the language).', { default: false }),
    auto_typecast: param.bool('A value that is a single placeholder keeps its type; false makes it text.', { default: true }),
    record: section('Fields to set: name and value, with placeholders in both.', {}, { multi: true, open: true }),
  },

  create(config, context) {
    if (config.keep_keys && !config.renew_record) {
      throw new ConfigError('`renew_record` must be true to use `keep_keys`', context.place('keep_keys'), 'set renew_record true');
    }
    const fields = readFields(config, context);
    const settings: Settings = {
      renew: config.renew_record,
      keep: config.keep_keys ?? [],
      timeKey: config.renew_time_key,
      remove: (config.remove_keys ?? []).map((text) => accessor(text, context)),
      mutates: fields.some(([key, value]) => key.mutates || value.mutates),
    };
    const planOf = perTag((tag) => makePlan(fields, tagValues(tag)));
    return {
      filter(batch) {
        const plan = planOf(batch.tag);
        if (batch instanceof TextBatch && plan.byColumns) {
          const done = transformColumns(batch, plan, settings);
          if (done) return done;
        }
        const events: LogEvent[] = [];
        for (const event of batch.events) {
          try {
            events.push(transform(event, plan, settings));
          } catch (error) {
            context.router.emitError(batch.tag, event, error, batch.ack?.retain());
          }
        }
        return withEvents(batch, events);
      },
    };
  },
});

function transform(event: LogEvent, plan: Plan, settings: Settings): LogEvent {
  const given = settings.mutates ? deepRecord(event.record) : event.record;
  const record = new Map<string, Value>(settings.renew ? kept(given, settings.keep) : given);
  const scope: Scope = { tag: plan.tag, time: event.time, record: given };
  // Expressions see the record that came in, whatever fields are set by now.
  for (const { key, constant, expression } of plan.fields) {
    const value = expression ? expression.evaluate(scope) : constant!;
    record.set(typeof key === 'string' ? key : textOf(key.evaluate(scope)), value);
  }
  const time = renewed(record, settings) ?? event.time;
  for (const key of settings.remove) key.deleteFrom(record);
  return { time, record };
}

function renewed(record: LogRecord, { timeKey }: Settings): EventTime | undefined {
  const value = timeKey === undefined ? undefined : record.get(timeKey);
  return value === undefined ? undefined : renewedTime(value);
}

function* kept(record: LogRecord, keys: readonly string[]): Iterable<[string, Value]> {
  for (const key of keys) if (record.has(key)) yield [key, record.get(key)!];
}

/** The same as {@link transform} for a whole batch, without making events; undefined where that cannot be. */
function transformColumns(batch: TextBatch, plan: Plan, { renew, keep, timeKey, remove }: Settings): TextBatch | undefined {
  const columns = renew ? keep.flatMap((key) => batch.column(key) ?? []) : [...batch.columns];
  for (const { key, constant, expression } of plan.fields) {
    const name = key as string;
    const source = expression && batch.column(expression.field!);
    const column: Column = source ? { ...source, key: name } : { kind: 'constant', key: name, value: expression ? null : constant! };
    const at = columns.findIndex((other) => other.key === name);
    columns[at < 0 ? columns.length : at] = column;
  }
  if (timeKey !== undefined && columns.some(({ key }) => key === timeKey)) return undefined;
  return batch.withColumns(remove.reduce(withoutField, columns));
}

function withoutField(columns: Column[], accessor: RecordAccessor): Column[] {
  if (accessor.field !== undefined) return columns.filter(({ key }) => key !== accessor.field);
  return columns.map((column) => {
    if (column.kind === 'span' || column.key !== accessor.path[0]) return column;
    const own = new Map([[column.key, column.value]]);
    accessor.deleteFrom(own);
    return { ...column, value: own.get(column.key)! };
  });
}

/** Computes what the tag alone determines. An error there belongs to each event: it is left to them. */
function makePlan(fields: readonly (readonly [Expression, Expression])[], tag: TagValues): Plan {
  const scope: Scope = { tag, time: { sec: 0, nsec: 0 }, record: new Map() };
  const known = (expression: Expression): { value: Value } | undefined => {
    if (expression.needs === 'event') return undefined;
    try {
      return { value: expression.evaluate(scope) };
    } catch {
      return undefined;
    }
  };
  const planned = fields.map(([key, value]): PlannedField => {
    const [knownKey, knownValue] = [known(key), known(value)];
    return {
      key: knownKey ? textOf(knownKey.value) : key,
      ...(knownValue ? { constant: knownValue.value } : { expression: value }),
    };
  });
  const byColumns = planned.every(({ key, expression }) => typeof key === 'string' && (!expression || expression.field !== undefined));
  return { tag, fields: planned, byColumns };
}

interface RecordConfig {
  readonly enable_ruby: boolean;
  readonly auto_typecast: boolean;
  readonly record: readonly { readonly $element: ConfigElement }[];
}

function readFields(config: RecordConfig, context: PluginContext): (readonly [Expression, Expression])[] {
  const { hostname } = context.system;
  const values = new Map<string, ConfigValue>();
  for (const { $element } of config.record) for (const [key, value] of $element.params) values.set(key, value);
  return [...values].map(([key, value]) => {
    const compileText: CompileText = config.enable_ruby
      ? rubyCompiler({ hostname, autoTypecast: config.auto_typecast, at: value.at })
      : placeholderCompiler({
          hostname,
          autoTypecast: config.auto_typecast,
          formatTime: createTimeFormatter({ timeFormat: '%Y-%m-%d %H:%M:%S %z' }),
          onUnknown: (placeholder, hint) =>
            context.log.warn(`unknown placeholder \`${placeholder}\` found: it is replaced with nothing`, { at: placeText(value), hint }),
        });
    try {
      return [compileText(key, true), compileValue(configured(value, context), compileText)] as const;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) context.problem(problem);
      return [fixed(key), fixed(null)] as const;
    }
  });
}

/** What stands in the configuration: text, JSON where it begins like it, or a typed value of YAML. */
function configured(value: ConfigValue, context: PluginContext): Value {
  if (value.special === 'nil') return null;
  if (value.value !== undefined && typeof value.value !== 'string') return value.value;
  const { text } = value;
  if (!text.startsWith('{') && !text.startsWith('[')) return text;
  try {
    const parsed = parseJson(text);
    return isHash(parsed) || Array.isArray(parsed) ? parsed : text;
  } catch (error) {
    context.log.warn(`failed to parse ${text} as json. Assuming it is a string`, { error, at: placeText(value) });
    return text;
  }
}

function placeText({ at }: ConfigValue): string {
  return `${at.file}:${at.line}`;
}

function accessor(text: string, context: PluginContext): RecordAccessor {
  try {
    return compileAccessor(text);
  } catch (error) {
    throw new ConfigError(`'remove_keys' parameter: ${(error as Error).message}`, context.place('remove_keys'));
  }
}
