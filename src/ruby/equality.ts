/** ==, eql?, <=> and keys of hashes. */
import { Float } from '../lib/value.ts';
import { className } from './class-name.ts';
import { inspect } from './inspect.ts';
import { steps } from './machine.ts';
import { parseIp } from './ip.ts';
import { argumentError, RubyError } from './ruby-error.ts';
import { numberOf, compareRational, toRational } from './rational.ts';
import { isFloat, isInteger, RubyModule, type RubyHash, type RubyIp, type RubyValue } from './values.ts';

export function isNumber(value: RubyValue): value is number | bigint | Float {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;
}

/** `a == b` */
export function equals(a: RubyValue, b: RubyValue): boolean {
  if (a === b) return true;
  switch (typeof a) {
    case 'string':
    case 'boolean':
      return false;
    case 'number':
    case 'bigint':
      return numbersEqual(a, b);
    default:
  }
  if (a === null) return false;
  if (a instanceof Float) return numbersEqual(a, b);
  if (Array.isArray(a)) return Array.isArray(b) && arraysEqual(a, b, equals);
  if (a instanceof Map) return b instanceof Map && hashesEqual(a, b);
  if (typeof b !== 'object' || b === null || !('type' in b) || b.type !== a.type) {
    if (a.type === 'Rational') return isNumber(b) && compareRational(a, toRational(b)) === 0;
    if (a.type === 'IPAddr') return typeof b === 'string' && ipEquals(a, b);
    return a.type === 'EventTime' && isNumber(b) && equals(a.sec, b);
  }
  return objectsEqual(a, b);
}

function ipEquals(a: RubyIp, text: string): boolean {
  try {
    return equals(a, parseIp(text));
  } catch (error) {
    if (error instanceof RubyError) return false;
    throw error;
  }
}

function numbersEqual(a: number | bigint | Float, b: RubyValue): boolean {
  if (isNumber(b)) return numberOf(a) == numberOf(b); // oxlint-disable-line eqeqeq -- compares bigint with number exactly
  if (typeof b !== 'object' || b === null || !('type' in b)) return false;
  if (b.type === 'Rational') return compareRational(toRational(a), b) === 0;
  return b.type === 'EventTime' && numbersEqual(a, b.sec);
}

function arraysEqual(a: readonly RubyValue[], b: readonly RubyValue[], same: (x: RubyValue, y: RubyValue) => boolean): boolean {
  if (a.length !== b.length) return false;
  steps(a.length);
  for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
  return true;
}

function hashesEqual(a: RubyHash, b: RubyHash): boolean {
  if (a.size !== b.size) return false;
  steps(a.size);
  for (const [key, value] of a) {
    const other = hashKey(b, key);
    if (!b.has(other) || !equals(value, b.get(other)!)) return false;
  }
  return true;
}

function objectsEqual(a: Exclude<RubyValue, null | string | number | bigint | boolean | Float | RubyValue[] | RubyHash>, b: RubyValue): boolean {
  const other = b as typeof a;
  switch (a.type) {
    case 'Time':
    case 'EventTime':
      return other.type === a.type && a.sec === other.sec && a.nsec === other.nsec;
    case 'Date':
      return other.type === 'Date' && a.days === other.days;
    case 'Range':
      return other.type === 'Range' && a.exclusive === other.exclusive && equals(a.first, other.first) && equals(a.last, other.last);
    case 'Regexp':
      return other.type === 'Regexp' && a.source === other.source && a.options === other.options;
    case 'Rational':
      return other.type === 'Rational' && compareRational(a, other) === 0;
    case 'IPAddr':
      return other.type === 'IPAddr' && a.bits === other.bits && a.address === other.address;
    case 'Module':
      return other.type === 'Module' && a.name === other.name;
    case 'URI':
      return other.type === 'URI' && inspect(a) === inspect(other);
    case 'Exception':
      return other.type === 'Exception' && a.rubyClass === other.rubyClass && a.message === other.message;
    default:
      return false;
  }
}

/** `a.eql?(b)`: as ==, but 1 is not 1.0. */
export function eql(a: RubyValue, b: RubyValue): boolean {
  if (isNumber(a) && isNumber(b)) return isInteger(a) === isInteger(b) && equals(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return arraysEqual(a, b, eql);
  return equals(a, b);
}

/** The key under which `key` is, or would be, in the hash: keys that are objects are compared by eql?. */
export function hashKey(hash: ReadonlyMap<RubyValue, unknown>, key: RubyValue): RubyValue {
  if (typeof key !== 'object' || key === null || hash.has(key)) return key;
  if ('type' in key && key.type === 'Symbol') return key;
  for (const known of hash.keys()) {
    if (typeof known === 'object' && known !== null) {
      steps(1);
      if (eql(known, key)) return known;
    }
  }
  return key;
}

/** `hash[key] = value` */
export function setKey(hash: RubyHash, key: RubyValue, value: RubyValue): void {
  hash.set(hashKey(hash, key), value);
}

/** A set of values by eql?. */
export function valueSet(items: Iterable<RubyValue>): Map<RubyValue, RubyValue> {
  const set = new Map<RubyValue, RubyValue>();
  for (const item of items) {
    const key = hashKey(set, item);
    if (!set.has(key)) set.set(key, item);
  }
  return set;
}

/** `a <=> b`; undefined if they cannot be compared. */
export function compare(a: RubyValue, b: RubyValue): number | undefined {
  if (typeof a === 'string') return typeof b === 'string' ? compareText(a, b) : undefined;
  if (isNumber(a)) {
    if (isNumber(b)) return compareNumbers(a, b);
    if (typeof b === 'object' && b !== null && 'type' in b) {
      if (b.type === 'Rational') return compareRational(toRational(a), b);
      if (b.type === 'EventTime') return compareNumbers(a, b.sec);
    }
    return undefined;
  }
  if (a === null || typeof a === 'boolean' || typeof b !== 'object' || b === null) {
    return equals(a, b) ? 0 : comparesWithNumber(a, b);
  }
  if (Array.isArray(a)) return Array.isArray(b) ? compareArrays(a, b) : undefined;
  if (a instanceof Map) return equals(a, b) ? 0 : undefined;
  if (a.type === 'Rational' && isNumber(b)) return compareRational(a, toRational(b));
  if (a.type === 'EventTime' && isNumber(b)) return compareNumbers(a.sec, b);
  if (!('type' in b)) return undefined;
  switch (a.type) {
    case 'Symbol':
      return b.type === 'Symbol' ? compareText(a.name, b.name) : undefined;
    case 'Time':
    case 'EventTime':
      if (b.type !== 'Time' && b.type !== 'EventTime') return undefined;
      return Math.sign(a.sec - b.sec || a.nsec - b.nsec);
    case 'Date':
      return b.type === 'Date' ? Math.sign(a.days - b.days) : undefined;
    case 'Rational':
      return b.type === 'Rational' ? compareRational(a, b) : undefined;
    case 'IPAddr':
      if (b.type !== 'IPAddr' || a.bits !== b.bits) return undefined;
      return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
    default:
      return equals(a, b) ? 0 : undefined;
  }
}

function comparesWithNumber(a: RubyValue, b: RubyValue): number | undefined {
  if (typeof a !== 'object' || a === null || !('type' in a) || !isNumber(b)) return undefined;
  if (a.type === 'Rational') return compareRational(a, toRational(b));
  return a.type === 'EventTime' ? compareNumbers(a.sec, b) : undefined;
}

function compareNumbers(a: number | bigint | Float, b: number | bigint | Float): number | undefined {
  const x = numberOf(a);
  const y = numberOf(b);
  return x < y ? -1 : x > y ? 1 : x == y ? 0 : undefined; // oxlint-disable-line eqeqeq -- compares bigint with number exactly
}

/** By bytes of UTF-8, as Ruby does: the order of code points, with invalid bytes by their value. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // UTF-16 has surrogates below U+E000, UTF-8 above
      if (x >= 0xd800 && y >= 0xd800) return Buffer.compare(Buffer.from(a.slice(i)), Buffer.from(b.slice(i))) < 0 ? -1 : 1;
      return x < y ? -1 : 1;
    }
  }
  return a.length < b.length ? -1 : 1;
}

function compareArrays(a: readonly RubyValue[], b: readonly RubyValue[]): number | undefined {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const order = compare(a[i], b[i]);
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

/** `a <=> b`. Throws ArgumentError if they cannot be compared. */
export function order(a: RubyValue, b: RubyValue): number {
  const result = compare(a, b);
  if (result === undefined) throw argumentError(`comparison of ${className(a)} with ${shown(b)} failed`);
  return result;
}

/** Ruby shows simple values, and the class of others. */
function shown(value: RubyValue): string {
  const simple = value === null || typeof value === 'boolean' || isInteger(value) || isFloat(value);
  return simple ? inspect(value) : value instanceof RubyModule ? value.name : className(value);
}

