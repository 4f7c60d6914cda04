/** Methods of Symbol and Proc. */
import { compareText } from '../equality.ts';
import { inspect } from '../inspect.ts';
import { nativeBlock } from '../list.ts';
import { aliasMethods, ANY, defineMethods, send } from '../method.ts';
import { symbolProc } from '../symbol-proc.ts';
import { successor } from '../text-successor.ts';
import { textLength } from '../text-index.ts';
import { type RubyProc, RubySymbol, symbol, type RubyValue } from '../values.ts';

defineMethods<RubySymbol>('Symbol', {
  to_s: [0, 0, (self) => self.name],
  to_sym: [0, 0, (self) => self],
  to_proc: [0, 0, (self) => symbolProc(self.name)],
  inspect: [0, 0, (self) => inspect(self)],
  length: [0, 0, (self) => textLength(self.name)],
  'empty?': [0, 0, (self) => self.name === ''],
  upcase: [0, 0, (self) => symbol(self.name.toUpperCase())],
  downcase: [0, 0, (self) => symbol(self.name.toLowerCase())],
  capitalize: [0, 0, (self) => symbol(send(self.name, 'capitalize', []) as string)],
  swapcase: [0, 0, (self) => symbol(send(self.name, 'swapcase', []) as string)],
  succ: [0, 0, (self) => symbol(successor(self.name))],
  'start_with?': [0, ANY, (self, _, ...args) => send(self.name, 'start_with?', args.filter((arg) => arg !== undefined))],
  'end_with?': [0, ANY, (self, _, ...args) => send(self.name, 'end_with?', args.filter((arg) => arg !== undefined))],
  '[]': [1, 2, (self, _, ...args) => send(self.name, '[]', args.filter((arg) => arg !== undefined))],
  '=~': [1, 1, (self, _, pattern) => send(self.name, '=~', [pattern])],
  match: [1, 2, (self, block, ...args) => send(self.name, 'match', args.filter((arg) => arg !== undefined), block)],
  'match?': [1, 2, (self, _, ...args) => send(self.name, 'match?', args.filter((arg) => arg !== undefined))],
  casecmp: [1, 1, (self, _, other) => (other instanceof RubySymbol ? compareText(self.name.toLowerCase(), other.name.toLowerCase()) : null)],
});
aliasMethods('Symbol', { size: 'length', name: 'to_s', id2name: 'to_s', next: 'succ' });

function call(self: RubyProc, args: readonly RubyValue[]): RubyValue {
  return self.apply(args.filter((arg) => arg !== undefined));
}

defineMethods<RubyProc>('Proc', {
  call: [0, ANY, (self, _, ...args) => call(self, args)],
  to_proc: [0, 0, (self) => self],
  'lambda?': [0, 0, (self) => self.code.isLambda],
  arity: [0, 0, (self) => self.code.arity],
  curry: [0, 1, (self) => curried(self, Math.abs(self.code.arity), [])],
  '>>': [1, 1, (self, _, other) => nativeBlock((args) => send(other, 'call', [self.apply(args)]))],
  '<<': [1, 1, (self, _, other) => nativeBlock((args) => self.call1(send(other, 'call', args)))],
});
aliasMethods('Proc', { yield: 'call', '[]': 'call', '===': 'call' });

function curried(self: RubyProc, count: number, given: readonly RubyValue[]): RubyProc {
  return nativeBlock((args) => {
    const all = [...given, ...args];
    return all.length >= count ? self.apply(all) : curried(self, count, all);
  });
}
