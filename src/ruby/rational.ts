/** Rational numbers, and numbers as what JavaScript can compute with. */
import { Float } from '../lib/value.ts';
import { rubyError } from './ruby-error.ts';
import { RubyRational } from './values.ts';

/** The plain number. */
export function numberOf(value: number | bigint | Float): number | bigint {
  return value instanceof Float ? value.value : value;
}

/** A reduced Rational. Throws ZeroDivisionError. */
export function rational(numerator: bigint, denominator: bigint): RubyRational {
  if (denominator === 0n) throw rubyError('ZeroDivisionError', 'divided by 0');
  const sign = denominator < 0n ? -1n : 1n;
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator * sign];
  while (b !== 0n) [a, b] = [b, a % b];
  const divisor = a === 0n ? 1n : a;
  return new RubyRational((numerator * sign) / divisor, (denominator * sign) / divisor);
}

/** A number as a Rational, exactly. Throws FloatDomainError. */
export function toRational(value: number | bigint | Float | RubyRational): RubyRational {
  if (value instanceof RubyRational) return value;
  if (typeof value === 'bigint') return new RubyRational(value, 1n);
  const number = Number(numberOf(value));
  if (Number.isInteger(number)) return new RubyRational(BigInt(number), 1n);
  if (!Number.isFinite(number)) throw rubyError('FloatDomainError', `${number}`);
  let scale = 0n;
  let scaled = number;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    scale++;
  }
  return rational(BigInt(scaled), 1n << scale);
}

export function compareRational(a: RubyRational, b: RubyRational): number {
  const left = a.numerator * b.denominator;
  const right = b.numerator * a.denominator;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The nearest Float. */
export function rationalToNumber({ numerator, denominator }: RubyRational): number {
  const [n, d] = [Number(numerator), Number(denominator)];
  if (Number.isSafeInteger(n) && Number.isSafeInteger(d)) return n / d;
  // enough bits for a correctly rounded quotient
  const shift = BigInt(Math.max(0, 64 + denominator.toString(2).length - numerator.toString(2).length));
  return Number((numerator << shift) / denominator) / 2 ** Number(shift);
}

export function addRational(a: RubyRational, b: RubyRational): RubyRational {
  return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function negateRational(a: RubyRational): RubyRational {
  return new RubyRational(-a.numerator, a.denominator);
}

export function multiplyRational(a: RubyRational, b: RubyRational): RubyRational {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function divideRational(a: RubyRational, b: RubyRational): RubyRational {
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** The next integer downwards. */
export function floorRational({ numerator, denominator }: RubyRational): bigint {
  const quotient = numerator / denominator;
  return numerator % denominator !== 0n && numerator < 0n ? quotient - 1n : quotient;
}

/** The nearest integer, halves away from zero. */
export function roundRational({ numerator, denominator }: RubyRational): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const rounded = (size * 2n + denominator) / (denominator * 2n);
  return numerator < 0n ? -rounded : rounded;
}
