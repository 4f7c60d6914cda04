/** Times and dates of expressions, as civil dates and as text. */
import { civilFromSeconds, DAY_SEC, type Civil } from '../time/calendar.ts';
import { compileStrftime } from '../time/strftime.ts';
import { localZone, offsetText, UTC, type Zone } from '../time/zone.ts';
import type { EventTime } from '../event.ts';
import type { RubyTime } from './values.ts';

/** Seconds east of UTC. */
export function offsetOf(time: RubyTime): number {
  return time.offset ?? localZone().offsetAt(time.sec);
}

/** The date and time that a clock in the time's zone shows. */
export function civilOf(time: RubyTime): Civil {
  return civilFromSeconds(time.sec + offsetOf(time));
}

/** `UTC`, `CEST`, or '' for a zone that is only an offset. */
export function zoneName(time: RubyTime): string {
  if (time.isUtc) return 'UTC';
  return time.offset === undefined ? localZone().abbreviationAt(time.sec) : '';
}

/** `2022-10-03 02:00:01 +0200`, as Time#to_s writes it, or with its fraction as Time#inspect does. */
export function timeText(time: RubyTime, fraction = false): string {
  if (time.isDateTime) return isoText(time, 0, '+00:00');
  const part = fraction && time.nsec > 0 ? '.' + `${time.nsec}`.padStart(9, '0').replace(/0+$/, '') : '';
  const offset = offsetOf(time);
  return `${dateText(time)} ${clockText(time)}${part} ${time.isUtc ? 'UTC' : offsetText(offset, '')}`;
}

/** ISO 8601 with that many digits of the second's fraction; `utc` is how UTC is written. */
export function isoText(time: RubyTime, digits: number, utc = 'Z'): string {
  const fraction = digits > 0 ? '.' + `${time.nsec}`.padStart(9, '0').padEnd(digits, '0').slice(0, digits) : '';
  return `${dateText(time)}T${clockText(time)}${fraction}${time.isUtc ? utc : offsetText(offsetOf(time), ':')}`;
}

function dateText(time: RubyTime): string {
  const { year, month, day } = civilOf(time);
  return `${yearText(year)}-${two(month)}-${two(day)}`;
}

function clockText(time: RubyTime): string {
  const { hour, min, sec } = civilOf(time);
  return `${two(hour)}:${two(min)}:${two(sec)}`;
}

/** `2022-10-03` of days since 1970-01-01. */
export function civilText(days: number): string {
  const { year, month, day } = civilFromSeconds(days * DAY_SEC);
  return `${yearText(year)}-${two(month)}-${two(day)}`;
}

function yearText(year: number): string {
  return year < 0 ? '-' + `${-year}`.padStart(4, '0') : `${year}`.padStart(4, '0');
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

const MAX_FORMATS = 100;
const formats = new Map<string, (time: EventTime) => string>();

/** What was used last: most expressions have one format for all events. */
let last: { format: string | undefined; isUtc: boolean; offset: number | undefined; compiled: (time: RubyTime) => string } = {
  format: undefined, isUtc: false, offset: undefined, compiled: () => '',
};

/** Time#strftime; formats are compiled once for each zone. */
export function formatTime(format: string, time: RubyTime): string {
  if (format === last.format && time.isUtc === last.isUtc && time.offset === last.offset) return last.compiled(time);
  const key = `${time.isUtc ? 'u' : (time.offset ?? 'l')} ${format}`;
  let compiled = formats.get(key);
  if (!compiled) {
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(key, (compiled = compileStrftime(format, zoneOf(time))));
  }
  last = { format, isUtc: time.isUtc, offset: time.offset, compiled };
  return compiled(time);
}

function zoneOf(time: RubyTime): Zone {
  if (time.isUtc) return UTC;
  const { offset } = time;
  if (offset === undefined) return localZone();
  return { offsetAt: () => offset, abbreviationAt: () => '', isUtc: false, fixedOffset: offset };
}
