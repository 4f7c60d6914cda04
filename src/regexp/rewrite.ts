/** Rewrites what Ruby's Onigmo has and the translating library has not, or has otherwise. */
import { groupName, tokenize, type Token } from './tokens.ts';

/** In Ruby these are ASCII unless `(?u)` says otherwise, while `\b` and `[[:alpha:]]` are Unicode. */
const ASCII_CLASSES: Readonly<Record<string, string>> = {
  '\\d': '0-9',
  '\\w': 'a-zA-Z0-9_',
  '\\s': ' \\t\\r\\n\\f\\v',
};

/** The pattern for the library. */
export function rewritePattern(pattern: string, options: string): string {
  const tokens = tokenize(pattern, options.includes('x'));
  const unicode = tokens.some(({ kind, text }) => kind !== 'escape' && /^\(\?[imx]*u/.test(text));
  const expanded = expandConditionals(tokens);
  return (unicode ? expanded : expanded.map(asciiShorthand)).map(({ text }) => text).join('');
}

/** The names of the groups in order of their opening; empty if plain groups count. */
export function groupNames(pattern: string, options: string): string[] {
  const tokens = expandConditionals(tokenize(pattern, options.includes('x')));
  return tokens.map(groupName).filter((name) => name !== undefined);
}

function asciiShorthand(token: Token): Token {
  if (token.kind !== 'escape') return token;
  const inner = ASCII_CLASSES[token.text.toLowerCase()];
  if (inner === undefined) return token;
  const negated = token.text !== token.text.toLowerCase();
  const text = negated ? `[^${inner}]` : token.inClass ? inner : `[${inner}]`;
  return { ...token, text };
}

/**
 * `P(G)?Q(?(G)A|B)R` as `(?:P(G)QAR|PQBR)`: the two ways in which a conditional can go, in the
 * order in which they are tried. A conditional whose group is not optional on the same level stays,
 * and is refused by the library.
 */
function expandConditionals(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex(({ text }) => text.startsWith('(?('));
  if (at < 0) return tokens;
  const [from, to] = levelAround(tokens, at);
  const name = /^\(\?\([<']?([^>')]*)/.exec(tokens[at]!.text)![1]!;
  const group = tokens.findIndex((token, i) => i >= from && i < at && groupName(token) === name);
  const end = closing(tokens, at);
  if (group < 0 || end < 0) return tokens;
  const groupEnd = closing(tokens, group);
  if (groupEnd < 0 || groupEnd > at || tokens[groupEnd + 1]?.text !== '?') return tokens;
  const [yes, no] = branches(tokens.slice(at + 1, end));
  const before = tokens.slice(from, group);
  const between = tokens.slice(groupEnd + 2, at);
  const after = tokens.slice(end + 1, to);
  const expanded = [
    ...tokens.slice(0, from),
    plain('(?:', 'open'),
    ...[...before, ...tokens.slice(group, groupEnd + 1), ...between, ...grouped(yes), ...after],
    plain('|', 'other'),
    ...[...before, ...between, ...grouped(no), ...after],
    plain(')', 'close'),
    ...tokens.slice(to),
  ];
  return expandConditionals(expanded);
}

function plain(text: string, kind: Token['kind']): Token {
  return { kind, text, inClass: false };
}

function grouped(tokens: readonly Token[]): readonly Token[] {
  return [plain('(?:', 'open'), ...tokens, plain(')', 'close')];
}

/** The stretch of the same alternative on the same level around a token. */
function levelAround(tokens: readonly Token[], at: number): [from: number, to: number] {
  let from = at;
  for (let depth = 0; from > 0; from--) {
    const { kind, text } = tokens[from - 1]!;
    if (kind === 'close') depth++;
    if (kind === 'open' && depth-- === 0) break;
    if (depth === 0 && kind === 'other' && text === '|') break;
  }
  let to = closing(tokens, at) + 1;
  for (let depth = 0; to < tokens.length; to++) {
    const { kind, text } = tokens[to]!;
    if (kind === 'open') depth++;
    if (kind === 'close' && depth-- === 0) break;
    if (depth === 0 && kind === 'other' && text === '|') break;
  }
  return [from, to];
}

/** Index of the token that closes the group that opens at `at`; -1 if there is none. */
function closing(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    if (tokens[i]!.kind === 'open') depth++;
    if (tokens[i]!.kind === 'close' && --depth === 0) return i;
  }
  return -1;
}

function branches(tokens: readonly Token[]): [readonly Token[], readonly Token[]] {
  let depth = 0;
  for (const [i, { kind, text }] of tokens.entries()) {
    if (kind === 'open') depth++;
    if (kind === 'close') depth--;
    if (depth === 0 && kind === 'other' && text === '|') return [tokens.slice(0, i), tokens.slice(i + 1)];
  }
  return [tokens, []];
}
