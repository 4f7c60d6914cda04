/** Methods of every value, and of what can be compared. */
import { Float } from '../../lib/value.ts';
import { nameArgument, needBlock } from '../arguments.ts';
import { caseEquals } from '../case-equals.ts';
import { className, isA } from '../class-name.ts';
import { moduleNamed } from '../constants.ts';
import { compare, eql, equals, order } from '../equality.ts';
import { inspect, toText } from '../inspect.ts';
import { enumerator } from '../list.ts';
import { aliasMethods, ANY, defineMethods, isMethodName, respondsTo, send } from '../method.ts';
import { argumentError, rubyError, typeError } from '../ruby-error.ts';
import { jsonText } from '../json-text.ts';
import { DefaultHash, RubyModule, RubyRange, RubyRegexp, RubySymbol, type RubyValue } from '../values.ts';

function moduleArgument(value: RubyValue): string {
  if (value instanceof RubyModule) return value.name;
  throw typeError('class or module required');
}

/** A copy whose changes the original does not see. */
function copyOf(value: RubyValue): RubyValue {
  if (Array.isArray(value)) return [...value];
  if (value instanceof DefaultHash) {
    const copy = new DefaultHash(value.fallback, value.compute);
    for (const [key, item] of value) copy.set(key, item);
    return copy;
  }
  return value instanceof Map ? new Map(value) : value;
}

defineMethods<RubyValue>('Object', {
  '==': [1, 1, (self, _, other) => equals(self, other)],
  '!=': [1, 1, (self, _, other) => !equals(self, other)],
  '!': [0, 0, (self) => self === null || self === false],
  '===': [1, 1, (self, _, other) => caseEquals(self, other)],
  '<=>': [1, 1, (self, _, other) => compare(self, other) ?? null],
  '=~': [1, 1, () => null],
  'eql?': [1, 1, (self, _, other) => eql(self, other)],
  'equal?': [1, 1, (self, _, other) => self === other],
  class: [0, 0, (self) => moduleNamed(className(self))],
  'is_a?': [1, 1, (self, _, module) => isA(self, moduleArgument(module))],
  'instance_of?': [1, 1, (self, _, module) => className(self) === moduleArgument(module)],
  'nil?': [0, 0, (self) => self === null],
  'respond_to?': [1, 2, (self, _, name) => respondsTo(self, nameArgument(name))],
  to_s: [0, 0, (self) => toText(self)],
  inspect: [0, 0, (self) => inspect(self)],
  to_json: [0, ANY, (self) => jsonText(self)],
  dup: [0, 0, (self) => copyOf(self)],
  clone: [0, 1, (self) => copyOf(self)],
  itself: [0, 0, (self) => self],
  freeze: [0, 0, (self) => self],
  'frozen?': [0, 0, (self) => typeof self !== 'object' || self === null || self instanceof RubySymbol || self instanceof RubyRange || self instanceof RubyRegexp],
  tap: [0, 0, (self, block) => {
    needBlock(block).call1(self);
    return self;
  }],
  then: [0, 0, (self, block) => needBlock(block).call1(self)],
  send: [1, ANY, (self, block, name, ...args) => {
    const method = nameArgument(name);
    if (!isMethodName(method)) throw rubyError('NoMethodError', `undefined method '${method}' for ${inspect(self)}`);
    return send(self, method, args.filter((arg) => arg !== undefined), block);
  }],
  enum_for: [0, ANY, (self, _, name, ...args) => {
    const method = name === undefined ? 'each' : nameArgument(name);
    return enumerator(method, (block) => send(self, method, args, block));
  }],
});
aliasMethods('Object', {
  'kind_of?': 'is_a?', yield_self: 'then', public_send: 'send', __send__: 'send', to_enum: 'enum_for',
});

defineMethods<RubyValue>('Comparable', {
  '<': [1, 1, (self, _, other) => order(self, other) < 0],
  '<=': [1, 1, (self, _, other) => order(self, other) <= 0],
  '>': [1, 1, (self, _, other) => order(self, other) > 0],
  '>=': [1, 1, (self, _, other) => order(self, other) >= 0],
  'between?': [2, 2, (self, _, low, high) => order(self, low) >= 0 && order(self, high) <= 0],
  clamp: [1, 2, (self, _, a, b) => {
    const low = a instanceof RubyRange ? a.first : a;
    const high = a instanceof RubyRange ? a.last : (b ?? null);
    if (a instanceof RubyRange && a.exclusive && high !== null) throw argumentError('cannot clamp with an exclusive range');
    if (low !== null && high !== null && order(low, high) > 0) throw argumentError('min argument must be less than or equal to max argument');
    if (low !== null && order(self, low) < 0) return low;
    return high !== null && order(self, high) > 0 ? high : self;
  }],
});

defineMethods<null>('NilClass', {
  to_a: [0, 0, () => []],
  to_h: [0, 0, () => new Map()],
  to_i: [0, 0, () => 0],
  to_f: [0, 0, () => new Float(0)],
  to_s: [0, 0, () => ''],
  '&': [1, 1, () => false],
  '|': [1, 1, (_, __, other) => other !== null && other !== false],
});

defineMethods<boolean>('TrueClass', {
  '&': [1, 1, (_, __, other) => other !== null && other !== false],
  '|': [1, 1, () => true],
  '^': [1, 1, (_, __, other) => other === null || other === false],
});
defineMethods<boolean>('FalseClass', {
  '&': [1, 1, () => false],
  '|': [1, 1, (_, __, other) => other !== null && other !== false],
  '^': [1, 1, (_, __, other) => other !== null && other !== false],
});
