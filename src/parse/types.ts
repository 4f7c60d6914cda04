/** The `types` parameter of parsers: fields made into numbers, booleans, times and lists. */
import { ConfigError } from '../errors.ts';
import { textToFloat, textToInteger } from './number.ts';
import { rubySplit } from '../lib/split.ts';
import { textOf } from '../record/text-of.ts';
import { createTimeParser, parseZone, TimeParseError, type TimeOptions, type TimeSettings } from '../time/index.ts';
import { Float, toFloat, toInteger, type Value } from '../lib/value.ts';

/** Makes a value (never nil or false) of another type. */
export type Converter = (value: Value) => Value;

const TYPES = ['string', 'integer', 'float', 'bool', 'time', 'array'] as const;
const TRUE_TEXTS: ReadonlySet<string> = new Set(['true', 'yes', '1']);
const DEFAULT_DELIMITER = ',';

/** Converters by field. `settings` is the zone and the like of the parser, for fields of type time. */
export function compileTypes(
  types: ReadonlyMap<string, Value>,
  settings: TimeSettings,
  options: TimeOptions,
): ReadonlyMap<string, Converter> {
  const converters = new Map<string, Converter>();
  for (const [field, definition] of types) {
    const [type = '', option] = splitOnce(textOf(definition));
    if (!TYPES.some((known) => known === type)) {
      const message = `unknown value conversion for key:'${field}', type:'${type}'`;
      throw new ConfigError(message, options.at, `types are ${TYPES.join(', ')}`);
    }
    converters.set(field, compileType(type as (typeof TYPES)[number], option, settings, options));
  }
  return converters;
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf(':');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function compileType(
  type: (typeof TYPES)[number],
  option: string | undefined,
  settings: TimeSettings,
  options: TimeOptions,
): Converter {
  switch (type) {
    case 'string':
      return textOf;
    case 'integer':
      return valueToInteger;
    case 'float':
      return valueToFloat;
    case 'bool':
      return (value) => TRUE_TEXTS.has(textOf(value).toLowerCase());
    case 'array': {
      const delimiter = option ?? DEFAULT_DELIMITER;
      return (value) => rubySplit(textOf(value), delimiter);
    }
    case 'time':
      return timeConverter(option, settings, options);
  }
}

/** Ruby's to_i. */
export function valueToInteger(value: Value): number | bigint {
  if (typeof value === 'string') return textToInteger(value);
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Math.trunc(value) + 0;
  if (!(value instanceof Float)) return textToInteger(textOf(value));
  return Number.isFinite(value.value) ? toInteger(BigInt(Math.trunc(value.value))) : 0;
}

/** Ruby's to_f. */
export function valueToFloat(value: Value): number | Float {
  if (typeof value === 'string') return textToFloat(value);
  if (value instanceof Float) return value;
  if (typeof value === 'number' || typeof value === 'bigint') return toFloat(Number(value));
  return textToFloat(textOf(value));
}

/** `time`, `time:FORMAT`, `time:ZONE:FORMAT`, with unixtime and float as formats; seconds, or nil. */
function timeConverter(option: string | undefined, settings: TimeSettings, options: TimeOptions): Converter {
  const parser = createTimeParser(timeTypeSettings(option, settings), options);
  return (value) => {
    try {
      return parser.parse(value).sec;
    } catch (error) {
      if (!(error instanceof TimeParseError)) throw error;
      return null;
    }
  };
}

function timeTypeSettings(option: string | undefined, settings: TimeSettings): TimeSettings {
  const { localtime, utc, fallbacks } = settings;
  if (option === undefined) return { timeType: 'string', localtime, utc };
  const [first, rest] = splitOnce(option);
  const isZone = parseZone(first) !== undefined;
  const timezone = isZone ? first : undefined;
  const format = isZone ? rest : option;
  if (format === 'unixtime' || format === 'float' || format === 'string' || format === 'mixed') {
    return { timeType: format, timezone, localtime, utc, fallbacks };
  }
  return { timeType: 'string', timeFormat: format, timezone, localtime, utc };
}
