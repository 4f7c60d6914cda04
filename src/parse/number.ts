/** Numbers as Ruby's String#to_i and String#to_f read them: as far as the text is one, else 0. */
import { toFloat, toInteger, type Float } from '../lib/value.ts';

const INTEGER = /^\s*([+-]?\d+(?:_\d+)*)/;
const FLOAT = /^\s*([+-]?(?:\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?)/i;
/** Digits that are exact as a number, with a sign. */
const SAFE_LENGTH = 15;

/** An Integer of any size. */
export function textToInteger(text: string): number | bigint {
  const digits = INTEGER.exec(text)?.[1]?.replaceAll('_', '');
  if (digits === undefined) return 0;
  // Adding 0 makes an Integer of negative zero.
  return digits.length <= SAFE_LENGTH ? Number(digits) + 0 : toInteger(BigInt(digits));
}

/** A Float. */
export function textToFloat(text: string): number | Float {
  const digits = FLOAT.exec(text)?.[1]?.replaceAll('_', '');
  return toFloat(digits === undefined ? 0 : Number(digits));
}
