/** What all parsers do with the fields that they found: the time, types, nil values; and the time limit. */
import { ConfigError, errorText } from '../errors.ts';
import type { EventTime } from '../event.ts';
import { scrubText } from '../lib/text.ts';
import type { Value } from '../lib/value.ts';
import type { Parsed, Parser, PluginContext } from '../plugin.ts';
import { compileRegexp, RegexpTimeout, runWithin, type CompiledRegexp } from '../regexp/index.ts';
import type { RegexpLiteral } from '../config/params.ts';
import { createTimeParser, localZone, type TimeContext, type TimeParser, type TimeSettings } from '../time/index.ts';
import { timeSettings } from '../time/fields.ts';
import type { ParserConfig } from './fields.ts';
import { compileTypes } from './types.ts';

/** The shared part of a parser. */
export interface FieldFinisher {
  readonly timeParser: TimeParser;
  /** Takes the time out of the fields, converts the others: the event. The map becomes the record. */
  finish(fields: Map<string, Value>): Parsed;
  /** The time of an event whose text has none: the current time, or undefined if it must not be taken. */
  estimatedTime(): EventTime | undefined;
  /** Converts fields in place, as `types` and the null parameters say. */
  convert(fields: Map<string, Value>): void;
  /** Whether `convert` does anything. */
  readonly converts: boolean;
}

/** The clock and zone that a plugin's times are read with. */
export function timeContextOf(context: Pick<PluginContext, 'clock'>): TimeContext {
  return {
    get local() {
      return localZone();
    },
    now: () => context.clock.time(),
  };
}

/** A time parser for other settings than those of the section itself. Mistakes become configuration errors. */
export function createConfiguredTimeParser(settings: TimeSettings, context: PluginContext): TimeParser {
  return createTimeParser(settings, { at: context.place('time_format'), context: timeContextOf(context) });
}

/** Makes the shared part from the parameters of a `<parse>` section. Throws ConfigError. */
export function createFinisher(config: ParserConfig, context: PluginContext, changes: TimeSettings = {}): FieldFinisher {
  const settings = { ...timeSettings(config, context.element), ...changes };
  const timeParser = createConfiguredTimeParser(settings, context);
  const options = { at: context.place('types'), context: timeContextOf(context) };
  const converters = config.types && compileTypes(config.types, settings, options);
  const nullPattern = config.null_value_pattern && compileParam('null_value_pattern', config.null_value_pattern, context);
  const { time_key: timeKey, keep_time_key: keepTime, null_empty_string: emptyIsNull } = config;
  const converts = converters !== undefined || nullPattern !== undefined || emptyIsNull;
  const { clock } = context;

  function estimatedTime(): EventTime | undefined {
    return config.estimate_current_event ? clock.time() : undefined;
  }

  function timeOf(fields: Map<string, Value>): EventTime | undefined {
    const value = timeKey === undefined ? undefined : fields.get(timeKey);
    if (value === undefined) return estimatedTime();
    if (!keepTime) fields.delete(timeKey!);
    return timeParser.parse(value);
  }

  function convert(fields: Map<string, Value>): void {
    if (!converts) return;
    for (const [key, value] of fields) {
      if (value === null || value === false) continue;
      if (typeof value === 'string' && isNull(value)) fields.set(key, null);
      else {
        const converter = converters?.get(key);
        if (converter) fields.set(key, converter(value));
      }
    }
  }

  function isNull(text: string): boolean {
    return (emptyIsNull && text === '') || (nullPattern?.test(scrubText(text, '?')) ?? false);
  }

  function finish(fields: Map<string, Value>): Parsed {
    const time = timeOf(fields);
    convert(fields);
    return { time, record: fields };
  }

  return { timeParser, finish, estimatedTime, convert, converts };
}

/** Compiles a regular expression of the configuration; a mistake is a ConfigError with its place. */
export function compileParam(name: string, literal: RegexpLiteral, context: PluginContext): CompiledRegexp {
  try {
    return compileRegexp(literal.source, literal.options);
  } catch (error) {
    throw new ConfigError(`'${name}' parameter: ${errorText(error)}`, context.place(name));
  }
}

/** The parser with its `timeout`: a text that takes longer does not fit. */
export function limitTime(parser: Parser, config: ParserConfig, context: PluginContext): Parser {
  const { timeout } = config;
  if (timeout === undefined) return parser;
  const { parseLines: _, ...rest } = parser;
  return {
    ...rest,
    parse(text, asBytes) {
      try {
        return runWithin(timeout * 1000, () => parser.parse(text, asBytes));
      } catch (error) {
        if (!(error instanceof RegexpTimeout)) throw error;
        context.log.warn('parsing timed out', { parser: context.type, text });
        return undefined;
      }
    },
  };
}
