/** Arguments of methods as the type they must have, with Ruby's errors for those that do not. */
import { Float } from '../lib/value.ts';
import { className } from './class-name.ts';
import { inspect } from './inspect.ts';
import { rubyError, typeError, type RubyError } from './ruby-error.ts';
import { toDouble } from './numbers.ts';
import { RubyEventTime, type RubyProc, RubyRational, RubySymbol, symbol, type RubyHash, type RubyValue } from './values.ts';

function noConversion(value: RubyValue, into: string): RubyError {
  const simple = value === null || typeof value === 'boolean';
  return typeError(`no implicit conversion of ${simple ? inspect(value) : className(value)} into ${into}`);
}

/** A String. */
export function textArgument(value: RubyValue): string {
  if (typeof value === 'string') return value;
  throw noConversion(value, 'String');
}

/** A String or Symbol, as the name of something. */
export function nameArgument(value: RubyValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof RubySymbol) return value.name;
  throw typeError(`${inspect(value)} is not a symbol nor a string`);
}

/** An Integer within what JavaScript counts exactly; a Float is cut. */
export function integerArgument(value: RubyValue): number {
  if (typeof value === 'number') return Math.trunc(value);
  if (value instanceof Float) {
    if (Number.isSafeInteger(value.value)) return value.value;
    throw rubyError('FloatDomainError', inspect(value));
  }
  if (typeof value === 'bigint') throw rubyError('RangeError', `bignum too big to convert into 'long'`);
  if (value === null) throw typeError('no implicit conversion from nil to integer');
  if (value instanceof RubyRational) return Math.trunc(toDouble(value));
  if (value instanceof RubyEventTime) return value.sec;
  throw noConversion(value, 'Integer');
}

/** A number as a double. */
export function doubleArgument(value: RubyValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || value instanceof Float || value instanceof RubyRational) return toDouble(value);
  if (value instanceof RubyEventTime) return value.sec + value.nsec / 1e9;
  if (value === null) throw typeError("can't convert nil into Float");
  throw typeError(`can't convert ${typeof value === 'boolean' ? inspect(value) : className(value)} into Float`);
}

/** An Array. */
export function arrayArgument(value: RubyValue): RubyValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value];
  throw noConversion(value, 'Array');
}

export function hashArgument(value: RubyValue): RubyHash {
  if (value instanceof Map) return value;
  throw noConversion(value, 'Hash');
}

/** The block that a method cannot do without. */
export function needBlock(block: RubyProc | null): RubyProc {
  if (block) return block;
  throw rubyError('LocalJumpError', 'no block given (yield)');
}

/** `name: value` among the arguments: they come as a hash of symbols at the end. */
export function option(options: RubyValue | undefined, name: string): RubyValue | undefined {
  return options instanceof Map ? options.get(symbol(name)) : undefined;
}

