/** Syslog lines: RFC 3164 (`Oct  3 22:14:15 host app[1]: text`), RFC 5424, or whichever a line is. */
import {
  createConfiguredTimeParser, createFinisher, defineParser, limitTime, param, parserFields, TimeParseError, timeSettings,
  withDefaults,
} from '#logferry';
import { readNewByColumns, readNewByPattern } from './rfc5424.ts';
import { readOldByColumns, readOldByPattern } from './rfc3164.ts';
import { spaceCount, type SyslogOptions } from './header.ts';

/** What tells a line of RFC 5424: a version behind the priority. */
const IS_NEW = /(?<![^\n])<[0-9]{1,3}>[1-9]\d{0,2}/;
/** For lines of RFC 5424 whose time has no fraction. */
const WITHOUT_FRACTION = '%Y-%m-%dT%H:%M:%S%z';
/** Formats whose text has 15 characters, as RFC 3164 has it. */
const FIXED_FORMATS = ['%b %d %H:%M:%S', '%b %d %H:%M:%S.%N'];

export default defineParser({
  type: 'syslog',
  doc: 'Reads lines of syslog, of the old form (RFC 3164), the new one (RFC 5424), or both.',
  config: {
    ...withDefaults(parserFields, { time_format: '%b %d %H:%M:%S' }),
    with_priority: param.bool('Lines begin with a priority such as <6>; others do not fit.', { default: false }),
    message_format: param.enum(['rfc3164', 'rfc5424', 'auto'], 'The form of the lines.', { default: 'rfc3164' }),
    rfc5424_time_format: param.string('The format of times in lines of RFC 5424.', { default: '%Y-%m-%dT%H:%M:%S.%L%z' }),
    parser_engine: param.enum(['regexp', 'string'], 'string is faster and takes less varied lines.', {
      default: 'regexp',
      alias: 'parser_type',
    }),
    support_colonless_ident: param.bool('With parser_engine string: an ident needs no colon behind it.', { default: true }),
  },

  create(config, context) {
    const finisher = createFinisher(config, context);
    const isNewOnly = config.message_format === 'rfc5424';
    const oldFormat = config.time_format ?? FIXED_FORMATS[0]!;
    const newFormat = isNewOnly && context.element.params.has('time_format') ? oldFormat : config.rfc5424_time_format;
    const timeParser = (timeFormat: string) =>
      createConfiguredTimeParser({ ...timeSettings(config, context.element), timeFormat }, context);
    const oldTimes = timeParser(oldFormat);
    const newTimes = timeParser(newFormat);
    const newTimesWithoutFraction = timeParser(WITHOUT_FRACTION);

    const shared = { withPriority: config.with_priority, keepTime: config.keep_time_key };
    const old: SyslogOptions = {
      ...shared,
      timeWords: spaceCount(oldFormat),
      hasFixedTime: FIXED_FORMATS.includes(oldFormat),
      identWithoutColon: config.support_colonless_ident,
      parseTime: (text) => oldTimes.parse(text),
    };
    const modern: SyslogOptions = {
      ...shared,
      timeWords: spaceCount(newFormat),
      hasFixedTime: false,
      identWithoutColon: true,
      parseTime(text) {
        try {
          return newTimes.parse(text);
        } catch (error) {
          if (!(error instanceof TimeParseError)) throw error;
          return newTimesWithoutFraction.parse(text);
        }
      },
    };

    const byPattern = config.parser_engine === 'regexp';
    const readOld = byPattern ? readOldByPattern : readOldByColumns;
    const readNew = byPattern ? readNewByPattern : readNewByColumns;
    const isNew = (text: string): boolean => isNewOnly || (config.message_format === 'auto' && IS_NEW.test(text));

    return limitTime(
      {
        parse(text) {
          const found = isNew(text) ? readNew(text, modern) : readOld(text, old);
          return found && { time: found.time ?? finisher.estimatedTime(), record: found.record };
        },
      },
      config,
      context,
    );
  },
});
