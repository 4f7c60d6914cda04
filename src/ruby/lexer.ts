/**
 * Text to tokens.
 *
 * Ruby's `/`, `%`, `-`, `?` and `:` mean something else after a value than before one; the lexer
 * tells by the token before, and by which names are local variables (`x /2` divides, `m /2/` calls).
 */
import { readNumber } from './number-literal.ts';
import { RubySyntaxError } from './syntax-error.ts';
import { closerOf, readQuoted, readRegexpOptions, readWords } from './text-literal.ts';
import type { Token } from './token.ts';

const KEYWORDS: ReadonlySet<string> = new Set(
  ('alias and begin BEGIN break case class def defined? do else elsif end END ensure false for if in module next nil not or ' +
    'redo rescue retry return self super then true undef unless until when while yield __FILE__ __LINE__ __method__').split(' '),
);

/** Keywords that are a value, or end one. */
const VALUE_KEYWORDS = new Set(['end', 'self', 'true', 'false', 'nil', '__FILE__', '__LINE__', '__method__']);

/** Longest first. */
const OPERATORS = (
  '**= <=> === ... <<= >>= &&= ||= ** == != >= <= && || =~ !~ .. :: -> => += -= *= /= %= &= |= ^= << >> &. ' +
  '+ - * / % = < > ! & | ^ ~ ? : , . ( ) [ ] { } ;'
).split(' ');

const NAME = /[a-zA-Z_\u0080-\uffff][a-zA-Z0-9_\u0080-\uffff]*/y;
const ASSIGNMENT = /[ \t]*(?:=(?![=~>])|(?:\*\*|\|\||&&|<<|>>|[-+*/%&|^])=)/y;
const MULTIPLE_ASSIGNMENT = /(?:[ \t]*,[ \t]*\*?[a-z_]\w*)+[ \t]*=(?![=~>])/y;
const CONTINUED = /(?:\s|#[^\n]*(?:\n|$))*(?:\.(?!\.)|&\.)/y;
const GLOBAL = /\$(?:[1-9]\d*|[~&`'+!@_/\\,;.<>0*$?:"]|[a-zA-Z_]\w*)/y;
const STATE = /@@?[a-zA-Z_]\w*/y;

export interface Lexed {
  readonly tokens: readonly Token[];
  /** Index after the last token: the end of the source, or the closing brace. */
  readonly end: number;
}

/**
 * Reads tokens from `start` to the end of the source, or with `inside` to the brace that closes an
 * interpolation. `locals` are the names known as variables; names that get assigned are added.
 * Throws {@link RubySyntaxError}.
 */
export function tokenize(source: string, start: number, inside: boolean, locals: Set<string>): Lexed {
  const tokens: Token[] = [];
  let i = start;
  let braces = 0;
  let spaced = false;
  for (;;) {
    spaced = false;
    while (i < source.length && (source[i] === ' ' || source[i] === '\t' || source[i] === '\r' || isLineEnd(source, i))) {
      i += source[i] === '\\' ? 2 : 1;
      spaced = true;
    }
    if (i >= source.length) {
      if (inside) throw new RubySyntaxError("'#{' is never closed: expected '}'", start);
      tokens.push({ kind: 'end', at: i, end: i, spaced });
      return { tokens, end: i };
    }
    const c = source[i];
    if (c === '#') {
      while (i < source.length && source[i] !== '\n') i++;
      continue;
    }
    if (c === '}' && braces === 0 && inside) {
      tokens.push({ kind: 'end', at: i, end: i, spaced });
      return { tokens, end: i };
    }
    if (c === '\n') {
      CONTINUED.lastIndex = i;
      if (!CONTINUED.test(source)) tokens.push({ kind: 'separator', at: i, end: i + 1, spaced });
      i++;
      continue;
    }
    const token = readToken(source, i, spaced, tokens, locals);
    if (token.kind === 'operator') {
      if (token.text === '{') braces++;
      else if (token.text === '}') braces--;
    }
    tokens.push(token);
    i = token.end;
  }
}

/** A backslash before a line break joins the lines. */
function isLineEnd(source: string, i: number): boolean {
  return source[i] === '\\' && source[i + 1] === '\n';
}

function readToken(source: string, at: number, spaced: boolean, before: readonly Token[], locals: Set<string>): Token {
  const c = source[at];
  const previous = before[before.length - 1];
  const afterDot = previous?.kind === 'operator' && (previous.text === '.' || previous.text === '&.');
  const afterValue = previous !== undefined && endsValue(previous);
  const next = source[at + 1] ?? '';
  // `m /x/`, `m -1`, `m :a`, `m %w[a]`: an argument without parentheses, unless `m` is a variable
  const commandArgument =
    spaced && next !== ' ' && next !== '\n' && previous?.kind === 'name' && (!locals.has(previous.text) || isAfterDot(before));
  const operand = !afterValue || commandArgument;

  if (c >= '0' && c <= '9' && !afterDot) return { ...readNumber(source, at), at, spaced };
  if (c === '-' && next >= '0' && next <= '9' && operand) return { ...readNumber(source, at), at, spaced };
  if (c === '"' || c === '`') {
    if (c === '`') throw new RubySyntaxError('commands in backquotes are not supported', at, 'an expression cannot run programs');
    return { kind: 'text', at, spaced, ...readQuoted(source, at + 1, '"', undefined, true, (i) => inner(source, i, locals)) };
  }
  if (c === "'") return { kind: 'text', at, spaced, ...readQuoted(source, at + 1, "'", undefined, false) };
  if (c === '/' && operand && !(commandArgument && next === '=')) return readRegexp(source, at, at + 1, '/', spaced, locals);
  if (c === '%' && operand && !(commandArgument && next === '=')) {
    const literal = readPercent(source, at, spaced, locals);
    if (literal) return literal;
  }
  if (c === '?' && !afterValue && next !== '' && !/\s/.test(next) && !/\w/.test(source[at + 2] ?? '')) {
    return { kind: 'text', at, end: at + 2, spaced, parts: [next] };
  }
  if (c === ':' && next !== ':' && operand && next !== ' ') {
    const name = readSymbol(source, at, spaced, locals);
    if (name) return name;
  }
  if (c === '<' && next === '<' && !afterValue && /[~\-"'A-Z]/.test(source[at + 2] ?? '')) {
    throw new RubySyntaxError("here documents ('<<~TEXT') are not supported here", at, "use a text in quotes with '\\n'");
  }
  if (c === '@') return matched(STATE, 'state', source, at, spaced);
  if (c === '$') return matched(GLOBAL, 'global', source, at, spaced);
  NAME.lastIndex = at;
  const name = NAME.exec(source)?.[0];
  if (name !== undefined) return readName(source, at, name, spaced, afterDot, previous, locals);
  if (c === ';') return { kind: 'separator', at, end: at + 1, spaced };
  const operator = OPERATORS.find((o) => source.startsWith(o, at));
  if (operator === undefined) throw new RubySyntaxError(`unexpected character '${c}'`, at);
  if (operator === '|') noteParameters(source, at, previous, locals);
  return { kind: 'operator', text: operator, at, end: at + operator.length, spaced };
}

function inner(source: string, start: number, locals: Set<string>): Lexed {
  return tokenize(source, start, true, locals);
}

/** Whether the last token is the name of a method after a dot. */
function isAfterDot(tokens: readonly Token[]): boolean {
  const dot = tokens[tokens.length - 2];
  return dot?.kind === 'operator' && (dot.text === '.' || dot.text === '&.');
}

function endsValue(token: Token): boolean {
  switch (token.kind) {
    case 'operator':
      return token.text === ')' || token.text === ']' || token.text === '}';
    case 'keyword':
      return VALUE_KEYWORDS.has(token.text);
    case 'separator':
    case 'label':
    case 'end':
      return false;
    default:
      return true;
  }
}

function readName(
  source: string, at: number, name: string, spaced: boolean, afterDot: boolean, previous: Token | undefined, locals: Set<string>,
): Token {
  let end = at + name.length;
  let text = name;
  const mark = source[end];
  const following = source[end + 1];
  if ((mark === '?' || mark === '!') && !(following === '=' && !/[=~>]/.test(source[end + 2] ?? ''))) {
    // `x ?1:2` has a space; `a!=b` compares, `a?==b` does not occur
    if (!(mark === '!' && following === '=') && !(mark === '?' && following === ':' && source[end + 2] === ':')) {
      text += mark;
      end++;
    }
  }
  const ternaryColon = previous?.kind === 'operator' && previous.text === '?';
  if (source[end] === ':' && source[end + 1] !== ':' && !afterDot && !ternaryColon) {
    return { kind: 'label', text, at, end: end + 1, spaced };
  }
  if (afterDot) return { kind: 'name', text, at, end, spaced };
  if (KEYWORDS.has(text)) return { kind: 'keyword', text, at, end, spaced };
  if (KEYWORDS.has(name) && text !== name) return { kind: 'keyword', text: name, at, end: end - 1, spaced };
  const first = name[0];
  if (first >= 'A' && first <= 'Z' && text === name) return { kind: 'constant', text, at, end, spaced };
  if (text === name) {
    ASSIGNMENT.lastIndex = end;
    MULTIPLE_ASSIGNMENT.lastIndex = end;
    if (ASSIGNMENT.test(source) || MULTIPLE_ASSIGNMENT.test(source)) locals.add(name);
  }
  return { kind: 'name', text, at, end, spaced };
}

/** The names between the bars of `{ |a, (b, c), *d|` are variables. */
function noteParameters(source: string, at: number, previous: Token | undefined, locals: Set<string>): void {
  const opens =
    (previous?.kind === 'operator' && previous.text === '{') || (previous?.kind === 'keyword' && previous.text === 'do');
  if (!opens) return;
  const close = source.indexOf('|', at + 1);
  if (close < 0) return;
  for (const name of source.slice(at + 1, close).match(/[a-z_]\w*/g) ?? []) locals.add(name);
}

function matched(pattern: RegExp, kind: 'state' | 'global', source: string, at: number, spaced: boolean): Token {
  pattern.lastIndex = at;
  const text = pattern.exec(source)?.[0];
  if (text === undefined) throw new RubySyntaxError(`unexpected character '${source[at]}'`, at);
  if (text.startsWith('@@')) throw new RubySyntaxError(`class variables (${text}) are not supported`, at);
  return { kind, text, at, end: at + text.length, spaced };
}

function readSymbol(source: string, at: number, spaced: boolean, locals: Set<string>): Token | undefined {
  const next = source[at + 1];
  if (next === '"') {
    return { kind: 'symbol', at, spaced, ...readQuoted(source, at + 2, '"', undefined, true, (i) => inner(source, i, locals)) };
  }
  if (next === "'") return { kind: 'symbol', at, spaced, ...readQuoted(source, at + 2, "'", undefined, false) };
  const name = /^(?:[a-zA-Z_\u0080-\uffff][a-zA-Z0-9_\u0080-\uffff]*(?:[?!](?!=)|=(?![=~>]))?|@\w+|\$\w+|\[\]=?|\*\*|<=>|===?|=~|![=~]?|<<|>>|<=|>=|[-+]@|[-+*/%<>&|^~])/
    .exec(source.slice(at + 1, at + 200))?.[0];
  if (name === undefined) return undefined;
  return { kind: 'symbol', at, end: at + 1 + name.length, spaced, parts: [name] };
}

function readRegexp(source: string, at: number, start: number, close: string, spaced: boolean, locals: Set<string>): Token {
  const opener = close === '/' ? undefined : source[start - 1];
  const nests = opener !== undefined && opener !== close ? opener : undefined;
  const body = readQuoted(source, start, close, nests, 'regexp', (i) => inner(source, i, locals));
  const { options, end } = readRegexpOptions(source, body.end);
  return { kind: 'regexp', at, end, spaced, parts: body.parts, options };
}

function readPercent(source: string, at: number, spaced: boolean, locals: Set<string>): Token | undefined {
  const letter = /[a-zA-Z]/.test(source[at + 1] ?? '') ? source[at + 1] : '';
  const open = source[at + 1 + letter.length] ?? '';
  if (open === '' || /[\w\s]/.test(open) || (letter === '' && open === '=')) return undefined;
  const start = at + 2 + letter.length;
  const close = closerOf(open);
  const nests = close === open ? undefined : open;
  const tokens = (i: number): Lexed => inner(source, i, locals);
  switch (letter) {
    case '':
    case 'Q':
      return { kind: 'text', at, spaced, ...readQuoted(source, start, close, nests, true, tokens) };
    case 'q':
      return { kind: 'text', at, spaced, ...readQuoted(source, start, close, nests, false) };
    case 's':
      return { kind: 'symbol', at, spaced, ...readQuoted(source, start, close, nests, false) };
    case 'r':
      return readRegexp(source, at, start, close, spaced, locals);
    case 'w':
    case 'i':
      return { kind: 'words', symbols: letter === 'i', at, spaced, ...readWords(source, start, close, nests, false) };
    case 'W':
    case 'I':
      return { kind: 'words', symbols: letter === 'I', at, spaced, ...readWords(source, start, close, nests, true, tokens) };
    case 'x':
      throw new RubySyntaxError('commands (%x) are not supported', at, 'an expression cannot run programs');
    default:
      return undefined;
  }
}
