/** `format` and `%`: the directives of Kernel#format. */
import { Float } from '../lib/value.ts';
import { parseFloatText, parseIntegerText } from './number-text.ts';
import { inspect, toText } from './inspect.ts';
import { checkText } from './machine.ts';
import { argumentError, rubyError, typeError } from './ruby-error.ts';
import { className } from './class-name.ts';
import { integerOf, toDouble } from './numbers.ts';
import { roundRational } from './rational.ts';
import { textLength, textPart } from './text-index.ts';
import { isFloat, isInteger, RubyEventTime, RubyRational, symbol, type RubyValue } from './values.ts';

const DIRECTIVE = /%((?:[-+ 0#*]|\d+\$|\d+|\.\d*|\.\*|<[^>]*>)*)(\{[^}]*\}|[a-zA-Z%\n\0]|$)/g;

interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly sharp: boolean;
  readonly width: number;
  readonly precision: number | undefined;
}

/** The text of a template with its arguments filled in. Throws ArgumentError, TypeError, KeyError. */
export function formatText(template: string, args: readonly RubyValue[]): string {
  let next = 0;
  let length = 0;
  const take = (): RubyValue => {
    if (next >= args.length) throw argumentError('too few arguments');
    return args[next++]!;
  };
  return template.replace(DIRECTIVE, (whole, spec: string, type: string) => {
    if (type === '') {
      if (whole === '%') throw argumentError('incomplete format specifier; use %% (double %) instead');
      throw argumentError(`malformed format string - ${whole}`);
    }
    if (type === '%' && spec === '') return '%';
    const name = /<([^>]*)>/.exec(spec)?.[1] ?? (type.startsWith('{') ? type.slice(1, -1) : undefined);
    const position = /(\d+)\$/.exec(spec)?.[1];
    const flags = readFlags(spec.replace(/<[^>]*>|\d+\$/g, ''), take);
    const value =
      name !== undefined ? namedArgument(args, name)
      : position !== undefined ? positionArgument(args, Number(position))
      : type === '%' ? null : take();
    const text = type.startsWith('{') ? padded(toText(value), flags) : directive(type, value, flags);
    checkText((length += text.length));
    return text;
  });
}

function readFlags(spec: string, take: () => RubyValue): Flags {
  const [before, precisionText] = spec.split('.', 2) as [string, string | undefined];
  let width = Number(/[1-9]\d*/.exec(before)?.[0] ?? 0);
  let minus = before.includes('-');
  if (before.includes('*')) {
    width = Number(take());
    if (width < 0) minus = true;
    width = Math.abs(width);
  }
  checkText(width);
  const precision = precisionText === undefined ? undefined : precisionText === '*' ? Number(take()) : Number(precisionText || 0);
  checkText(precision ?? 0);
  const flags = before.replace(/[1-9]\d*/, '');
  return { minus, plus: flags.includes('+'), space: flags.includes(' '), zero: flags.includes('0'), sharp: flags.includes('#'), width, precision };
}

function namedArgument(args: readonly RubyValue[], name: string): RubyValue {
  const [hash] = args;
  if (!(hash instanceof Map)) throw argumentError('one hash required');
  const value = hash.get(symbol(name));
  if (value === undefined) throw rubyError('KeyError', `key<${name}> not found`);
  return value;
}

function positionArgument(args: readonly RubyValue[], position: number): RubyValue {
  const value = args[position - 1];
  if (value === undefined) throw argumentError('too few arguments');
  return value;
}

function directive(type: string, value: RubyValue, flags: Flags): string {
  switch (type) {
    case 's':
      return padded(cut(toText(value), flags), flags);
    case 'p':
      return padded(cut(inspect(value), flags), flags);
    case 'c':
      return padded(typeof value === 'string' ? (textPart(value, 0, 1) ?? '') : String.fromCodePoint(Number(toInteger(value))), flags);
    case 'd':
    case 'i':
    case 'u': {
      const whole = toInteger(value);
      return number(whole < 0n, digits((whole < 0n ? -whole : whole).toString(), flags), '', flags);
    }
    case 'x':
    case 'X':
    case 'o':
    case 'b':
    case 'B':
      return radix(type, toInteger(value), flags);
    case 'f':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      return double(type, value, flags);
    case '%':
      return '%';
    default:
      throw argumentError(`malformed format string - %${type}`);
  }
}

function cut(text: string, { precision }: Flags): string {
  return precision === undefined ? text : (textPart(text, 0, precision) ?? '');
}

function padded(text: string, { width, minus }: Flags): string {
  const missing = width - textLength(text);
  if (missing <= 0) return text;
  return minus ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
}

function digits(text: string, { precision }: Flags): string {
  return precision === undefined ? text : text.padStart(precision, '0');
}

/** Sign, prefix and padding around the digits of a number. */
function number(negative: boolean, text: string, prefix: string, flags: Flags, zeroAllowed = flags.precision === undefined): string {
  const sign = negative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  const missing = flags.width - sign.length - prefix.length - text.length;
  if (missing <= 0) return sign + prefix + text;
  if (flags.minus) return sign + prefix + text + ' '.repeat(missing);
  if (flags.zero && zeroAllowed) return sign + prefix + '0'.repeat(missing) + text;
  return ' '.repeat(missing) + sign + prefix + text;
}

function radix(type: string, value: bigint, flags: Flags): string {
  const base = type === 'o' ? 8 : type === 'b' || type === 'B' ? 2 : 16;
  const upper = type === 'X';
  const prefix = flags.sharp && value !== 0n ? ({ o: '0', x: '0x', X: '0X', b: '0b', B: '0B' }[type] ?? '') : '';
  if (value < 0n && !flags.plus && !flags.space) {
    // two's complement: dots stand for endless leading digits
    const top = (base - 1).toString(base);
    let text = twosComplement(value, base);
    text = top + text.replace(new RegExp(`^${top}+`), '');
    const shown = flags.zero || flags.precision !== undefined ? text.padStart(flags.precision ?? flags.width - prefix.length, top) : '..' + text;
    return padded(prefix + (upper ? shown.toUpperCase() : shown), flags);
  }
  const size = (value < 0n ? -value : value).toString(base);
  return number(value < 0n, digits(upper ? size.toUpperCase() : size, flags), prefix, flags);
}

function twosComplement(value: bigint, base: number): string {
  const bits = base === 8 ? 3 : base === 16 ? 4 : 1;
  const length = Math.ceil(((-value).toString(2).length + 1) / bits) * bits;
  return BigInt.asUintN(length, value).toString(base);
}

function double(type: string, value: RubyValue, flags: Flags): string {
  if (type === 'f' && isInteger(value) && typeof value === 'bigint') return bigFixed(value, flags);
  const float = toFloatNumber(value);
  const negative = float < 0 || Object.is(float, -0);
  const size = Math.abs(float);
  if (!Number.isFinite(size)) return number(negative, Number.isNaN(size) ? 'NaN' : 'Inf', '', { ...flags, zero: false });
  const precision = flags.precision ?? 6;
  let text: string;
  switch (type) {
    case 'f':
      text = fixed(size, precision);
      if (flags.sharp && precision === 0) text += '.';
      break;
    case 'e':
    case 'E':
      text = exponent(size, precision);
      break;
    case 'g':
    case 'G':
      text = general(size, precision === 0 ? 1 : precision, flags.sharp);
      break;
    default:
      throw argumentError(`malformed format string - %${type}`);
  }
  return number(negative, type === 'E' || type === 'G' ? text.toUpperCase() : text, '', flags, true);
}

function bigFixed(value: bigint, flags: Flags): string {
  const precision = flags.precision ?? 6;
  const size = (value < 0n ? -value : value).toString() + (precision > 0 ? '.' + '0'.repeat(precision) : '');
  return number(value < 0n, size, '', flags, true);
}

/** Exact decimal digits, halves to even, as C does: toFixed does it for small numbers only. */
function fixed(size: number, precision: number): string {
  if (size < 1e21 && precision <= 100) {
    const text = size.toFixed(precision);
    return isHalf(size, precision) ? exactFixed(size, precision) : text;
  }
  return exactFixed(size, precision);
}

/** toFixed rounds exact halves up, C to even: 2.5 -> "2", 0.125 -> "0.12". */
function isHalf(size: number, precision: number): boolean {
  const scaled = size * 10 ** precision;
  return scaled < 2 ** 52 && scaled % 1 === 0.5;
}

function exactFixed(size: number, precision: number): string {
  const scale = 10n ** BigInt(precision);
  let numerator = 0n;
  let denominator = 1n;
  let value = size;
  while (!Number.isInteger(value)) {
    value *= 2;
    denominator *= 2n;
  }
  numerator = BigInt(value) * scale;
  let whole = numerator / denominator;
  const rest = (numerator % denominator) * 2n;
  if (rest > denominator || (rest === denominator && whole % 2n === 1n)) whole++;
  const text = whole.toString().padStart(precision + 1, '0');
  return precision === 0 ? text : `${text.slice(0, -precision)}.${text.slice(-precision)}`;
}

function exponent(size: number, precision: number): string {
  const [mantissa, power] = size.toExponential(Math.min(precision, 100)).split('e') as [string, string];
  return `${mantissa}e${power[0]}${power.slice(1).padStart(2, '0')}`;
}

function general(size: number, precision: number, keepZeros: boolean): string {
  const power = size === 0 ? 0 : Number(size.toExponential(Math.min(precision, 100) - 1).split('e')[1]);
  if (power < -4 || power >= precision) {
    const text = exponent(size, precision - 1);
    return keepZeros ? text : text.replace(/\.?0+e/, 'e');
  }
  const text = fixed(size, precision - 1 - power);
  return keepZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, '');
}

function toInteger(value: RubyValue): bigint {
  if (isInteger(value)) return BigInt(value);
  if (isFloat(value)) return BigInt(integerOf(Math.floor(toDouble(value))));
  if (typeof value === 'string') return BigInt(parseIntegerText(value, undefined, true)!);
  if (value instanceof RubyRational) return roundRational(value);
  if (value instanceof RubyEventTime) return BigInt(value.sec);
  if (value === null) throw typeError("can't convert nil into Integer");
  throw typeError(`can't convert ${typeof value === 'boolean' ? inspect(value) : className(value)} into Integer`);
}

function toFloatNumber(value: RubyValue): number {
  if (isInteger(value) || value instanceof Float || isFloat(value) || value instanceof RubyRational) return toDouble(value);
  if (typeof value === 'string') return toDouble(parseFloatText(value, true)!);
  if (value instanceof RubyEventTime) return value.sec + value.nsec / 1e9;
  if (value === null) throw typeError("can't convert nil into Float");
  throw typeError(`can't convert ${typeof value === 'boolean' ? inspect(value) : className(value)} into Float`);
}
