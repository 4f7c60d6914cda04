/** Methods that most expressions call, without looking them up: no arguments, and no result that could be too large. */
import { Float } from '../lib/value.ts';
import { leadingFloat, leadingInteger } from './number-text.ts';
import type { RubyValue } from './values.ts';

/** Name -> what the method of String of that name gives. */
export const TEXT_SHORT_CUTS: ReadonlyMap<string, (self: string) => RubyValue> = new Map<string, (self: string) => RubyValue>([
  ['to_i', (self) => leadingInteger(self, 10)],
  ['to_f', leadingFloat],
  ['to_s', (self) => self],
]);

/** Name -> the same of a number; undefined where it is not that simple. */
export const NUMBER_SHORT_CUTS: ReadonlyMap<string, (self: number) => number | undefined> = new Map<string, (self: number) => number | undefined>([
  ['to_i', wholePart],
  // Halves go away from zero.
  ['round', (self) => safe(self < 0 ? -Math.round(-self) : Math.round(self))],
]);

/** The number that a value is, if it is no large one. */
export function plainNumber(value: RubyValue): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof Float ? value.value : undefined;
}

function wholePart(self: number): number | undefined {
  return safe(Math.trunc(self));
}

/** No zero with a sign, and nothing that a number cannot hold exactly. */
function safe(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}
