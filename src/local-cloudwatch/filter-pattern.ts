/**
 * Filter patterns of FilterLogEvents, as in 'Filter pattern syntax' of the CloudWatch Logs user guide:
 *
 *   ERROR "exit status 1"      all terms occur          -debug    the term does not occur
 *   ?ERROR ?WARN               one of them occurs       %5[0-9]{2}%   a regular expression fits
 *   { $.level = "error" && ($.ms > 100 || $.user.id NOT EXISTS) }    a JSON object's fields
 *
 * Space-delimited patterns (`[ip, user, status=4*]`) are not supported and rejected with a message
 * that says so.
 */
import { compileJsonPattern } from './json-filter-pattern.ts';
import { MAX_FILTER_PATTERN_LENGTH } from './limits.ts';
import { badPattern, closing, regularExpressionTest, type MessageTest } from './message-test.ts';
import { constraint } from './service-error.ts';

/** Compiles a filter pattern; undefined if it fits everything. Throws InvalidParameterException. */
export function compileFilterPattern(pattern: string | undefined): MessageTest | undefined {
  if (pattern === undefined) return undefined;
  if (pattern.length > MAX_FILTER_PATTERN_LENGTH) {
    throw constraint('filterPattern', pattern, `have length less than or equal to ${MAX_FILTER_PATTERN_LENGTH}`);
  }
  const text = pattern.trim();
  if (text === '') return undefined;
  if (text.startsWith('{')) return compileJsonPattern(text);
  if (text.startsWith('[')) {
    throw badPattern(
      'space-delimited patterns ([...]) are not supported by this local endpoint; use terms or { $.field = "x" }',
    );
  }
  return compileTerms(text);
}

function compileTerms(text: string): MessageTest | undefined {
  const required: MessageTest[] = [];
  const excluded: MessageTest[] = [];
  const optional: MessageTest[] = [];
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at])) {
      at++;
      continue;
    }
    const sign = text[at];
    const list = sign === '-' ? excluded : sign === '?' ? optional : required;
    const start = list === required ? at : at + 1;
    const { test, end } = term(text, start);
    list.push(test);
    at = end;
  }
  // The guide: beside other terms, those with a question mark are ignored.
  if (required.length === 0 && excluded.length === 0) return (message) => optional.some((test) => test(message));
  return (message) => required.every((test) => test(message)) && !excluded.some((test) => test(message));
}

function term(text: string, start: number): { test: MessageTest; end: number } {
  const first = text[start];
  if (first === '"' || first === '%') {
    const end = closing(text, start);
    if (end < 0) throw badPattern(`${first} at character ${start + 1} is not closed`);
    const inner = text.slice(start + 1, end);
    if (first === '%') return { test: regularExpressionTest(inner), end: end + 1 };
    const phrase = inner.replace(/\\(["\\])/g, '$1');
    return { test: (message) => message.includes(phrase), end: end + 1 };
  }
  let end = start;
  while (end < text.length && !/[\s"]/.test(text[end])) end++;
  if (end === start) throw badPattern(`expected a term at character ${start + 1}`);
  const word = text.slice(start, end);
  return { test: (message) => message.includes(word), end };
}
