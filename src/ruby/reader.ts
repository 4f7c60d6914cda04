/** Walks over tokens: what all parts of the parser share. */
import type { Scope } from './scope.ts';
import { RubySyntaxError } from './syntax-error.ts';
import { tokenText, type Token } from './token.ts';

/** Deepest nesting of an expression; more would only serve to exhaust the stack. */
const MAX_NESTING = 150;

export interface Reader {
  readonly source: string;
  tokens: readonly Token[];
  index: number;
  scope: Scope;
  nesting: number;
  /** The names the lexer took for variables. */
  readonly lexerLocals: Set<string>;
}

export function peek(r: Reader): Token {
  return r.tokens[r.index]!;
}

export function peekAfter(r: Reader): Token | undefined {
  return r.tokens[r.index + 1];
}

export function advance(r: Reader): Token {
  return r.tokens[r.index++]!;
}

export function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

export function isKeyword(token: Token | undefined, text: string): boolean {
  return token?.kind === 'keyword' && token.text === text;
}

/** Takes the operator if it is next. */
export function takeOperator(r: Reader, text: string): boolean {
  if (!isOperator(peek(r), text)) return false;
  r.index++;
  return true;
}

export function takeKeyword(r: Reader, text: string): boolean {
  if (!isKeyword(peek(r), text)) return false;
  r.index++;
  return true;
}

export function expectOperator(r: Reader, text: string): Token {
  if (!isOperator(peek(r), text)) throw unexpected(r, `'${text}'`);
  return advance(r);
}

export function expectKeyword(r: Reader, text: string): Token {
  if (!isKeyword(peek(r), text)) throw unexpected(r, `'${text}'`);
  return advance(r);
}

export function skipSeparators(r: Reader): void {
  while (peek(r).kind === 'separator') r.index++;
}

/** Skips line breaks but no semicolons. */
export function skipLines(r: Reader): void {
  while (peek(r).kind === 'separator' && r.source[peek(r).at] === '\n') r.index++;
}

export function unexpected(r: Reader, expected: string): RubySyntaxError {
  const token = peek(r);
  return new RubySyntaxError(`expected ${expected}, found ${tokenText(token, r.source)}`, token.at);
}

/** Runs `parse` one level deeper. */
export function nested<T>(r: Reader, parse: (r: Reader) => T): T {
  if (++r.nesting > MAX_NESTING) throw new RubySyntaxError(`nested more than ${MAX_NESTING} deep`, peek(r).at);
  const result = parse(r);
  r.nesting--;
  return result;
}
