/** A text that Ruby would read between double quotes: `!fluent/s` of the YAML form. */
import type { ConfigProblem, Location } from '../errors.ts';
import { evaluationProblems, expressionEnd, expressionText } from './embedded.ts';
import type { Evaluate } from './embedded.ts';
import type { Literal } from './lexer.ts';
import { shortened } from './source.ts';

/** Ruby's escapes of one letter; any other character stands for itself. */
const ESCAPES = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['f', '\f'],
  ['b', '\b'],
  ['v', '\v'],
  ['a', '\x07'],
  ['e', '\x1b'],
  ['s', ' '],
  ['\n', ''],
]);
const ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|([0-7]{1,3})|([^]))/uy;

/** Resolves escapes and `#{...}` of a text; problems are reported at its place and leave the expression empty. */
export function readInterpolated(
  text: string,
  at: Location,
  evaluate: Evaluate,
  report: (problem: ConfigProblem) => void,
): Literal {
  let out = '';
  let special: 'nil' | 'default' | undefined;
  for (let i = 0; i < text.length; ) {
    ESCAPE.lastIndex = i;
    const escape = text[i] === '\\' ? ESCAPE.exec(text) : null;
    if (escape) {
      out += unescaped(escape);
      i = ESCAPE.lastIndex;
    } else if (text.startsWith('#{', i)) {
      const found = expressionEnd(text, i + 2);
      if (!found.ok) {
        const code = shortened(text.slice(i));
        report({ message: `cannot find the end of the embedded Ruby ${code}: ${found.message}`, at });
        break;
      }
      const code = text.slice(i + 2, found.end);
      i = found.end + 1;
      try {
        const value = expressionText(evaluate(code, at));
        if ('text' in value) out += value.text;
        else if (special !== 'nil') special = value.special;
      } catch (error) {
        evaluationProblems(error, code, at).forEach(report);
      }
    } else out += text[i++];
  }
  return special ? { text: '', special } : { text: out };
}

function unescaped([, byte, unit, point, octal, other]: RegExpExecArray): string {
  const hex = byte ?? unit ?? point;
  if (hex !== undefined) return codePoint(Number.parseInt(hex, 16), byte !== undefined);
  if (octal !== undefined) return codePoint(Number.parseInt(octal, 8) & 0xff, true);
  return ESCAPES.get(other) ?? other;
}

/** A byte beyond ASCII is kept as `text.ts` keeps it. */
function codePoint(code: number, isByte: boolean): string {
  if (isByte && code >= 0x80) return String.fromCharCode(0xdc00 + code);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}
