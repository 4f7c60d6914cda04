/**
 * JSON as Fluentd reads and writes it (the Oj library in its `compat` mode), on record values.
 *
 * It differs from `JSON.parse` in what it keeps (integers of any size, whether a number was a
 * float, the order of all keys, invalid bytes) and in what it takes: raw control characters in
 * strings, unknown escapes (`\d` is `d`), comments, NaN and Infinity, `007.5` but not `007`.
 */
import { JsonError, JsonReader } from './json-reader.ts';
import { jsonFloatText } from './json-number.ts';
import { encodeText } from './text.ts';
import { Float, type Value } from './value.ts';

export { JsonError } from './json-reader.ts';
export { floatText, jsonFloatText } from './json-number.ts';

/** Deepest nesting that is read or written; Oj stops writing here, and a stack has an end. */
export const MAX_JSON_DEPTH = 1000;

export interface ParseJsonOptions {
  /** Nesting beyond this is an error; never more than {@link MAX_JSON_DEPTH}, its default. */
  readonly maxDepth?: number;
}

/**
 * The value of a JSON text; white space and comments around it are allowed, anything else is not.
 * Throws {@link JsonError} with the offset of the first thing that is wrong.
 */
export function parseJson(text: string, options?: ParseJsonOptions): Value {
  return new JsonReader(text, Math.min(options?.maxDepth ?? MAX_JSON_DEPTH, MAX_JSON_DEPTH)).document();
}

/**
 * The JSON text of a value, without spaces; invalid bytes stay what they are (see `text.ts`).
 * Throws {@link JsonError} for NaN, infinities, and nesting beyond {@link MAX_JSON_DEPTH}.
 */
export function generateJson(value: Value): string {
  return write(value, 0);
}

/** The bytes of {@link generateJson}'s text; invalid bytes in strings are written as those bytes. */
export function jsonBytes(value: Value): Buffer {
  return encodeText(write(value, 0));
}

/** What must be escaped in a JSON string: control characters below space, quote, backslash. */
// oxlint-disable-next-line no-control-regex -- they are what is escaped
const ESCAPED = /[\u0000-\u001f"\\]/;
// oxlint-disable-next-line no-control-regex -- the same
const ALL_ESCAPED = /[\u0000-\u001f"\\]/g;

/** A string with its quotes as JSON; slashes, DEL and U+2028 are not escaped. */
export function jsonString(text: string): string {
  if (!ESCAPED.test(text)) return '"' + text + '"';
  if (text.isWellFormed()) return JSON.stringify(text);
  return '"' + text.replace(ALL_ESCAPED, (c) => JSON.stringify(c).slice(1, -1)) + '"';
}

function write(value: Value, depth: number): string {
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return `${value}`;
    return writeFloat(value);
  }
  if (value === null) return 'null';
  if (value instanceof Map) return writeHash(value, depth + 1);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (Array.isArray(value)) return writeArray(value, depth + 1);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Float) return writeFloat(value.value);
  throw new JsonError(`a value of type ${typeof value} cannot be written as JSON`);
}

function writeHash(hash: ReadonlyMap<string, Value>, depth: number): string {
  if (depth > MAX_JSON_DEPTH) throw tooDeep();
  let out = '{';
  for (const [key, value] of hash) {
    if (out.length > 1) out += ',';
    out += keyText(key) + write(value, depth);
  }
  return out + '}';
}

/** Logs have few keys, and each comes again and again: `"key":` by key. */
const keyTexts = new Map<string, string>();
const MAX_KEPT_KEYS = 1000;
const MAX_KEPT_KEY_LENGTH = 64;

function keyText(key: string): string {
  const kept = keyTexts.get(key);
  if (kept !== undefined) return kept;
  const text = jsonString(key) + ':';
  if (keyTexts.size < MAX_KEPT_KEYS && key.length <= MAX_KEPT_KEY_LENGTH) keyTexts.set(key, text);
  return text;
}

function writeArray(list: readonly Value[], depth: number): string {
  if (depth > MAX_JSON_DEPTH) throw tooDeep();
  let out = '[';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) out += ',';
    out += write(list[i]!, depth);
  }
  return out + ']';
}

function writeFloat(value: number): string {
  try {
    return jsonFloatText(value);
  } catch (cause) {
    throw new JsonError((cause as Error).message);
  }
}

function tooDeep(): JsonError {
  return new JsonError(`nested more than ${MAX_JSON_DEPTH} deep`);
}
