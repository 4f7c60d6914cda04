/** Methods of Integer, Float and Rational. */
import { Float, toFloat, toInteger } from '../../lib/value.ts';
import { integerArgument, doubleArgument, nameArgument, option } from '../arguments.ts';
import { className } from '../class-name.ts';
import { compare, equals, isNumber } from '../equality.ts';
import { inspect, toText } from '../inspect.ts';
import { enumerator } from '../list.ts';
import { steps } from '../machine.ts';
import { aliasMethods, defineMethods } from '../method.ts';
import {
  add, divide, integer, integerOf, modulo, multiply, negate, power, roundDigits, roundTens, roundWhole, shift, subtract, toDouble,
  type Rounding, type RubyNumber,
} from '../numbers.ts';
import { floorRational, negateRational, numberOf, rational, roundRational, toRational } from '../rational.ts';
import { argumentError, rubyError, typeError } from '../ruby-error.ts';
import { isInteger, RubyRational, type RubyProc, type RubyValue } from '../values.ts';

function integerOnly(value: RubyValue, self: RubyValue): bigint {
  if (isInteger(value)) return BigInt(value);
  const shown = value === null || typeof value === 'boolean' ? inspect(value) : className(value);
  throw typeError(`${shown} can't be coerced into ${className(self)}`);
}

function halfOption(options: RubyValue | undefined): Rounding {
  const half = option(options, 'half') ?? null;
  if (half === null) return 'round';
  const name = nameArgument(half);
  if (name === 'up') return 'round';
  if (name === 'even') return 'halfEven';
  if (name === 'down') return 'halfDown';
  throw argumentError(`invalid rounding mode: ${name}`);
}

/** `round`, `floor`, `ceil`, `truncate` with digits. */
function rounded(self: RubyNumber | RubyRational, digits: RubyValue | undefined, options: RubyValue | undefined, way: Rounding): RubyValue {
  const rounding = way === 'round' ? halfOption(digits instanceof Map ? digits : options) : way;
  const places = digits === undefined || digits instanceof Map || digits === null ? 0 : integerArgument(digits);
  if (self instanceof RubyRational) return roundedRational(self, places, rounding);
  if (isInteger(self)) return places >= 0 ? self : roundTens(self, places, rounding);
  const value = toDouble(self);
  if (places > 0) return toFloat(roundDigits(value, places, rounding));
  const whole = integerOf(roundWhole(value, rounding));
  return places < 0 ? roundTens(integerOf(Math.trunc(value)), places, rounding) : whole;
}

function roundedRational(self: RubyRational, places: number, rounding: Rounding): RubyValue {
  const scale = toRational(10n ** BigInt(Math.abs(places)));
  const scaled = places >= 0
    ? rational(self.numerator * scale.numerator, self.denominator)
    : rational(self.numerator, self.denominator * scale.numerator);
  const whole =
    rounding === 'floor' ? floorRational(scaled)
    : rounding === 'ceil' ? -floorRational(negateRational(scaled))
    : rounding === 'truncate' ? scaled.numerator / scaled.denominator
    : roundRational(scaled);
  if (places > 0) return rational(whole, scale.numerator);
  return integer(whole * (places < 0 ? scale.numerator : 1n));
}

function digitsOf(self: RubyNumber, base: RubyValue | undefined): RubyValue {
  const radix = base === undefined ? 10n : BigInt(integerArgument(base));
  let rest = BigInt(numberOf(self));
  if (rest < 0n) throw rubyError('Math::DomainError', 'out of domain');
  if (radix < 2n) throw argumentError(`invalid radix ${radix}`);
  const list: RubyValue[] = [];
  do {
    list.push(toInteger(rest % radix));
    rest /= radix;
  } while (rest > 0n);
  return list;
}

function counting(name: string, from: RubyNumber, to: (block: RubyProc) => RubyValue, block: RubyProc | null): RubyValue {
  return block ? to(block) : enumerator(name, to);
}

/** `from.step(to, by)` */
function stepped(self: RubyNumber, limit: RubyValue, by: RubyValue, block: RubyProc): RubyValue {
  if (isInteger(self) && isInteger(by) && (limit === null || isInteger(limit))) {
    if (by === 0) throw argumentError("step can't be 0");
    for (let i: RubyValue = self; limit === null || (by > 0 ? compare(i, limit)! <= 0 : compare(i, limit)! >= 0); i = add(i as number, by)) {
      steps(1);
      block.call1(i);
    }
    return self;
  }
  const [start, width] = [toDouble(self), doubleArgument(by)];
  const count = Math.floor((doubleArgument(limit) - start) / width + 1e-9);
  for (let i = 0; i <= count; i++) {
    steps(1);
    block.call1(toFloat(start + i * width));
  }
  return self;
}

const shared = {
  '+': [1, 1, (self, _, other) => add(self, other)],
  '-': [1, 1, (self, _, other) => subtract(self, other)],
  '*': [1, 1, (self, _, other) => multiply(self, other)],
  '/': [1, 1, (self, _, other) => divide(self, other)],
  '%': [1, 1, (self, _, other) => modulo(self, other)],
  '**': [1, 1, (self, _, other) => power(self, other)],
  '-@': [0, 0, (self) => negate(self)],
  '+@': [0, 0, (self) => self],
  div: [1, 1, (self, _, other) => {
    if (isNumber(other) && toDouble(other) === 0) throw rubyError('ZeroDivisionError', 'divided by 0');
    const quotient = divide(self, other);
    return isNumber(quotient) && !isInteger(quotient) ? integerOf(Math.floor(toDouble(quotient))) : quotient;
  }],
  divmod: [1, 1, (self, _, other) => {
    if (isNumber(other) && toDouble(other) === 0) throw rubyError('ZeroDivisionError', 'divided by 0');
    const quotient = divide(self, other);
    const whole = isNumber(quotient) && !isInteger(quotient) ? integerOf(Math.floor(toDouble(quotient))) : quotient;
    return [whole, modulo(self, other)];
  }],
  remainder: [1, 1, (self, _, other) => {
    const rest = modulo(self, other);
    if (!isNumber(rest) || !isNumber(other)) return rest;
    return toDouble(rest) !== 0 && toDouble(self) < 0 !== toDouble(other) < 0 ? subtract(rest, other) : rest;
  }],
  fdiv: [1, 1, (self, _, other) => toFloat(toDouble(self) / doubleArgument(other))],
  abs: [0, 0, (self) => (toDouble(self) < 0 || Object.is(numberOf(self), -0) ? negate(self) : self)],
  'zero?': [0, 0, (self) => toDouble(self) === 0],
  'positive?': [0, 0, (self) => toDouble(self) > 0],
  'negative?': [0, 0, (self) => toDouble(self) < 0],
  'nonzero?': [0, 0, (self) => (toDouble(self) === 0 ? null : self)],
  'integer?': [0, 0, (self) => isInteger(self)],
  'finite?': [0, 0, (self) => Number.isFinite(toDouble(self)) || typeof self === 'bigint'],
  'infinite?': [0, 0, (self) => (Math.abs(toDouble(self)) === Infinity && self instanceof Float ? Math.sign(self.value) : null)],
  to_f: [0, 0, (self) => toFloat(toDouble(self))],
  to_r: [0, 0, (self) => toRational(self)],
  round: [0, 2, (self, _, digits, options) => rounded(self, digits, options, 'round')],
  floor: [0, 1, (self, _, digits) => rounded(self, digits, undefined, 'floor')],
  ceil: [0, 1, (self, _, digits) => rounded(self, digits, undefined, 'ceil')],
  truncate: [0, 1, (self, _, digits) => rounded(self, digits, undefined, 'truncate')],
  coerce: [1, 1, (self, _, other) => (isInteger(self) && isInteger(other) ? [other, self] : [toFloat(doubleArgument(other)), toFloat(toDouble(self))])],
  step: [0, 2, (self, block, limit, by) => {
    const options = limit instanceof Map ? limit : by instanceof Map ? by : undefined;
    const to = limit === undefined || limit instanceof Map ? (option(options, 'to') ?? null) : limit;
    const width = by === undefined || by instanceof Map ? (option(options, 'by') ?? 1) : by;
    return counting('step', self, (given) => stepped(self, to, width, given), block);
  }],
} satisfies Parameters<typeof defineMethods<RubyNumber>>[1];

defineMethods<RubyNumber>('Integer', {
  ...shared,
  to_s: [0, 1, (self, _, base) => {
    if (base === undefined) return `${numberOf(self)}`;
    const radix = integerArgument(base);
    if (radix < 2 || radix > 36) throw argumentError(`invalid radix ${radix}`);
    return numberOf(self).toString(radix);
  }],
  to_i: [0, 0, (self) => self],
  'even?': [0, 0, (self) => BigInt(numberOf(self)) % 2n === 0n],
  'odd?': [0, 0, (self) => BigInt(numberOf(self)) % 2n !== 0n],
  succ: [0, 0, (self) => add(self, 1)],
  pred: [0, 0, (self) => subtract(self, 1)],
  chr: [0, 1, (self, _, encoding) => {
    const code = integerArgument(self);
    if (code < 0 || code > 0x10ffff || (encoding === undefined && code > 255)) throw rubyError('RangeError', `${code} out of char range`);
    return encoding === undefined && code > 127 ? String.fromCharCode(0xdc00 + code) : String.fromCodePoint(code);
  }],
  ord: [0, 0, (self) => self],
  digits: [0, 1, (self, _, base) => digitsOf(self, base)],
  bit_length: [0, 0, (self) => {
    const value = BigInt(numberOf(self));
    const size = value < 0n ? -value - 1n : value;
    return size === 0n ? 0 : size.toString(2).length;
  }],
  gcd: [1, 1, (self, _, other) => {
    let [a, b] = [BigInt(numberOf(self)), integerOnly(other, self)];
    while (b !== 0n) [a, b] = [b, a % b];
    return toInteger(a < 0n ? -a : a);
  }],
  lcm: [1, 1, (self, _, other) => {
    const [x, y] = [BigInt(numberOf(self)), integerOnly(other, self)];
    let [a, b] = [x, y];
    while (b !== 0n) [a, b] = [b, a % b];
    if (a === 0n) return 0;
    const product = (x / a) * y;
    return integer(product < 0n ? -product : product);
  }],
  pow: [1, 2, (self, _, other, mod) => (mod === undefined ? power(self, other) : modulo(power(self, other) as number, mod))],
  '&': [1, 1, (self, _, other) => toInteger(BigInt(numberOf(self)) & integerOnly(other, self))],
  '|': [1, 1, (self, _, other) => toInteger(BigInt(numberOf(self)) | integerOnly(other, self))],
  '^': [1, 1, (self, _, other) => toInteger(BigInt(numberOf(self)) ^ integerOnly(other, self))],
  '~': [0, 0, (self) => toInteger(~BigInt(numberOf(self)))],
  '<<': [1, 1, (self, _, bits) => shift(numberOf(self), integerArgument(bits))],
  '>>': [1, 1, (self, _, bits) => shift(numberOf(self), -integerArgument(bits))],
  '[]': [1, 1, (self, _, bit) => Number((BigInt(numberOf(self)) >> BigInt(integerArgument(bit))) & 1n)],
  times: [0, 0, (self, block) => counting('times', self, (given) => {
    for (let i = 0; i < toDouble(self); i++) given.call1(i);
    return self;
  }, block)],
  upto: [1, 1, (self, block, limit) => counting('upto', self, (given) => stepped(self, limit, 1, given), block)],
  downto: [1, 1, (self, block, limit) => counting('downto', self, (given) => stepped(self, limit, -1, given), block)],
  numerator: [0, 0, (self) => self],
  denominator: [0, 0, () => 1],
});
aliasMethods('Integer', { next: 'succ', to_int: 'to_i', modulo: '%', magnitude: 'abs', inspect: 'to_s' });

defineMethods<RubyNumber>('Float', {
  ...shared,
  to_s: [0, 0, (self) => toText(self)],
  to_i: [0, 0, (self) => integerOf(Math.trunc(toDouble(self)))],
  'nan?': [0, 0, (self) => Number.isNaN(toDouble(self))],
  rationalize: [0, 1, (self) => toRational(self)],
});
aliasMethods('Float', { to_int: 'to_i', modulo: '%', magnitude: 'abs', quo: '/', inspect: 'to_s' });
for (const type of ['Integer', 'Float'] as const) defineMethods<RubyNumber>(type, { '===': [1, 1, (self, _, other) => equals(self, other)] });

defineMethods<RubyRational>('Rational', {
  '+': [1, 1, (self, _, other) => add(self, other)],
  '-': [1, 1, (self, _, other) => subtract(self, other)],
  '*': [1, 1, (self, _, other) => multiply(self, other)],
  '/': [1, 1, (self, _, other) => divide(self, other)],
  '%': [1, 1, (self, _, other) => modulo(self, other)],
  '-@': [0, 0, (self) => negateRational(self)],
  to_i: [0, 0, (self) => toInteger(self.numerator / self.denominator)],
  to_f: [0, 0, (self) => toFloat(toDouble(self))],
  to_r: [0, 0, (self) => self],
  numerator: [0, 0, (self) => toInteger(self.numerator)],
  denominator: [0, 0, (self) => toInteger(self.denominator)],
  'zero?': [0, 0, (self) => self.numerator === 0n],
  'positive?': [0, 0, (self) => self.numerator > 0n],
  'negative?': [0, 0, (self) => self.numerator < 0n],
  abs: [0, 0, (self) => (self.numerator < 0n ? negateRational(self) : self)],
  round: [0, 2, (self, _, digits, options) => rounded(self, digits, options, 'round')],
  floor: [0, 1, (self, _, digits) => rounded(self, digits, undefined, 'floor')],
  ceil: [0, 1, (self, _, digits) => rounded(self, digits, undefined, 'ceil')],
  truncate: [0, 1, (self, _, digits) => rounded(self, digits, undefined, 'truncate')],
});
