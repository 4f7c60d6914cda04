/** Lists and hashes as parameter values: JSON, or the short forms `a, b` and `k:v, l:w`. */
import { generateJson, JsonError, parseJson } from '../lib/json.ts';
import { isHash } from '../lib/value.ts';
import type { Value } from '../lib/value.ts';
import {
  boolLiteral,
  floatLiteral,
  integerLiteral,
  LiteralError,
  quoted,
  regexpLiteral,
  sizeLiteral,
  stringLiteral,
  timeLiteral,
} from './literal.ts';
import type { LiteralOptions, RegexpLiteral } from './literal.ts';

/** The types that the values within a list or hash may be declared to have. */
export interface ElementTypes {
  readonly string: string;
  readonly integer: number;
  readonly float: number;
  readonly size: number;
  readonly bool: boolean;
  readonly time: number;
  readonly regexp: RegexpLiteral;
}

/** Converts one value to a declared type; null stays null. */
export function elementLiteral<T extends keyof ElementTypes>(
  type: T,
  value: Value,
  options: LiteralOptions = {},
): ElementTypes[T] | null {
  if (value === null) return null;
  const converted: ElementTypes[keyof ElementTypes] = convert(type, value, options);
  return converted as ElementTypes[T]; // `convert` returns the type that `type` names
}

function convert(type: keyof ElementTypes, value: Value, options: LiteralOptions): ElementTypes[keyof ElementTypes] {
  switch (type) {
    case 'string':
      return isHash(value) || Array.isArray(value) ? generateJson(value) : stringLiteral(value);
    case 'integer':
      return integerLiteral(value, options);
    case 'float':
      return floatLiteral(value, options);
    case 'size':
      return sizeLiteral(value, options);
    case 'bool':
      return boolLiteral(value);
    case 'time':
      return timeLiteral(value, options);
    case 'regexp':
      return regexpLiteral(value, options);
  }
}

/** A list: JSON if the text begins with `[`, else what stands between commas. Blanks around items are cut. */
export function arrayLiteral(value: Value): readonly Value[] {
  const list = typeof value === 'string' ? (value.startsWith('[') ? json(value, 'array') : split(value)) : value;
  if (!Array.isArray(list)) throw new LiteralError(`array required but got ${shown(list)}`);
  return list;
}

/** {@link arrayLiteral} with values of one type. */
export function typedArrayLiteral<T extends keyof ElementTypes>(
  value: Value,
  type: T,
  options: LiteralOptions = {},
): readonly (ElementTypes[T] | null)[] {
  return arrayLiteral(value).map((item) => elementLiteral(type, item, options));
}

/** A hash: JSON if the text begins with `{`, else `key:value` between commas; a key alone has null. */
export function hashLiteral(value: Value): ReadonlyMap<string, Value> {
  if (typeof value !== 'string') {
    if (!isHash(value)) throw new LiteralError(`hash required but got ${shown(value)}`);
    return value;
  }
  if (value.startsWith('{')) {
    const parsed = json(value, 'hash');
    if (!isHash(parsed)) throw new LiteralError(`hash required but got ${shown(parsed)}`);
    return parsed;
  }
  const hash = new Map<string, Value>();
  for (const pair of split(value)) {
    if (pair === '') throw new LiteralError(`hash required: expected key:value between commas, found ${quoted(value)}`);
    const colon = pair.indexOf(':');
    hash.set(colon < 0 ? pair : pair.slice(0, colon), colon < 0 ? null : pair.slice(colon + 1));
  }
  return hash;
}

/** {@link hashLiteral} with values of one type. */
export function typedHashLiteral<T extends keyof ElementTypes>(
  value: Value,
  type: T,
  options: LiteralOptions = {},
): ReadonlyMap<string, ElementTypes[T] | null> {
  const out = new Map<string, ElementTypes[T] | null>();
  for (const [key, item] of hashLiteral(value)) out.set(key, elementLiteral(type, item, options));
  return out;
}

/** As Ruby's strip and split: ASCII blanks, and empty items at the end do not count. */
function split(text: string): string[] {
  const items = text.replace(/^[ \t\r\n\f\v\0]+|[ \t\r\n\f\v\0]+$/g, '').split(/[ \t\r\n\f\v]*,[ \t\r\n\f\v]*/);
  while (items.length > 0 && items.at(-1) === '') items.pop();
  return items;
}

function json(text: string, kind: string): Value {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new LiteralError(`expected a JSON ${kind}, found ${quoted(text)}: ${error.message}`);
  }
}

function shown(value: Value): string {
  try {
    return generateJson(value);
  } catch {
    return String(value);
  }
}
