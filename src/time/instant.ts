/** From the fields that a text gave to an instant, with Ruby's rules for what is missing. */
import type { EventTime } from '../event.ts';
import { civilFromSeconds, daysFromCivil, isLeapYear, secondsFromCivil } from './calendar.ts';
import { instantOf, localZone, type Zone } from './zone.ts';

/** A text that is not a time of the expected form. */
export class TimeParseError extends Error {
  override name = 'TimeParseError';
}

/** An instant, and the offset (seconds east of UTC) of the zone in which its text gave it. */
export interface ParsedTime extends EventTime {
  readonly offset: number;
}

/** What surrounds a parser: the zone of texts without a zone, and the time for fields that are missing. */
export interface TimeContext {
  readonly local: Zone;
  now(): EventTime;
}

/** What a text said; undefined where it said nothing. */
export interface TimeFields {
  year?: number | undefined;
  yday?: number | undefined;
  month?: number | undefined;
  day?: number | undefined;
  hour?: number | undefined;
  min?: number | undefined;
  sec?: number | undefined;
  nsec?: number | undefined;
  zone?: string | undefined;
}

/** The machine's zone and clock. */
export const systemContext: TimeContext = {
  get local() {
    return localZone();
  },
  now() {
    const ms = Date.now();
    const sec = Math.floor(ms / 1000);
    return { sec, nsec: (ms - sec * 1000) * 1_000_000 };
  },
};

/**
 * The instant of fields: units above the largest given one come from the clock, those below are the
 * smallest. Throws TimeParseError if nothing was given or a field is out of its range.
 */
export function instantFromFields(given: TimeFields, context: TimeContext): ParsedTime {
  const fields = given.yday === undefined ? given : withMonthOfYearDay(given, context);
  if (fields.year === undefined && !hasDateOrTime(fields)) throw new TimeParseError('no time information');
  const { local } = context;
  const offsetYear = fields.year ?? civilNow(local.offsetAt(context.now().sec), context).year;
  const offset = fields.zone === undefined ? undefined : zoneOffset(fields.zone, offsetYear, local);
  const filled = fillFromClock(fields, offset, context);
  const civil = {
    year: filled.year!,
    month: filled.month ?? 1,
    day: filled.day ?? 1,
    hour: filled.hour ?? 0,
    min: filled.min ?? 0,
    sec: filled.sec ?? 0,
  };
  checkRanges(civil);
  const civilSec = secondsFromCivil(civil);
  const sec = offset === undefined ? instantOf(local, civilSec) : civilSec - offset;
  return { sec, nsec: filled.nsec ?? 0, offset: offset ?? local.offsetAt(sec) };
}

function hasDateOrTime({ month, day, hour, min, sec, nsec }: TimeFields): boolean {
  return [month, day, hour, min, sec, nsec].some((field) => field !== undefined);
}

function fillFromClock(fields: TimeFields, offset: number | undefined, context: TimeContext): TimeFields {
  if (fields.year !== undefined) return fields;
  const now = civilNow(offset ?? context.local.offsetAt(context.now().sec), context);
  const filled = { ...fields, year: now.year };
  const { month, day, hour, min, sec } = fields;
  if (month !== undefined) return filled;
  filled.month = now.month;
  if (day !== undefined) return filled;
  filled.day = now.day;
  if (hour !== undefined) return filled;
  filled.hour = now.hour;
  if (min !== undefined) return filled;
  filled.min = now.min;
  if (sec === undefined) filled.sec = now.sec;
  return filled;
}

function civilNow(offset: number, context: TimeContext): ReturnType<typeof civilFromSeconds> {
  return civilFromSeconds(context.now().sec + offset);
}

function withMonthOfYearDay(fields: TimeFields, context: TimeContext): TimeFields {
  const year = fields.year ?? civilNow(context.local.offsetAt(context.now().sec), context).year;
  const yday = fields.yday!;
  if (yday < 1 || yday > (isLeapYear(year) ? 366 : 365)) throw new TimeParseError(`day ${yday} is not in the year`);
  const { month, day } = civilFromSeconds((daysFromCivil(year, 1, 1) + yday - 1) * 86_400);
  return { ...fields, year, month, day };
}

function checkRanges(civil: ReturnType<typeof civilFromSeconds>): void {
  const { month, day, hour, min, sec } = civil;
  const fits =
    month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour >= 0 && hour <= 24 && min <= 59 && sec <= 60;
  if (!fits || (hour === 24 && (min > 0 || sec > 0))) throw new TimeParseError('argument out of range');
}

/** Hours of the zone names of RFC 822; single letters are the military zones. */
const ZONE_HOURS: ReadonlyMap<string, number> = new Map([
  ...(['UTC', 'GMT', 'UT', 'Z'] as const).map((name) => [name, 0] as const),
  ...([['EST', -5], ['EDT', -4], ['CST', -6], ['CDT', -5], ['MST', -7], ['MDT', -6], ['PST', -8], ['PDT', -7]] as const),
  ...[...'ABCDEFGHIKLM'].map((name, i) => [name, i + 1] as const),
  ...[...'NOPQRSTUVWXY'].map((name, i) => [name, -i - 1] as const),
]);

/** Seconds east of UTC of a zone in a text; undefined (the local zone is taken) if it is not known. */
export function zoneOffset(zone: string, year: number, local: Zone): number | undefined {
  const numeric = /^([+-])(\d\d)(?:(:?)(\d\d)(?:\3(\d\d))?)?$/.exec(zone);
  if (numeric) {
    const size = Number(numeric[2]) * 3600 + Number(numeric[4] ?? 0) * 60 + Number(numeric[5] ?? 0);
    return numeric[1] === '-' ? 0 - size : size;
  }
  const name = zone.toUpperCase();
  const hours = ZONE_HOURS.get(name);
  if (hours !== undefined) return hours * 3600;
  for (const month of [1, 7]) {
    const sec = daysFromCivil(year, month, 1) * 86_400;
    if (local.abbreviationAt(sec).toUpperCase() === name) return local.offsetAt(sec);
  }
  return undefined;
}
