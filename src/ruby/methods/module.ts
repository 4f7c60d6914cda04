/** Methods of classes and modules: names, tests, `new`; errors; numbers and texts as classes. */
import { toFloat } from '../../lib/value.ts';
import { doubleArgument, integerArgument, textArgument } from '../arguments.ts';
import { caseEquals } from '../case-equals.ts';
import { setKey } from '../equality.ts';
import { inspect, toText } from '../inspect.ts';
import { checkItems } from '../machine.ts';
import { aliasMethods, ANY, defineMethods, defineModule, type MethodTable } from '../method.ts';
import { argumentError, EXCEPTION_CLASSES, isErrorClass, type RubyError, rubyError } from '../ruby-error.ts';
import { toDouble } from '../numbers.ts';
import { DefaultHash, RubyModule, type RubyHash, type RubyValue } from '../values.ts';
import { pairsToHash } from './enumerable.ts';

defineMethods<RubyModule>('Module', {
  name: [0, 0, (self) => self.name],
  to_s: [0, 0, (self) => self.name],
  inspect: [0, 0, (self) => self.name],
  '===': [1, 1, (self, _, value) => caseEquals(self, value)],
  '<=': [1, 1, (self, _, other) => other instanceof RubyModule && (self.name === other.name || isErrorClass(self.name, other.name))],
});

defineMethods<RubyError>('Exception', {
  message: [0, 0, (self) => self.message],
  full_message: [0, 1, (self) => `${self.message} (${self.rubyClass})`],
  inspect: [0, 0, (self) => inspect(self)],
  backtrace: [0, 0, () => []],
  cause: [0, 0, () => null],
});
aliasMethods('Exception', { to_s: 'message', detailed_message: 'full_message' });

for (const name of EXCEPTION_CLASSES) {
  const create = (message: RubyValue | undefined): RubyError => rubyError(name, message === undefined ? name : toText(message));
  defineModule(name, {
    new: [0, 1, (_, __, message) => create(message)],
    exception: [0, 1, (_, __, message) => create(message)],
  });
}

function newArray(size: RubyValue | undefined, value: RubyValue | undefined, make: ((i: number) => RubyValue) | undefined): RubyValue {
  if (size === undefined) return [];
  if (Array.isArray(size)) return [...size];
  const count = integerArgument(size);
  if (count < 0) throw argumentError('negative array size');
  checkItems(count);
  return Array.from({ length: count }, (_, i) => (make ? make(i) : (value ?? null)));
}

/** `Hash[pairs]`, `Hash["a", 1, "b", 2]` */
function hashOf(args: readonly RubyValue[]): RubyHash {
  const [first] = args;
  if (args.length === 1 && first instanceof Map) return new Map(first);
  if (args.length === 1 && Array.isArray(first)) return pairsToHash(first, null);
  if (args.length % 2 !== 0) throw argumentError('odd number of arguments for Hash');
  const hash: RubyHash = new Map();
  for (let i = 0; i < args.length; i += 2) setKey(hash, args[i]!, args[i + 1]!);
  return hash;
}

defineModule('Array', {
  new: [0, 2, (_, block, size, value) => newArray(size, value, block ? (i) => block.call1(i) : undefined)],
  '[]': [0, ANY, (_, __, ...items) => items.filter((item) => item !== undefined)],
});
defineModule('Hash', {
  new: [0, 1, (_, block, fallback) =>
    (fallback === undefined && !block) || fallback instanceof Map ? new Map() : new DefaultHash(fallback ?? null, block)],
  '[]': [0, ANY, (_, __, ...args) => hashOf(args.filter((arg) => arg !== undefined))],
});
defineModule('String', { new: [0, 2, (_, __, text) => (text === undefined || text instanceof Map ? '' : textArgument(text))] });
defineModule('Integer', { sqrt: [1, 1, (_, __, value) => Math.floor(Math.sqrt(doubleArgument(value)))] });

const real = (compute: (x: number) => number) => (_: unknown, __: unknown, value: RubyValue): RubyValue => toFloat(compute(doubleArgument(value)));
const notNegative = (name: string, compute: (x: number) => number) => real((x) => {
  if (x < 0) throw rubyError('Math::DomainError', `Numerical argument is out of domain - "${name}"`);
  return compute(x);
});

const math: MethodTable<never> = {
  sqrt: [1, 1, notNegative('sqrt', Math.sqrt)],
  cbrt: [1, 1, real(Math.cbrt)],
  sin: [1, 1, real(Math.sin)],
  cos: [1, 1, real(Math.cos)],
  tan: [1, 1, real(Math.tan)],
  atan: [1, 1, real(Math.atan)],
  exp: [1, 1, real(Math.exp)],
  log2: [1, 1, notNegative('log2', Math.log2)],
  log10: [1, 1, notNegative('log10', Math.log10)],
  log: [1, 2, (_, __, value, base) => {
    const x = doubleArgument(value);
    if (x < 0) throw rubyError('Math::DomainError', 'Numerical argument is out of domain - "log"');
    return toFloat(base === undefined ? Math.log(x) : Math.log(x) / Math.log(doubleArgument(base)));
  }],
  pow: [2, 2, (_, __, a, b) => toFloat(toDouble(a as number) ** toDouble(b as number))],
  hypot: [2, 2, (_, __, a, b) => toFloat(Math.hypot(doubleArgument(a), doubleArgument(b)))],
  atan2: [2, 2, (_, __, a, b) => toFloat(Math.atan2(doubleArgument(a), doubleArgument(b)))],
};
defineModule('Math', math);
