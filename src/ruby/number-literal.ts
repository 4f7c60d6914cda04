/** Number literals: `1_000`, `0x1f`, `0b11`, `0o17`, `017`, `1.5`, `1e3`, `3r`. */
import { toFloat, toInteger, type Float } from '../lib/value.ts';
import { RubySyntaxError } from './syntax-error.ts';

const NUMBER =
  /-?(?:0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|0[bB][01](?:_?[01])*|0[oO]?[0-7](?:_?[0-7])*(?![.\d])|0[dD]\d(?:_?\d)*|\d(?:_?\d)*(?:\.\d(?:_?\d)*)?(?:[eE][-+]?\d(?:_?\d)*)?)r?/y;

type NumberToken =
  | { readonly kind: 'number'; readonly value: number | bigint | Float; readonly end: number }
  | { readonly kind: 'rational'; readonly text: string; readonly end: number };

/** The number at `at`, which may begin with a minus sign. */
export function readNumber(source: string, at: number): NumberToken {
  NUMBER.lastIndex = at;
  const text = NUMBER.exec(source)?.[0];
  const end = at + (text?.length ?? 1);
  if (text === undefined || /[\w]/.test(source[end] ?? '')) {
    throw new RubySyntaxError(`'${/[-\w]+/.exec(source.slice(at))?.[0]}' is not a number`, at);
  }
  const plain = text.replaceAll('_', '');
  if (plain.endsWith('r')) return { kind: 'rational', text: plain.slice(0, -1), end };
  return { kind: 'number', value: numberOf(plain), end };
}

function numberOf(text: string): number | bigint | Float {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  const prefix = /^0([xXbBoOdD]?)(?=\w)/.exec(digits);
  if (!prefix || /^0[eE]/.test(digits)) {
    if (/[.eE]/.test(digits)) return toFloat(Number(text));
    return toInteger(BigInt(text));
  }
  const letter = prefix[1].toLowerCase() || 'o';
  const rest = digits.slice(prefix[0].length);
  const size = BigInt(letter === 'd' ? rest : `0${letter}${rest}`);
  return toInteger(negative ? -size : size);
}
