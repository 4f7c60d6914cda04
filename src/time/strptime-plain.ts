/** The reader for formats of the directives that Fluentd's `strptime` library knows. */
import { civilFromSeconds, MONTH_NAMES, secondsFromCivil } from './calendar.ts';
import type { ParsedTime, TimeContext } from './instant.ts';
import { instantOf } from './zone.ts';

const DIRECTIVES = 'BHMNSYbdehmnyz';
const UNSET = -1;

/** What was read so far; fields are UNSET where the format has no directive for them. */
interface State {
  text: string;
  pos: number;
  year: number | undefined;
  month: number;
  day: number;
  hour: number;
  min: number;
  sec: number;
  nsec: number;
  /** Seconds east of UTC, undefined for the local zone. */
  offset: number | undefined;
}

/** Reads at the position and moves it; false where the text does not match. */
type Step = (state: State) => boolean;

/** A reader for the format, giving undefined where a text does not match; undefined if a directive is unknown. */
export function compilePlain(
  format: string,
  context: TimeContext,
): ((text: string) => ParsedTime | undefined) | undefined {
  const steps: Step[] = [];
  for (const [part] of format.matchAll(/%[^]?|[ \t\n\v\f\r]|[^% \t\n\v\f\r]+/g)) {
    if (part[0] !== '%') {
      steps.push(/^\s/.test(part) ? skipSpace : literal(part));
      continue;
    }
    const letter = part[1];
    if (letter === undefined || !DIRECTIVES.includes(letter)) return undefined;
    steps.push(STEPS[letter]!);
  }
  return (text) => {
    const state: State = {
      text,
      pos: 0,
      year: undefined,
      month: UNSET,
      day: UNSET,
      hour: UNSET,
      min: UNSET,
      sec: UNSET,
      nsec: 0,
      offset: undefined,
    };
    for (const step of steps) if (!step(state)) return undefined;
    return instant(state, context);
  };
}

function instant(state: State, context: TimeContext): ParsedTime {
  const { local } = context;
  const civilSec = secondsFromCivil(state.year === undefined ? fromClock(state, context) : inYear(state, state.year));
  const sec = state.offset === undefined ? instantOf(local, civilSec) : civilSec - state.offset;
  return { sec, nsec: state.nsec, offset: state.offset ?? local.offsetAt(sec) };
}

/** The fields that are given; what is missing is the smallest. */
function inYear(state: State, year: number): ReturnType<typeof civilFromSeconds> {
  return {
    year,
    month: state.month === UNSET ? 1 : state.month,
    day: state.day === UNSET ? 1 : state.day,
    hour: state.hour === UNSET ? 0 : state.hour,
    min: state.min === UNSET ? 0 : state.min,
    sec: state.sec === UNSET ? 0 : state.sec,
  };
}

/** Units above the largest given one from the clock. */
function fromClock(state: State, context: TimeContext): ReturnType<typeof civilFromSeconds> {
  const nowSec = context.now().sec;
  const now = civilFromSeconds(nowSec + (state.offset ?? context.local.offsetAt(nowSec)));
  const given = inYear(state, now.year);
  if (state.month !== UNSET) return given;
  if (state.day !== UNSET) return { ...given, month: now.month };
  if (state.hour !== UNSET) return { ...given, month: now.month, day: now.day };
  if (state.min !== UNSET) return { ...given, month: now.month, day: now.day, hour: now.hour };
  return state.sec === UNSET ? now : { ...now, sec: state.sec };
}

function literal(part: string): Step {
  return (state) => {
    if (!state.text.startsWith(part, state.pos)) return false;
    state.pos += part.length;
    return true;
  };
}

function skipSpace(state: State): boolean {
  for (;;) {
    const c = state.text.charCodeAt(state.pos);
    if (c !== 0x20 && !(c >= 0x09 && c <= 0x0d)) return true;
    state.pos++;
  }
}

/** Reads up to `width` digits; -1 if there is none. */
function readDigits(state: State, width: number): number {
  const { text } = state;
  const start = state.pos;
  let value = 0;
  let i = start;
  for (; i < start + width; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  state.pos = i;
  return i === start ? -1 : value;
}

type NumberField = 'month' | 'day' | 'hour' | 'min' | 'sec';

function twoDigits(field: NumberField, from: number, to: number): Step {
  return (state) => {
    const value = readDigits(state, 2);
    if (value < from || value > to) return false;
    state[field] = value;
    return true;
  };
}

const MONTHS = [...MONTH_NAMES, ...MONTH_NAMES.map((name) => name.slice(0, 3))].map((name) => name.toLowerCase());

function monthName(state: State): boolean {
  const rest = state.text.slice(state.pos, state.pos + 9).toLowerCase();
  const index = MONTHS.findIndex((name) => rest.startsWith(name));
  if (index < 0) return false;
  state.month = (index % 12) + 1;
  state.pos += MONTHS[index]!.length;
  return true;
}

function year(state: State): boolean {
  const sign = state.text[state.pos];
  if (sign === '-' || sign === '+') state.pos++;
  const value = readDigits(state, 4);
  if (value < 0) return false;
  state.year = sign === '-' ? -value : value;
  return true;
}

function shortYear(state: State): boolean {
  const value = readDigits(state, 2);
  if (value < 0) return false;
  state.year = value + (value < 69 ? 2000 : 1900);
  return true;
}

function nanoseconds(state: State): boolean {
  const start = state.pos;
  const value = readDigits(state, 9);
  if (value < 0) return false;
  state.nsec = value * 10 ** (9 - (state.pos - start));
  return true;
}

function zone(state: State): boolean {
  const sign = state.text[state.pos];
  if (sign === 'Z' || sign === 'z') {
    // The library does not move behind the letter, so a format that goes on after %z cannot match.
    state.offset = 0;
    return true;
  }
  if (sign === '-' || sign === '+') state.pos++;
  const hours = readDigits(state, 2);
  if (hours < 0) return false;
  if (state.text[state.pos] === ':') state.pos++;
  const minutes = Math.max(readDigits(state, 2), 0);
  const size = hours * 3600 + minutes * 60;
  state.offset = sign === '-' ? 0 - size : size;
  return true;
}

const day = twoDigits('day', 1, 31);

const STEPS: Readonly<Record<string, Step>> = {
  B: monthName,
  b: monthName,
  h: monthName,
  Y: year,
  y: shortYear,
  m: twoDigits('month', 1, 12),
  d: day,
  e: day,
  H: twoDigits('hour', 0, 23),
  M: twoDigits('min', 0, 59),
  S: twoDigits('sec', 0, 60),
  N: nanoseconds,
  n: skipSpace,
  z: zone,
};
