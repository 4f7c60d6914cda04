/** `list[i]`, `list[i] = x` on every type that has them. */
import { setKey } from './equality.ts';
import { integerArgument, textArgument } from './arguments.ts';
import { integerBounds } from './list.ts';
import { checkItems } from './machine.ts';
import { send } from './method.ts';
import { argumentError, rubyError } from './ruby-error.ts';
import { match } from './matching.ts';
import { isWide } from './text-index.ts';
import { RubyRange, RubyRegexp, type RubyValue } from './values.ts';

/** `self[...args]` */
export function getIndex(self: RubyValue, args: readonly RubyValue[]): RubyValue {
  return send(self, '[]', args);
}

/** `self[...args] = value`; the changed text goes to `assignText`. */
export function setIndex(
  self: RubyValue, args: readonly RubyValue[], value: RubyValue, assignText: ((text: string) => void) | undefined,
): void {
  const [first, second] = args;
  if (self instanceof Map) {
    if (args.length !== 1) throw argumentError(`wrong number of arguments (given ${args.length + 1}, expected 2)`);
    setKey(self, first!, value);
    return;
  }
  if (Array.isArray(self)) {
    if (args.length === 1 && !(first instanceof RubyRange)) setItem(self, integerArgument(first!), value);
    else {
      const { start, length } = part(first!, second, self.length);
      self.splice(start, length, ...(Array.isArray(value) ? value : [value]));
    }
    return;
  }
  if (typeof self === 'string' && assignText) {
    assignText(replacePart(self, first!, second, textArgument(value)));
    return;
  }
  send(self, '[]=', [...args, value]);
}

function setItem(list: RubyValue[], index: number, value: RubyValue): void {
  const i = index < 0 ? index + list.length : index;
  if (i < 0) throw rubyError('IndexError', `index ${index} too small for array; minimum: -${list.length}`);
  checkItems(i + 1);
  while (list.length < i) list.push(null);
  list[i] = value;
}

/** Start and length of `[start, length]` or `[range]`. */
function part(first: RubyValue, second: RubyValue | undefined, size: number): { start: number; length: number } {
  if (first instanceof RubyRange) {
    const bounds = rangeWithin(first, size);
    if (!bounds) throw rubyError('RangeError', `${integerBounds(first)?.first} is out of range`);
    return bounds;
  }
  const start = integerArgument(first);
  if (start < -size) throw rubyError('IndexError', `index ${start} out of range`);
  return { start: start < 0 ? start + size : start, length: second === undefined ? 1 : integerArgument(second) };
}

/** The part of a list of `size` items that a range of indexes means; undefined if it begins outside. */
export function rangeWithin(range: RubyRange, size: number): { start: number; length: number } | undefined {
  let start = range.first === null ? 0 : integerArgument(range.first);
  if (start < 0) start += size;
  if (start < 0 || start > size) return undefined;
  let end = range.last === null ? size : integerArgument(range.last);
  if (end < 0) end += size;
  if (range.last !== null && !range.exclusive) end++;
  return { start, length: Math.max(0, Math.min(end, size) - start) };
}

function replacePart(text: string, first: RubyValue, second: RubyValue | undefined, value: string): string {
  if (typeof first === 'string') {
    const at = text.indexOf(first);
    if (at < 0) throw rubyError('IndexError', 'string not matched');
    return text.slice(0, at) + value + text.slice(at + first.length);
  }
  if (first instanceof RubyRegexp) {
    const found = match(first, text);
    if (!found) throw rubyError('IndexError', 'regexp not matched');
    return text.slice(0, found.result.index) + value + text.slice(found.end);
  }
  const chars = isWide(text) ? [...text] : text.split('');
  const { start, length } = part(first, second, chars.length);
  if (start > chars.length) throw rubyError('IndexError', `index ${start} out of string`);
  chars.splice(start, length, value);
  return chars.join('');
}
