/** Reading and writing times as Ruby and Fluentd do. */
export { compileByteTime, type ByteTimeReader } from './byte-time.ts';
export { civilFromSeconds, secondsFromCivil, type Civil } from './calendar.ts';
export { systemContext, TimeParseError, type TimeContext } from './instant.ts';
export { parseIso8601 } from './iso8601.ts';
export { parseAnyTime } from './parse-any.ts';
export { configuredZone, effectiveZone, type TimeOptions, type TimeSettings, type TimeType } from './settings.ts';
export { compileStrftime, strftime } from './strftime.ts';
export { compileStrptime, type StrptimeOptions } from './strptime.ts';
export { createTimeFormatter } from './time-formatter.ts';
export { createTimeParser, type TimeParser } from './time-parser.ts';
export { fixedZone, instantOf, localZone, namedZone, offsetText, parseOffset, parseZone, UTC, type Zone } from './zone.ts';
