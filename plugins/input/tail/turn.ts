/** What a turn of a file came to. */

export type Turn =
  /** There is more to do at once. */
  | { readonly kind: 'more' }
  /** Everything that is there was read and emitted. */
  | { readonly kind: 'end' }
  /** Nothing can be done for so long. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** It was closed, and cannot be found again. */
  | { readonly kind: 'gone' };

export const MORE: Turn = { kind: 'more' };
export const END: Turn = { kind: 'end' };
export const GONE: Turn = { kind: 'gone' };
