/** Splits an Onigmo pattern into the pieces that its rewriting must tell apart. */

export type TokenKind = 'escape' | 'open' | 'close' | 'classOpen' | 'classClose' | 'comment' | 'other';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Whether the token stands in a character class. */
  readonly inClass: boolean;
}

/** Groups that open: named, plain, options, look-around, conditionals, comments. */
const OPEN = /\((?:\?(?:#(?:\\.|[^)\\])*\)|<[A-Za-z_\u0080-\uffff][^>]*>|'[^']*'|\((?:<[^>]*>|'[^']*'|\d+)\)|<[=!]|[-imxadu]*[:)]|[=!>~:]))?/ys;
const ESCAPE =
  /\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|x[0-9A-Fa-f]{1,2}|u\{[^}]*\}|u[0-9A-Fa-f]{4}|[kg](?:<[^>]*>|'[^']*')|c.|C-.|M-.|[0-7]{1,3}|.)/ysu;
const POSIX_CLASS = /\[:\^?[a-z]+:\]/y;

/** The tokens of a pattern; joined they are the pattern. In extended mode comments to the line's end are tokens. */
export function tokenize(pattern: string, extended: boolean): Token[] {
  const tokens: Token[] = [];
  let classDepth = 0;
  let at = 0;
  const take = (kind: TokenKind, length: number): void => {
    tokens.push({ kind, text: pattern.slice(at, at + length), inClass: classDepth > 0 });
    at += length;
  };
  const lengthOf = (regexp: RegExp): number => {
    regexp.lastIndex = at;
    return regexp.exec(pattern)?.[0].length ?? 0;
  };
  while (at < pattern.length) {
    const c = pattern[at]!;
    if (c === '\\') {
      take('escape', lengthOf(ESCAPE) || 1);
    } else if (c === '[') {
      const posix = classDepth > 0 ? lengthOf(POSIX_CLASS) : 0;
      if (posix > 0) {
        take('other', posix);
        continue;
      }
      classDepth++;
      // A bracket that closes at once stands for itself.
      take('classOpen', /^\[\^?\]?/.exec(pattern.slice(at, at + 3))![0].length);
    } else if (c === ']' && classDepth > 0) {
      take('classClose', 1);
      classDepth--;
    } else if (classDepth > 0) {
      take('other', 1);
    } else if (c === '(') {
      const length = lengthOf(OPEN) || 1;
      const text = pattern.slice(at, at + length);
      const isWhole = text.startsWith('(?#') || (text.endsWith(')') && !text.startsWith('(?('));
      take(isWhole ? (text.startsWith('(?#') ? 'comment' : 'other') : 'open', length);
    } else if (c === ')') {
      take('close', 1);
    } else if (c === '#' && extended) {
      const end = pattern.indexOf('\n', at);
      take('comment', (end < 0 ? pattern.length : end) - at);
    } else {
      take('other', 1);
    }
  }
  return tokens;
}

/** The name of a group that a token opens: `(?<name>` or `(?'name'`. */
export function groupName(token: Token): string | undefined {
  if (token.kind !== 'open') return undefined;
  return /^\(\?(?:<([^=!][^>]*)>|'([^']*)')$/.exec(token.text)?.slice(1).find((name) => name !== undefined);
}
