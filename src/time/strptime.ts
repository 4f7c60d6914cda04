/**
 * Reading a time by a format, as Fluentd does it.
 *
 * Fluentd has two readers and takes the first that knows all directives of a format: that of the
 * `strptime` library (`strptime-plain.ts`), else Ruby's own (`strptime-full.ts`). They differ in
 * what they accept (hour 24, a space for a leading zero), so both are here. Text behind the end of
 * the format is ignored by both.
 */
import type { EventTime } from '../event.ts';
import { parseIso8601 } from './iso8601.ts';
import { systemContext, TimeParseError, type ParsedTime, type TimeContext } from './instant.ts';
import { compileFull } from './strptime-full.ts';
import { compilePlain } from './strptime-plain.ts';
import type { Zone } from './zone.ts';

export interface StrptimeOptions {
  /** The zone of texts that name none; the process's zone if it is not given. */
  readonly timezone?: Zone | undefined;
  /** The zone of the process and the clock; for tests. */
  readonly context?: TimeContext | undefined;
}

/**
 * Compiles a format to a reader, which throws TimeParseError for text that does not match.
 *
 * `%iso8601` is a format of its own. With a `timezone`, a zone in the text counts only if the format
 * has it as `%z` or `%Z`; `%:z` is passed over, as in Fluentd.
 */
export function compileStrptime(format: string, options: StrptimeOptions = {}): (text: string) => EventTime {
  const context = options.context ?? systemContext;
  if (format === '%iso8601') return (text) => parseIso8601(text, context);
  const read = compilePlain(format, context) ?? compileFull(format, context);
  const { timezone } = options;
  if (timezone === undefined || format.includes('%z') || format.includes('%Z')) return asEventTime(read, format);
  return asEventTime((text) => {
    const parsed = read(text);
    if (!parsed) return undefined;
    // The zone's offset is looked up at the instant that the text has in the process's zone: that
    // is what Fluentd does, and it matters only next to a change of the clocks.
    const sec = parsed.sec + parsed.offset - timezone.offsetAt(parsed.sec);
    return { sec, nsec: parsed.nsec, offset: 0 };
  }, format);
}

function asEventTime(read: (text: string) => ParsedTime | undefined, format: string): (text: string) => EventTime {
  return (text) => {
    const parsed = read(text);
    if (!parsed) throw new TimeParseError(`the text does not match the format ${format}`);
    return { sec: parsed.sec, nsec: parsed.nsec };
  };
}
