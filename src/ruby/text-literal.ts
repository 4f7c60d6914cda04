/** Texts in quotes, with escapes and interpolations; the insides of `%w[]` and of regular expressions. */
import { decodeText, encodeText } from '../lib/text.ts';
import { RubySyntaxError } from './syntax-error.ts';
import type { TextPart, Token } from './token.ts';

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n', t: '\t', r: '\r', s: ' ', e: '\x1b', a: '\x07', b: '\b', v: '\v', f: '\f', '\n': '',
};

/** Reads the tokens of an interpolation that begins at an index. */
type ReadTokens = (start: number) => { readonly tokens: readonly Token[]; readonly end: number };

interface Quoted {
  readonly parts: readonly TextPart[];
  /** Index after the closing delimiter. */
  readonly end: number;
}

/** The delimiter that closes `open`. */
export function closerOf(open: string): string {
  return CLOSERS[open] ?? open;
}

/**
 * Reads up to `close`. `style`: true resolves escapes and interpolations, false is for single
 * quotes, `regexp` leaves escapes as they are. With `nests` that opener may nest.
 */
export function readQuoted(
  source: string, start: number, close: string, nests: string | undefined, style: boolean | 'regexp', read?: ReadTokens,
): Quoted {
  const parts: TextPart[] = [];
  let text = '';
  let depth = 0;
  for (let i = start; i < source.length; ) {
    const c = source[i];
    if (c === close && depth === 0) {
      if (text !== '' || parts.length === 0) parts.push(joinBytes(text));
      return { parts, end: i + 1 };
    }
    if (c === close) depth--;
    else if (c === nests) depth++;
    if (c === '\\') {
      const escape = style === true ? readEscape(source, i) : rawEscape(source, i, close, nests, style);
      text += escape.text;
      i = escape.end;
    } else if (c === '#' && source[i + 1] === '{' && style !== false && read) {
      if (text !== '') parts.push(joinBytes(text));
      text = '';
      const inner = read(i + 2);
      parts.push(inner.tokens);
      i = inner.end + 1;
    } else {
      text += c;
      i++;
    }
  }
  throw new RubySyntaxError(`the text that begins with ${source.slice(start - 1, start + 20)} has no end: expected ${close}`, start - 1);
}

/** Words between white space, as in `%w[a b]`. */
export function readWords(
  source: string, start: number, close: string, nests: string | undefined, interpolate: boolean, read?: ReadTokens,
): { readonly words: readonly (readonly TextPart[])[]; readonly end: number } {
  const words: TextPart[][] = [];
  let word: TextPart[] | undefined;
  let depth = 0;
  const add = (part: TextPart): void => {
    word ??= [];
    const last = word.length - 1;
    if (typeof part === 'string' && typeof word[last] === 'string') word[last] += part;
    else word.push(part);
  };
  for (let i = start; i < source.length; ) {
    const c = source[i];
    if (c === close && depth === 0) {
      if (word) words.push(word);
      return { words, end: i + 1 };
    }
    if (c === close) depth--;
    else if (c === nests) depth++;
    if (/\s/.test(c)) {
      if (word) words.push(word);
      word = undefined;
      i++;
    } else if (c === '\\' && i + 1 < source.length) {
      const escape =
        /\s/.test(source[i + 1]) ? { text: source[i + 1], end: i + 2 }
        : interpolate ? readEscape(source, i) : rawEscape(source, i, close, nests, false);
      add(escape.text);
      i = escape.end;
    } else if (c === '#' && source[i + 1] === '{' && interpolate && read) {
      const inner = read(i + 2);
      add(inner.tokens);
      i = inner.end + 1;
    } else {
      add(c);
      i++;
    }
  }
  throw new RubySyntaxError(`the list that begins with ${source.slice(start - 2, start + 20)} has no end: expected ${close}`, start - 2);
}

/** The letters after a regular expression, only those that change something: `i`, `m`, `x`. */
export function readRegexpOptions(source: string, at: number): { readonly options: string; readonly end: number } {
  let end = at;
  while (/[a-z]/.test(source[end] ?? '')) end++;
  const letters = source.slice(at, end);
  const unknown = /[^imxounse]/.exec(letters)?.[0];
  if (unknown) throw new RubySyntaxError(`unknown option '${unknown}' of a regular expression`, end - 1, 'known are i, m, x, o, u, n');
  return { options: ['i', 'm', 'x'].filter((o) => letters.includes(o)).join(''), end };
}

function rawEscape(
  source: string, at: number, close: string, nests: string | undefined, style: false | 'regexp' | true,
): { text: string; end: number } {
  const next = source[at + 1] ?? '';
  if (style === 'regexp') return { text: next === '/' && close === '/' ? '/' : '\\' + next, end: at + 2 };
  const resolved = next === '\\' || next === close || next === nests;
  return { text: resolved ? next : '\\' + next, end: at + 2 };
}

function readEscape(source: string, at: number): { text: string; end: number } {
  const c = source[at + 1] ?? '';
  const rest = source.slice(at + 2, at + 80);
  if (c === 'u') {
    const braces = /^\{([0-9a-fA-F\s]+)\}/.exec(rest);
    if (braces) {
      const points = braces[1].trim().split(/\s+/).map((p) => parseInt(p, 16));
      if (points.some((p) => p > 0x10ffff)) throw new RubySyntaxError('a code point is at most 10FFFF', at);
      return { text: String.fromCodePoint(...points), end: at + 2 + braces[0].length };
    }
    const digits = /^[0-9a-fA-F]{4}/.exec(rest)?.[0];
    if (digits === undefined) throw new RubySyntaxError("'\\u' needs four hexadecimal digits, or {digits}", at);
    return { text: String.fromCharCode(parseInt(digits, 16)), end: at + 6 };
  }
  if (c === 'x') {
    const digits = /^[0-9a-fA-F]{1,2}/.exec(rest)?.[0];
    if (digits === undefined) throw new RubySyntaxError("'\\x' needs hexadecimal digits", at);
    return { text: byteText(parseInt(digits, 16)), end: at + 2 + digits.length };
  }
  if (c >= '0' && c <= '7') {
    const digits = /^[0-7]{1,3}/.exec(c + rest)![0];
    return { text: byteText(parseInt(digits, 8) & 0xff), end: at + 1 + digits.length };
  }
  const simple = ESCAPES[c];
  if (simple !== undefined) return { text: simple, end: at + 2 };
  const point = source.codePointAt(at + 1);
  const text = point === undefined ? '' : String.fromCodePoint(point);
  return { text, end: at + 1 + text.length };
}

function byteText(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : String.fromCharCode(0xdc00 + byte);
}

/** Bytes written one by one (`\xC3\xA4`) that together are valid become characters. */
function joinBytes(text: string): string {
  return text.isWellFormed() ? text : decodeText(encodeText(text));
}
