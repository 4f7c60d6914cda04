/** Ranges, hashes and enumerators as lists. */
import { toInteger, Float } from '../lib/value.ts';
import { className } from './class-name.ts';
import { compare, compareText } from './equality.ts';
import { checkItems, steps } from './machine.ts';
import { argumentError, rubyError, typeError } from './ruby-error.ts';
import { successor } from './text-successor.ts';
import {
  isInteger, isFloat, RubyDate, RubyEnumerator, RubyFile, RubyProc, RubyRange, type BlockCode, type RubyValue,
} from './values.ts';

/** A range. Throws ArgumentError if the ends cannot be compared. */
export function makeRange(first: RubyValue, last: RubyValue, exclusive: boolean): RubyRange {
  if (first !== null && last !== null && compare(first, last) === undefined) throw argumentError('bad value for range');
  return new RubyRange(first, last, exclusive);
}

/** The items that a method of Enumerable walks over; an array itself, not a copy. */
export function listOf(value: RubyValue): RubyValue[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value];
  if (value instanceof RubyRange) return rangeList(value);
  if (value instanceof RubyEnumerator) return enumeratorList(value);
  if (value instanceof RubyFile) return fileLines(value);
  throw typeError(`no implicit conversion of ${className(value)} into Array`);
}

/** First and last (included) whole number of a range of integers; `Infinity` if it has no end. */
export function integerBounds(range: RubyRange): { first: number; last: number } | undefined {
  const { first, last } = range;
  if (typeof first !== 'number' || !Number.isInteger(first)) return undefined;
  if (last === null) return { first, last: Number.POSITIVE_INFINITY };
  if (typeof last === 'number') {
    const end = Math.floor(last);
    return { first, last: range.exclusive && end === last ? end - 1 : end };
  }
  if (last instanceof Float) return { first, last: range.exclusive && Number.isInteger(last.value) ? last.value - 1 : Math.floor(last.value) };
  return undefined;
}

function rangeList(range: RubyRange): RubyValue[] {
  const bounds = integerBounds(range);
  if (bounds) {
    if (bounds.last === Number.POSITIVE_INFINITY) throw rubyError('RangeError', 'cannot convert endless range to an array');
    checkItems(bounds.last - bounds.first + 1);
    const list: RubyValue[] = [];
    for (let i = bounds.first; i <= bounds.last; i++) list.push(i);
    steps(list.length);
    return list;
  }
  const { first, last, exclusive } = range;
  if (typeof first === 'string' && typeof last === 'string') return textRange(first, last, exclusive);
  if (first instanceof RubyDate && last instanceof RubyDate) {
    const list: RubyValue[] = [];
    const end = exclusive ? last.days - 1 : last.days;
    checkItems(end - first.days);
    for (let day = first.days; day <= end; day++) list.push(new RubyDate(day));
    return list;
  }
  if (isInteger(first) && isInteger(last)) {
    const count = BigInt(last) - BigInt(first) + (exclusive ? 0n : 1n);
    checkItems(Number(count));
    return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => toInteger(BigInt(first) + BigInt(i)));
  }
  throw typeError(`can't iterate from ${isFloat(first) ? 'Float' : className(first)}`);
}

function textRange(first: string, last: string, exclusive: boolean): RubyValue[] {
  const list: RubyValue[] = [];
  if (first.length > last.length || (first.length === last.length && compareText(first, last) > 0)) return list;
  for (let text = first; text.length <= last.length; text = successor(text)) {
    if (text === last) {
      if (!exclusive) list.push(text);
      break;
    }
    list.push(text);
    checkItems(list.length);
    steps(1);
  }
  return list;
}

function enumeratorList(enumerator: RubyEnumerator): RubyValue[] {
  const list: RubyValue[] = [];
  enumerator.run(
    nativeBlock((args) => {
      list.push(args.length === 1 ? args[0]! : [...args]);
      checkItems(list.length);
      return null;
    }),
  );
  return list;
}

/** A block whose code is a function of its arguments. */
export function nativeBlock(run: (args: readonly RubyValue[]) => RubyValue): RubyProc {
  const code: BlockCode = {
    isLambda: false,
    arity: -1,
    call0: () => run([]),
    call1: (_, a) => run([a]),
    call2: (_, a, b) => run([a, b]),
    apply: (_, args) => run(args),
  };
  return new RubyProc(code, null);
}

/** What a method gives that was called without its block. */
export function enumerator(name: string, run: (block: RubyProc) => RubyValue): RubyEnumerator {
  return new RubyEnumerator(name, run);
}

/** The lines of a file that were not read yet, each with its line break. */
export function fileLines(file: RubyFile): string[] {
  const lines = file.text.slice(file.position).match(/[^\n]*\n|[^\n]+/g) ?? [];
  file.position = file.text.length;
  return lines;
}
