/** The time parameters of parsers, formatters and `<inject>`, declared once. */
import { param } from '../config/params.ts';
import type { ConfigElement } from '../config/element.ts';
import type { TimeSettings, TimeType } from './settings.ts';

/** Fluentd's time parameters. */
export const timeFields = {
  time_type: param.enum(['string', 'unixtime', 'float', 'mixed'], 'What a time looks like: text, seconds, or several of these.', {
    default: 'string',
  }),
  time_format: param.string('The format of times as in strptime and strftime; %iso8601, %N and %L are known too.', {
    optional: true,
  }),
  localtime: param.bool('Times without a zone are local times; otherwise UTC.', { default: true }),
  utc: param.bool('Times without a zone are UTC.', { default: false }),
  timezone: param.string('The zone of times without one: an offset such as +09:00, or a name such as Asia/Tokyo.', {
    optional: true,
  }),
  time_format_fallbacks: param.array('Formats to try after time_format, for time_type mixed; unixtime and float too.', {
    default: [],
  }),
};

/** Values of {@link timeFields} in a configuration object. */
export interface TimeConfig {
  readonly time_type: TimeType;
  readonly time_format: string | undefined;
  readonly localtime: boolean;
  readonly utc: boolean;
  readonly timezone: string | undefined;
  readonly time_format_fallbacks: readonly string[];
}

/** Settings for parsers and formatters; the element tells whether localtime and utc were written. */
export function timeSettings(config: TimeConfig, element: ConfigElement): TimeSettings {
  return {
    timeType: config.time_type,
    timeFormat: config.time_format,
    timezone: config.timezone,
    localtime: element.params.has('localtime') ? config.localtime : undefined,
    utc: element.params.has('utc') ? config.utc : undefined,
    fallbacks: config.time_format_fallbacks,
  };
}
