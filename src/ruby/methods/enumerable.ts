/** Methods of everything that has items: mapping, choosing, folding, walking. For hashes an item is a pair. */
import { caseEquals } from '../case-equals.ts';
import { integerArgument, nameArgument, needBlock, textArgument } from '../arguments.ts';
import { equals, isNumber, setKey, valueSet } from '../equality.ts';
import { toText } from '../inspect.ts';
import { enumerator, listOf, nativeBlock } from '../list.ts';
import { checkItems, checkText, steps } from '../machine.ts';
import { aliasMethods, ANY, defineMethods, isMethodName, send, type MethodCode } from '../method.ts';
import { add, type RubyNumber } from '../numbers.ts';
import { argumentError, rubyError, typeError } from '../ruby-error.ts';
import { BreakSignal } from '../signals.ts';
import { truthy, type RubyEnumerator, type RubyProc, RubyRational, type RubyHash, type RubyValue } from '../values.ts';
import { className } from '../class-name.ts';

type Code = MethodCode<RubyValue>;

/** A method that gives an enumerator when it is called without a block. */
function withBlock(name: string, code: (self: RubyValue, block: RubyProc) => RubyValue): Code {
  return (self, block) => (block ? code(self, block) : enumerator(name, (given) => code(self, given)));
}

/** Tests items with a pattern, a block, or for truth. */
function tester(block: RubyProc | null, pattern: RubyValue | undefined): (item: RubyValue) => boolean {
  if (pattern !== undefined) return (item) => caseEquals(pattern, item);
  if (block) return (item) => truthy(block.call1(item));
  return truthy;
}

/** `inject(initial, :sym)`, `inject(:sym)`, `inject(initial) { }`, `inject { }` */
function inject(self: RubyValue, block: RubyProc | null, a: RubyValue | undefined, b: RubyValue | undefined): RubyValue {
  const list = listOf(self);
  const operator = b !== undefined ? b : a !== undefined && !block ? a : undefined;
  const hasInitial = b !== undefined || (a !== undefined && block !== null);
  let index = hasInitial ? 0 : 1;
  let value: RubyValue = hasInitial ? a! : (list[0] ?? null);
  if (operator !== undefined) {
    const name = nameArgument(operator);
    if (!isMethodName(name)) throw rubyError('NoMethodError', `undefined method '${name}'`);
    for (; index < list.length; index++) {
      steps(1);
      value = send(value, name, [list[index]!]);
    }
    return value;
  }
  const given = needBlock(block);
  for (; index < list.length; index++) value = given.call2(value, list[index]!);
  return value;
}

/** `sum`: with Floats as Ruby does it, with what got lost by rounding added back. */
export function sumOf(items: Iterable<RubyValue>, initial: RubyValue): RubyValue {
  let sum: RubyValue = initial;
  let lost = 0;
  let total = 0;
  let floats = false;
  for (const item of items) {
    steps(1);
    const isFloatItem = isNumber(item) && !Number.isInteger(Number(item)) ? true : isNumber(item) && typeof item === 'object';
    if (!floats && isNumber(sum) && isFloatItem) {
      floats = true;
      total = Number(sum);
    }
    if (floats && isNumber(item)) {
      const x = Number(item);
      const next = total + x;
      if (Number.isFinite(next)) lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
      total = next;
    } else if (floats) throw typeError(`${className(item)} can't be coerced into Float`);
    else if (isNumber(sum) || sum instanceof RubyRational) sum = add(sum as RubyNumber, item);
    else {
      sum = send(sum, '+', [item]);
      if (typeof sum === 'string') checkText(sum.length);
    }
  }
  return floats ? send(0, '+', [toFloatValue(total + lost)]) : sum;
}

function toFloatValue(value: number): RubyValue {
  return send(value, 'to_f', []);
}

/** The items in lists of `size`. */
function slices(list: readonly RubyValue[], size: number): RubyValue[] {
  if (size < 1) throw argumentError('invalid slice size');
  const parts: RubyValue[] = [];
  for (let i = 0; i < list.length; i += size) parts.push(list.slice(i, i + size));
  return parts;
}

function windows(list: readonly RubyValue[], size: number): RubyValue[] {
  if (size < 1) throw argumentError('invalid size');
  const parts: RubyValue[] = [];
  checkItems(Math.max(0, list.length - size + 1) * size);
  for (let i = 0; i + size <= list.length; i++) parts.push(list.slice(i, i + size));
  return parts;
}

function eachOf(self: RubyValue, list: readonly RubyValue[], block: RubyProc): RubyValue {
  for (let i = 0; i < list.length; i++) block.call1(list[i]!);
  return self;
}

/** Neighbours that `joins` are kept in one list. */
function chunked(list: readonly RubyValue[], joins: (a: RubyValue, b: RubyValue) => boolean): RubyValue[] {
  const parts: RubyValue[][] = [];
  list.forEach((item, i) => {
    if (i > 0 && joins(list[i - 1]!, item)) parts[parts.length - 1]!.push(item);
    else parts.push([item]);
  });
  return parts;
}

/** Pairs to a hash. */
export function pairsToHash(list: readonly RubyValue[], block: RubyProc | null): RubyHash {
  const hash: RubyHash = new Map();
  for (const item of list) {
    const pair = block ? block.call1(item) : item;
    if (!Array.isArray(pair)) throw typeError(`wrong element type ${className(pair)} (expected array)`);
    if (pair.length !== 2) throw argumentError(`element has wrong array length (expected 2, was ${pair.length})`);
    setKey(hash, pair[0]!, pair[1]!);
  }
  return hash;
}

function zip(list: readonly RubyValue[], others: readonly RubyValue[]): RubyValue[] {
  const lists = others.filter((other) => other !== undefined).map(listOf);
  return list.map((item, i) => [item, ...lists.map((other) => other[i] ?? null)]);
}

defineMethods<RubyValue>('Enumerable', {
  to_a: [0, 0, (self) => listOf(self)],
  map: [0, 0, withBlock('map', (self, block) => listOf(self).map((item) => block.call1(item)))],
  flat_map: [0, 0, withBlock('flat_map', (self, block) => listOf(self).flatMap((item) => block.call1(item) as RubyValue))],
  select: [0, 0, withBlock('select', (self, block) => listOf(self).filter((item) => truthy(block.call1(item))))],
  reject: [0, 0, withBlock('reject', (self, block) => listOf(self).filter((item) => !truthy(block.call1(item))))],
  filter_map: [0, 0, withBlock('filter_map', (self, block) => listOf(self).map((item) => block.call1(item)).filter(truthy))],
  partition: [0, 0, withBlock('partition', (self, block) => {
    const parts: [RubyValue[], RubyValue[]] = [[], []];
    for (const item of listOf(self)) parts[truthy(block.call1(item)) ? 0 : 1].push(item);
    return parts;
  })],
  group_by: [0, 0, withBlock('group_by', (self, block) => {
    const groups: RubyHash = new Map();
    for (const item of listOf(self)) {
      const key = block.call1(item);
      const known = send(groups, '[]', [key]);
      if (Array.isArray(known)) known.push(item);
      else setKey(groups, key, [item]);
    }
    return groups;
  })],
  each: [0, 0, withBlock('each', (self, block) => eachOf(self, listOf(self), block))],
  each_entry: [0, 0, withBlock('each_entry', (self, block) => eachOf(self, listOf(self), block))],
  reverse_each: [0, 0, withBlock('reverse_each', (self, block) => eachOf(self, listOf(self).toReversed(), block))],
  each_with_index: [0, 0, withBlock('each_with_index', (self, block) => {
    listOf(self).forEach((item, i) => block.call2(item, i));
    return self;
  })],
  each_with_object: [1, 1, (self, block, memo) => {
    if (typeof memo === 'string' && block) {
      throw rubyError('NotImplementedError', "'each_with_object' with a text is not supported here; use 'inject' or 'join'");
    }
    const run = (given: RubyProc): RubyValue => {
      for (const item of listOf(self)) given.call2(item, memo);
      return memo;
    };
    return block ? run(block) : enumerator('each_with_object', run);
  }],
  each_slice: [1, 1, (self, block, size) => {
    const parts = slices(listOf(self), integerArgument(size));
    return block ? eachOf(self, parts, block) : enumerator('each_slice', (given) => eachOf(self, parts, given));
  }],
  each_cons: [1, 1, (self, block, size) => {
    const parts = windows(listOf(self), integerArgument(size));
    return block ? eachOf(self, parts, block) : enumerator('each_cons', (given) => eachOf(self, parts, given));
  }],
  slice_when: [0, 0, (self, block) => {
    const given = needBlock(block);
    const parts = chunked(listOf(self), (a, b) => !truthy(given.call2(a, b)));
    return enumerator('slice_when', (each) => eachOf(self, parts, each));
  }],
  chunk_while: [0, 0, (self, block) => {
    const given = needBlock(block);
    const parts = chunked(listOf(self), (a, b) => truthy(given.call2(a, b)));
    return enumerator('chunk_while', (each) => eachOf(self, parts, each));
  }],
  chunk: [0, 0, (self, block) => {
    const given = needBlock(block);
    const keys = listOf(self).map((item) => [given.call1(item), item] as const);
    const parts: RubyValue[] = [];
    let last: RubyValue[] | undefined;
    for (const [key, item] of keys) {
      if (last && equals(last[0]!, key)) (last[1] as RubyValue[]).push(item);
      else parts.push((last = [key, [item]]));
    }
    return enumerator('chunk', (each) => eachOf(self, parts, each));
  }],
  inject: [0, 2, (self, block, a, b) => inject(self, block, a, b)],
  sum: [0, 1, (self, block, initial) => {
    const list = listOf(self);
    return sumOf(block ? list.map((item) => block.call1(item)) : list, initial === undefined ? 0 : initial);
  }],
  count: [0, 1, (self, block, item) => {
    const list = listOf(self);
    if (item !== undefined) return list.filter((other) => equals(other, item)).length;
    return block ? list.filter((other) => truthy(block.call1(other))).length : list.length;
  }],
  tally: [0, 0, (self) => {
    const counts: RubyHash = new Map();
    for (const item of listOf(self)) setKey(counts, item, ((send(counts, '[]', [item]) as number | null) ?? 0) + 1);
    return counts;
  }],
  find: [0, 1, withBlock('find', (self, block) => listOf(self).find((item) => truthy(block.call1(item))) ?? null)],
  find_index: [0, 1, (self, block, item) => {
    if (item === undefined && !block) return enumerator('find_index', (given) => listOf(self).findIndex((other) => truthy(given.call1(other))));
    const at = listOf(self).findIndex((other) => (item !== undefined ? equals(other, item) : truthy(block!.call1(other))));
    return at < 0 ? null : at;
  }],
  find_all: [0, 0, withBlock('find_all', (self, block) => listOf(self).filter((item) => truthy(block.call1(item))))],
  grep: [1, 1, (self, block, pattern) => {
    const found = listOf(self).filter((item) => caseEquals(pattern, item));
    return block ? found.map((item) => block.call1(item)) : found;
  }],
  grep_v: [1, 1, (self, block, pattern) => {
    const found = listOf(self).filter((item) => !caseEquals(pattern, item));
    return block ? found.map((item) => block.call1(item)) : found;
  }],
  'any?': [0, 1, (self, block, pattern) => listOf(self).some(tester(block, pattern))],
  'all?': [0, 1, (self, block, pattern) => listOf(self).every(tester(block, pattern))],
  'none?': [0, 1, (self, block, pattern) => !listOf(self).some(tester(block, pattern))],
  'one?': [0, 1, (self, block, pattern) => listOf(self).filter(tester(block, pattern)).length === 1],
  'include?': [1, 1, (self, _, item) => listOf(self).some((other) => equals(other, item))],
  first: [0, 1, (self, _, count) => {
    const list = listOf(self);
    if (count === undefined) return list[0] ?? null;
    const n = integerArgument(count);
    if (n < 0) throw argumentError('attempt to take negative size');
    return list.slice(0, n);
  }],
  take: [1, 1, (self, _, count) => {
    const n = integerArgument(count);
    if (n < 0) throw argumentError('attempt to take negative size');
    return listOf(self).slice(0, n);
  }],
  drop: [1, 1, (self, _, count) => {
    const n = integerArgument(count);
    if (n < 0) throw argumentError('attempt to drop negative size');
    return listOf(self).slice(n);
  }],
  take_while: [0, 0, withBlock('take_while', (self, block) => {
    const list = listOf(self);
    const end = list.findIndex((item) => !truthy(block.call1(item)));
    return end < 0 ? [...list] : list.slice(0, end);
  })],
  drop_while: [0, 0, withBlock('drop_while', (self, block) => {
    const list = listOf(self);
    const start = list.findIndex((item) => !truthy(block.call1(item)));
    return start < 0 ? [] : list.slice(start);
  })],
  uniq: [0, 0, (self, block) => {
    const list = listOf(self);
    if (!block) return [...valueSet(list).values()];
    const seen: RubyHash = new Map();
    for (const item of list) {
      const key = block.call1(item);
      if (send(seen, 'key?', [key]) === false) setKey(seen, key, item);
    }
    return [...seen.values()];
  }],
  zip: [0, ANY, (self, block, ...others) => {
    const rows = zip(listOf(self), others);
    if (!block) return rows;
    for (const row of rows) block.call1(row);
    return null;
  }],
  to_h: [0, 0, (self, block) => pairsToHash(listOf(self), block)],
  to_set: [0, 0, (self) => [...valueSet(listOf(self)).values()]],
  cycle: [0, 1, (self, block, count) => {
    const list = listOf(self);
    const times = count === undefined || count === null ? Number.POSITIVE_INFINITY : integerArgument(count);
    const run = (given: RubyProc): RubyValue => {
      for (let i = 0; i < times && list.length > 0; i++) eachOf(self, list, given);
      return null;
    };
    return block ? run(block) : enumerator('cycle', run);
  }],
  lazy: [0, 0, (self) => listOf(self)],
  force: [0, 0, (self) => listOf(self)],
  eager: [0, 0, (self) => listOf(self)],
});
aliasMethods('Enumerable', {
  collect: 'map', collect_concat: 'flat_map', filter: 'select', reduce: 'inject', detect: 'find', entries: 'to_a', 'member?': 'include?',
});

/** Gives a block its arguments and a number, counting from `offset`. */
function numbered(self: RubyEnumerator, offset: number, block: RubyProc): RubyValue {
  let i = offset;
  return self.run(nativeBlock((args) => block.call2(args.length === 1 ? args[0]! : [...args], i++)));
}

/** The first items, without asking for more: there may be no end of them. */
function firstItems(self: RubyEnumerator, count: number): RubyValue[] {
  const list: RubyValue[] = [];
  if (count <= 0) return list;
  const stop = new BreakSignal(null);
  try {
    self.run(nativeBlock((args) => {
      list.push(args.length === 1 ? args[0]! : [...args]);
      if (list.length >= count) throw stop;
      return null;
    }));
  } catch (signal) {
    if (signal !== stop) throw signal;
  }
  return list;
}

defineMethods<RubyEnumerator>('Enumerator', {
  first: [0, 1, (self, _, count) => (count === undefined ? (firstItems(self, 1)[0] ?? null) : firstItems(self, integerArgument(count)))],
  take: [1, 1, (self, _, count) => firstItems(self, integerArgument(count))],
  next: [0, 0, (self) => firstItems(self, 1)[0] ?? null],
  each: [0, 0, (self, block) => (block ? self.run(block) : self)],
  with_index: [0, 1, (self, block, offset) => {
    const start = offset === undefined || offset === null ? 0 : integerArgument(offset);
    return block ? numbered(self, start, block) : enumerator('with_index', (given) => numbered(self, start, given));
  }],
  each_with_index: [0, 0, (self, block) => (block ? numbered(self, 0, block) : enumerator('each_with_index', (given) => numbered(self, 0, given)))],
  with_object: [1, 1, (self, block, memo) => {
    const given = needBlock(block);
    self.run(nativeBlock((args) => given.call2(args.length === 1 ? args[0]! : [...args], memo)));
    return memo;
  }],
  size: [0, 0, (self) => listOf(self).length],
});

/** `join` of nested lists. */
export function joinItems(list: readonly RubyValue[], separator: string, depth = 0): string {
  if (depth > 100) throw argumentError('recursive array join');
  let out = '';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) out += separator;
    const item = list[i]!;
    out += Array.isArray(item) ? joinItems(item, separator, depth + 1) : toText(item);
    checkText(out.length);
  }
  return out;
}

/** The separator of `join`. */
export function separatorArgument(value: RubyValue | undefined): string {
  return value === undefined || value === null ? '' : textArgument(value);
}
