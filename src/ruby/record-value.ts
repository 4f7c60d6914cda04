/** Ruby values as records hold them. */
import { Float, type Value } from '../lib/value.ts';
import { toText } from './inspect.ts';
import { RubyLimitError } from './ruby-error.ts';
import type { RubyValue } from './values.ts';

/** Symbols, times and everything else that a record cannot hold become text; so do the keys of hashes. Throws RubyLimitError. */
export function toRecordValue(value: RubyValue): Value {
  return convert(value, 0);
}

/** A list may contain itself; nothing that comes from JSON is as deep as this. */
const MAX_NESTING = 1000;

function convert(value: RubyValue, depth: number): Value {
  if (typeof value !== 'object' || value === null || value instanceof Float) return value;
  if (depth > MAX_NESTING) throw new RubyLimitError(`the result is nested more than ${MAX_NESTING} deep`);
  if (Array.isArray(value)) return recordList(value, depth + 1);
  if (value instanceof Map) return recordHash(value, depth + 1);
  return toText(value);
}

/** The list itself if nothing in it has to change. */
function recordList(list: RubyValue[], depth: number): readonly Value[] {
  let made: Value[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = convert(list[i]!, depth);
    if (made) made.push(item);
    else if (item !== list[i]) made = [...(list.slice(0, i) as Value[]), item];
  }
  return made ?? (list as readonly Value[]);
}

function recordHash(hash: ReadonlyMap<RubyValue, RubyValue>, depth: number): ReadonlyMap<string, Value> {
  const made = new Map<string, Value>();
  let same = true;
  for (const [key, value] of hash) {
    const item = convert(value, depth);
    same &&= typeof key === 'string' && item === value;
    made.set(toText(key), item);
  }
  return same ? (hash as ReadonlyMap<string, Value>) : made;
}
