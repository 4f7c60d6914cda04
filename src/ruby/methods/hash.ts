/** Methods of Hash. */
import { hashArgument, needBlock } from '../arguments.ts';
import { equals, hashKey, setKey } from '../equality.ts';
import { inspect } from '../inspect.ts';
import { enumerator } from '../list.ts';
import { steps } from '../machine.ts';
import { aliasMethods, ANY, defineMethods } from '../method.ts';
import { rubyError } from '../ruby-error.ts';
import { DefaultHash, RubyProc, truthy, type RubyHash, type RubyValue } from '../values.ts';
import { dig } from './array.ts';
import { pairsToHash, sumOf } from './enumerable.ts';

function given(args: readonly RubyValue[]): RubyValue[] {
  return args.filter((arg) => arg !== undefined);
}

/** `hash[key]`, with the hash's default. */
function get(hash: RubyHash, key: RubyValue): RubyValue {
  const value = hash.get(hashKey(hash, key));
  if (value !== undefined) return value;
  if (!(hash instanceof DefaultHash)) return null;
  return hash.compute ? hash.compute.call2(hash, key) : hash.fallback;
}

function has(hash: RubyHash, key: RubyValue): boolean {
  return hash.has(hashKey(hash, key));
}

/** A method that walks over pairs, or gives an enumerator of them. */
function walking(name: string, code: (self: RubyHash, block: RubyProc) => RubyValue) {
  return (self: RubyHash, block: RubyProc | null): RubyValue => (block ? code(self, block) : enumerator(name, (each) => code(self, each)));
}

/** The pairs that pass a test. */
function chosen(hash: RubyHash, test: (key: RubyValue, value: RubyValue) => boolean): RubyHash {
  const made: RubyHash = new Map();
  for (const [key, value] of hash) if (test(key, value)) made.set(key, value);
  return made;
}

/** Puts other pairs into the hash. */
function refill(hash: RubyHash, pairs: Iterable<readonly [RubyValue, RubyValue]>): RubyHash {
  const copy = [...pairs];
  hash.clear();
  for (const [key, value] of copy) hash.set(key, value);
  return hash;
}

function keep(hash: RubyHash, test: (key: RubyValue, value: RubyValue) => boolean, nilIfSame: boolean): RubyValue {
  const { size } = hash;
  for (const [key, value] of [...hash]) if (!test(key, value)) hash.delete(key);
  return nilIfSame && hash.size === size ? null : hash;
}

function mergeInto(hash: RubyHash, others: readonly RubyValue[], block: RubyProc | null): RubyHash {
  for (const other of given(others)) {
    for (const [key, value] of [...hashArgument(other)]) {
      const place = hashKey(hash, key);
      const old = hash.get(place);
      hash.set(place, block && old !== undefined ? block.apply([key, old, value]) : value);
    }
  }
  steps(hash.size);
  return hash;
}

function withKeys(hash: RubyHash, names: RubyValue | undefined, block: RubyProc | null): RubyHash {
  const made: RubyHash = new Map();
  for (const [key, value] of hash) {
    const named = names instanceof Map ? names.get(hashKey(names, key)) : undefined;
    setKey(made, named ?? (block ? block.call1(key) : key), value);
  }
  return made;
}

function withValues(hash: RubyHash, block: RubyProc): RubyHash {
  const made: RubyHash = new Map();
  for (const [key, value] of hash) made.set(key, block.call1(value));
  return made;
}

function missingKey(key: RubyValue): Error {
  return rubyError('KeyError', `key not found: ${inspect(key)}`);
}

function isSubset(part: RubyHash, whole: RubyHash): boolean {
  return [...part].every(([key, value]) => has(whole, key) && equals(get(whole, key), value));
}

defineMethods<RubyHash>('Hash', {
  '[]': [1, 1, (self, _, key) => get(self, key)],
  '[]=': [2, 2, (self, _, key, value) => {
    setKey(self, key, value);
    return value;
  }],
  fetch: [1, 2, (self, block, key, fallback) => {
    const value = self.get(hashKey(self, key));
    if (value !== undefined) return value;
    if (block) return block.call1(key);
    if (fallback !== undefined) return fallback;
    throw missingKey(key);
  }],
  dig: [1, ANY, (self, _, ...keys) => dig(self, given(keys))],
  'key?': [1, 1, (self, _, key) => has(self, key)],
  'value?': [1, 1, (self, _, value) => [...self.values()].some((other) => equals(other, value))],
  key: [1, 1, (self, _, value) => [...self].find(([, other]) => equals(other, value))?.[0] ?? null],
  keys: [0, 0, (self) => [...self.keys()]],
  values: [0, 0, (self) => [...self.values()]],
  values_at: [0, ANY, (self, _, ...keys) => given(keys).map((key) => get(self, key))],
  fetch_values: [0, ANY, (self, block, ...keys) => given(keys).map((key) => {
    if (has(self, key)) return get(self, key);
    if (block) return block.call1(key);
    throw missingKey(key);
  })],
  length: [0, 0, (self) => self.size],
  'empty?': [0, 0, (self) => self.size === 0],
  to_h: [0, 0, (self, block) => (block ? pairsToHash([...self], block) : self)],
  to_hash: [0, 0, (self) => self],
  to_proc: [0, 0, (self) => {
    const find = (key: RubyValue | undefined): RubyValue => get(self, key ?? null);
    return new RubyProc({
      isLambda: true, arity: 1, call0: () => null, call1: (_, a) => find(a), call2: (_, a) => find(a), apply: (_, args) => find(args[0]),
    }, null);
  }],
  each: [0, 0, walking('each', (self, block) => {
    for (const pair of [...self]) block.call1(pair);
    return self;
  })],
  each_key: [0, 0, walking('each_key', (self, block) => {
    for (const key of [...self.keys()]) block.call1(key);
    return self;
  })],
  each_value: [0, 0, walking('each_value', (self, block) => {
    for (const value of [...self.values()]) block.call1(value);
    return self;
  })],
  select: [0, 0, walking('select', (self, block) => chosen(self, (key, value) => truthy(block.call2(key, value))))],
  reject: [0, 0, walking('reject', (self, block) => chosen(self, (key, value) => !truthy(block.call2(key, value))))],
  slice: [0, ANY, (self, _, ...keys) => {
    const made: RubyHash = new Map();
    for (const key of given(keys)) if (has(self, key)) made.set(hashKey(self, key), get(self, key));
    return made;
  }],
  except: [0, ANY, (self, _, ...keys) => {
    const made: RubyHash = new Map(self);
    for (const key of given(keys)) made.delete(hashKey(made, key));
    return made;
  }],
  compact: [0, 0, (self) => chosen(self, (_, value) => value !== null)],
  invert: [0, 0, (self) => {
    const made: RubyHash = new Map();
    for (const [key, value] of self) setKey(made, value, key);
    return made;
  }],
  merge: [0, ANY, (self, block, ...others) => mergeInto(new Map(self), others, block)],
  transform_values: [0, 0, walking('transform_values', withValues)],
  transform_keys: [0, 1, (self, block, names) => withKeys(self, names, names === undefined ? needBlock(block) : block)],
  'any?': [0, 1, (self, block, pattern) => {
    if (pattern !== undefined) return [...self].some((pair) => equals(pair, pattern));
    return block ? [...self].some(([key, value]) => truthy(block.call2(key, value))) : self.size > 0;
  }],
  'all?': [0, 0, (self, block) => !block || [...self].every(([key, value]) => truthy(block.call2(key, value)))],
  'none?': [0, 0, (self, block) => (block ? ![...self].some(([key, value]) => truthy(block.call2(key, value))) : self.size === 0)],
  count: [0, 0, (self, block) => (block ? [...self].filter(([key, value]) => truthy(block.call2(key, value))).length : self.size)],
  find: [0, 0, walking('find', (self, block) => [...self].find(([key, value]) => truthy(block.call2(key, value))) ?? null)],
  partition: [0, 0, walking('partition', (self, block) => {
    const parts: [RubyValue[], RubyValue[]] = [[], []];
    for (const pair of self) parts[truthy(block.call2(pair[0], pair[1])) ? 0 : 1].push(pair);
    return parts;
  })],
  sum: [0, 1, (self, block, initial) => sumOf([...self].map((pair) => (block ? block.call1(pair) : pair)), initial ?? 0)],
  assoc: [1, 1, (self, _, key) => (has(self, key) ? [hashKey(self, key), get(self, key)] : null)],
  default: [0, 1, (self) => (self instanceof DefaultHash ? self.fallback : null)],
  '<=': [1, 1, (self, _, other) => isSubset(self, hashArgument(other))],
  '>=': [1, 1, (self, _, other) => isSubset(hashArgument(other), self)],
  '<': [1, 1, (self, _, other) => isSubset(self, hashArgument(other)) && self.size < hashArgument(other).size],
  '>': [1, 1, (self, _, other) => isSubset(hashArgument(other), self) && self.size > hashArgument(other).size],
  inspect: [0, 0, (self) => inspect(self)],
  // changes in place
  delete: [1, 1, (self, block, key) => {
    const place = hashKey(self, key);
    const value = self.get(place);
    if (value === undefined) return block ? block.call1(key) : null;
    self.delete(place);
    return value;
  }],
  delete_if: [0, 0, (self, block) => keep(self, (key, value) => !truthy(needBlock(block).call2(key, value)), false)],
  'reject!': [0, 0, (self, block) => keep(self, (key, value) => !truthy(needBlock(block).call2(key, value)), true)],
  keep_if: [0, 0, (self, block) => keep(self, (key, value) => truthy(needBlock(block).call2(key, value)), false)],
  'select!': [0, 0, (self, block) => keep(self, (key, value) => truthy(needBlock(block).call2(key, value)), true)],
  'compact!': [0, 0, (self) => keep(self, (_, value) => value !== null, true)],
  'merge!': [0, ANY, (self, block, ...others) => mergeInto(self, others, block)],
  'transform_values!': [0, 0, (self, block) => refill(self, withValues(self, needBlock(block)))],
  'transform_keys!': [0, 1, (self, block, names) => refill(self, withKeys(self, names, block))],
  replace: [1, 1, (self, _, other) => refill(self, hashArgument(other))],
  clear: [0, 0, (self) => refill(self, [])],
  shift: [0, 0, (self) => {
    const [first] = self;
    if (!first) return null;
    self.delete(first[0]);
    return first;
  }],
});
aliasMethods('Hash', {
  size: 'length', 'has_key?': 'key?', 'include?': 'key?', 'member?': 'key?', 'has_value?': 'value?', each_pair: 'each',
  filter: 'select', detect: 'find', store: '[]=', update: 'merge!', 'filter!': 'select!',
});
