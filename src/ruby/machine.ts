/**
 * What one running expression may use and has used. Expressions run to their end without waiting,
 * one at a time, so that this is one object and methods need not hand it around.
 *
 * The limits protect the agent from a mistake in an expression. A regular expression that backtracks
 * without end is beyond them: V8 cannot interrupt a match.
 */
import { RubyLimitError } from './ruby-error.ts';
import type { RubyHost } from './host.ts';
import type { RubyMatch, RubyValue } from './values.ts';

/** Calls of blocks and methods in one run. */
export const MAX_STEPS = 1_000_000;
/** UTF-16 units of one text. */
export const MAX_TEXT = 16 * 1024 * 1024;
/** Items of one array or hash. */
export const MAX_ITEMS = 1_000_000;
/** Bits of one Integer. */
export const MAX_BITS = 65_536;

export type RubyScope = 'config' | 'event';

export interface Machine {
  steps: number;
  /** `$~` */
  match: RubyMatch | null;
  /** `$!` */
  error: RubyValue;
  scope: RubyScope;
  host: RubyHost;
  /** Instance variables, `@name`. */
  state: Map<string, RubyValue>;
}

let current: Machine | undefined;

/** The machine of the expression that runs now. */
export function machine(): Machine {
  if (!current) throw new Error('no Ruby expression is running');
  return current;
}

/** Makes `next` the running machine and gives the one before, to be put back at the end. */
export function enter(next: Machine | undefined): Machine | undefined {
  const before = current;
  current = next;
  return before;
}

/** Counts one step. */
export function step(): void {
  if (current !== undefined && ++current.steps > MAX_STEPS) {
    throw new RubyLimitError(`the expression took more than ${MAX_STEPS} steps`);
  }
}

/** Counts `count` steps at once: work of a method that grows with its argument. */
export function steps(count: number): void {
  if (current !== undefined && (current.steps += count) > MAX_STEPS) {
    throw new RubyLimitError(`the expression took more than ${MAX_STEPS} steps`);
  }
}

/** Checks the length of a text that is about to be built. */
export function checkText(length: number): void {
  if (!(length <= MAX_TEXT)) throw new RubyLimitError(`the expression builds a text of more than ${MAX_TEXT} characters`);
}

/** Checks the number of items of an array that is about to be built. */
export function checkItems(count: number): void {
  if (!(count <= MAX_ITEMS)) throw new RubyLimitError(`the expression builds a list of more than ${MAX_ITEMS} items`);
}

/** The value, unless it has grown too large. */
export function checked(value: RubyValue): RubyValue {
  if (typeof value === 'string') {
    if (value.length > MAX_TEXT) checkText(value.length);
  } else if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) {
      if (value.length > MAX_ITEMS) checkItems(value.length);
    } else if (value instanceof Map && value.size > MAX_ITEMS) checkItems(value.size);
  }
  return value;
}
