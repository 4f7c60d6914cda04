/**
 * Text -> number, size, time, boolean, word or pattern, as Fluentd's parameter types read it.
 *
 * Every function takes what the configuration holds (a text, or the typed value of the YAML form) and
 * throws a {@link LiteralError} that says what was expected and what was found. Fluentd is generous
 * (`3 lines` is 3, `abc` is 0, `1h30m` is 30 minutes): so are these, but they tell `note` about it;
 * `strict` (`<system> strict_config_value true`) refuses it.
 */
import { isNumeric } from '../lib/value.ts';
import type { Value } from '../lib/value.ts';
import { rubyText } from './embedded.ts';

/** A value that does not fit its parameter's type; the message has no place and no parameter name. */
export class LiteralError extends Error {
  override name = 'LiteralError';
}

/** How to read values. */
export interface LiteralOptions {
  /** Refuse what is not entirely a number or boolean. */
  readonly strict?: boolean | undefined;
  /** Is told in one sentence where a value is read differently from what its writer probably meant. */
  readonly note?: ((message: string) => void) | undefined;
}

const LEADING_INTEGER = /^\s*([-+]?\d+(?:_\d+)*)/;
const LEADING_FLOAT = /^\s*([-+]?(?:\d+(?:_\d+)*)?(?:\.\d+(?:_\d+)*)?(?:(?<=\d)e[-+]?\d+)?)/i;
/** Sign, then hexadecimal, binary, octal or decimal digits. */
const STRICT_INTEGER =
  /^\s*([-+]?)(?:0x([\da-f]+(?:_[\da-f]+)*)|0b([01]+(?:_[01]+)*)|0o?([0-7]+(?:_[0-7]+)*)|(0|[1-9]\d*(?:_\d+)*))\s*$/i;
const STRICT_FLOAT = /^\s*[-+]?\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:e[-+]?\d+)?\s*$/i;

/** A text; other values as Ruby prints them. */
export function stringLiteral(value: Value): string {
  return rubyText(value);
}

/** A whole number; a text counts as far as it is one. */
export function integerLiteral(value: Value, options: LiteralOptions = {}): number {
  if (isNumeric(value)) return Math.trunc(Number(value));
  const text = rubyText(value);
  if (options.strict) return strictInteger(text);
  const digits = LEADING_INTEGER.exec(text)?.[1] ?? '0';
  const number = Number(digits.replaceAll('_', ''));
  noteRest(text, LEADING_INTEGER, number, 'an integer', options);
  return number + 0; // no negative zero
}

/** A number; a text counts as far as it is one. */
export function floatLiteral(value: Value, options: LiteralOptions = {}): number {
  if (isNumeric(value)) return Number(value);
  const text = rubyText(value);
  if (options.strict) {
    if (!STRICT_FLOAT.test(text)) {
      throw new LiteralError(`invalid float value: expected a number, found ${quoted(text)}`);
    }
    return Number(text.replaceAll('_', ''));
  }
  const number = Number((LEADING_FLOAT.exec(text)?.[1] ?? '').replaceAll('_', ''));
  const finite = Number.isNaN(number) ? 0 : number;
  noteRest(text, LEADING_FLOAT, finite, 'a number', options);
  return finite;
}

const SIZE_UNITS: readonly (readonly [RegExp, number])[] = [
  [/(\d+)k/i, 1024],
  [/(\d+)m/i, 1024 ** 2],
  [/(\d+)g/i, 1024 ** 3],
  [/(\d+)t/i, 1024 ** 4],
];

/** Bytes: `512`, `64k`, `8m`, `1g`, `1t`; units count in 1024s. A unit counts with the digits before it alone. */
export function sizeLiteral(value: Value, options: LiteralOptions = {}): number {
  const text = rubyText(value);
  return united(text, SIZE_UNITS, /^\s*\d+(?:[kmgt]b?)?\s*$/i, 'bytes', options) ?? integerLiteral(value, options);
}

const TIME_UNITS: readonly (readonly [RegExp, number])[] = [
  [/(\d+)s/, 1],
  [/(\d+)m/, 60],
  [/(\d+)h/, 3600],
  [/(\d+)d/, 86_400],
];

/** Seconds: `5`, `1.5`, `30s`, `10m`, `2h`, `1d`. A unit counts with the digits before it alone. */
export function timeLiteral(value: Value, options: LiteralOptions = {}): number {
  const text = rubyText(value);
  return united(text, TIME_UNITS, /^\s*\d+[smhd]?\s*$/, 'seconds', options) ?? floatLiteral(value, options);
}

/** The first unit that occurs anywhere counts, as in Fluentd: `1.5h` is 5 hours. */
function united(
  text: string,
  units: readonly (readonly [RegExp, number])[],
  plain: RegExp,
  unitName: string,
  options: LiteralOptions,
): number | undefined {
  for (const [pattern, factor] of units) {
    const digits = pattern.exec(text)?.[1];
    if (digits === undefined) continue;
    const number = Number(digits) * factor;
    if (!plain.test(text)) {
      options.note?.(`${quoted(text)} is read as ${number} ${unitName}: use one whole number and one unit`);
    }
    return number;
  }
  return undefined;
}

/** `true`, `yes`, `false`, `no`; nothing at all, and what looks like a comment, is true. */
export function boolLiteral(value: Value): boolean {
  const text = rubyText(value);
  if (text === 'true' || text === 'yes' || text === '' || text.startsWith('#')) return true;
  if (text === 'false' || text === 'no') return false;
  throw new LiteralError(`invalid bool value: expected true, yes, false or no, found ${quoted(text)}`);
}

/** One of the given words. */
export function enumLiteral<T extends string>(value: Value, list: readonly T[]): T {
  const text = rubyText(value);
  const found = list.find((word) => word === text);
  if (found === undefined) throw new LiteralError(`valid options are ${list.join(',')} but got ${text}`);
  return found;
}

/** A Ruby (Onigmo) pattern that is not compiled yet, and its options out of `im` with Ruby's meaning. */
export interface RegexpLiteral {
  readonly source: string;
  readonly options: string;
}

/** `/pattern/`, `/pattern/im`, or the pattern alone; other letters (also `x`) are ignored, as in Fluentd. */
export function regexpLiteral(value: Value, options: LiteralOptions = {}): RegexpLiteral {
  const text = rubyText(value);
  if (!text.startsWith('/')) return { source: text, options: '' };
  const slash = text.lastIndexOf('/');
  const letters = text.slice(slash + 1);
  if (letters.length > 2) {
    throw new LiteralError(
      `invalid regexp: missing right slash: ${text} (at most two options, i and m, may follow the closing slash)`,
    );
  }
  const ignored = letters.replace(/[im]/g, '');
  if (ignored !== '') options.note?.(`the options ${quoted(ignored)} of the regular expression ${text} are ignored`);
  const kept = ['i', 'm'].filter((letter) => letters.includes(letter)).join('');
  return { source: text.slice(1, Math.max(1, slash)), options: kept };
}

function strictInteger(text: string): number {
  const match = STRICT_INTEGER.exec(text);
  if (!match) throw new LiteralError(`invalid integer value: expected a whole number, found ${quoted(text)}`);
  const [, sign, hex, binary, octal, decimal] = match;
  const digits = (hex ?? binary ?? octal ?? decimal).replaceAll('_', '');
  const base = hex !== undefined ? 16 : binary !== undefined ? 2 : octal !== undefined ? 8 : 10;
  const number = Number.parseInt(digits, base);
  return sign === '-' && number !== 0 ? -number : number;
}

function noteRest(text: string, pattern: RegExp, number: number, kind: string, { note }: LiteralOptions): void {
  if (!note) return;
  const read = pattern.exec(text);
  if (!read || read[1] === '' || text.slice(read[0].length).trim() !== '') {
    note(`${quoted(text)} is not entirely ${kind}: read as ${number}`);
  }
}

/** A value as messages show it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? text.slice(0, 80) + '...' : text);
}
