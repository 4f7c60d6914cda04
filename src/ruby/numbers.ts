/** Arithmetic of Integer and Float: integers of any size, division that rounds down. */
import { Float, toFloat, toInteger } from '../lib/value.ts';
import { className } from './class-name.ts';
import { isNumber } from './equality.ts';
import { inspect } from './inspect.ts';
import { MAX_BITS } from './machine.ts';
import {
  addRational, divideRational, floorRational, multiplyRational, negateRational, numberOf, rationalToNumber, toRational,
} from './rational.ts';
import { rubyError, RubyLimitError, typeError, type RubyError } from './ruby-error.ts';
import { isInteger, RubyEventTime, RubyRational, type RubyValue } from './values.ts';

export type RubyNumber = number | bigint | Float;

/** The number as a double. */
export function toDouble(value: RubyNumber | RubyRational): number {
  if (value instanceof RubyRational) return rationalToNumber(value);
  return Number(numberOf(value));
}

/** A result that was computed with bigints, checked for its size. */
export function integer(value: bigint): number | bigint {
  const result = toInteger(value);
  if (typeof result === 'bigint' && (result > LARGEST || result < -LARGEST)) {
    throw new RubyLimitError(`the expression computes an integer of more than ${MAX_BITS} bits`);
  }
  return result;
}

const LARGEST = 1n << BigInt(MAX_BITS);

/** An integral double as an Integer. Throws FloatDomainError. */
export function integerOf(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  if (!Number.isFinite(value)) throw rubyError('FloatDomainError', Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity');
  return toInteger(BigInt(value));
}

function coerceError(value: RubyValue, self: RubyValue): RubyError {
  const simple = value === null || typeof value === 'boolean';
  return typeError(`${simple ? inspect(value) : className(value)} can't be coerced into ${className(self)}`);
}

interface Operation {
  readonly small: (a: number, b: number) => number;
  readonly big: (a: bigint, b: bigint) => bigint;
  readonly double: (a: number, b: number) => number;
  readonly rational: (a: RubyRational, b: RubyRational) => RubyRational | bigint;
}

function compute(a: RubyNumber | RubyRational, b: RubyValue, operation: Operation): RubyValue {
  let other = b;
  if (other instanceof RubyEventTime) other = other.sec;
  if (a instanceof RubyRational || other instanceof RubyRational) {
    if (!(other instanceof RubyRational) && !isNumber(other)) throw coerceError(b, a);
    if ((a instanceof RubyRational || isInteger(a)) && (other instanceof RubyRational || isInteger(other))) {
      const result = operation.rational(toRational(a), toRational(other));
      return typeof result === 'bigint' ? integer(result) : result;
    }
    return toFloat(operation.double(toDouble(a), toDouble(other)));
  }
  if (!isNumber(other)) throw coerceError(b, a);
  if (isInteger(a) && isInteger(other)) {
    if (typeof a === 'number' && typeof other === 'number') {
      const result = operation.small(a, other);
      if (Number.isSafeInteger(result)) return result === 0 ? 0 : result;
    }
    return integer(operation.big(BigInt(a), BigInt(other)));
  }
  return toFloat(operation.double(toDouble(a), toDouble(other)));
}

const ADD: Operation = { small: (a, b) => a + b, big: (a, b) => a + b, double: (a, b) => a + b, rational: addRational };
const SUBTRACT: Operation = {
  small: (a, b) => a - b, big: (a, b) => a - b, double: (a, b) => a - b, rational: (a, b) => addRational(a, negateRational(b)),
};
const MULTIPLY: Operation = {
  small: (a, b) => a * b, big: (a, b) => a * b, double: (a, b) => a * b, rational: multiplyRational,
};
const DIVIDE: Operation = {
  small: (a, b) => {
    if (b === 0) throw zeroDivision();
    return Math.floor(a / b);
  },
  big: floorDivide,
  double: (a, b) => a / b,
  rational: divideRational,
};
const MODULO: Operation = {
  small: (a, b) => {
    if (b === 0) throw zeroDivision();
    return a - b * Math.floor(a / b);
  },
  big: (a, b) => a - b * floorDivide(a, b),
  double: floatModulo,
  rational: (a, b) => {
    const times = floorRational(divideRational(a, b));
    return addRational(a, negateRational(multiplyRational(b, toRational(times))));
  },
};

function zeroDivision(): RubyError {
  return rubyError('ZeroDivisionError', 'divided by 0');
}

function floorDivide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw zeroDivision();
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function floatModulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

export const add = (a: RubyNumber | RubyRational, b: RubyValue): RubyValue => compute(a, b, ADD);
export const subtract = (a: RubyNumber | RubyRational, b: RubyValue): RubyValue => compute(a, b, SUBTRACT);
export const multiply = (a: RubyNumber | RubyRational, b: RubyValue): RubyValue => compute(a, b, MULTIPLY);
export const divide = (a: RubyNumber | RubyRational, b: RubyValue): RubyValue => compute(a, b, DIVIDE);
export const modulo = (a: RubyNumber | RubyRational, b: RubyValue): RubyValue => compute(a, b, MODULO);

/** `-a` */
export function negate(a: RubyNumber): RubyValue {
  if (a instanceof Float) return new Float(-a.value);
  if (typeof a === 'bigint') return toInteger(-a);
  return a === 0 ? 0 : -a;
}

/** `a ** b` */
export function power(a: RubyNumber, b: RubyValue): RubyValue {
  if (b instanceof RubyRational) return toFloat(toDouble(a) ** rationalToNumber(b));
  if (!isNumber(b)) throw coerceError(b, a);
  if (!isInteger(a) || !isInteger(b)) return toFloat(toDouble(a) ** toDouble(b));
  if (b < 0) {
    const denominator = BigInt(a) ** BigInt(-b);
    if (denominator === 0n) throw zeroDivision();
    return divideRational(toRational(1), toRational(denominator));
  }
  const base = BigInt(a);
  const bits = (base < 0n ? -base : base).toString(2).length;
  if ((base < -1n || base > 1n) && bits * Number(b) > MAX_BITS) {
    throw new RubyLimitError(`the expression computes an integer of more than ${MAX_BITS} bits`);
  }
  return integer(base > 1n || base < -1n ? base ** BigInt(b) : b === 0 ? 1n : base ** (BigInt(b) % 2n || 2n));
}

/** `a << bits`; negative bits shift to the right. */
export function shift(a: number | bigint, bits: number): RubyValue {
  if (bits > MAX_BITS) throw new RubyLimitError(`the expression computes an integer of more than ${MAX_BITS} bits`);
  return bits >= 0 ? integer(BigInt(a) << BigInt(bits)) : toInteger(BigInt(a) >> BigInt(Math.min(-bits, MAX_BITS * 2)));
}

/** How a rounding method turns a double into a whole one; `half` where that is chosen by the caller. */
export type Rounding = 'round' | 'floor' | 'ceil' | 'truncate' | 'halfEven' | 'halfDown';

/** A whole double: `round` rounds halves away from zero. */
export function roundWhole(value: number, rounding: Rounding): number {
  switch (rounding) {
    case 'floor':
      return Math.floor(value);
    case 'ceil':
      return Math.ceil(value);
    case 'truncate':
      return Math.trunc(value);
    default: {
      const size = Math.abs(value);
      const low = Math.floor(size);
      const rest = size - low;
      const up = rest > 0.5 || (rest === 0.5 && (rounding === 'round' || (rounding === 'halfEven' && low % 2 === 1)));
      return value < 0 ? -(up ? low + 1 : low) : up ? low + 1 : low;
    }
  }
}

/** Significant decimal digits of a double, as Ruby counts them for rounding. */
const FLOAT_DIGITS = 17;

/** Rounds a double to decimal digits after the point, with Ruby's corrections for what binary fractions lose. */
export function roundDigits(value: number, digits: number, rounding: Rounding): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const exponent = Math.floor(Math.log2(Math.abs(value))) + 1;
  if (digits >= FLOAT_DIGITS - (exponent > 0 ? Math.trunc(exponent / 4) : Math.trunc(exponent / 3) - 1)) return value;
  const scale = 10 ** digits;
  if (rounding === 'truncate') return roundDigits(value, digits, value < 0 ? 'ceil' : 'floor');
  if (rounding === 'floor') {
    const low = Math.floor(value * scale);
    return (low + 1) / scale > value ? low / scale : (low + 1) / scale;
  }
  if (rounding === 'ceil') {
    const high = Math.ceil(value * scale);
    return (high - 1) / scale < value ? high / scale : (high - 1) / scale;
  }
  if (digits > 14) return Number(value.toFixed(Math.min(digits, 100)));
  const size = Math.abs(value);
  let rounded = roundWhole(size * scale, rounding);
  if (rounding === 'round' && (rounded + 0.5) / scale <= size) rounded += 1;
  return (Math.sign(value) * rounded) / scale;
}

/** Rounds an Integer to tens (`digits` is negative). */
export function roundTens(value: number | bigint, digits: number, rounding: Rounding): number | bigint {
  if (digits < -1000) return 0;
  const unit = 10n ** BigInt(-digits);
  const whole = BigInt(value);
  const low = floorDivide(whole, unit) * unit;
  const rest = whole - low;
  if (rest === 0n) return value;
  const high = low + unit;
  switch (rounding) {
    case 'floor':
      return toInteger(low);
    case 'ceil':
      return toInteger(high);
    case 'truncate':
      return toInteger(whole < 0n ? high : low);
    default: {
      if (rest * 2n !== unit) return toInteger(rest * 2n > unit ? high : low);
      if (rounding === 'halfEven') return toInteger((low / unit) % 2n === 0n ? low : high);
      return toInteger((rounding === 'halfDown') === whole < 0n ? high : low);
    }
  }
}
