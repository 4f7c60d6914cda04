/** Methods of Array that leave it as it is. */
import { arrayArgument, integerArgument, needBlock, textArgument } from '../arguments.ts';
import { className } from '../class-name.ts';
import { compare, equals, valueSet, hashKey } from '../equality.ts';
import { inspect } from '../inspect.ts';
import { rangeWithin } from '../indexing.ts';
import { enumerator } from '../list.ts';
import { checkItems, steps } from '../machine.ts';
import { aliasMethods, ANY, defineMethods, send } from '../method.ts';
import { packValues } from '../pack.ts';
import { argumentError, rubyError, typeError } from '../ruby-error.ts';
import { truthy, RubyRange, type RubyValue } from '../values.ts';
import { joinItems, separatorArgument } from './enumerable.ts';

type List = RubyValue[];

function given(args: readonly RubyValue[]): RubyValue[] {
  return args.filter((arg) => arg !== undefined);
}

/** `list[i]`, `list[start, length]`, `list[range]` */
function part(list: List, first: RubyValue, second: RubyValue | undefined): RubyValue {
  if (second === undefined) {
    if (!(first instanceof RubyRange)) return list.at(integerArgument(first)) ?? null;
    const bounds = rangeWithin(first, list.length);
    return bounds ? list.slice(bounds.start, bounds.start + bounds.length) : null;
  }
  const start = integerArgument(first);
  const length = integerArgument(second);
  const from = start < 0 ? start + list.length : start;
  return from < 0 || from > list.length || length < 0 ? null : list.slice(from, from + length);
}

/** `value.dig(key, ...)` */
export function dig(value: RubyValue, keys: readonly RubyValue[]): RubyValue {
  let at = value;
  for (const key of keys) {
    if (at === null) return null;
    if (!Array.isArray(at) && !(at instanceof Map)) throw typeError(`${className(at)} does not have #dig method`);
    at = send(at, '[]', [key]);
  }
  return at;
}

function flatten(list: List, depth: number, out: List): List {
  for (const item of list) {
    if (Array.isArray(item) && depth !== 0) flatten(item, depth - 1, out);
    else out.push(item);
    checkItems(out.length);
  }
  return out;
}

function product(lists: readonly List[]): List[] {
  checkItems(lists.reduce((count, list) => count * list.length, 1));
  let rows: List[] = [[]];
  for (const list of lists) rows = rows.flatMap((row) => list.map((item) => [...row, item]));
  steps(rows.length);
  return rows;
}

function combinations(list: List, size: number, start = 0): List[] {
  if (size === 0) return [[]];
  const rows: List[] = [];
  for (let i = start; i <= list.length - size; i++) {
    for (const rest of combinations(list, size - 1, i + 1)) rows.push([list[i]!, ...rest]);
    checkItems(rows.length);
    steps(1);
  }
  return rows;
}

function permutations(list: List, size: number): List[] {
  if (size === 0) return [[]];
  const rows: List[] = [];
  list.forEach((item, i) => {
    for (const rest of permutations(list.toSpliced(i, 1), size - 1)) rows.push([item, ...rest]);
    checkItems(rows.length);
    steps(1);
  });
  return rows;
}

function isIn(set: ReadonlyMap<RubyValue, RubyValue>, item: RubyValue): boolean {
  return set.has(hashKey(set, item));
}

defineMethods<List>('Array', {
  '[]': [1, 2, (self, _, first, second) => part(self, first, second)],
  at: [1, 1, (self, _, index) => self.at(integerArgument(index)) ?? null],
  dig: [1, ANY, (self, _, ...keys) => dig(self, given(keys))],
  fetch: [1, 2, (self, block, index, fallback) => {
    const i = integerArgument(index);
    const at = i < 0 ? i + self.length : i;
    if (at >= 0 && at < self.length) return self[at]!;
    if (block) return block.call1(index);
    if (fallback !== undefined) return fallback;
    throw rubyError('IndexError', `index ${i} outside of array bounds: ${-self.length}...${self.length}`);
  }],
  values_at: [0, ANY, (self, _, ...indexes) => given(indexes).map((index) => self.at(integerArgument(index)) ?? null)],
  last: [0, 1, (self, _, count) => {
    if (count === undefined) return self[self.length - 1] ?? null;
    const n = integerArgument(count);
    if (n < 0) throw argumentError('negative array size');
    return n === 0 ? [] : self.slice(-n);
  }],
  length: [0, 0, (self) => self.length],
  'empty?': [0, 0, (self) => self.length === 0],
  reverse: [0, 0, (self) => self.toReversed()],
  rotate: [0, 1, (self, _, count) => {
    if (self.length === 0) return [];
    const n = (((count === undefined ? 1 : integerArgument(count)) % self.length) + self.length) % self.length;
    return [...self.slice(n), ...self.slice(0, n)];
  }],
  compact: [0, 0, (self) => self.filter((item) => item !== null)],
  flatten: [0, 1, (self, _, depth) => flatten(self, depth === undefined || depth === null ? -1 : integerArgument(depth), [])],
  join: [0, 1, (self, _, separator) => joinItems(self, separatorArgument(separator))],
  index: [0, 1, (self, block, item) => {
    if (item === undefined) {
      const test = needBlock(block);
      const at = self.findIndex((other) => truthy(test.call1(other)));
      return at < 0 ? null : at;
    }
    const at = self.findIndex((other) => equals(other, item));
    return at < 0 ? null : at;
  }],
  rindex: [0, 1, (self, block, item) => {
    const at = self.findLastIndex((other) => (item === undefined ? truthy(needBlock(block).call1(other)) : equals(other, item)));
    return at < 0 ? null : at;
  }],
  each_index: [0, 0, (self, block) => {
    for (let i = 0; i < self.length; i++) needBlock(block).call1(i);
    return self;
  }],
  '+': [1, 1, (self, _, other) => self.concat(arrayArgument(other))],
  '-': [1, 1, (self, _, other) => {
    const set = valueSet(arrayArgument(other));
    return self.filter((item) => !isIn(set, item));
  }],
  '*': [1, 1, (self, _, times) => {
    if (typeof times === 'string') return joinItems(self, times);
    const count = integerArgument(times);
    if (count < 0) throw argumentError('argument must be non-negative');
    checkItems(self.length * count);
    return Array.from({ length: count }, () => self).flat(1) as List;
  }],
  '&': [1, 1, (self, _, other) => {
    const set = valueSet(arrayArgument(other));
    return [...valueSet(self.filter((item) => isIn(set, item))).values()];
  }],
  '|': [1, 1, (self, _, other) => [...valueSet([...self, ...arrayArgument(other)]).values()]],
  union: [0, ANY, (self, _, ...others) => [...valueSet([self, ...given(others).map(arrayArgument)].flat(1) as List).values()]],
  difference: [0, ANY, (self, _, ...others) => {
    const set = valueSet(given(others).flatMap(arrayArgument));
    return self.filter((item) => !isIn(set, item));
  }],
  intersection: [0, ANY, (self, _, ...others) => {
    const sets = given(others).map((other) => valueSet(arrayArgument(other)));
    return [...valueSet(self.filter((item) => sets.every((set) => isIn(set, item)))).values()];
  }],
  'intersect?': [1, 1, (self, _, other) => {
    const set = valueSet(arrayArgument(other));
    return self.some((item) => isIn(set, item));
  }],
  '<=>': [1, 1, (self, _, other) => compare(self, other) ?? null],
  assoc: [1, 1, (self, _, key) => self.find((pair) => Array.isArray(pair) && equals(pair[0]!, key)) ?? null],
  rassoc: [1, 1, (self, _, value) => self.find((pair) => Array.isArray(pair) && equals(pair[1]!, value)) ?? null],
  transpose: [0, 0, (self) => {
    const rows = self.map(arrayArgument);
    const width = rows[0]?.length ?? 0;
    const odd = rows.find((row) => row.length !== width);
    if (odd) throw rubyError('IndexError', `element size differs (${odd.length} should be ${width})`);
    return Array.from({ length: width }, (_, i) => rows.map((row) => row[i]!));
  }],
  product: [0, ANY, (self, _, ...others) => product([self, ...given(others).map(arrayArgument)])],
  combination: [1, 1, (self, block, size) => walked('combination', self, combinations(self, integerArgument(size)), block)],
  permutation: [0, 1, (self, block, size) =>
    walked('permutation', self, permutations(self, size === undefined ? self.length : integerArgument(size)), block)],
  bsearch: [0, 0, (self, block) => self.find((item) => truthy(needBlock(block).call1(item))) ?? null],
  pack: [1, 1, (self, _, format) => packValues(self, textArgument(format))],
  sample: [0, 0, (self) => self[Math.floor(Math.random() * self.length)] ?? null],
  shuffle: [0, 0, (self) => self.map((item) => ({ item, key: Math.random() })).sort((a, b) => a.key - b.key).map(({ item }) => item)],
  to_ary: [0, 0, (self) => self],
  inspect: [0, 0, (self) => inspect(self)],
});
aliasMethods('Array', { size: 'length', slice: '[]', find_index: 'index' });

function walked(name: string, self: List, rows: readonly RubyValue[], block: Parameters<typeof needBlock>[0]): RubyValue {
  const run = (each: NonNullable<typeof block>): RubyValue => {
    for (const row of rows) each.call1(row);
    return self;
  };
  return block ? run(block) : enumerator(name, run);
}
