/**
 * Embedded Ruby, `#{...}`: where such an expression ends, and its value as text.
 *
 * Evaluating is the business of the function that the caller gives; this file needs to know just
 * enough of Ruby's lexical rules (quotes, brackets, regular expressions, `%w[]`) to find the end.
 */
import { ConfigError } from '../errors.ts';
import type { ConfigProblem, Location } from '../errors.ts';
import { toInspect } from '../lib/inspect.ts';

/**
 * Evaluates the Ruby between `#{` and `}`. Gives null, booleans, numbers, bigints, Floats, texts,
 * arrays and Maps of those, or a symbol whose description is `use_nil` or `use_default`.
 * Throws (a ConfigError, or any Error with a message) where it cannot.
 */
export type Evaluate = (source: string, at: Location) => unknown;

/** The index of the closing brace, or where and why there is none. */
export type ExpressionEnd =
  | { readonly ok: true; readonly end: number }
  | { readonly ok: false; readonly index: number; readonly message: string };

const CLOSER: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
const WORD = /[\p{L}\p{N}_@$][\p{L}\p{N}_]*[?!]?/uy;
/** Words after which an operand follows, so that `/` begins a regular expression. */
const OPERATOR_WORDS = new Set('and case do else elsif if in not or return then unless until when while'.split(' '));

/** Deepest nesting of expressions in texts in expressions. */
const MAX_DEPTH = 100;

/** Finds the `}` that closes the expression whose first character is at `start`. */
export function expressionEnd(text: string, start: number, depth = 0): ExpressionEnd {
  if (depth > MAX_DEPTH) return { ok: false, index: start, message: 'expressions are nested too deeply' };
  const open: { closer: string; index: number }[] = [];
  let operand = false; // whether the last token was an operand: then / divides and % is modulo
  for (let i = start; i < text.length; ) {
    const c = text[i];
    if (c === '}' && open.length === 0) return { ok: true, end: i };
    if (c === ')' || c === ']' || c === '}') {
      const opener = open.pop();
      if (!opener) return { ok: false, index: i, message: `'${c}' closes nothing` };
      if (opener.closer !== c) {
        return { ok: false, index: i, message: `expected '${opener.closer}', found '${c}'` };
      }
      operand = true;
      i++;
    } else if (c === '(' || c === '[' || c === '{') {
      open.push({ closer: CLOSER[c], index: i });
      operand = false;
      i++;
    } else if (c === ' ' || c === '\t' || c === '\r' || c === '\n') {
      i++;
    } else if (c === '#') {
      const lineEnd = text.indexOf('\n', i);
      i = lineEnd < 0 ? text.length : lineEnd;
    } else {
      const literal = literalAt(text, i, operand);
      if (literal) {
        const end = literalEnd(text, literal, depth);
        if (end < 0) {
          const message = `the text that begins with ${text.slice(i, literal.start)} has no end`;
          return { ok: false, index: i, message };
        }
        operand = true;
        i = end;
        continue;
      }
      WORD.lastIndex = i;
      const word = WORD.exec(text)?.[0];
      operand = word !== undefined && !OPERATOR_WORDS.has(word);
      i += word?.length ?? 1;
    }
  }
  const opener = open.pop();
  const message = opener ? `'${text[opener.index]}' is never closed` : "expected '}', found the end of the file";
  return { ok: false, index: opener?.index ?? start, message };
}

interface TextLiteral {
  /** First character after the opening delimiter. */
  readonly start: number;
  readonly closer: string;
  /** The opening delimiter where it may nest, as in `%w[a [b]]`. */
  readonly nests: string | undefined;
  readonly interpolates: boolean;
}

function literalAt(text: string, i: number, operand: boolean): TextLiteral | undefined {
  const c = text[i];
  if (c === "'") return { start: i + 1, closer: c, nests: undefined, interpolates: false };
  if (c === '"' || c === '`') return { start: i + 1, closer: c, nests: undefined, interpolates: true };
  const next = text[i + 1] ?? '';
  // after an operand `/` may still begin one: `split /,/` but not `a / b` or `a/b`
  const argument = operand && /[ \t]/.test(text[i - 1]) && !/[ \t\r\n=]/.test(next);
  if (c === '/' && (!operand || argument)) return { start: i + 1, closer: c, nests: undefined, interpolates: true };
  if (c === '%' && (!operand || argument)) {
    const kind = /[wWiIqQrsx]/.test(next) ? next : '';
    const delimiter = text[i + 1 + kind.length] ?? '';
    if (delimiter === '' || /[\p{L}\p{N}\s]/u.test(delimiter) || (kind === '' && delimiter === '=')) return undefined;
    return {
      start: i + 2 + kind.length,
      closer: CLOSER[delimiter] ?? delimiter,
      nests: CLOSER[delimiter] && delimiter,
      interpolates: !/[wiqs]/.test(kind),
    };
  }
  if (c === '?' && !operand && next !== '' && !/[\p{L}\p{N}\s]/u.test(next)) {
    return { start: i + 1, closer: next, nests: undefined, interpolates: false }; // ?} is one character
  }
  return undefined;
}

/** The index after the literal, -1 if it has no end. */
function literalEnd(text: string, { start, closer, nests, interpolates }: TextLiteral, outer: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === closer && depth-- === 0) return i + 1;
    else if (c === nests) depth++;
    else if (interpolates && c === '#' && text[i + 1] === '{') {
      const inner = expressionEnd(text, i + 2, outer + 1);
      if (!inner.ok) return -1;
      i = inner.end;
    }
  }
  return -1;
}

/** Text of an expression's value as Ruby's to_s gives it, or which special value it is. */
export type ExpressionText = { readonly text: string } | { readonly special: 'nil' | 'default' };

/** What a value becomes within a double-quoted text. */
export function expressionText(value: unknown): ExpressionText {
  if (typeof value === 'symbol') {
    if (value.description === 'use_nil') return { special: 'nil' };
    if (value.description === 'use_default') return { special: 'default' };
    return { text: value.description ?? '' };
  }
  return { text: rubyText(value) };
}

/** Ruby's to_s of null, booleans, numbers, texts, arrays and Maps. */
export function rubyText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return toInspect(value);
}

/** What an evaluator threw, as problems that name the expression and its place. */
export function evaluationProblems(error: unknown, code: string, at: Location): ConfigProblem[] {
  const message = error instanceof Error ? error.message : String(error);
  const problems: readonly ConfigProblem[] = error instanceof ConfigError ? error.problems : [{ message }];
  return problems.map((problem) => ({
    ...problem,
    message: problem.message.includes(code) ? problem.message : `"#{${code}}": ${problem.message}`,
    at: problem.at ?? at,
  }));
}
