/** Time.now, Time.at, Time.parse and the other ways to make times. */
import { secondsFromCivil } from '../../time/calendar.ts';
import { parseIso8601 } from '../../time/iso8601.ts';
import { TimeParseError, type ParsedTime, type TimeContext } from '../../time/instant.ts';
import { parseAnyTime } from '../../time/parse-any.ts';
import { compileFull } from '../../time/strptime-full.ts';
import { compilePlain } from '../../time/strptime-plain.ts';
import { instantOf, localZone } from '../../time/zone.ts';
import { doubleArgument, integerArgument, nameArgument, option, textArgument } from '../arguments.ts';
import { inspect } from '../inspect.ts';
import { machine } from '../machine.ts';
import { defineModule } from '../method.ts';
import { floorRational, rational, toRational } from '../rational.ts';
import { argumentError } from '../ruby-error.ts';
import { RubyEventTime, RubyRational, RubyTime, type RubyValue } from '../values.ts';
import { isNumber } from '../equality.ts';
import { offsetArgument, splitSeconds } from './time.ts';

/** The machine's zone, and the clock of the expression's host. */
const context: TimeContext = {
  get local() {
    return localZone();
  },
  now: () => machine().host.now(),
};

const UNITS: Readonly<Record<string, bigint>> = { millisecond: 1000n, usec: 1_000_000n, microsecond: 1_000_000n, nsec: 1_000_000_000n, nanosecond: 1_000_000_000n };

/** `Time.at(seconds, part, unit, in: zone)` */
function at(value: RubyValue, part: RubyValue | undefined, unit: RubyValue | undefined, options: RubyValue | undefined): RubyTime {
  if (value instanceof RubyTime && (part === undefined || part instanceof Map)) {
    return zoned(new RubyTime(value.sec, value.nsec, value.offset, value.isUtc), part);
  }
  let { sec, nsec } = splitSeconds(value);
  if (part !== undefined && !(part instanceof Map)) {
    const name = unit === undefined || unit instanceof Map ? 'usec' : nameArgument(unit);
    const scale = UNITS[name];
    if (scale === undefined) throw argumentError(`unexpected unit: ${name}`);
    if (!isNumber(part) && !(part instanceof RubyRational)) doubleArgument(part);
    const exact = toRational(part as number);
    nsec += Number(floorRational(rational(exact.numerator * 1_000_000_000n, exact.denominator * scale)));
    const carry = Math.floor(nsec / 1e9);
    sec += carry;
    nsec -= carry * 1e9;
  }
  const given = [part, unit, options].find((arg) => arg instanceof Map);
  return zoned(new RubyTime(sec, nsec), given);
}

/** With the zone of the option `in`. */
function zoned(time: RubyTime, options: RubyValue | undefined): RubyTime {
  const zone = option(options, 'in') ?? null;
  if (zone === null) return time;
  const { offset, isUtc } = offsetArgument(zone);
  return new RubyTime(time.sec, time.nsec, offset, isUtc);
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

function monthArgument(value: RubyValue | undefined): number {
  if (value === undefined || value === null) return 1;
  if (typeof value === 'string') {
    const named = MONTHS.indexOf(value.toLowerCase());
    return named >= 0 ? named + 1 : integerArgument(Number(value));
  }
  return integerArgument(value);
}

function field(value: RubyValue | undefined, fallback: number, low: number, high: number): number {
  if (value === undefined || value === null) return fallback;
  const number = typeof value === 'string' ? Number(value) : integerArgument(value);
  if (!(number >= low && number <= high)) throw argumentError('argument out of range');
  return number;
}

/** Civil fields in a zone. */
function fromFields(args: readonly RubyValue[], zone: { offset: number | undefined; isUtc: boolean }): RubyTime {
  const [year, month, day, hour, min, sec] = args;
  const monthNumber = monthArgument(month);
  if (monthNumber < 1 || monthNumber > 12) throw argumentError('mon out of range');
  const seconds = sec === undefined || sec === null ? { sec: 0, nsec: 0 } : splitSeconds(typeof sec === 'string' ? Number(sec) : sec);
  const civil = secondsFromCivil({
    year: integerArgument(typeof year === 'string' ? Number(year) : year!),
    month: monthNumber,
    day: field(day, 1, 1, 31),
    hour: field(hour, 0, 0, 24),
    min: field(min, 0, 0, 59),
    sec: field(seconds.sec, 0, 0, 60),
  });
  const at = zone.offset === undefined ? instantOf(localZone(), civil) : civil - zone.offset;
  return new RubyTime(at, seconds.nsec, zone.offset, zone.isUtc);
}

/** Ruby keeps the offset of the text; UTC stays UTC, and the local one stays the local zone. */
function fromParsed(parsed: ParsedTime, text: string, isDateTime = false): RubyTime {
  const { sec, nsec, offset } = parsed;
  const isUtc = offset === 0 && /(?:Z|UTC|GMT)\s*$/i.test(text);
  const hasZone = isUtc || /(?:[-+]\d\d:?\d\d|[-+]\d\d|[A-Z]{3,4})\s*$/.test(text.replace(/^\d+-\d\d-\d\d$/, ''));
  if (isDateTime) return new RubyTime(sec, nsec, hasZone ? offset : 0, false, true);
  if (!hasZone || (!isUtc && offset === localZone().offsetAt(sec))) return new RubyTime(sec, nsec);
  return new RubyTime(sec, nsec, offset, isUtc);
}

function orArgumentError<T>(text: string, parse: () => T, message: string): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TimeParseError) throw argumentError(error.message.includes('out of range') ? 'argument out of range' : `${message}: ${inspect(text)}`);
    throw error;
  }
}

/** `Time.parse(text)` */
function parseTime(value: RubyValue): RubyTime {
  const text = textArgument(value);
  return fromParsed(orArgumentError(text, () => parseAnyTime(text, context), 'no time information in'), text);
}

/** `DateTime.parse(text)`: without a zone it is UTC. */
export function parseDateTime(text: string): RubyTime {
  const utc: TimeContext = { local: { offsetAt: () => 0, abbreviationAt: () => 'UTC', isUtc: true, fixedOffset: 0 }, now: context.now };
  return fromParsed(orArgumentError(text, () => parseAnyTime(text, utc), 'invalid date'), text, true);
}

/** `Time.strptime(text, format)` */
export function strptime(text: string, format: string, isDateTime = false): RubyTime {
  const read = compilePlain(format, context) ?? compileFull(format, context);
  const parsed = orArgumentError(text, () => read(text), 'invalid date or strptime format -');
  if (!parsed) throw argumentError(`invalid date or strptime format - ${inspect(text)} ${inspect(format)}`);
  const hasZone = /%[-0^#:]*[zZ]/.test(format);
  if (format.includes('%s') && !hasZone) return new RubyTime(parsed.sec, parsed.nsec, isDateTime ? 0 : undefined, false, isDateTime);
  return hasZone || isDateTime ? fromParsed(parsed, text, isDateTime) : new RubyTime(parsed.sec, parsed.nsec);
}

function now(options: RubyValue | undefined): RubyTime {
  const { sec, nsec } = machine().host.now();
  return zoned(new RubyTime(sec, nsec), options);
}

function create(args: readonly RubyValue[]): RubyTime {
  const given = args.filter((arg) => arg !== undefined);
  const options = given[given.length - 1] instanceof Map ? given.pop() : undefined;
  if (given.length === 0) return now(options);
  if (given.length === 1 && typeof given[0] === 'string' && given[0].includes('-')) return parseTime(given[0]);
  const zone = given[6] ?? option(options, 'in') ?? null;
  return fromFields(given, offsetArgument(zone));
}

defineModule('Time', {
  now: [0, 1, (_, __, options) => now(options)],
  at: [1, 4, (_, __, value, part, unit, options) => at(value, part, unit, options)],
  new: [0, 8, (_, __, ...args) => create(args)],
  utc: [1, 7, (_, __, ...args) => fromFields(args, { offset: 0, isUtc: true })],
  gm: [1, 7, (_, __, ...args) => fromFields(args, { offset: 0, isUtc: true })],
  local: [1, 7, (_, __, ...args) => fromFields(args, { offset: undefined, isUtc: false })],
  mktime: [1, 7, (_, __, ...args) => fromFields(args, { offset: undefined, isUtc: false })],
  parse: [1, 2, (_, __, text) => parseTime(text)],
  iso8601: [1, 1, (_, __, value) => isoTime(value)],
  xmlschema: [1, 1, (_, __, value) => isoTime(value)],
  rfc3339: [1, 1, (_, __, value) => isoTime(value)],
  httpdate: [1, 1, (_, __, value) => parseTime(value)],
  rfc2822: [1, 1, (_, __, value) => parseTime(value)],
  strptime: [2, 2, (_, __, text, format) => strptime(textArgument(text), textArgument(format))],
});

function isoTime(value: RubyValue): RubyTime {
  const text = textArgument(value);
  return fromParsed(orArgumentError(text, () => parseIso8601(text, context), 'invalid xmlschema date'), text);
}

defineModule('Fluent::EventTime', {
  now: [0, 0, () => {
    const { sec, nsec } = machine().host.now();
    return new RubyEventTime(sec, nsec);
  }],
  from_time: [1, 1, (_, __, time) => {
    const { sec, nsec } = splitSeconds(time);
    return new RubyEventTime(sec, nsec);
  }],
  new: [1, 2, (_, __, sec, nsec) => new RubyEventTime(integerArgument(sec), nsec === undefined ? 0 : integerArgument(nsec))],
  parse: [1, 1, (_, __, text) => {
    const { sec, nsec } = parseTime(text);
    return new RubyEventTime(sec, nsec);
  }],
});
defineModule('Fluent::Engine', {
  now: [0, 0, () => {
    const { sec, nsec } = machine().host.now();
    return new RubyEventTime(sec, nsec);
  }],
});
defineModule('Process', {
  clock_gettime: [1, 2, (_, __, ___, unit) => {
    const { sec, nsec } = machine().host.now();
    const name = unit === undefined ? 'float_second' : nameArgument(unit);
    if (name === 'float_second') return sec + nsec / 1e9;
    if (name === 'millisecond') return sec * 1000 + Math.floor(nsec / 1e6);
    if (name === 'second') return sec;
    if (name === 'microsecond') return sec * 1_000_000 + Math.floor(nsec / 1000);
    throw argumentError(`unexpected unit: ${name}`);
  }],
});
