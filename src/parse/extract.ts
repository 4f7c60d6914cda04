/** `<extract>`: the tag and the time of an event taken from fields of its record. */
import { param, section } from '../config/params.ts';
import { ConfigError } from '../errors.ts';
import type { EventTime, Tag } from '../event.ts';
import type { Value } from '../lib/value.ts';
import type { PluginContext } from '../plugin.ts';
import { textOf } from '../record/text-of.ts';
import { createTimeParser, localZone } from '../time/index.ts';

const TIME_TYPES = ['float', 'unixtime', 'string'] as const;

/** Declares the section: `extract: extractSection` among a plugin's fields. */
export const extractSection = section('Fields that have the tag and the time of an event.', {
  tag_key: param.string('The field with the tag.', { optional: true }),
  keep_tag_key: param.bool('That field stays in the record.', { default: false }),
  time_key: param.string('The field with the time.', { optional: true }),
  keep_time_key: param.bool('That field stays in the record.', { default: false }),
  time_type: param.enum(TIME_TYPES, 'What the time looks like: seconds with a fraction, whole seconds, or text.', { default: 'float' }),
  time_format: param.string('The format of the time as text, as in strptime.', { optional: true }),
  localtime: param.bool('A time without a zone is local time.', { default: true }),
  utc: param.bool('A time without a zone is in UTC.', { default: false }),
  timezone: param.string('The zone of a time without one: an offset such as +09:00, or a name such as Asia/Tokyo.', { optional: true }),
  time_format_fallbacks: param.array('Has no meaning here.', { default: [], noEffect: 'time_type has no value mixed in this section' }),
});

/** Values of {@link extractSection}. */
export interface ExtractConfig {
  readonly tag_key: string | undefined;
  readonly keep_tag_key: boolean;
  readonly time_key: string | undefined;
  readonly keep_time_key: boolean;
  readonly time_type: (typeof TIME_TYPES)[number];
  readonly time_format: string | undefined;
  readonly localtime: boolean;
  readonly utc: boolean;
  readonly timezone: string | undefined;
}

/** What the fields of a record say; undefined where they say nothing. */
export interface Extracted {
  readonly tag: Tag | undefined;
  readonly time: EventTime | undefined;
}

/**
 * Takes tag and time out of a record that is not yet anybody's: fields that are not kept are deleted
 * from it. The field of the time is left alone with `hasTime`. Throws if a time cannot be read.
 */
export type Extract = (record: Map<string, Value>, hasTime?: boolean) => Extracted;

/**
 * Compiles the section; undefined if it is not there or names no field. With `formatMeansText` a
 * time_format without a time_type makes times text, as exec and exec_filter have it. Throws ConfigError.
 */
export function compileExtract(
  config: ExtractConfig | undefined,
  context: PluginContext,
  options: { readonly formatMeansText?: boolean } = {},
): Extract | undefined {
  if (!config) return undefined;
  const { tag_key: tagKey, time_key: timeKey } = config;
  if (tagKey === undefined && timeKey === undefined) return undefined;
  const timeOf = timeKey === undefined ? undefined : compileTimeOf(config, context, options.formatMeansText === true);
  const take = (record: Map<string, Value>, key: string, keeps: boolean): Value | undefined => {
    const value = record.get(key);
    if (value !== undefined && !keeps) record.delete(key);
    return value;
  };
  return (record, hasTime = false) => {
    const tag = tagKey === undefined ? undefined : take(record, tagKey, config.keep_tag_key);
    const time = timeKey === undefined || hasTime ? undefined : take(record, timeKey, config.keep_time_key);
    return {
      tag: tag === undefined ? undefined : textOf(tag),
      time: time === undefined ? undefined : timeOf!(time),
    };
  };
}

function compileTimeOf(config: ExtractConfig, context: PluginContext, formatMeansText: boolean): (value: Value) => EventTime {
  const element = context.element.elements.find(({ name }) => name === 'extract');
  const at = element?.params.get('time_format')?.at ?? element?.at;
  const written = (name: 'localtime' | 'utc') => (element?.params.has(name) ? config[name] : undefined);
  const isText = formatMeansText && config.time_format !== undefined && !element?.params.has('time_type');
  const parser = attempt(at, () =>
    createTimeParser(
      {
        timeType: isText ? 'string' : config.time_type,
        timeFormat: config.time_format,
        timezone: config.timezone,
        localtime: written('localtime'),
        utc: written('utc'),
      },
      { at, context: { get local() { return localZone(); }, now: () => context.clock.time() } },
    ),
  );
  return (value) => parser.parse(value);
}

function attempt<T>(at: ConfigError['problems'][number]['at'], make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`<extract>: ${(error as Error).message}`, at);
  }
}
