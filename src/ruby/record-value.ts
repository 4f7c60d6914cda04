/** Ruby values as records hold them. */
import { Float, type Value } from '../lib/value.ts';
import { toText } from './inspect.ts';
import type { RubyValue } from './values.ts';

/** Symbols, times and everything else that a record cannot hold become text; so do the keys of hashes. */
export function toRecordValue(value: RubyValue): Value {
  if (typeof value !== 'object' || value === null || value instanceof Float) return value;
  if (Array.isArray(value)) return recordList(value);
  if (value instanceof Map) return recordHash(value);
  return toText(value);
}

/** The list itself if nothing in it has to change. */
function recordList(list: RubyValue[]): readonly Value[] {
  let made: Value[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = toRecordValue(list[i]!);
    if (made) made.push(item);
    else if (item !== list[i]) made = [...(list.slice(0, i) as Value[]), item];
  }
  return made ?? (list as readonly Value[]);
}

function recordHash(hash: ReadonlyMap<RubyValue, RubyValue>): ReadonlyMap<string, Value> {
  const made = new Map<string, Value>();
  let same = true;
  for (const [key, value] of hash) {
    const item = toRecordValue(value);
    same &&= typeof key === 'string' && item === value;
    made.set(toText(key), item);
  }
  return same ? (hash as ReadonlyMap<string, Value>) : made;
}
