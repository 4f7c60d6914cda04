/**
 * The small units of the configuration language: blanks, comments, texts, lists and hashes.
 *
 * Each `read...` function starts at the cursor and leaves it after what it read. Rules that surprise:
 * a `#` begins a comment only after a blank; a double-quoted text may span lines; `[` and `{` begin
 * a JSON value that may span lines and hold comments, and that is kept in its shortest form.
 */
import type { ConfigProblem } from '../errors.ts';
import { generateJson, JsonError, parseJson } from '../lib/json.ts';
import { evaluationProblems, expressionEnd, expressionText } from './embedded.ts';
import type { Evaluate } from './embedded.ts';
import { foundAt, locate, nextLine, shortened, SyntaxProblem } from './source.ts';
import type { Source } from './source.ts';

/** A position in a source, and what is needed to read a value there. */
export interface Cursor {
  readonly source: Source;
  pos: number;
  readonly evaluate: Evaluate;
  /** Takes problems that do not stop the reading. */
  readonly report: (problem: ConfigProblem) => void;
}

/** A text as it was read: `special` if one of its expressions was use_nil or use_default. */
export interface Literal {
  readonly text: string;
  readonly special?: 'nil' | 'default' | undefined;
  /** Where a text of several lines begins, for a hint about a forgotten quote. */
  readonly openedAbove?: number | undefined;
}

/** Blanks, line ends and comments. */
const SPACING = /(?:[ \t\r\n]|#[^\r\n]*)*/y;
const BLANKS = /[ \t\r\n]*/y;
const LINE_END = /[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\r|$)/y;
/** An unquoted value ends before blanks that a comment or the line end follows. */
const PLAIN_VALUE = /(?:#|(?![ \t]*(?:$|[\r\n#]))[^\r\n])*/y;
const PLAIN_KEY = /[^ \t\r\n]+/y;
/** An unquoted section argument ends before the first `>`. */
const PLAIN_ARGUMENT = /(?:(?![ \t]*>)[^\r\n])*/y;

/** Skips blanks, line ends and comments. */
export function skipSpacing(cursor: Cursor): void {
  match(cursor, SPACING);
}

/** Skips blanks and line ends, but no comment; tells what was skipped. */
export function skipBlanks(cursor: Cursor): string {
  return match(cursor, BLANKS);
}

/** Skips the end of the line with its comment; throws a SyntaxProblem if anything else stands there. */
export function expectLineEnd(cursor: Cursor, after: string, hint?: string): void {
  LINE_END.lastIndex = cursor.pos;
  const { text } = cursor.source;
  if (!LINE_END.test(text)) {
    let at = cursor.pos;
    while (text[at] === ' ' || text[at] === '\t') at++;
    const found = foundAt(text, at);
    throw problemAt(cursor, at, `expected the end of the line after ${after}, found ${found}`, hint);
  }
  cursor.pos = LINE_END.lastIndex;
}

/** A parameter's name, quoted or not. */
export function readKey(cursor: Cursor): Literal {
  const key = quotedText(cursor) ?? { text: match(cursor, PLAIN_KEY) };
  const next = cursor.source.text[cursor.pos];
  if (next !== undefined && !/[ \t\r\n]/.test(next)) {
    const message = `expected a blank after the parameter name, found ${foundAt(cursor.source.text, cursor.pos)}`;
    throw problemAt(cursor, cursor.pos, message);
  }
  return key;
}

/** A section's argument; the cursor stands after its name. */
export function readArgument(cursor: Cursor): Literal {
  return quotedText(cursor) ?? { text: match(cursor, PLAIN_ARGUMENT).replace(/[ \t]+$/, '') };
}

/** A text, quoted or up to the end of the line. */
export function readText(cursor: Cursor): Literal {
  return quotedText(cursor) ?? { text: match(cursor, PLAIN_VALUE) };
}

/** A parameter's value: a text, list or hash. */
export function readValue(cursor: Cursor): Literal {
  const first = cursor.source.text[cursor.pos];
  return first === '[' || first === '{' ? jsonText(cursor) : readText(cursor);
}

/** A problem at an index of the cursor's source; reading goes on in the line after it or at `resume`. */
export function problemAt(
  cursor: Cursor,
  index: number,
  message: string,
  hint?: string,
  resume?: number,
): SyntaxProblem {
  const { source } = cursor;
  return new SyntaxProblem({ message, at: locate(source, index), hint }, resume ?? nextLine(source.text, index));
}

function match(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.pos;
  const text = pattern.exec(cursor.source.text)?.[0] ?? '';
  cursor.pos += text.length;
  return text;
}

function quotedText(cursor: Cursor): Literal | undefined {
  const quote = cursor.source.text[cursor.pos];
  if (quote === '"') return doubleQuoted(cursor);
  return quote === "'" ? { text: singleQuoted(cursor) } : undefined;
}

/** Only `\'` and `\\` are escapes, and the text ends on its line. */
function singleQuoted(cursor: Cursor): string {
  const { text } = cursor.source;
  const start = cursor.pos;
  let out = '';
  for (let i = start + 1; i < text.length && text[i] !== '\n' && text[i] !== '\r'; i++) {
    const c = text[i];
    if (c === "'") {
      cursor.pos = i + 1;
      return out;
    }
    if (c === '\\' && (text[i + 1] === "'" || text[i + 1] === '\\')) out += text[++i];
    else out += c;
  }
  const message = "expected a closing ' before the end of the line";
  throw problemAt(cursor, start, message, 'texts of several lines need double quotes');
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', b: '\b', '0': '\0' };

/** Escapes, `#{...}` and line breaks are allowed; a backslash at the end of a line joins it to the next. */
function doubleQuoted(cursor: Cursor): Literal {
  const { text } = cursor.source;
  const start = cursor.pos;
  let out = '';
  let special: 'nil' | 'default' | undefined;
  let i = start + 1;
  for (;;) {
    const c = text[i];
    if (c === undefined) {
      throw problemAt(cursor, start, 'expected a closing " before the end of the file', 'the text begins here');
    }
    if (c === '"') break;
    if (c === '\\') {
      const next = text[i + 1];
      i += 2;
      if (next === '\n') continue;
      if (next === '\r') {
        if (text[i] === '\n') i++;
        continue;
      }
      if (next !== undefined) out += ESCAPED[next] ?? unescaped(cursor, i - 2, next);
    } else if (c === '#' && text[i + 1] === '{') {
      const { end, value } = embedded(cursor, i, start);
      i = end;
      if ('text' in value) out += value.text;
      else if (special !== 'nil') special = value.special;
    } else {
      out += c;
      i++;
    }
  }
  cursor.pos = i + 1;
  const openedAbove = text.slice(start, i).includes('\n') ? start : undefined;
  return special ? { text: '', special, openedAbove } : { text: out, openedAbove };
}

function unescaped(cursor: Cursor, index: number, letter: string): string {
  if (!/[a-zA-Z0-9]/.test(letter)) return letter;
  cursor.report({
    message: `expected one of \\" \\' \\\\ \\n \\t \\r \\f \\b \\0, found \\${letter}`,
    at: locate(cursor.source, index),
    hint: `write \\\\${letter} for a backslash, or leave out the quotes`,
  });
  return '\\' + letter;
}

/** The value of `#{...}` at `index`; a problem with its end continues in the line after `statement`. */
function embedded(cursor: Cursor, index: number, statement: number): {
  end: number;
  value: ReturnType<typeof expressionText>;
} {
  const { source } = cursor;
  const found = expressionEnd(source.text, index + 2);
  if (!found.ok) {
    const line = shortened(source.text.slice(index, nextLine(source.text, index)).trimEnd());
    const message = `cannot find the end of the embedded Ruby ${line}: ${found.message}`;
    throw problemAt(cursor, found.index, message, undefined, nextLine(source.text, statement));
  }
  const code = source.text.slice(index + 2, found.end);
  const end = found.end + 1;
  try {
    return { end, value: expressionText(cursor.evaluate(code, locate(source, index + 2))) };
  } catch (error) {
    for (const problem of evaluationProblems(error, code, locate(source, index))) cursor.report(problem);
    return { end, value: { text: '' } };
  }
}

/**
 * A list or hash in its shortest JSON form.
 *
 * Outside of texts `#` begins a comment, except directly in the place of a hash's value, or anywhere
 * deeper than the outermost level: there `#{...}` is embedded Ruby. An expression's value is put in
 * as it is, so it may be a number, a list or a part of a text.
 */
function jsonText(cursor: Cursor): Literal {
  const { source } = cursor;
  const { text } = source;
  const start = cursor.pos;
  const state: JsonState = { depth: 0, inText: false, escaped: false, last: '' };
  let out = '';
  let i = start;
  for (;;) {
    const c = text[i];
    if (c === undefined) throw unclosedJson(cursor, start);
    if (c === '#' && text[i + 1] === '{' && (state.inText || state.depth > 1 || state.last === ':')) {
      const { end, value } = embedded(cursor, i, start);
      if ('special' in value) {
        cursor.report({ message: `use_${value.special} cannot stand within a list or hash`, at: locate(source, i) });
      } else {
        for (const d of value.text) step(state, d);
        out += value.text;
      }
      i = end;
      continue;
    }
    if (c === '#' && !state.inText) {
      while (i < text.length && text[i] !== '\n') i++;
      continue;
    }
    step(state, c);
    out += c;
    i++;
    if (state.depth <= 0 && !state.inText) break;
  }
  cursor.pos = i;
  try {
    return { text: generateJson(parseJson(out)) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const message = `expected a JSON ${kindOf(text[start])}: ${error.message}`;
    throw problemAt(cursor, start, message, 'put the value in quotes if it is meant as text');
  }
}

interface JsonState {
  depth: number;
  inText: boolean;
  escaped: boolean;
  /** The last character that is not blank, outside of texts. */
  last: string;
}

function step(state: JsonState, c: string): void {
  if (state.inText) {
    if (state.escaped) state.escaped = false;
    else if (c === '\\') state.escaped = true;
    else if (c === '"') state.inText = false;
    return;
  }
  if (c === '"') state.inText = true;
  else if (c === '[' || c === '{') state.depth++;
  else if (c === ']' || c === '}') state.depth--;
  if (c !== ' ' && c !== '\t' && c !== '\r' && c !== '\n') state.last = c;
}

function unclosedJson(cursor: Cursor, start: number): SyntaxProblem {
  const opener = cursor.source.text[start];
  const message = `the ${kindOf(opener)} that begins here is never closed: expected ${opener === '[' ? ']' : '}'}`;
  return problemAt(cursor, start, message, 'put the value in quotes if it is meant as text');
}

function kindOf(opener: string): string {
  return opener === '[' ? 'array' : 'hash';
}
