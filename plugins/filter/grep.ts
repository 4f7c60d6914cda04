/** Lets events through whose fields match, or do not match, regular expressions. */
import {
  columnValue, compileAccessor, compileRegexp, ConfigError, defineFilter, isValidText, ObjectBatch, param, scrubText, section, selectRows,
  TextBatch, textOf,
  type EventBatch, type Fields, type Location, type LogRecord, type Param, type PluginContext, type RecordAccessor, type RegexpLiteral,
  type Value,
} from '#logferry';

/** Highest number of `regexpN` and `excludeN`. */
const NUMBERED = 20;

const condition = {
  key: param.string('The field, as a name or a record accessor such as `$.a.b`.'),
  pattern: param.regexp('The regular expression, with or without slashes.'),
};
const both = {
  regexp: section('A pattern that the field matches.', condition, { multi: true, as: 'regexps' }),
  exclude: section('A pattern that the field of an event to throw away matches.', condition, { multi: true, as: 'excludes' }),
};

type Numbered = Record<`regexp${number}` | `exclude${number}`, Param<string | undefined>>;

function numbered(): Numbered {
  const fields: Record<string, Param<string | undefined>> = {};
  for (let i = 1; i <= NUMBERED; i++) {
    fields[`regexp${i}`] = param.string('`KEY PATTERN`: the pattern that the field has to match.', { optional: true, deprecated: 'Use <regexp> section' });
  }
  for (let i = 1; i <= NUMBERED; i++) {
    fields[`exclude${i}`] = param.string('`KEY PATTERN`: events whose field matches are thrown away.', { optional: true, deprecated: 'Use <exclude> section' });
  }
  return fields as Numbered;
}

/** One pattern on one field. */
interface Condition {
  readonly key: RecordAccessor;
  matches(value: Value | undefined): boolean;
}

/** In the order in which they are asked. */
interface Conditions {
  /** Every one has to match. */
  readonly all: Condition[];
  /** One at least has to match, if there are any. */
  readonly any: Condition[];
  /** Thrown away if every one matches. */
  readonly notAll: Condition[];
  /** Thrown away if one matches. */
  readonly none: Condition[];
}

export default defineFilter({
  type: 'grep',
  doc: 'Lets events through whose fields match (`<regexp>`) or do not match (`<exclude>`) regular expressions.',
  config: {
    ...numbered(),
    ...both,
    and: section('Conditions that count only all together.', both, { multi: true, as: 'and_conditions' }),
    or: section('Conditions of which one is enough.', both, { multi: true, as: 'or_conditions' }),
  } satisfies Fields,

  create(config, context) {
    const conditions = readConditions(config as unknown as GrepConfig, context);
    const every = [...conditions.all, ...conditions.any, ...conditions.notAll, ...conditions.none];
    const fields = every.map(({ key }) => key.field);
    let warned = false;
    const keepOnError = (error: unknown): boolean => {
      // A key that leads into a text instead of a hash; the event is kept.
      if (!warned) context.log.warn('failed to grep events; they are kept. This is said once.', { error });
      warned = true;
      return true;
    };
    const byRow = fields.every((field) => field !== undefined);
    return {
      filter(batch) {
        if (every.length === 0) return batch;
        if (byRow && batch instanceof TextBatch) return grepRows(batch, conditions, every);
        return grepEvents(batch, (record) => {
          try {
            return passes(conditions, ({ key, matches }) => matches(key.dig(record)));
          } catch (error) {
            return keepOnError(error);
          }
        });
      },
    };
  },
});

function passes({ all, any, notAll, none }: Conditions, matches: (condition: Condition) => boolean): boolean {
  if (!all.every(matches)) return false;
  if (any.length > 0 && !any.some(matches)) return false;
  if (notAll.length > 0 && notAll.every(matches)) return false;
  return !none.some(matches);
}

function grepEvents(batch: EventBatch, keeps: (record: LogRecord) => boolean): EventBatch {
  const kept = batch.events.filter(({ record }) => keeps(record));
  return kept.length === batch.size ? batch : new ObjectBatch(batch.tag, kept, batch.ack);
}

/** Reads nothing but the fields that are asked for; constants are asked once. */
function grepRows(batch: TextBatch, conditions: Conditions, every: readonly Condition[]): EventBatch {
  let row = 0;
  const ask = new Map<Condition, () => boolean>();
  for (const condition of every) {
    const column = batch.column(condition.key.field!);
    if (column?.kind === 'span') {
      ask.set(condition, () => condition.matches(columnValue(column, row)));
      continue;
    }
    const answer = condition.matches(column?.value);
    ask.set(condition, () => answer);
  }
  const rows = new Int32Array(batch.size);
  const matches = (condition: Condition): boolean => ask.get(condition)!();
  let kept = 0;
  for (let i = 0; i < batch.size; i++) {
    row = batch.first + i;
    if (passes(conditions, matches)) rows[kept++] = i;
  }
  return kept === batch.size ? batch : selectRows(batch, rows.subarray(0, kept));
}

interface ConditionConfig {
  readonly key: string;
  readonly pattern: RegexpLiteral;
}
interface BothConfig {
  readonly regexps: readonly ConditionConfig[];
  readonly excludes: readonly ConditionConfig[];
}
type GrepConfig = BothConfig & {
  readonly and_conditions: readonly BothConfig[];
  readonly or_conditions: readonly BothConfig[];
} & Readonly<Record<`regexp${number}` | `exclude${number}`, string | undefined>>;

function readConditions(config: GrepConfig, context: PluginContext): Conditions {
  const conditions: Conditions = { all: [], any: [], notAll: [], none: [] };
  const { element } = context;
  const add = (to: Condition[], { key, pattern }: ConditionConfig, at: Location | undefined): void => {
    if (key === undefined || pattern === undefined) return; // told when they were read
    if (to.some((other) => other.key.text === key)) {
      throw new ConfigError(`Duplicate key: ${key}`, at, 'put the patterns into one, such as /a|b/, or the sections into <and> or <or>');
    }
    try {
      to.push({ key: compileAccessor(key), matches: compileMatcher(pattern) });
    } catch (error) {
      throw new ConfigError((error as Error).message, at);
    }
  };
  const old = (name: 'regexp' | 'exclude', to: Condition[]): void => {
    for (let i = 1; i <= NUMBERED; i++) {
      const text = config[`${name}${i}`];
      if (text === undefined) continue;
      const at = context.place(`${name}${i}`);
      const blank = text.indexOf(' ');
      if (blank < 0) throw new ConfigError(`${name}${i} does not contain 2 parameters: expected 'KEY PATTERN', found '${text}'`, at);
      add(to, { key: text.slice(0, blank), pattern: { source: text.slice(blank + 1), options: '' } }, at);
    }
  };
  old('regexp', conditions.all);
  old('exclude', conditions.none);
  for (const regexp of config.regexps) add(conditions.all, regexp, element.at);
  for (const exclude of config.excludes) add(conditions.none, exclude, element.at);
  const single = (name: 'and' | 'or', { regexps, excludes }: BothConfig): void => {
    if (regexps.length > 0 && excludes.length > 0) throw new ConfigError(`Do not specify both <regexp> and <exclude> in <${name}>`, element.at);
  };
  for (const { regexps, excludes } of config.and_conditions) {
    single('and', { regexps, excludes });
    for (const regexp of regexps) add(conditions.all, regexp, element.at);
    for (const exclude of excludes) add(conditions.notAll, exclude, element.at);
  }
  for (const { regexps, excludes } of config.or_conditions) {
    single('or', { regexps, excludes });
    for (const regexp of regexps) add(conditions.any, regexp, element.at);
    for (const exclude of excludes) add(conditions.none, exclude, element.at);
  }
  return conditions;
}

function compileMatcher({ source, options }: RegexpLiteral): (value: Value | undefined) => boolean {
  const regexp = compileRegexp(source, options);
  return (value) => {
    const text = textOf(value);
    return regexp.test(isValidText(text) ? text : scrubText(text, '?'));
  };
}
