/**
 * Record accessors: how configurations name a field of a record.
 *
 * - `name`: the field of that name, dots and all
 * - `$.a.b[0]`: dots between keys, whole numbers in brackets are positions in lists
 * - `$['a']['b.c'][0]`: keys in quotes, for keys with dots or spaces
 */
import { isHash, type LogRecord, type Value } from '../lib/value.ts';
import { SharedHash, writable } from './shared-hash.ts';

/** A compiled accessor; it never changes the records that it is given (but see {@link SharedHash}). */
export interface RecordAccessor {
  /** As it was written. */
  readonly text: string;
  /** Keys of hashes (text) and positions in lists (numbers, negative from the end). */
  readonly path: readonly (string | number)[];
  /** The field's name if it is one of the record itself, not nested. */
  readonly field: string | undefined;
  /** The value; undefined if there is none. */
  get(record: LogRecord): Value | undefined;
  /** Like `get`, but throws a TypeError where Ruby's `dig` does: at a text or number that is not the last. */
  dig(record: LogRecord): Value | undefined;
  /** A record with that value; the same record if there is nothing that could hold it. */
  set(record: LogRecord, value: Value): LogRecord;
  /** A record without that field; the same record if it has none. */
  delete(record: LogRecord): LogRecord;
  /** Removes the field from a record that is the caller's own; what is nested is copied first. */
  deleteFrom(own: Map<string, Value>): void;
}

/** Compiles an accessor. Throws an Error that says what is wrong with it. */
export function compileAccessor(text: string): RecordAccessor {
  const path = parsePath(text);
  const [first] = path;
  const field = path.length === 1 && typeof first === 'string' ? first : undefined;
  const get = (record: LogRecord): Value | undefined => (field !== undefined ? record.get(field) : find(record, path, false));
  return {
    text,
    path,
    field,
    get,
    dig: (record) => (field !== undefined ? record.get(field) : find(record, path, true)),
    set: (record, value) => (setAt(record, path, 0, value) ?? record) as LogRecord,
    delete(record) {
      if (get(record) === undefined) return record;
      const copy = writable(record);
      deleteIn(copy, path, 0);
      return copy;
    },
    deleteFrom(own) {
      if (field !== undefined) own.delete(field);
      else deleteIn(own, path, 0);
    },
  };
}

function find(record: LogRecord, path: readonly (string | number)[], strict: boolean): Value | undefined {
  let at: Value | undefined = record;
  for (const key of path) {
    if (at === undefined || at === null) return undefined;
    if (isHash(at)) at = typeof key === 'string' ? at.get(key) : undefined;
    else if (Array.isArray(at) && typeof key === 'number') at = at.at(key);
    else if (!strict) return undefined;
    else throw new TypeError(`${typeName(at)} does not have a member ${typeof key === 'string' ? `'${key}'` : key}`);
  }
  return at;
}

function typeName(value: Value): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : typeof value === 'boolean' ? 'true or false' : 'a number';
}

/** The holder with the value at its place below; undefined if it cannot be there. */
function setAt(holder: Value | undefined, path: readonly (string | number)[], depth: number, value: Value): Value | undefined {
  const key = path[depth];
  const last = depth === path.length - 1;
  if (isHash(holder) && typeof key === 'string') {
    const inner = last ? value : setAt(holder.get(key), path, depth + 1, value);
    if (inner === undefined) return undefined;
    return writable(holder).set(key, inner);
  }
  if (Array.isArray(holder) && typeof key === 'number') {
    const index = key < 0 ? holder.length + key : key;
    if (index < 0 || (!last && index >= holder.length)) return undefined;
    const inner = last ? value : setAt(holder[index], path, depth + 1, value);
    if (inner === undefined) return undefined;
    const list = [...(holder as readonly Value[])];
    while (list.length < index) list.push(null);
    list[index] = inner;
    return list;
  }
  return undefined;
}

/** Deletes below a hash that may be changed; false if there was nothing to delete. */
function deleteIn(own: Map<string, Value>, path: readonly (string | number)[], depth: number): boolean {
  const key = path[depth];
  if (typeof key !== 'string') return false;
  if (depth === path.length - 1) return own.delete(key);
  const inner = own.get(key);
  const changed = inner === undefined ? undefined : without(inner, path, depth + 1);
  if (changed === undefined) return false;
  if (changed !== inner) own.set(key, changed);
  return true;
}

/** The value without the member at the path; undefined if it has none. */
function without(value: Value, path: readonly (string | number)[], depth: number): Value | undefined {
  if (isHash(value)) {
    const own = writable(value);
    return deleteIn(own, path, depth) ? own : undefined;
  }
  const key = path[depth];
  if (!Array.isArray(value) || typeof key !== 'number') return undefined;
  const index = key < 0 ? value.length + key : key;
  if (index < 0 || index >= value.length) return undefined;
  const list = [...(value as readonly Value[])];
  if (depth === path.length - 1) list.splice(index, 1);
  else {
    const inner = without(list[index], path, depth + 1);
    if (inner === undefined) return undefined;
    if (inner === list[index] && inner instanceof SharedHash) return value;
    list[index] = inner;
  }
  return list;
}

function parsePath(text: string): (string | number)[] {
  if (text.startsWith('$.')) return parseDots(text);
  return text.startsWith('$[') ? parseBrackets(text, 1, text) : [text];
}

function parseDots(text: string): (string | number)[] {
  const path: (string | number)[] = [];
  for (const part of text.slice(2).split('.')) {
    const bracket = part.indexOf('[');
    const key = bracket < 0 ? part : part.slice(0, bracket);
    if (/\s/.test(key)) throw new Error(`white space is not allowed in dot notation: write $['${key}'] instead of '${key}' in ${text}`);
    if (key !== '') path.push(key);
    else if (bracket !== 0) throw new Error(`empty key in dot notation: ${text}`);
    if (bracket >= 0) path.push(...parseBrackets(part, bracket, text));
  }
  return path;
}

function parseBrackets(part: string, from: number, text: string): (string | number)[] {
  const path: (string | number)[] = [];
  for (let i = from; i < part.length; ) {
    if (part[i] !== '[') throw new Error(`expected '[' or the end, found '${part.slice(i)}' in ${text}`);
    const quote = part[i + 1];
    if (quote === "'" || quote === '"') {
      const end = part.indexOf(`${quote}]`, i + 2);
      if (end < 0) throw new Error(`'[${quote}' is not closed with '${quote}]' in ${text}`);
      path.push(part.slice(i + 2, end));
      i = end + 2;
      continue;
    }
    const end = part.indexOf(']', i);
    if (end < 0) throw new Error(`'[' is not closed with ']' in ${text}`);
    const index = part.slice(i + 1, end);
    if (!/^-?\d+$/.test(index)) {
      throw new Error(`expected a whole number or a key in quotes between brackets, found '${index}' in ${text}`);
    }
    path.push(Number(index));
    i = end + 1;
  }
  return path;
}
