/** Methods that change an Array in place. */
import { arrayArgument, integerArgument, needBlock } from '../arguments.ts';
import { equals } from '../equality.ts';
import { rangeWithin, setIndex } from '../indexing.ts';
import { checkItems } from '../machine.ts';
import { aliasMethods, ANY, defineMethods, send } from '../method.ts';
import { rubyError } from '../ruby-error.ts';
import { truthy, RubyRange, type RubyProc, type RubyValue } from '../values.ts';

type List = RubyValue[];

function given(args: readonly RubyValue[]): RubyValue[] {
  return args.filter((arg) => arg !== undefined);
}

/** Puts other items into the list. */
function refill(list: List, items: readonly RubyValue[]): List {
  const copy = [...items];
  list.length = 0;
  for (const item of copy) list.push(item);
  return list;
}

const NEEDS_BLOCK = new Set(['map', 'sort_by']);

/** The method without `!`, in place; nil if nothing changed and `nilIfSame`. */
function inPlace(name: string, nilIfSame: boolean) {
  return (self: List, block: RubyProc | null, ...args: RubyValue[]): RubyValue => {
    if (NEEDS_BLOCK.has(name)) needBlock(block);
    const result = send(self, name, given(args), block) as List;
    const same = result.length === self.length;
    refill(self, result);
    return nilIfSame && same ? null : self;
  };
}

function keep(self: List, test: (item: RubyValue) => boolean, nilIfSame: boolean): RubyValue {
  const kept = self.filter(test);
  const same = kept.length === self.length;
  refill(self, kept);
  return nilIfSame && same ? null : self;
}

defineMethods<List>('Array', {
  '[]=': [2, 3, (self, _, ...args) => {
    const all = given(args);
    const value = all.pop()!;
    setIndex(self, all, value, undefined);
    return value;
  }],
  push: [0, ANY, (self, _, ...items) => {
    for (const item of given(items)) self.push(item);
    checkItems(self.length);
    return self;
  }],
  '<<': [1, 1, (self, _, item) => {
    self.push(item);
    checkItems(self.length);
    return self;
  }],
  pop: [0, 1, (self, _, count) => (count === undefined ? (self.pop() ?? null) : self.splice(Math.max(0, self.length - integerArgument(count))))],
  shift: [0, 1, (self, _, count) => (count === undefined ? (self.shift() ?? null) : self.splice(0, integerArgument(count)))],
  unshift: [0, ANY, (self, _, ...items) => {
    self.unshift(...given(items));
    checkItems(self.length);
    return self;
  }],
  insert: [1, ANY, (self, _, index, ...items) => {
    const i = integerArgument(index);
    const at = i < 0 ? self.length + 1 + i : i;
    if (at < 0) throw rubyError('IndexError', `index ${i} too small for array; minimum: -${self.length + 1}`);
    checkItems(at);
    while (self.length < at) self.push(null);
    self.splice(at, 0, ...given(items));
    return self;
  }],
  concat: [0, ANY, (self, _, ...lists) => {
    for (const list of given(lists)) for (const item of [...arrayArgument(list)]) self.push(item);
    checkItems(self.length);
    return self;
  }],
  replace: [1, 1, (self, _, other) => refill(self, arrayArgument(other))],
  clear: [0, 0, (self) => refill(self, [])],
  delete: [1, 1, (self, _, item) => {
    const found = self.find((other) => equals(other, item));
    if (found === undefined) return null;
    refill(self, self.filter((other) => !equals(other, item)));
    return found;
  }],
  delete_at: [1, 1, (self, _, index) => {
    const i = integerArgument(index);
    const at = i < 0 ? i + self.length : i;
    return at < 0 || at >= self.length ? null : self.splice(at, 1)[0]!;
  }],
  delete_if: [0, 0, (self, block) => keep(self, (item) => !truthy(needBlock(block).call1(item)), false)],
  'reject!': [0, 0, (self, block) => keep(self, (item) => !truthy(needBlock(block).call1(item)), true)],
  keep_if: [0, 0, (self, block) => keep(self, (item) => truthy(needBlock(block).call1(item)), false)],
  'select!': [0, 0, (self, block) => keep(self, (item) => truthy(needBlock(block).call1(item)), true)],
  'compact!': [0, 0, inPlace('compact', true)],
  'uniq!': [0, 0, inPlace('uniq', true)],
  'flatten!': [0, 1, inPlace('flatten', false)],
  'map!': [0, 0, inPlace('map', false)],
  'sort!': [0, 0, inPlace('sort', false)],
  'sort_by!': [0, 0, inPlace('sort_by', false)],
  'reverse!': [0, 0, inPlace('reverse', false)],
  'rotate!': [0, 1, inPlace('rotate', false)],
  'shuffle!': [0, 0, inPlace('shuffle', false)],
  fill: [0, 3, (self, block, value) => {
    if (value === undefined) needBlock(block);
    for (let i = 0; i < self.length; i++) self[i] = block ? block.call1(i) : value;
    return self;
  }],
  'slice!': [1, 2, (self, _, first, second) => {
    if (second === undefined && !(first instanceof RubyRange)) {
      const i = integerArgument(first);
      const at = i < 0 ? i + self.length : i;
      return at < 0 || at >= self.length ? null : self.splice(at, 1)[0]!;
    }
    if (first instanceof RubyRange) {
      const bounds = rangeWithin(first, self.length);
      return bounds ? self.splice(bounds.start, bounds.length) : null;
    }
    const start = integerArgument(first);
    const from = start < 0 ? start + self.length : start;
    return from < 0 || from > self.length ? null : self.splice(from, integerArgument(second!));
  }],
});
aliasMethods('Array', { append: 'push', prepend: 'unshift', 'collect!': 'map!', 'filter!': 'select!' });
