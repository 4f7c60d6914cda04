/** Values as Ruby's `inspect` shows them: in log lines and in messages. */
import { floatText } from './json-number.ts';
import { Float } from './value.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\v': '\\v', '\b': '\\b', '\x07': '\\a', '\x1b': '\\e',
};

/** A string in double quotes with Ruby's escapes; Hashes as `{"a" => 1}`; nil for null and undefined. */
export function toInspect(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  switch (typeof value) {
    case 'string':
      return inspectText(value);
    case 'number':
      return Number.isSafeInteger(value) ? String(value) : floatText(value);
    case 'bigint':
    case 'boolean':
      return String(value);
  }
  if (value instanceof Float) return floatText(value.value);
  if (Array.isArray(value)) return `[${value.map(toInspect).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([k, v]) => `${toInspect(k)} => ${toInspect(v)}`).join(', ')}}`;
  if (value instanceof Error) return `#<${value.name}: ${value.message}>`;
  if (typeof value === 'object') return `{${Object.entries(value).map(([k, v]) => `${toInspect(k)} => ${toInspect(v)}`).join(', ')}}`;
  return String(value);
}

function inspectText(text: string): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    const code = text.charCodeAt(i);
    const escape = ESCAPES[c];
    if (escape) out += escape;
    else if (c === '#' && (text[i + 1] === '{' || text[i + 1] === '$' || text[i + 1] === '@')) out += '\\#';
    else if (code < 0x20) out += '\\u' + code.toString(16).toUpperCase().padStart(4, '0');
    else if (code === 0x7f) out += '\\x7F';
    else if (code >= 0xdc80 && code <= 0xdcff && !isHigh(text.charCodeAt(i - 1))) out += '\\x' + (code & 0xff).toString(16).toUpperCase();
    else out += c;
  }
  return out + '"';
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
