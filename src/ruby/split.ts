/** `String#split`. */
import { checkItems, steps } from './machine.ts';
import { matchFrom, patternArgument } from './matching.ts';
import { charactersOf } from './text-index.ts';
import type { RubyRegexp, RubyValue } from './values.ts';

/**
 * The parts of a text between separators. A limit above 0 is the most parts; 0 drops empty parts at
 * the end, a negative one keeps them. Nil and " " separate by white space.
 */
export function splitText(text: string, pattern: RubyValue, limit: number): string[] {
  if (text === '') return [];
  if (limit === 1) return [text];
  const separator = pattern === null ? ' ' : patternArgument(pattern);
  let parts: string[];
  if (separator === ' ') parts = splitWords(text, limit);
  else if (separator === '') parts = splitCharacters(text, limit);
  else if (typeof separator === 'string') parts = splitAt(text, separator, limit);
  else parts = separator.source === ' ' && separator.options === '' ? splitAt(text, ' ', limit) : splitMatches(text, separator, limit);
  if (limit === 0) while (parts[parts.length - 1] === '') parts.pop();
  checkItems(parts.length);
  steps(parts.length);
  return parts;
}

const SPACES = /[\0\t\n\v\f\r ]+/g;

function splitWords(text: string, limit: number): string[] {
  const start = text.replace(/^[\0\t\n\v\f\r ]+/, '');
  if (limit <= 0) {
    if (start === '') return limit < 0 ? [''] : [];
    return start.split(SPACES);
  }
  const parts: string[] = [];
  let rest = start;
  while (parts.length < limit - 1) {
    const found = /[\0\t\n\v\f\r ]+/.exec(rest);
    if (!found) break;
    parts.push(rest.slice(0, found.index));
    rest = rest.slice(found.index + found[0].length);
  }
  parts.push(rest);
  return parts;
}

function splitCharacters(text: string, limit: number): string[] {
  const chars = charactersOf(text);
  if (limit <= 0) return limit < 0 ? [...chars, ''] : chars;
  return chars.length < limit ? [...chars, ''] : [...chars.slice(0, limit - 1), chars.slice(limit - 1).join('')];
}

function splitAt(text: string, separator: string, limit: number): string[] {
  if (limit <= 0) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  while (parts.length < limit - 1) {
    const at = text.indexOf(separator, start);
    if (at < 0) break;
    parts.push(text.slice(start, at));
    start = at + separator.length;
  }
  parts.push(text.slice(start));
  return parts;
}

function splitMatches(text: string, separator: RubyRegexp, limit: number): string[] {
  const parts: string[] = [];
  let begin = 0;
  let count = 1;
  for (let from = 0; from <= text.length && !(limit > 0 && count >= limit); ) {
    const found = matchFrom(separator, text, from);
    if (!found) break;
    steps(1);
    if (found.result[0] === '') {
      // an empty match separates characters, but not before the first and behind the last
      if (found.result.index >= text.length) break;
      if (found.result.index === begin) {
        const width = text.codePointAt(begin)! > 0xffff ? 2 : 1;
        const next = matchFrom(separator, text, begin + width);
        if (!next || (next.result[0] === '' && next.result.index >= text.length)) break;
        from = begin + width;
        if (next.result.index !== from || next.result[0] !== '') continue;
        parts.push(text.slice(begin, from));
        begin = from;
        count++;
        for (let n = 1; n <= next.groups; n++) if (next.group(n) !== null) parts.push(next.group(n)!);
        continue;
      }
    }
    parts.push(text.slice(begin, found.result.index));
    count++;
    for (let n = 1; n <= found.groups; n++) if (found.group(n) !== null) parts.push(found.group(n)!);
    begin = found.end;
    from = begin;
  }
  parts.push(text.slice(begin));
  return parts;
}
