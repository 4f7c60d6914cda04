/** The time parser that parser plugins share: one for each `time_type`. */
import { ConfigError } from '../errors.ts';
import type { EventTime } from '../event.ts';
import { floatText } from '../lib/json-number.ts';
import { Float, type Value } from '../lib/value.ts';
import { systemContext, TimeParseError } from './instant.ts';
import { parseAnyTime } from './parse-any.ts';
import { configuredZone, type TimeOptions, type TimeSettings } from './settings.ts';
import { compileStrptime } from './strptime.ts';

/** Reads the time of a record's field. Throws TimeParseError if the value is no time of the configured form. */
export interface TimeParser {
  parse(value: Value): EventTime;
}

/** Makes the parser that time parameters describe. Throws ConfigError. */
export function createTimeParser(settings: TimeSettings, options: TimeOptions = {}): TimeParser {
  switch (settings.timeType ?? 'string') {
    case 'unixtime':
      return remembering(parseUnixTime);
    case 'float':
      return remembering(parseFloatTime);
    case 'string':
      return stringParser(settings.timeFormat, settings, options);
    case 'mixed':
      return mixedParser(settings, options);
  }
}

function stringParser(format: string | undefined, settings: TimeSettings, options: TimeOptions): TimeParser {
  const timezone = configuredZone(settings, options.at);
  const context = options.context ?? systemContext;
  if (format === undefined && timezone !== undefined) {
    throw new ConfigError('specifying timezone requires time format', options.at, "add the parameter 'time_format'");
  }
  const read =
    format === undefined
      ? (text: string): EventTime => parseAnyTime(text, context)
      : compileStrptime(format, { timezone, context });
  return remembering((value) => {
    if (typeof value !== 'string') throw new TimeParseError(`value must be string: ${describe(value)}`);
    try {
      const { sec, nsec } = read(value);
      return { sec, nsec };
    } catch (error) {
      if (!(error instanceof TimeParseError)) throw error;
      throw new TimeParseError(`invalid time format: value = ${value}, error = ${error.message}`);
    }
  });
}

function mixedParser(settings: TimeSettings, options: TimeOptions): TimeParser {
  const { timeFormat, fallbacks = [] } = settings;
  if (timeFormat === undefined && fallbacks.length === 0) {
    const message = 'time_type is :mixed but time_format and time_format_fallbacks is empty.';
    throw new ConfigError(message, options.at, "add the formats to try as 'time_format_fallbacks'");
  }
  const formats = timeFormat === undefined ? fallbacks : [timeFormat, ...fallbacks];
  const parsers = formats.map((format) => {
    if (format !== 'unixtime' && format !== 'float') return stringParser(format, settings, options);
    // Fluentd reads fractions for both here.
    return { parse: (value: Value) => parseFloatTime(mustBeNumeric(value)) };
  });
  return {
    parse(value) {
      for (const parser of parsers) {
        try {
          return parser.parse(value);
        } catch (error) {
          if (!(error instanceof TimeParseError)) throw error;
        }
      }
      throw new TimeParseError(`invalid time format: value = ${describe(value)}, tried ${formats.join(', ')}`);
    },
  };
}

/** What Ruby's Float() takes. */
const STRICT_NUMBER = /^\s*[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?\s*$/i;

function mustBeNumeric(value: Value): Value {
  if (typeof value === 'string' ? STRICT_NUMBER.test(value) : isNumber(value)) return value;
  throw new TimeParseError(`not a number: ${describe(value)}`);
}

function isNumber(value: Value): value is number | bigint | Float {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;
}

function numberText(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Float) return floatText(value.value);
  throw new TimeParseError(`value must be a string or a number: ${describe(value)}`);
}

function parseUnixTime(value: Value): EventTime {
  if (typeof value === 'number' && Number.isInteger(value)) return { sec: value, nsec: 0 };
  return { sec: leadingInteger(wholePart(numberText(value))), nsec: 0 };
}

/** The integer part of a Float in exponent form too. */
function wholePart(text: string): string {
  return /^-?\d\.\d+e\+/.test(text) ? String(Math.trunc(Number(text))) : text;
}

/** Seconds before the dot, and the first nine digits behind it. */
function parseFloatTime(value: Value): EventTime {
  if (typeof value === 'number' && Number.isInteger(value)) return { sec: value, nsec: 0 };
  const [sec = '', fraction = '0'] = numberText(value).split('.', 2);
  return { sec: leadingInteger(sec), nsec: leadingInteger(fraction.slice(0, 9).padEnd(9, '0')) };
}

/** As Ruby's String#to_i: digits at the start, single underscores between them; 0 if there are none. */
function leadingInteger(text: string): number {
  const found = /^\s*([+-]?\d+(?:_\d+)*)/.exec(text);
  return found ? Number(found[1]!.replaceAll('_', '')) : 0;
}

/** Logs repeat their times: the last two values are not read again. */
function remembering(parse: (value: Value) => EventTime): TimeParser {
  let value1: Value | undefined;
  let time1: EventTime | undefined;
  let value2: Value | undefined;
  let time2: EventTime | undefined;
  return {
    parse(value) {
      if (value === value2 && time2) return time2;
      if (value === value1 && time1) return time1;
      const time = parse(value);
      value1 = value2;
      time1 = time2;
      value2 = value;
      time2 = time;
      return time;
    },
  };
}

function describe(value: Value): string {
  if (value === null) return 'nil';
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Map) return 'a hash';
  return Array.isArray(value) ? 'a list' : String(value);
}
