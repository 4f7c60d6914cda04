/** The reader for formats of any directive of Ruby's Time.strptime. */
import {
  civilFromSeconds,
  DAY_NAMES,
  DAY_SEC,
  dayOfWeek,
  daysFromCivil,
  daysFromIsoWeek,
  MONTH_NAMES,
} from './calendar.ts';
import { instantFromFields, zoneOffset, type ParsedTime, type TimeContext, type TimeFields } from './instant.ts';
import { instantOf } from './zone.ts';

/** What was read; the fields of weeks are used only where month and day are missing. */
interface State extends TimeFields {
  text: string;
  pos: number;
  century: number | undefined;
  shortYear: boolean;
  afternoon: boolean | undefined;
  /** Time since 1970 (`%s`, `%Q`), which stands for everything else. */
  epoch: { sec: number; nsec: number } | undefined;
  wday: number | undefined;
  weekYear: number | undefined;
  week: number | undefined;
  weekDay: number | undefined;
  /** Week of the year and the day that weeks begin with (`%U` 0, `%W` 1). */
  yearWeek: { week: number; firstDay: 0 | 1 } | undefined;
}

/** All fields are there from the beginning: objects of one shape are fast. */
function newState(text: string): State {
  return {
    text,
    pos: 0,
    year: undefined,
    yday: undefined,
    month: undefined,
    day: undefined,
    hour: undefined,
    min: undefined,
    sec: undefined,
    nsec: undefined,
    zone: undefined,
    century: undefined,
    shortYear: false,
    afternoon: undefined,
    epoch: undefined,
    wday: undefined,
    weekYear: undefined,
    week: undefined,
    weekDay: undefined,
    yearWeek: undefined,
  };
}

type Step = (state: State) => boolean;

const NUMERIC_LETTERS = 'CDdeFGgHIjkLlMmNQRrSsTUuVvWwXxYy';

const COMPOSED: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  F: '%Y-%m-%d',
  n: ' ',
  t: ' ',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  v: '%e-%b-%Y',
  '+': '%a %b %e %H:%M:%S %Z %Y',
};

const ZONE =
  /(?:gmt|utc?)?[-+]\d+(?:[,.:]\d+(?::\d+)?)?|[a-z.\s]+(?:standard|daylight)\s+time\b|[a-z]+(?:\sdst)?\b/iy;
const MERIDIAN = /([ap])(?:m\b|\.m\.)/iy;

/** A reader for the format, giving undefined where a text does not match; throws for values out of range. */
export function compileFull(format: string, context: TimeContext): (text: string) => ParsedTime | undefined {
  const steps = compileSteps(format);
  return (text) => {
    const state = newState(text);
    for (const step of steps) if (!step(state)) return undefined;
    return instant(state, context);
  };
}

function compileSteps(format: string): Step[] {
  const steps: Step[] = [];
  const token = /%(?:E[cCxXyY]|O[deHkIlmMSuUVwWy]|:{0,3}z|[^])?|\s|[^%\s]/g;
  for (const { 0: part, index } of format.matchAll(token)) {
    const letter = part.at(-1)!;
    if (part[0] !== '%' || part.length === 1) {
      steps.push(/^\s/.test(part) ? skipSpace : literal(part));
    } else if (COMPOSED[letter] !== undefined) {
      steps.push(...compileSteps(COMPOSED[letter]));
    } else {
      steps.push(directive(letter, isNumberNext(format, index + part.length)) ?? literal(part));
    }
  }
  return steps;
}

/** Whether digits follow directly: then a directive of any length takes only its usual width. */
function isNumberNext(format: string, at: number): boolean {
  const next = /^(?:\d|%[EO]?(.))/s.exec(format.slice(at));
  return next !== null && (next[1] === undefined || NUMERIC_LETTERS.includes(next[1]) || /\d/.test(next[1]));
}

function directive(letter: string, numberNext: boolean): Step | undefined {
  const width = (digits: number): number => (numberNext ? digits : Infinity);
  switch (letter) {
    case 'A':
    case 'a':
      return name(DAY_NAMES, (state, i) => (state.wday = i));
    case 'B':
    case 'b':
    case 'h':
      return name(MONTH_NAMES, (state, i) => (state.month = i + 1));
    case 'C':
      return number(width(2), -Infinity, Infinity, (state, n) => (state.century = n), { sign: true });
    case 'd':
    case 'e':
      return number(2, 1, 31, (state, n) => (state.day = n), { space: true });
    case 'G':
      return number(width(4), -Infinity, Infinity, (state, n) => (state.weekYear = n), { sign: true });
    case 'H':
    case 'k':
      return number(2, 0, 24, (state, n) => (state.hour = n), { space: true });
    case 'I':
    case 'l':
      return number(2, 1, 12, (state, n) => (state.hour = n), { space: true });
    case 'j':
      return number(3, 1, 366, (state, n) => (state.yday = n));
    case 'L':
      return fraction(width(3));
    case 'N':
      return fraction(width(9));
    case 'M':
      return number(2, 0, 59, (state, n) => (state.min = n));
    case 'm':
      return number(2, 1, 12, (state, n) => (state.month = n));
    case 'P':
    case 'p':
      return (state) => pattern(MERIDIAN, state, (found) => (state.afternoon = found[0]!.toLowerCase() === 'p'));
    case 'Q':
      return number(Infinity, -Infinity, Infinity, (state, n) => (state.epoch = epochOfMillis(n)), { sign: true });
    case 'S':
      return number(2, 0, 60, (state, n) => (state.sec = n));
    case 's':
      return number(Infinity, -Infinity, Infinity, (state, n) => (state.epoch = { sec: n, nsec: 0 }), { sign: true });
    case 'U':
      return number(2, 0, 53, (state, week) => (state.yearWeek = { week, firstDay: 0 }));
    case 'W':
      return number(2, 0, 53, (state, week) => (state.yearWeek = { week, firstDay: 1 }));
    case 'u':
      return number(1, 1, 7, (state, n) => (state.weekDay = n));
    case 'V':
      return number(2, 1, 53, (state, n) => (state.week = n));
    case 'w':
      return number(1, 0, 6, (state, n) => (state.wday = n));
    case 'Y':
      return number(width(4), -Infinity, Infinity, (state, n) => (state.year = n), { sign: true });
    case 'y':
      return number(2, 0, 99, (state, n) => {
        state.year = n;
        state.shortYear = true;
      });
    case 'g':
      return number(2, 0, 99, (state, n) => (state.weekYear = n + (n >= 69 ? 1900 : 2000)));
    case 'Z':
    case 'z':
      return (state) => pattern(ZONE, state, (found) => (state.zone = found));
    case '%':
      return literal('%');
    default:
      return undefined;
  }
}

function epochOfMillis(millis: number): { sec: number; nsec: number } {
  const sec = Math.floor(millis / 1000);
  return { sec, nsec: (millis - sec * 1000) * 1_000_000 };
}

function literal(part: string): Step {
  return (state) => {
    if (!state.text.startsWith(part, state.pos)) return false;
    state.pos += part.length;
    return true;
  };
}

function skipSpace(state: State): boolean {
  while (/[ \t\n\v\f\r]/.test(state.text.charAt(state.pos))) state.pos++;
  return true;
}

function name(names: readonly string[], set: (state: State, index: number) => void): Step {
  const all = [...names, ...names.map((long) => long.slice(0, 3))].map((text) => text.toLowerCase());
  return (state) => {
    const rest = state.text.slice(state.pos, state.pos + 9).toLowerCase();
    const index = all.findIndex((text) => rest.startsWith(text));
    if (index < 0) return false;
    state.pos += all[index]!.length;
    set(state, index % names.length);
    return true;
  };
}

function pattern(regexp: RegExp, state: State, set: (found: string) => void): boolean {
  regexp.lastIndex = state.pos;
  const found = regexp.exec(state.text)?.[0];
  if (found === undefined) return false;
  state.pos += found.length;
  set(found);
  return true;
}

/** Digits at the position; the position is behind them afterwards. */
function digits(state: State, width: number): string {
  let end = state.pos;
  while (end < state.text.length && end - state.pos < width && isDigit(state.text.charCodeAt(end))) end++;
  const found = state.text.slice(state.pos, end);
  state.pos = end;
  return found;
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function number(
  width: number,
  from: number,
  to: number,
  set: (state: State, value: number) => void,
  { sign = false, space = false } = {},
): Step {
  return (state) => {
    const first = state.text[state.pos];
    const signed = sign && (first === '-' || first === '+');
    const spaced = space && first === ' ';
    if (signed || spaced) state.pos++;
    const found = digits(state, spaced ? 1 : width);
    if (found === '') return false;
    const value = signed && first === '-' ? -Number(found) : Number(found);
    if (value < from || value > to) return false;
    set(state, value);
    return true;
  };
}

function fraction(width: number): Step {
  return (state) => {
    const sign = state.text[state.pos];
    if (sign === '-' || sign === '+') state.pos++;
    const found = digits(state, width);
    if (found === '') return false;
    state.nsec = Number(found.slice(0, 9).padEnd(9, '0'));
    return true;
  };
}

function instant(state: State, context: TimeContext): ParsedTime | undefined {
  if (state.shortYear) state.year! += state.century !== undefined ? state.century * 100 : state.year! >= 69 ? 1900 : 2000;
  else if (state.century !== undefined && state.year === undefined) state.year = state.century * 100;
  if (state.afternoon !== undefined && state.hour !== undefined) {
    state.hour = (state.hour % 12) + (state.afternoon ? 12 : 0);
  }
  if (state.epoch) return epochInstant(state, context);
  const hasDay = state.month !== undefined && state.day !== undefined;
  const byWeek = state.week !== undefined || state.weekDay !== undefined;
  if ((state.weekYear !== undefined && state.year === undefined) || (byWeek && !hasDay)) {
    return weekInstant(state, context);
  }
  if (state.yearWeek && state.yday === undefined && !hasDay) setDayOfYearWeek(state, context);
  return instantFromFields(state, context);
}

function epochInstant(state: State, context: TimeContext): ParsedTime {
  const { sec, nsec } = state.epoch!;
  const zone = state.zone === undefined ? undefined : zoneOffset(state.zone, civilFromSeconds(sec).year, context.local);
  return { sec, nsec: state.nsec ?? nsec, offset: zone ?? context.local.offsetAt(sec) };
}

/** Ruby gives a date by its week only, so the time of the day is dropped, and text behind it is an error. */
function weekInstant(state: State, context: TimeContext): ParsedTime | undefined {
  if (state.week === undefined || state.pos < state.text.length) return undefined;
  const now = civilFromSeconds(context.now().sec + context.local.offsetAt(context.now().sec));
  const weekDay = state.weekDay ?? (state.wday === undefined ? 1 : state.wday || 7);
  const days = daysFromIsoWeek(state.weekYear ?? state.year ?? now.year, state.week, weekDay);
  const sec = instantOf(context.local, days * DAY_SEC);
  return { sec, nsec: 0, offset: context.local.offsetAt(sec) };
}

function setDayOfYearWeek(state: State, context: TimeContext): void {
  const year = state.year ?? civilFromSeconds(context.now().sec).year;
  const { week, firstDay } = state.yearWeek!;
  const weekDay = ((state.wday ?? state.weekDay ?? firstDay) - firstDay + 7) % 7;
  const first = (dayOfWeek(daysFromCivil(year, 1, 1)) - firstDay + 7) % 7;
  const days = (week - (first === 0 ? 1 : 0)) * 7 + weekDay - first;
  state.yday = days + 1;
}
