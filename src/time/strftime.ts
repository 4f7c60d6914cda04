/** Time#strftime of Ruby, compiled. */
import type { EventTime } from '../event.ts';
import {
  civilFromSeconds,
  DAY_NAMES,
  DAY_SEC,
  dayOfWeek,
  dayOfYear,
  isoWeek,
  MONTH_NAMES,
  type Civil,
} from './calendar.ts';
import { fixedZone, type Zone } from './zone.ts';

/** A time with all that directives ask for. */
interface Moment extends Civil {
  readonly epoch: number;
  readonly days: number;
  readonly offset: number;
  readonly zone: Zone;
}

interface Flags {
  /** Padding: `-` none, `0` zeros, `_` spaces; undefined: as the directive has it. */
  readonly pad: '-' | '0' | '_' | undefined;
  readonly upper: boolean;
  readonly swapCase: boolean;
  readonly colons: number;
  readonly width: number | undefined;
}

type Piece = (moment: Moment) => string;

/** The first digits of the nanoseconds: the only part that differs within a second. */
class Fraction {
  readonly digits: number;
  constructor(digits: number) {
    this.digits = digits || 9;
  }
  text(nsec: number): string {
    return String(nsec).padStart(9, '0').slice(0, this.digits).padEnd(this.digits, '0');
  }
}

const DIRECTIVE = /%([-0^#_]*)(\d*)(:{0,3})([EO]?)([A-Za-z%+])/gs;
/** Wider padding than this is refused by Ruby too (Errno::ERANGE); here the directive stays as text. */
const MAX_WIDTH = 65_535;

/** Text of a time in a zone that is given by its offset (seconds east of UTC) and perhaps a name for `%Z`. */
export function strftime(format: string, time: EventTime, offsetSec: number, zoneName = ''): string {
  return compileStrftime(format, { ...fixedZone(offsetSec), abbreviationAt: () => zoneName })(time);
}

/**
 * Compiles a format of Ruby's Time#strftime; the text of one second is kept, so that times within it
 * cost only their fraction. What is no directive stays as it is.
 */
export function compileStrftime(format: string, zone: Zone): (time: EventTime) => string {
  const pieces = compilePieces(format);
  const usesFraction = pieces.some((piece) => piece instanceof Fraction);
  let lastSec = NaN;
  let lastParts: readonly (string | Fraction)[] = [];
  let lastText = '';
  return (time) => {
    if (time.sec !== lastSec) {
      lastParts = textsOfSecond(pieces, moment(time, zone));
      lastText = lastParts.join('');
      lastSec = time.sec;
    }
    if (!usesFraction) return lastText;
    let out = '';
    for (const part of lastParts) out += typeof part === 'string' ? part : part.text(time.nsec);
    return out;
  };
}

/** The pieces with everything written but fractions. */
function textsOfSecond(pieces: readonly (string | Piece | Fraction)[], at: Moment): (string | Fraction)[] {
  const out: (string | Fraction)[] = [];
  for (const piece of pieces) {
    if (piece instanceof Fraction) {
      out.push(piece);
      continue;
    }
    const text = typeof piece === 'string' ? piece : piece(at);
    const last = out.at(-1);
    if (typeof last === 'string') out[out.length - 1] = last + text;
    else out.push(text);
  }
  return out;
}

function moment(time: EventTime, zone: Zone): Moment {
  const offset = zone.offsetAt(time.sec);
  const civilSec = time.sec + offset;
  const { year, month, day, hour, min, sec } = civilFromSeconds(civilSec);
  // Written out: a spread costs a multiple of all the rest.
  return { year, month, day, hour, min, sec, epoch: time.sec, days: Math.floor(civilSec / DAY_SEC), offset, zone };
}

function compilePieces(format: string): (string | Piece | Fraction)[] {
  const pieces: (string | Piece | Fraction)[] = [];
  let from = 0;
  for (const found of format.matchAll(DIRECTIVE)) {
    const [whole, marks, digits, colons, , letter] = found as unknown as string[];
    const flags = readFlags(marks!, digits!, colons!);
    const piece = flags && compileDirective(letter!, flags);
    if (piece === undefined) continue;
    if (from < found.index) pieces.push(format.slice(from, found.index));
    pieces.push(piece);
    from = found.index + whole!.length;
  }
  if (from < format.length) pieces.push(format.slice(from));
  return pieces;
}

function readFlags(marks: string, digits: string, colons: string): Flags | undefined {
  const width = digits === '' ? undefined : Number(digits);
  if (width !== undefined && width > MAX_WIDTH) return undefined;
  const pads = marks.replace(/[^-0_]/g, '');
  const pad = pads === '' ? undefined : (pads.at(-1) as '-' | '0' | '_');
  return { pad, upper: marks.includes('^'), swapCase: marks.includes('#'), colons: colons.length, width };
}

function compileDirective(letter: string, flags: Flags): string | Piece | Fraction | undefined {
  if (flags.colons > 0 && letter !== 'z') return undefined;
  const number = (digits: number, pad: '0' | ' ', read: (at: Moment) => number): Piece => numberPiece(flags, digits, pad, read);
  const text = (read: (at: Moment) => string): Piece => textPiece(flags, read);
  const nested = (format: string): Piece => {
    const pieces = compilePieces(format);
    return text((at) => textsOfSecond(pieces, at).join(''));
  };
  switch (letter) {
    case 'Y':
      return number(4, '0', (at) => at.year);
    case 'C':
      return number(2, '0', (at) => Math.floor(at.year / 100));
    case 'y':
      return number(2, '0', (at) => ((at.year % 100) + 100) % 100);
    case 'm':
      return number(2, '0', (at) => at.month);
    case 'B':
      return text((at) => MONTH_NAMES[at.month - 1]!);
    case 'b':
    case 'h':
      return text((at) => MONTH_NAMES[at.month - 1]!.slice(0, 3));
    case 'd':
      return number(2, '0', (at) => at.day);
    case 'e':
      return number(2, ' ', (at) => at.day);
    case 'j':
      return number(3, '0', (at) => dayOfYear(at.year, at.month, at.day));
    case 'H':
      return number(2, '0', (at) => at.hour);
    case 'k':
      return number(2, ' ', (at) => at.hour);
    case 'I':
      return number(2, '0', (at) => at.hour % 12 || 12);
    case 'l':
      return number(2, ' ', (at) => at.hour % 12 || 12);
    case 'P':
      return text((at) => (at.hour < 12 ? 'am' : 'pm'));
    case 'p':
      return textPiece({ ...flags, swapCase: false }, (at) => {
        const name = at.hour < 12 ? 'AM' : 'PM';
        return flags.swapCase ? name.toLowerCase() : name;
      });
    case 'M':
      return number(2, '0', (at) => at.min);
    case 'S':
      return number(2, '0', (at) => at.sec);
    case 'L':
      return new Fraction(flags.width ?? 3);
    case 'N':
      return new Fraction(flags.width ?? 9);
    case 'z':
      return zonePiece(flags);
    case 'Z':
      return textPiece({ ...flags, swapCase: false }, (at) => {
        const name = at.zone.abbreviationAt(at.epoch);
        return flags.swapCase ? name.toLowerCase() : name;
      });
    case 'A':
      return text((at) => DAY_NAMES[dayOfWeek(at.days)]!);
    case 'a':
      return text((at) => DAY_NAMES[dayOfWeek(at.days)]!.slice(0, 3));
    case 'u':
      return number(1, '0', (at) => dayOfWeek(at.days) || 7);
    case 'w':
      return number(1, '0', (at) => dayOfWeek(at.days));
    case 'G':
      return number(4, '0', (at) => isoWeek(at.year, at.month, at.day).year);
    case 'g':
      return number(2, '0', (at) => isoWeek(at.year, at.month, at.day).year % 100);
    case 'V':
      return number(2, '0', (at) => isoWeek(at.year, at.month, at.day).week);
    case 'U':
      return number(2, '0', (at) => weekOfYear(at, 0));
    case 'W':
      return number(2, '0', (at) => weekOfYear(at, 1));
    case 's':
      return number(1, '0', (at) => at.epoch);
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '%':
      return '%';
    case 'c':
      return nested('%a %b %e %H:%M:%S %Y');
    case 'D':
    case 'x':
      return nested('%m/%d/%y');
    case 'F':
      return nested('%Y-%m-%d');
    case 'T':
    case 'X':
      return nested('%H:%M:%S');
    case 'R':
      return nested('%H:%M');
    case 'r':
      return nested('%I:%M:%S %p');
    case 'v':
      return nested('%e-%^b-%Y');
    case '+':
      return nested('%a %b %e %H:%M:%S %Z %Y');
    default:
      return undefined;
  }
}

function numberPiece(flags: Flags, digits: number, pad: '0' | ' ', read: (at: Moment) => number): Piece {
  const fill = flags.pad === '0' ? '0' : flags.pad === '_' ? ' ' : pad;
  const width = flags.pad === '-' ? 0 : (flags.width ?? digits);
  return (at) => {
    const value = read(at);
    if (value >= 10 && width === 2) return String(value);
    if (value >= 0) return String(value).padStart(width, fill);
    // A sign takes its place in front of zeros, and one more than the directive's own width.
    const own = flags.width === undefined && width > 1 ? width + 1 : width;
    const size = String(-value);
    return fill === '0' ? '-' + size.padStart(own - 1, '0') : `-${size}`.padStart(own, fill);
  };
}

function textPiece(flags: Flags, read: (at: Moment) => string): Piece {
  const fill = flags.pad === '0' ? '0' : ' ';
  const width = flags.pad === '-' ? 0 : (flags.width ?? 0);
  const upper = flags.upper || flags.swapCase;
  if (width === 0 && !upper) return read;
  return (at) => {
    const text = read(at);
    return (upper ? text.toUpperCase() : text).padStart(width, fill);
  };
}

/** `%z` +0900, `%:z` +09:00, `%::z` +09:00:00, `%:::z` the shortest of them. */
function zonePiece(flags: Flags): Piece {
  const digits = flags.width ?? 0;
  return ({ offset }) => {
    const size = Math.abs(offset);
    const hours = Math.floor(size / 3600);
    const two = (n: number): string => String(n).padStart(2, '0');
    const min = two(Math.floor(size / 60) % 60);
    const sec = two(size % 60);
    let rest: string;
    if (flags.colons === 0) rest = min;
    else if (flags.colons === 1) rest = `:${min}`;
    else if (flags.colons === 2) rest = `:${min}:${sec}`;
    else rest = sec !== '00' ? `:${min}:${sec}` : min !== '00' ? `:${min}` : '';
    const sign = offset < 0 ? '-' : '+';
    if (flags.pad === '_') return (sign + hours + rest).padStart(Math.max(digits, 3 + rest.length), ' ');
    if (flags.pad === '-') return sign + hours + rest;
    return sign + two(hours).padStart(digits - rest.length - 1, '0') + rest;
  };
}

/** Week of the year; weeks begin on Sunday (0) or Monday (1), and the first such day begins week 1. */
function weekOfYear(at: Moment, firstDay: 0 | 1): number {
  const day = (dayOfWeek(at.days) - firstDay + 7) % 7;
  return Math.floor((dayOfYear(at.year, at.month, at.day) + 6 - day) / 7);
}
