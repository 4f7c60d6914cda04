/** Methods of Range; those that walk over its items are in Enumerable. */
import { Float, toFloat } from '../../lib/value.ts';
import { caseEquals, rangeCovers } from '../case-equals.ts';
import { doubleArgument, integerArgument, needBlock } from '../arguments.ts';
import { isNumber } from '../equality.ts';
import { enumerator, integerBounds, listOf, makeRange } from '../list.ts';
import { aliasMethods, defineMethods, defineModule, send } from '../method.ts';
import { integer, toDouble } from '../numbers.ts';
import { argumentError, rubyError, typeError } from '../ruby-error.ts';
import { isInteger, RubyRange, truthy, type RubyProc, type RubyValue } from '../values.ts';

function sum(self: RubyRange): RubyValue | undefined {
  const bounds = integerBounds(self);
  if (!bounds || bounds.last === Number.POSITIVE_INFINITY) return undefined;
  const [first, last] = [BigInt(bounds.first), BigInt(bounds.last)];
  return last < first ? 0 : integer(((first + last) * (last - first + 1n)) / 2n);
}

function stepped(self: RubyRange, by: RubyValue): RubyValue[] {
  if (isInteger(by) && isInteger(self.first)) {
    const bounds = integerBounds(self);
    const width = integerArgument(by);
    if (width <= 0) throw argumentError("step can't be negative or 0");
    if (bounds) {
      const list: RubyValue[] = [];
      if (bounds.last === Infinity) throw rubyError('RangeError', 'cannot step over an endless range here');
      for (let i = bounds.first; i <= bounds.last; i += width) list.push(i);
      return list;
    }
  }
  const [first, last, width] = [doubleArgument(self.first), doubleArgument(self.last), doubleArgument(by)];
  if (!(width > 0)) throw argumentError("step can't be negative or 0");
  const list: RubyValue[] = [];
  const count = Math.floor((last - first) / width + 1e-9);
  for (let i = 0; i <= count && i < 1_000_000; i++) {
    const value = first + i * width;
    if (!(self.exclusive && value >= last)) list.push(toFloat(value));
  }
  return list;
}

/** The largest item; Floats can be an end without being an item. */
function last(self: RubyRange): RubyValue {
  if (self.last === null) throw rubyError('RangeError', 'cannot get the maximum of endless range with custom comparison method');
  const bounds = integerBounds(self);
  if (bounds && isInteger(self.last)) return bounds.last < bounds.first ? null : bounds.last;
  if (isNumber(self.first) && isNumber(self.last)) return toDouble(self.last) < toDouble(self.first) ? null : self.last;
  return listOf(self).at(-1) ?? null;
}

function walk(self: RubyRange, block: RubyProc): RubyValue {
  const bounds = integerBounds(self);
  if (bounds) for (let i = bounds.first; i <= bounds.last; i++) block.call1(i);
  else for (const item of listOf(self)) block.call1(item);
  return self;
}

defineMethods<RubyRange>('Range', {
  first: [0, 1, (self, _, count) => {
    if (count === undefined) return self.first;
    const bounds = integerBounds(self);
    const n = integerArgument(count);
    if (bounds && bounds.last === Infinity) return Array.from({ length: Math.min(n, 1_000_000) }, (_, i) => bounds.first + i);
    return listOf(self).slice(0, n);
  }],
  last: [0, 1, (self, _, count) => (count === undefined ? self.last : send(listOf(self), 'last', [count]))],
  begin: [0, 0, (self) => self.first],
  end: [0, 0, (self) => self.last],
  min: [0, 1, (self, block, count) => {
    if (block || count !== undefined) return send(listOf(self), 'min', count === undefined ? [] : [count], block);
    return last(self) === null ? null : self.first;
  }],
  max: [0, 1, (self, block, count) => {
    if (block || count !== undefined) return send(listOf(self), 'max', count === undefined ? [] : [count], block);
    return last(self);
  }],
  sum: [0, 1, (self, block, initial) => {
    const quick = block || initial !== undefined ? undefined : sum(self);
    return quick ?? send(listOf(self), 'sum', initial === undefined ? [] : [initial], block);
  }],
  size: [0, 0, (self) => {
    const bounds = integerBounds(self);
    if (!bounds) {
      if (isNumber(self.first)) throw typeError("can't iterate from Float");
      return null;
    }
    return bounds.last === Infinity ? new Float(Infinity) : Math.max(0, bounds.last - bounds.first + 1);
  }],
  count: [0, 1, (self, block, item) => {
    const bounds = integerBounds(self);
    if (!block && item === undefined && bounds) return bounds.last === Infinity ? new Float(Infinity) : Math.max(0, bounds.last - bounds.first + 1);
    return send(listOf(self), 'count', item === undefined ? [] : [item], block);
  }],
  'exclude_end?': [0, 0, (self) => self.exclusive],
  'include?': [1, 1, (self, _, value) => {
    if (typeof self.first === 'string' && typeof value === 'string') return listOf(self).includes(value);
    return rangeCovers(self, value);
  }],
  'cover?': [1, 1, (self, _, value) =>
    value instanceof RubyRange ? rangeCovers(self, value.first) && rangeCovers(self, value.last) : rangeCovers(self, value)],
  '===': [1, 1, (self, _, value) => caseEquals(self, value)],
  each: [0, 0, (self, block) => (block ? walk(self, block) : enumerator('each', (given) => walk(self, given)))],
  step: [1, 1, (self, block, by) => {
    const run = (given: RubyProc): RubyValue => {
      for (const item of stepped(self, by)) given.call1(item);
      return self;
    };
    return block ? run(block) : enumerator('step', run);
  }],
  find: [0, 0, (self, block) => {
    const test = needBlock(block);
    const bounds = integerBounds(self);
    if (!bounds) return send(listOf(self), 'find', [], test);
    for (let i = bounds.first; i <= bounds.last; i++) if (truthy(test.call1(i))) return i;
    return null;
  }],
});
aliasMethods('Range', { 'member?': 'include?', '%': 'step', detect: 'find' });
defineModule('Range', { new: [2, 3, (_, __, first, end, exclusive) => makeRange(first, end, exclusive === true)] });
