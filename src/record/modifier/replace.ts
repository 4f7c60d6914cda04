/** Ruby's `gsub` with a replacement text. */
import type { CompiledRegexp } from '../../regexp/index.ts';

type Part = string | ((match: RegExpExecArray, regexp: CompiledRegexp) => string);

const ESCAPE = /\\(?:(\d)|k<([^>]+)>|([&`'\\]))/g;

/** Compiles a replacement: `\1`, `\0`, `\k<name>`, `\&`, `` \` ``, `\'` and `\\` have their meaning. */
export function compileReplacement(text: string): (match: RegExpExecArray, regexp: CompiledRegexp) => string {
  const parts: Part[] = [];
  let end = 0;
  for (const found of text.matchAll(ESCAPE)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    end = found.index + found[0].length;
    const [, digit, name, sign] = found;
    if (digit !== undefined) parts.push((match, { numbers }) => match[numbers[Number(digit)] ?? -1] ?? '');
    else if (name !== undefined) parts.push((match, { groups }) => named(match, groups, name));
    else if (sign === '&') parts.push((match) => match[0]);
    else if (sign === '`') parts.push((match) => match.input.slice(0, match.index));
    else if (sign === "'") parts.push((match) => match.input.slice(match.index + match[0].length));
    else parts.push('\\');
  }
  if (end < text.length) parts.push(text.slice(end));
  return (match, regexp) => {
    let out = '';
    for (const part of parts) out += typeof part === 'string' ? part : part(match, regexp);
    return out;
  };
}

function named(match: RegExpExecArray, groups: CompiledRegexp['groups'], name: string): string {
  const indices = groups.find((group) => group.name === name)?.indices ?? [];
  for (const index of indices.toReversed()) if (match[index] !== undefined) return match[index];
  return '';
}

/** Replaces every match; the same text if there is none. */
export function replaceAll(
  text: string,
  regexp: CompiledRegexp,
  replacement: (match: RegExpExecArray, regexp: CompiledRegexp) => string,
): string {
  let out = '';
  let copied = 0;
  for (let from = 0; from <= text.length; ) {
    const match = regexp.exec(text, from);
    if (!match) break;
    const end = match.index + match[0].length;
    out += text.slice(copied, match.index) + replacement(match, regexp);
    copied = end;
    // Behind an empty match the search goes on one character further.
    from = match[0] === '' ? end + (text.codePointAt(end)! > 0xffff ? 2 : 1) : end;
  }
  return copied === 0 && out === '' ? text : out + text.slice(copied);
}
