/** Numbers in texts: `to_i`, `to_f`, `Integer()`, `Float()`. */
import { toFloat, toInteger, type Float } from '../lib/value.ts';
import { inspect } from './inspect.ts';
import { argumentError } from './ruby-error.ts';

const PREFIX: Readonly<Record<string, number>> = { b: 2, o: 8, d: 10, x: 16 };

/** `text.to_i(base)`: what the text begins with; 0 if that is no number. */
export function leadingInteger(text: string, base: number): number | bigint {
  if (base === 10) {
    const short = shortDecimal(text);
    if (short !== undefined) return short;
  }
  if (base !== 0 && (base < 2 || base > 36)) throw argumentError(`invalid radix ${base}`);
  const trimmed = text.replace(/^[\s\0]+/, '');
  const sign = /^[-+]/.exec(trimmed)?.[0] ?? '';
  let rest = trimmed.slice(sign.length).toLowerCase();
  const prefix = /^0([bodx])/.exec(rest)?.[1];
  let radix = base;
  if (prefix !== undefined && (base === 0 || base === PREFIX[prefix])) {
    radix = PREFIX[prefix]!;
    rest = rest.slice(2);
  } else if (base === 0) radix = /^0\d/.test(rest) ? 8 : 10;
  const digits = digitsOf(rest, radix);
  return digits === '' ? 0 : signed(digits, radix, sign);
}

/** Digits that are exact as a number. */
const EXACT_DIGITS = 15;

/** What a text of a few digits alone is, which most are; undefined for all others. */
function shortDecimal(text: string): number | undefined {
  const { length } = text;
  if (length === 0 || length > EXACT_DIGITS) return undefined;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** The longest beginning that is digits with single underscores between them. */
function digitsOf(text: string, radix: number): string {
  const digit = radix <= 10 ? `[0-${radix - 1}]` : `[0-9a-${String.fromCharCode(86 + radix)}]`;
  return new RegExp(`^${digit}(?:_?${digit})*`).exec(text)?.[0].replaceAll('_', '') ?? '';
}

function signed(digits: string, radix: number, sign: string): number | bigint {
  const value = parseDigits(digits, radix);
  return toInteger(sign === '-' ? -value : value);
}

function parseDigits(digits: string, radix: number): bigint {
  if (radix === 10) return BigInt(digits);
  if (radix === 16) return BigInt(`0x${digits}`);
  if (radix === 8) return BigInt(`0o${digits}`);
  if (radix === 2) return BigInt(`0b${digits}`);
  let value = 0n;
  for (const c of digits) value = value * BigInt(radix) + BigInt(parseInt(c, radix));
  return value;
}

/** `Integer(text, base)`: the whole text must be a number. Undefined or ArgumentError if it is none. */
export function parseIntegerText(text: string, base: number | undefined, mustBe: boolean): number | bigint | undefined {
  const trimmed = text.trim();
  const sign = /^[-+]/.exec(trimmed)?.[0] ?? '';
  let rest = trimmed.slice(sign.length).toLowerCase();
  const prefix = /^0([bodx])/.exec(rest)?.[1];
  let radix = base ?? 0;
  if (prefix !== undefined && (radix === 0 || radix === PREFIX[prefix])) {
    radix = PREFIX[prefix]!;
    rest = rest.slice(2);
  } else if (radix === 0) {
    const isOctal = /^0_?\d/.test(rest);
    radix = isOctal ? 8 : 10;
    if (isOctal) rest = rest.slice(1).replace(/^_/, '');
  }
  const digits = digitsOf(rest, radix);
  if (digits === '' || digits.length !== rest.replaceAll('_', '').length || /__|_$/.test(rest)) {
    if (mustBe) throw argumentError(`invalid value for Integer(): ${inspect(text)}`);
    return undefined;
  }
  return signed(digits, radix, sign);
}

const PLAIN_FLOAT = /^-?\d+(?:\.\d+)?$/;
const LEADING_FLOAT = /^[-+]?\d(?:_?\d)*(?:\.\d(?:_?\d)*)?(?:[eE][-+]?\d(?:_?\d)*)?/;
const LEADING_FRACTION = /^[-+]?\.\d(?:_?\d)*(?:[eE][-+]?\d(?:_?\d)*)?/;

/** `text.to_f`: what the text begins with; 0.0 if that is no number. */
export function leadingFloat(text: string): number | Float {
  if (PLAIN_FLOAT.test(text)) return toFloat(Number(text));
  const trimmed = text.replace(/^[\s\0]+/, '');
  const found = LEADING_FLOAT.exec(trimmed)?.[0] ?? LEADING_FRACTION.exec(trimmed)?.[0];
  return toFloat(found === undefined ? 0 : Number(found.replaceAll('_', '')));
}

/** `Float(text)`: the whole text must be a number. Undefined or ArgumentError if it is none. */
export function parseFloatText(text: string, mustBe: boolean): number | bigint | Float | undefined {
  const trimmed = text.trim();
  const plain = LEADING_FLOAT.exec(trimmed)?.[0];
  if (plain !== undefined && plain.length === trimmed.length) return toFloat(Number(plain.replaceAll('_', '')));
  if (/^[-+]?0[xX][0-9a-fA-F]+$/.test(trimmed)) {
    const size = Number(trimmed.replace(/^[-+]/, ''));
    return toFloat(trimmed.startsWith('-') ? -size : size);
  }
  if (/^[-+]?\d(?:_?\d)*\.(?:[eE][-+]?\d+)?$/.test(trimmed) || LEADING_FRACTION.exec(trimmed)?.[0] === trimmed) {
    return toFloat(Number(trimmed.replaceAll('_', '')));
  }
  if (mustBe) throw argumentError(`invalid value for Float(): ${inspect(text)}`);
  return undefined;
}
