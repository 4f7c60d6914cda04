/** Parts of texts by position or pattern, and texts as packed bytes. */
import { integerArgument, nameArgument, textArgument } from '../arguments.ts';
import { match } from '../matching.ts';
import { aliasMethods, defineMethods } from '../method.ts';
import { rangeWithin } from '../indexing.ts';
import { unpackText } from '../pack.ts';
import { rubyError } from '../ruby-error.ts';
import { textLength, textPart } from '../text-index.ts';
import { isInteger, RubyRange, RubyRegexp, type RubyValue } from '../values.ts';

function part(text: string, first: RubyValue, second: RubyValue | undefined): RubyValue {
  if (typeof first === 'string') return text.includes(first) ? first : null;
  if (first instanceof RubyRegexp) return matchedPart(text, first, second ?? 0);
  if (first instanceof RubyRange) {
    const bounds = rangeWithin(first, textLength(text));
    return bounds ? textPart(text, bounds.start, bounds.length)! : null;
  }
  const start = integerArgument(first);
  if (second !== undefined) return textPart(text, start, integerArgument(second)) ?? null;
  const c = textPart(text, start, 1);
  return c === undefined || c === '' ? null : c;
}

function matchedPart(text: string, regexp: RubyRegexp, group: RubyValue): RubyValue {
  const found = match(regexp, text);
  if (!found) return null;
  if (isInteger(group)) {
    const n = integerArgument(group);
    return found.group(n < 0 ? found.groups + 1 + n : n);
  }
  const name = nameArgument(group);
  const value = found.named(name);
  if (value === undefined) throw rubyError('IndexError', `undefined group name reference: ${name}`);
  return value;
}

defineMethods<string>('String', {
  '[]': [1, 2, (self, _, first, second) => part(self, first, second)],
  unpack: [1, 1, (self, _, format) => unpackText(self, textArgument(format))],
  unpack1: [1, 1, (self, _, format) => unpackText(self, textArgument(format))[0] ?? null],
});
aliasMethods('String', { slice: '[]' });
