/** What finds the ends of values in a stream of bytes. */

/** The bytes are no values, or none that are allowed. */
export class ForwardError extends Error {
  override name = 'ForwardError';
}

/** Deeper nesting is refused: no log has it. The readers of values have the same bound. */
export const MAX_DEPTH = 1000;

/** Keeps its place from one piece of bytes to the next. Throws ForwardError where no value can follow. */
export interface Scanner {
  /** Offset behind the end of the value under way, if it ends in these bytes at or behind `from`; else -1. */
  scan(bytes: Buffer, from: number): number;
  /** Passes over what may stand between values; the offset of the next value, or the end. */
  between(bytes: Buffer, from: number): number;
}
