/** Methods of Time (and DateTime, which is a Time here), and of the event times of record_modifier. */
import { toFloat } from '../../lib/value.ts';
import { dayOfWeek, dayOfYear, DAY_SEC } from '../../time/calendar.ts';
import { parseOffset } from '../../time/zone.ts';
import { integerArgument, textArgument } from '../arguments.ts';
import { civilOf, formatTime, isoText, offsetOf, timeText, zoneName } from '../calendar.ts';
import { className } from '../class-name.ts';
import { isNumber } from '../equality.ts';
import { inspect } from '../inspect.ts';
import { aliasMethods, ANY, defineMethods, send } from '../method.ts';
import { addRational, floorRational, rational, toRational } from '../rational.ts';
import { argumentError, typeError } from '../ruby-error.ts';
import { isInteger, RubyDate, RubyEventTime, RubyRational, RubyTime, type RubyValue } from '../values.ts';

const NANO = 1_000_000_000n;

/** Seconds and nanoseconds of a number of seconds, exactly. */
export function splitSeconds(value: RubyValue): { sec: number; nsec: number } {
  if (typeof value === 'number' && Number.isInteger(value)) return { sec: value, nsec: 0 };
  if (isNumber(value) || value instanceof RubyRational) {
    const exact = toRational(value);
    const ns = floorRational(rational(exact.numerator * NANO, exact.denominator));
    const sec = ns >= 0n ? ns / NANO : -((-ns + NANO - 1n) / NANO);
    return { sec: Number(sec), nsec: Number(ns - sec * NANO) };
  }
  if (value instanceof RubyEventTime || value instanceof RubyTime) return { sec: value.sec, nsec: value.nsec };
  throw typeError(`can't convert ${value === null ? 'nil' : className(value)} into an exact number`);
}

/** The same zone at another instant. */
function moved(self: RubyTime, sec: number, nsec: number): RubyTime {
  const carry = Math.floor(nsec / 1e9);
  return new RubyTime(sec + carry, nsec - carry * 1e9, self.offset, self.isUtc, self.isDateTime);
}

function plus(self: RubyTime, seconds: RubyValue, sign: 1 | -1): RubyTime {
  if (self.isDateTime) {
    if (!isNumber(seconds) && !(seconds instanceof RubyRational)) throw typeError('expected numeric');
    const { sec, nsec } = splitSeconds(send(seconds as number, '*', [DAY_SEC]));
    return moved(self, self.sec + sign * sec, self.nsec + sign * nsec);
  }
  const { sec, nsec } = splitSeconds(seconds);
  return moved(self, self.sec + sign * sec, self.nsec + sign * nsec);
}

function minus(self: RubyTime, other: RubyValue): RubyValue {
  if (!(other instanceof RubyTime) && !(other instanceof RubyEventTime)) return plus(self, other, -1);
  const nanos = BigInt(self.sec - other.sec) * NANO + BigInt(self.nsec - other.nsec);
  if (self.isDateTime) return rational(nanos, NANO * BigInt(DAY_SEC));
  return toFloat(Number(nanos) / 1e9);
}

/** An offset in seconds of `+09:00`, a number of seconds, or `UTC`. */
export function offsetArgument(value: RubyValue): { offset: number | undefined; isUtc: boolean } {
  if (value === null) return { offset: undefined, isUtc: false };
  if (isInteger(value) || isNumber(value)) return { offset: integerArgument(value), isUtc: false };
  const text = textArgument(value);
  if (text === 'UTC' || text === 'Z' || text === '-00:00') return { offset: 0, isUtc: true };
  const offset = parseOffset(text) ?? militaryOffset(text);
  if (offset === undefined) throw argumentError(`"+HH:MM", "-HH:MM", "UTC" or "A".."I","K".."Z" expected for utc_offset: ${text}`);
  return { offset, isUtc: false };
}

function militaryOffset(text: string): number | undefined {
  if (!/^[A-IK-Y]$/.test(text)) return undefined;
  const east = 'ABCDEFGHIKLM'.indexOf(text);
  return (east >= 0 ? east + 1 : -'NOPQRSTUVWXY'.indexOf(text) - 1) * 3600;
}

function rounded(self: RubyTime, digits: RubyValue | undefined, way: 'round' | 'floor' | 'ceil'): RubyTime {
  const unit = 10 ** (9 - Math.min(9, digits === undefined ? 0 : integerArgument(digits)));
  return moved(self, self.sec, Math[way](self.nsec / unit) * unit);
}

/** Days since 1970-01-01 in the time's zone. */
function daysOf(self: RubyTime): number {
  return Math.floor((self.sec + offsetOf(self)) / DAY_SEC);
}

const weekday = (number: number) => (self: RubyTime): boolean => dayOfWeek(daysOf(self)) === number;
const digitsOr = (digits: RubyValue | undefined): number => (digits === undefined ? 0 : integerArgument(digits));

defineMethods<RubyTime>('Time', {
  year: [0, 0, (self) => civilOf(self).year],
  month: [0, 0, (self) => civilOf(self).month],
  day: [0, 0, (self) => civilOf(self).day],
  hour: [0, 0, (self) => civilOf(self).hour],
  min: [0, 0, (self) => civilOf(self).min],
  sec: [0, 0, (self) => civilOf(self).sec],
  nsec: [0, 0, (self) => self.nsec],
  usec: [0, 0, (self) => Math.floor(self.nsec / 1000)],
  subsec: [0, 0, (self) => (self.nsec === 0 ? 0 : rational(BigInt(self.nsec), NANO))],
  wday: [0, 0, (self) => dayOfWeek(daysOf(self))],
  yday: [0, 0, (self) => {
    const { year, month, day } = civilOf(self);
    return dayOfYear(year, month, day);
  }],
  zone: [0, 0, (self) => zoneName(self) || null],
  utc_offset: [0, 0, (self) => offsetOf(self)],
  'utc?': [0, 0, (self) => self.isUtc],
  'dst?': [0, 0, (self) => {
    if (self.offset !== undefined) return false;
    const january = new RubyTime(Date.UTC(civilOf(self).year, 0, 1) / 1000, 0);
    const july = new RubyTime(Date.UTC(civilOf(self).year, 6, 1) / 1000, 0);
    return offsetOf(january) !== offsetOf(july) && offsetOf(self) === Math.max(offsetOf(january), offsetOf(july));
  }],
  to_i: [0, 0, (self) => self.sec],
  to_f: [0, 0, (self) => toFloat(Number(BigInt(self.sec) * NANO + BigInt(self.nsec)) / 1e9)],
  to_r: [0, 0, (self) => rational(BigInt(self.sec) * NANO + BigInt(self.nsec), NANO)],
  to_a: [0, 0, (self) => ['sec', 'min', 'hour', 'day', 'month', 'year', 'wday', 'yday', 'dst?', 'zone'].map((name) => send(self, name, []))],
  to_s: [0, 0, (self) => timeText(self)],
  inspect: [0, 0, (self) => inspect(self)],
  ctime: [0, 0, (self) => formatTime('%a %b %e %H:%M:%S %Y', self)],
  strftime: [1, 1, (self, _, format) => formatTime(textArgument(format), self)],
  iso8601: [0, 1, (self, _, digits) => isoText(self, digitsOr(digits), self.isDateTime ? '+00:00' : 'Z')],
  httpdate: [0, 0, (self) => formatTime('%a, %d %b %Y %H:%M:%S GMT', new RubyTime(self.sec, self.nsec, 0, true))],
  rfc2822: [0, 0, (self) => formatTime(self.isUtc ? '%a, %d %b %Y %H:%M:%S -0000' : '%a, %d %b %Y %H:%M:%S %z', self)],
  '+': [1, 1, (self, _, seconds) => {
    if (seconds instanceof RubyTime) throw typeError('time + time?');
    return plus(self, seconds, 1);
  }],
  '-': [1, 1, (self, _, other) => minus(self, other)],
  round: [0, 1, (self, _, digits) => rounded(self, digits, 'round')],
  floor: [0, 1, (self, _, digits) => rounded(self, digits, 'floor')],
  ceil: [0, 1, (self, _, digits) => rounded(self, digits, 'ceil')],
  utc: [0, 0, (self) => {
    self.offset = 0;
    self.isUtc = true;
    return self;
  }],
  getutc: [0, 0, (self) => new RubyTime(self.sec, self.nsec, 0, true)],
  localtime: [0, 1, (self, _, zone) => {
    const { offset, isUtc } = offsetArgument(zone ?? null);
    self.offset = offset;
    self.isUtc = isUtc;
    return self;
  }],
  getlocal: [0, 1, (self, _, zone) => {
    const { offset, isUtc } = offsetArgument(zone ?? null);
    return new RubyTime(self.sec, self.nsec, offset, isUtc);
  }],
  to_time: [0, 0, (self) => (self.isDateTime ? new RubyTime(self.sec, self.nsec, offsetOf(self)) : self)],
  to_date: [0, 0, (self) => new RubyDate(daysOf(self))],
  to_datetime: [0, 0, (self) => new RubyTime(self.sec, self.nsec, offsetOf(self), false, true)],
  'sunday?': [0, 0, weekday(0)],
  'monday?': [0, 0, weekday(1)],
  'tuesday?': [0, 0, weekday(2)],
  'wednesday?': [0, 0, weekday(3)],
  'thursday?': [0, 0, weekday(4)],
  'friday?': [0, 0, weekday(5)],
  'saturday?': [0, 0, weekday(6)],
});
aliasMethods('Time', {
  mon: 'month', mday: 'day', tv_sec: 'to_i', tv_nsec: 'nsec', tv_usec: 'usec', minute: 'min', second: 'sec', gmtime: 'utc', getgm: 'getutc',
  'gmt?': 'utc?', gmt_offset: 'utc_offset', gmtoff: 'utc_offset', 'isdst': 'dst?', asctime: 'ctime', xmlschema: 'iso8601', rfc3339: 'iso8601',
  rfc822: 'rfc2822', new_offset: 'getlocal',
});

/** As a number that some methods of Integer and Float also work on. */
function asNumber(self: RubyEventTime, name: string, args: readonly RubyValue[]): RubyValue {
  return send(self.sec, name, args.filter((arg) => arg !== undefined));
}

const NUMERIC = ['+', '-', '*', '/', '%', '**', 'divmod', 'modulo', 'fdiv', 'div', 'abs', 'succ', 'pred', 'digits', 'zero?', 'even?', 'odd?', 'chr', 'times', '&', '|', '<<', '>>'];

defineMethods<RubyEventTime>('EventTime', {
  ...Object.fromEntries(NUMERIC.map((name) => [name, [0, ANY, (self: RubyEventTime, _: unknown, ...args: RubyValue[]) => asNumber(self, name, args)] as const])),
  sec: [0, 0, (self) => self.sec],
  nsec: [0, 0, (self) => self.nsec],
  to_i: [0, 0, (self) => self.sec],
  to_int: [0, 0, (self) => self.sec],
  to_f: [0, 0, (self) => toFloat(self.sec + self.nsec / 1e9)],
  to_r: [0, 0, (self) => addRational(toRational(self.sec), rational(BigInt(self.nsec), NANO))],
  to_s: [0, 0, (self) => `${self.sec}`],
  to_time: [0, 0, (self) => new RubyTime(self.sec, self.nsec)],
  inspect: [0, 0, (self) => inspect(self)],
});
