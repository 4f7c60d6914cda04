/** Something in an expression that is not Ruby, or not the part of Ruby that is understood here. */
export class RubySyntaxError extends Error {
  override name = 'RubySyntaxError';
  /** Index into the source. */
  readonly index: number;
  /** What to do about it. */
  readonly hint: string | undefined;
  constructor(message: string, index: number, hint?: string) {
    super(message);
    this.index = index;
    this.hint = hint;
  }
}
