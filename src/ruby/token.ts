/** The words of an expression. */
import type { Float } from '../lib/value.ts';

/** Text, or the tokens of an interpolated `#{...}`. */
export type TextPart = string | readonly Token[];

export type Token = {
  /** Index of the first character. */
  readonly at: number;
  /** Index after the last one. */
  readonly end: number;
  /** Whether white space stands before it. */
  readonly spaced: boolean;
} & (
  | { readonly kind: 'number'; readonly value: number | bigint | Float }
  | { readonly kind: 'rational'; readonly text: string }
  | { readonly kind: 'text'; readonly parts: readonly TextPart[] }
  | { readonly kind: 'symbol'; readonly parts: readonly TextPart[] }
  | { readonly kind: 'words'; readonly symbols: boolean; readonly words: readonly (readonly TextPart[])[] }
  | { readonly kind: 'regexp'; readonly parts: readonly TextPart[]; readonly options: string }
  /** `name:` with the colon attached. */
  | { readonly kind: 'label'; readonly text: string }
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'constant'; readonly text: string }
  /** `@name` */
  | { readonly kind: 'state'; readonly text: string }
  /** `$~` and the like, with the dollar. */
  | { readonly kind: 'global'; readonly text: string }
  | { readonly kind: 'keyword'; readonly text: string }
  | { readonly kind: 'operator'; readonly text: string }
  /** A line break or semicolon. */
  | { readonly kind: 'separator' }
  | { readonly kind: 'end' }
);

/** A token in words, for messages. */
export function tokenText(token: Token, source: string): string {
  if (token.kind === 'end') return 'the end of the expression';
  if (token.kind === 'separator' && source[token.at] !== ';') return 'a line break';
  return `'${source.slice(token.at, token.end)}'`;
}
