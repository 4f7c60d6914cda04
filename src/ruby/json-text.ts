/** `to_json` and JSON.generate, as Ruby's json library writes. */
import { jsonString, MAX_JSON_DEPTH } from '../lib/json.ts';
import { Float } from '../lib/value.ts';
import { floatText, toText } from './inspect.ts';
import { rubyError } from './ruby-error.ts';
import type { RubyValue } from './values.ts';
import { checkText } from './machine.ts';

interface Layout {
  readonly indent: string;
  readonly newline: string;
  readonly space: string;
}

const COMPACT: Layout = { indent: '', newline: '', space: '' };
const PRETTY: Layout = { indent: '  ', newline: '\n', space: ' ' };

/** JSON without spaces. Throws JSON::GeneratorError. */
export function jsonText(value: RubyValue): string {
  return write(value, COMPACT, 0, '');
}

/** JSON with an item per line, as JSON.pretty_generate writes it. */
export function prettyJsonText(value: RubyValue): string {
  return write(value, PRETTY, 0, '');
}

function write(value: RubyValue, layout: Layout, depth: number, margin: string): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return Number.isInteger(value) ? `${value}` : double(value);
    case 'boolean':
    case 'bigint':
      return `${value}`;
    default:
  }
  if (value instanceof Float) return double(value.value);
  if (Array.isArray(value)) return items('[', value.map((item) => ({ label: '', item })), ']', layout, depth + 1, margin);
  if (value instanceof Map) {
    const pairs = [...value].map(([key, item]) => ({ label: `${quoted(toText(key))}:${layout.space}`, item }));
    return items('{', pairs, '}', layout, depth + 1, margin);
  }
  return quoted(toText(value));
}

function items(
  open: string, list: readonly { label: string; item: RubyValue }[], close: string, layout: Layout, depth: number, margin: string,
): string {
  if (list.length === 0) return open + close;
  if (depth > MAX_JSON_DEPTH) throw rubyError('JSON::NestingError', `nesting of ${depth} is too deep`);
  const inner = margin + layout.indent;
  let out = open;
  for (const [i, { label, item }] of list.entries()) {
    out += (i > 0 ? ',' : '') + layout.newline + inner + label + write(item, layout, depth, inner);
    checkText(out.length);
  }
  return out + layout.newline + margin + close;
}

function quoted(text: string): string {
  if (!text.isWellFormed()) throw rubyError('JSON::GeneratorError', 'source sequence is illegal/malformed utf-8');
  return jsonString(text);
}

function double(value: number): string {
  if (!Number.isFinite(value)) throw rubyError('JSON::GeneratorError', `${value} not allowed in JSON`);
  return floatText(value);
}
