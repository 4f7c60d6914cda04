/**
 * Which type an unquoted YAML scalar has for Ruby's Psych, whose YAML 1.1 differs from other readers:
 * `yes` and `on` are true but `y` is text, `1_000` is a number, `1e3` and `0o17` are texts, `017` is
 * octal, `1:30` counts in sixties.
 */
import { toFloat, toInteger } from '../lib/value.ts';
import type { Value } from '../lib/value.ts';

const INTEGER = /^[-+]?(?:0[_,]*[0-7_,]+|0b[01_,]+|0|[1-9](?:[0-9]|,[0-9]|_[0-9])*|0x[0-9a-f_,]+)$/i;
const FLOAT = /^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:e[-+]?[0-9]+)?$/i;
const SIXTIES = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}(?:\.[0-9_]*)?$/;

/** The value of a plain scalar: null, a boolean, an Integer, a Float, or its text. */
export function plainScalar(text: string): Value {
  if (text === '' || text === '~' || /^null$/i.test(text)) return null;
  if (/^(?:yes|true|on)$/i.test(text)) return true;
  if (/^(?:no|false|off)$/i.test(text)) return false;
  if (/^\+?\.inf$/i.test(text)) return toFloat(Infinity);
  if (/^-\.inf$/i.test(text)) return toFloat(-Infinity);
  if (/^\.nan$/i.test(text)) return toFloat(NaN);
  if (SIXTIES.test(text)) return sixties(text);
  if (/[0-9]/.test(text) && FLOAT.test(text)) return toFloat(Number(text.replace(/[,_]/g, '')));
  if (INTEGER.test(text)) return integer(text.replace(/[,_]/g, ''));
  return text;
}

function integer(text: string): Value {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  const value = BigInt(/^0[0-7]+$/.test(digits) ? '0o' + digits.slice(1) : digits.toLowerCase());
  return toInteger(negative ? -value : value);
}

/** Psych counts the first part as hours, whether there are two parts or three. */
function sixties(text: string): Value {
  const parts = text.replaceAll('_', '').split(':').map(Number);
  if (text.includes('.')) {
    const sign = text.startsWith('-') ? -1 : 1;
    return toFloat(sign * parts.reduce((sum, part) => sum * 60 + Math.abs(part), 0));
  }
  return parts.reduce((sum, part, i) => sum + part * 60 ** Math.abs(i - 2), 0);
}
