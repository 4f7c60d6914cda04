/** Date and DateTime. */
import { civilFromSeconds, daysFromCivil, dayOfWeek, dayOfYear, DAY_SEC, isLeapYear, isoWeek } from '../../time/calendar.ts';
import { instantOf, localZone } from '../../time/zone.ts';
import { integerArgument, textArgument } from '../arguments.ts';
import { civilText, formatTime, offsetOf } from '../calendar.ts';
import { isNumber } from '../equality.ts';
import { enumerator } from '../list.ts';
import { machine } from '../machine.ts';
import { aliasMethods, defineMethods, defineModule } from '../method.ts';
import { rational } from '../rational.ts';
import { rubyError, RubyError, typeError } from '../ruby-error.ts';
import { RubyDate, RubyRational, RubyTime, type RubyValue } from '../values.ts';
import { parseDateTime, strptime } from './time-class.ts';
import { offsetArgument, splitSeconds } from './time.ts';

function invalidDate(): RubyError {
  return rubyError('Date::Error', 'invalid date');
}

function civil(self: RubyDate): ReturnType<typeof civilFromSeconds> {
  return civilFromSeconds(self.days * DAY_SEC);
}

function asTime(self: RubyDate): RubyTime {
  return new RubyTime(self.days * DAY_SEC, 0, 0, false);
}

function daysArgument(value: RubyValue): number {
  if (isNumber(value) || value instanceof RubyRational) return integerArgument(value);
  throw typeError('expected numeric');
}

/** A date from its numbers; a day below zero counts from the month's end. */
function dateOf(year: number, month: number, day: number): RubyDate {
  const m = month < 0 ? month + 13 : month;
  const length = m === 2 ? (isLeapYear(year) ? 29 : 28) : [4, 6, 9, 11].includes(m) ? 30 : 31;
  const d = day < 0 ? length + 1 + day : day;
  if (m < 1 || m > 12 || d < 1 || d > length) throw invalidDate();
  return new RubyDate(daysFromCivil(year, m, d));
}

/** The same day in another month, or that month's last. */
function monthsLater(self: RubyDate, months: number): RubyDate {
  const { year, month, day } = civil(self);
  const first = civilFromSeconds(daysFromCivil(year, month + months, 1) * DAY_SEC);
  for (let d = day; ; d--) {
    const days = daysFromCivil(first.year, first.month, d);
    if (civilFromSeconds(days * DAY_SEC).month === first.month) return new RubyDate(days);
  }
}

function localDay(time: RubyTime): number {
  return Math.floor((time.sec + offsetOf(time)) / DAY_SEC);
}

function orInvalid<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RubyError && error.rubyClass === 'ArgumentError') throw invalidDate();
    throw error;
  }
}

const weekday = (number: number) => (self: RubyDate): boolean => dayOfWeek(self.days) === number;

defineMethods<RubyDate>('Date', {
  year: [0, 0, (self) => civil(self).year],
  month: [0, 0, (self) => civil(self).month],
  day: [0, 0, (self) => civil(self).day],
  wday: [0, 0, (self) => dayOfWeek(self.days)],
  yday: [0, 0, (self) => {
    const { year, month, day } = civil(self);
    return dayOfYear(year, month, day);
  }],
  cwday: [0, 0, (self) => dayOfWeek(self.days) || 7],
  cweek: [0, 0, (self) => {
    const { year, month, day } = civil(self);
    return isoWeek(year, month, day).week;
  }],
  cwyear: [0, 0, (self) => {
    const { year, month, day } = civil(self);
    return isoWeek(year, month, day).year;
  }],
  jd: [0, 0, (self) => self.days + 2_440_588],
  mjd: [0, 0, (self) => self.days + 40_587],
  'leap?': [0, 0, (self) => isLeapYear(civil(self).year)],
  '+': [1, 1, (self, _, days) => new RubyDate(self.days + daysArgument(days))],
  '-': [1, 1, (self, _, other) => {
    if (other instanceof RubyDate) return rational(BigInt(self.days - other.days), 1n);
    return new RubyDate(self.days - daysArgument(other));
  }],
  '>>': [1, 1, (self, _, months) => monthsLater(self, integerArgument(months))],
  '<<': [1, 1, (self, _, months) => monthsLater(self, -integerArgument(months))],
  next_day: [0, 1, (self, _, count) => new RubyDate(self.days + (count === undefined ? 1 : integerArgument(count)))],
  prev_day: [0, 1, (self, _, count) => new RubyDate(self.days - (count === undefined ? 1 : integerArgument(count)))],
  next_month: [0, 1, (self, _, count) => monthsLater(self, count === undefined ? 1 : integerArgument(count))],
  prev_month: [0, 1, (self, _, count) => monthsLater(self, -(count === undefined ? 1 : integerArgument(count)))],
  next_year: [0, 1, (self, _, count) => monthsLater(self, 12 * (count === undefined ? 1 : integerArgument(count)))],
  prev_year: [0, 1, (self, _, count) => monthsLater(self, -12 * (count === undefined ? 1 : integerArgument(count)))],
  to_s: [0, 0, (self) => civilText(self.days)],
  iso8601: [0, 1, (self) => civilText(self.days)],
  strftime: [0, 1, (self, _, format) => formatTime(format === undefined ? '%F' : textArgument(format), asTime(self))],
  to_date: [0, 0, (self) => self],
  to_time: [0, 0, (self) => new RubyTime(instantOf(localZone(), self.days * DAY_SEC), 0)],
  to_datetime: [0, 0, (self) => new RubyTime(self.days * DAY_SEC, 0, 0, false, true)],
  upto: [1, 1, (self, block, last) => {
    const end = last instanceof RubyDate ? last.days : self.days;
    const run = (given: NonNullable<typeof block>): RubyValue => {
      for (let day = self.days; day <= end; day++) given.call1(new RubyDate(day));
      return self;
    };
    return block ? run(block) : enumerator('upto', run);
  }],
  'sunday?': [0, 0, weekday(0)],
  'monday?': [0, 0, weekday(1)],
  'tuesday?': [0, 0, weekday(2)],
  'wednesday?': [0, 0, weekday(3)],
  'thursday?': [0, 0, weekday(4)],
  'friday?': [0, 0, weekday(5)],
  'saturday?': [0, 0, weekday(6)],
});
aliasMethods('Date', { mon: 'month', mday: 'day', succ: 'next_day', next: 'next_day', xmlschema: 'iso8601', rfc3339: 'iso8601' });

function given(value: RubyValue | undefined, fallback: number): number {
  return value === undefined ? fallback : integerArgument(value);
}

function parseDate(value: RubyValue): RubyDate {
  return orInvalid(() => new RubyDate(localDay(parseDateTime(textArgument(value)))));
}

defineModule('Date', {
  new: [0, 3, (_, __, year, month, day) => dateOf(given(year, -4712), given(month, 1), given(day, 1))],
  civil: [0, 3, (_, __, year, month, day) => dateOf(given(year, -4712), given(month, 1), given(day, 1))],
  today: [0, 0, () => {
    const { sec } = machine().host.now();
    return new RubyDate(localDay(new RubyTime(sec, 0)));
  }],
  parse: [1, 2, (_, __, text) => parseDate(text)],
  iso8601: [1, 2, (_, __, text) => parseDate(text)],
  strptime: [1, 2, (_, __, text, format) =>
    orInvalid(() => new RubyDate(localDay(strptime(textArgument(text), format === undefined ? '%F' : textArgument(format), true))))],
  'valid_date?': [3, 3, (_, __, year, month, day) => {
    try {
      dateOf(integerArgument(year), integerArgument(month), integerArgument(day));
      return true;
    } catch (error) {
      if (error instanceof RubyError) return false;
      throw error;
    }
  }],
  'leap?': [1, 1, (_, __, year) => isLeapYear(integerArgument(year))],
});

function dateTime(args: readonly RubyValue[]): RubyTime {
  const [year, month, day, hour, min, sec, zone] = args;
  const date = dateOf(given(year, -4712), given(month, 1), given(day, 1));
  const { offset = 0 } = zone === undefined ? {} : offsetArgument(zone);
  const seconds = sec === undefined ? { sec: 0, nsec: 0 } : splitSeconds(sec);
  return new RubyTime(date.days * DAY_SEC + given(hour, 0) * 3600 + given(min, 0) * 60 + seconds.sec - offset, seconds.nsec, offset, false, true);
}

defineModule('DateTime', {
  now: [0, 0, () => {
    const { sec, nsec } = machine().host.now();
    return new RubyTime(sec, nsec, localZone().offsetAt(sec), false, true);
  }],
  new: [0, 7, (_, __, ...args) => dateTime(args)],
  parse: [1, 2, (_, __, text) => orInvalid(() => parseDateTime(textArgument(text)))],
  iso8601: [1, 2, (_, __, text) => orInvalid(() => parseDateTime(textArgument(text)))],
  rfc3339: [1, 2, (_, __, text) => orInvalid(() => parseDateTime(textArgument(text)))],
  strptime: [1, 2, (_, __, text, format) =>
    orInvalid(() => strptime(textArgument(text), format === undefined ? '%FT%T%z' : textArgument(format), true))],
});
