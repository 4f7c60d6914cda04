/** Days and seconds of the proleptic Gregorian calendar, as numbers; no zone, no Date. */

export const DAY_SEC = 86_400;

/** A civil date and time; `month` 1..12, `day` 1..31, `sec` 0..60. */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly min: number;
  readonly sec: number;
}

/** Days from 1970-01-01 to a date; days and months beyond their range carry over. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const months = year * 12 + month - 1;
  const y0 = Math.floor(months / 12);
  const m = months - y0 * 12 + 1;
  // The year is taken to begin in March, so that the leap day is its last.
  const y = m <= 2 ? y0 - 1 : y0;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5);
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468 + day - 1;
}

/** Seconds from 1970-01-01 to a civil time, read as UTC; fields beyond their range carry over. */
export function secondsFromCivil(civil: Civil): number {
  const days = daysFromCivil(civil.year, civil.month, civil.day);
  return days * DAY_SEC + civil.hour * 3600 + civil.min * 60 + civil.sec;
}

/** The civil time of seconds since 1970-01-01, read as UTC. */
export function civilFromSeconds(seconds: number): Civil {
  const days = Math.floor(seconds / DAY_SEC);
  const rest = seconds - days * DAY_SEC;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * m + 2) / 5) + 1,
    hour: Math.floor(rest / 3600),
    min: Math.floor(rest / 60) % 60,
    sec: rest % 60,
  };
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Day of the year, from 1. */
export function dayOfYear(year: number, month: number, day: number): number {
  return daysFromCivil(year, month, day) - daysFromCivil(year, 1, 1) + 1;
}

/** Day of the week, 0 for Sunday. */
export function dayOfWeek(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** ISO 8601 week and the year that it belongs to. */
export function isoWeek(year: number, month: number, day: number): { year: number; week: number } {
  const days = daysFromCivil(year, month, day);
  const thursday = days - ((dayOfWeek(days) + 6) % 7) + 3;
  const isoYear = civilFromSeconds(thursday * DAY_SEC).year;
  return { year: isoYear, week: Math.floor((thursday - daysFromCivil(isoYear, 1, 1)) / 7) + 1 };
}

/** Days from 1970-01-01 to a day of an ISO week; `weekday` 1 (Monday) to 7. */
export function daysFromIsoWeek(year: number, week: number, weekday: number): number {
  const january4 = daysFromCivil(year, 1, 4);
  const monday = january4 - ((dayOfWeek(january4) + 6) % 7);
  return monday + (week - 1) * 7 + weekday - 1;
}

export const MONTH_NAMES = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
] as const;

export const DAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
