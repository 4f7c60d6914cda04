/** Functions that are called without a receiver. */
import { randomBytes } from 'node:crypto';
import { toFloat } from '../../lib/value.ts';
import { className } from '../class-name.ts';
import { integerArgument, nameArgument, option, textArgument } from '../arguments.ts';
import { formatText } from '../format.ts';
import { inspect, toText } from '../inspect.ts';
import { listOf, nativeBlock } from '../list.ts';
import { machine } from '../machine.ts';
import { aliasMethods, ANY, defineMethods, defineModule, invoke, kernelFunction, respondsTo, send, type MethodTable } from '../method.ts';
import { integerOf, toDouble } from '../numbers.ts';
import { parseFloatText, parseIntegerText } from '../number-text.ts';
import { rational, toRational, divideRational } from '../rational.ts';
import { argumentError, isErrorClass, RubyError, rubyError, RubySpecial, typeError } from '../ruby-error.ts';
import {
  isFloat, isInteger, RubyEventTime, RubyModule, RubyRange, RubyRational, RubyTime, type RubyProc, type RubyValue,
} from '../values.ts';
import { openFile } from './file.ts';

/** `exception: false` turns errors into nil. */
function orNil(options: RubyValue | undefined, convert: () => RubyValue): RubyValue {
  if (option(options, 'exception') !== false) return convert();
  try {
    return convert();
  } catch (error) {
    if (error instanceof RubyError) return null;
    throw error;
  }
}

function toInteger(value: RubyValue, base: RubyValue | undefined): RubyValue {
  const radix = base === undefined || base instanceof Map || base === null ? undefined : integerArgument(base);
  if (typeof value === 'string') return parseIntegerText(value, radix, true)!;
  if (radix !== undefined) throw argumentError('base specified for non string value');
  if (isInteger(value)) return value;
  if (isFloat(value)) return integerOf(Math.trunc(toDouble(value)));
  if (value instanceof RubyRational || value instanceof RubyTime) return send(value, 'to_i', []);
  if (value instanceof RubyEventTime) return value.sec;
  if (value === null) throw typeError("can't convert nil into Integer");
  throw typeError(`can't convert ${typeof value === 'boolean' ? inspect(value) : className(value)} into Integer`);
}

function toFloatValue(value: RubyValue): RubyValue {
  if (typeof value === 'string') return parseFloatText(value, true)!;
  if (isFloat(value)) return value;
  if (isInteger(value) || value instanceof RubyRational) return toFloat(toDouble(value));
  if (value instanceof RubyEventTime) return toFloat(value.sec + value.nsec / 1e9);
  if (value === null) throw typeError("can't convert nil into Float");
  throw typeError(`can't convert ${typeof value === 'boolean' ? inspect(value) : className(value)} into Float`);
}

function toRationalValue(value: RubyValue): RubyRational {
  if (typeof value === 'string') {
    const found = /^\s*([-+]?\d+)(?:\.(\d+))?(?:\/(\d+))?\s*$/.exec(value);
    if (!found) throw argumentError(`invalid value for convert(): ${inspect(value)}`);
    const digits = found[2] ?? '';
    return rational(BigInt(found[1] + digits), 10n ** BigInt(digits.length) * BigInt(found[3] ?? 1));
  }
  if (isInteger(value) || isFloat(value) || value instanceof RubyRational) return toRational(value);
  throw typeError(`can't convert ${inspect(value)} into Rational`);
}

/** `Array(value)` */
function toArray(value: RubyValue): RubyValue[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  return respondsTo(value, 'to_a') && !(value instanceof RubyTime) ? listOf(value) : [value];
}

function raised(a: RubyValue | undefined, b: RubyValue | undefined): RubyError {
  if (a === undefined) return rubyError('RuntimeError', 'unhandled exception');
  if (typeof a === 'string') return rubyError('RuntimeError', a);
  if (a instanceof RubyError) return b === undefined ? a : rubyError(a.rubyClass, toText(b));
  if (a instanceof RubyModule && isExceptionClass(a)) return rubyError(a.name, b === undefined ? a.name : toText(b));
  throw typeError('exception class/object expected');
}

function isExceptionClass(module: RubyModule): boolean {
  return isErrorClass(module.name, 'Exception');
}

/** `method(:Integer)`: a function as a value. */
function functionAsProc(name: string): RubyProc {
  const found = kernelFunction(name);
  if (!found) throw rubyError('NameError', `undefined method '${name}'`);
  return nativeBlock((args) => invoke(found, null, args, null));
}

function random(limit: RubyValue | undefined): RubyValue {
  const unit = randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
  if (limit instanceof RubyRange) {
    const [first, last] = [integerArgument(limit.first), integerArgument(limit.last)];
    return first + Math.floor(unit * (last - first + (limit.exclusive ? 0 : 1)));
  }
  if (limit === undefined || limit === null || limit === 0) return toFloat(unit);
  if (isFloat(limit)) return toFloat(unit * toDouble(limit));
  return Math.floor(unit * Math.abs(integerArgument(limit)));
}

const functions: MethodTable<RubyValue> = {
  format: [1, ANY, (_, __, template, ...args) => formatText(textArgument(template), args.filter((arg) => arg !== undefined))],
  Integer: [1, 3, (_, __, value, base, options) => orNil(base instanceof Map ? base : options, () => toInteger(value, base))],
  Float: [1, 2, (_, __, value, options) => orNil(options, () => toFloatValue(value))],
  Rational: [1, 2, (_, __, a, b) => (b === undefined ? toRationalValue(a) : divideRational(toRationalValue(a), toRationalValue(b)))],
  String: [1, 1, (_, __, value) => toText(value)],
  Array: [1, 1, (_, __, value) => toArray(value)],
  Hash: [1, 1, (_, __, value) => {
    if (value instanceof Map) return value;
    if (value === null || (Array.isArray(value) && value.length === 0)) return new Map();
    throw typeError(`can't convert ${className(value)} into Hash`);
  }],
  raise: [0, 3, (_, __, a, b) => {
    throw raised(a, b);
  }],
  rand: [0, 1, (_, __, limit) => random(limit)],
  // libraries are there already
  require: [1, 1, () => true],
  hostname: [0, 0, () => machine().host.hostname()],
  worker_id: [0, 0, () => machine().host.workerId],
  use_nil: [0, 0, () => {
    throw new RubySpecial('nil');
  }],
  use_default: [0, 0, () => {
    throw new RubySpecial('default');
  }],
  open: [1, 3, (_, block, path) => openFile(textArgument(path), block)],
  'block_given?': [0, 0, () => false],
  method: [1, 1, (_, __, name) => functionAsProc(nameArgument(name))],
};
defineMethods<RubyValue>('Kernel', functions);
aliasMethods('Kernel', { sprintf: 'format', fail: 'raise' });
defineModule('Kernel', { format: functions.format!, sprintf: functions.format!, Integer: functions.Integer!, Float: functions.Float!, rand: functions.rand! });
defineModule('Random', { rand: functions.rand! });
