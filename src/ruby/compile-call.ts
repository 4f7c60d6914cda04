/** Calls of methods and functions. */
import type { CallNode, Node } from './ast.ts';
import { compileBlock } from './compile-block.ts';
import { compileMutation, isTextMutator } from './compile-mutation.ts';
import { compileOperator } from './compile-operator.ts';
import { compile, compileList, type Code, type Context } from './compile.ts';
import { constantValue } from './constants.ts';
import { inspect } from './inspect.ts';
import { isMutator } from './mutators.ts';
import { checked } from './machine.ts';
import { checkArguments, findMethod, invoke, isMethodName, kernelFunction, methodsNamed, moduleMethod, type Method, type Methods } from './method.ts';
import { typeError } from './ruby-error.ts';
import { BreakSignal } from './signals.ts';
import { functionAllowed, moduleMethodAllowed, suggestion } from './suggestion.ts';
import { symbolProc } from './symbol-proc.ts';
import { RubySyntaxError } from './syntax-error.ts';
import { NUMBER_SHORT_CUTS, plainNumber, TEXT_SHORT_CUTS } from './short-cuts.ts';
import { RubyModule, RubyProc, RubySymbol, type Frame, type RubyValue } from './values.ts';

/** Makes the block of a call, if it has one. */
type BlockMaker = (frame: Frame) => RubyProc | null;

export function compileCall(node: CallNode, context: Context): Code {
  if (!node.receiver) return compileFunction(node, context);
  const { name } = node;
  const forced = forcedEncoding(node);
  if (forced) return compileCall(forced, context);
  const operator = compileOperator(node, context);
  if (operator) return operator;
  const { receiver } = node;
  // so that a name that is not known is found before a method that is not
  if (receiver.kind === 'call' && !receiver.receiver) compileFunction(receiver, context);
  checkMethod(node, receiver, context);
  if (isMutator(name)) context.mutates = true;
  if (isTextMutator(name)) {
    const mutation = compileMutation(node, context);
    if (mutation) return mutation;
  }
  return compileMethod(node, node.receiver, context);
}

/** `x.force_encoding(a).encode(b)` is `x.encode(b, a)`: texts here do not remember an encoding. */
function forcedEncoding(node: CallNode): CallNode | undefined {
  const { receiver, args, at } = node;
  if (node.name !== 'encode' || receiver?.kind !== 'call' || receiver.name !== 'force_encoding' || receiver.args.length !== 1) return undefined;
  const hasTarget = args.length > 0 && args[0]!.kind !== 'hash';
  const target: Node = hasTarget ? args[0]! : { kind: 'literal', at, value: 'UTF-8' };
  const rest = hasTarget ? args.slice(1) : args;
  if (rest.some((arg) => arg.kind !== 'hash')) return undefined;
  return { ...node, receiver: receiver.receiver, safe: node.safe || receiver.safe, args: [target, receiver.args[0]!, ...rest] };
}

function checkMethod(node: CallNode, receiver: Node, context: Context): void {
  const { name, at } = node;
  if (receiver.kind === 'constant') {
    const value = constantValue(receiver.path, context.scope);
    if (value instanceof RubyModule) {
      if (!moduleMethod(value.name, name) && !methodsNamed(name).Module) {
        throw new RubySyntaxError(
          `'${receiver.path}.${name}' is not supported here`, at, suggestion.moduleMethod(value.name, name, context.scope),
        );
      }
      if (!moduleMethodAllowed(value.name, name, context.scope)) {
        throw new RubySyntaxError(
          `'${receiver.path}.${name}' is only allowed in the configuration's own "#{...}"`, at,
          'an expression on events cannot read files',
        );
      }
      return;
    }
  }
  if (!isMethodName(name)) throw new RubySyntaxError(`the method '${name}' is not known here`, at, suggestion.method(name));
}

/** `format("%d", 1)`, `raise "x"`, `hostname`: a call without receiver. */
function compileFunction(node: CallNode, context: Context): Code {
  const { name, at } = node;
  if (name === 'lambda' || name === 'proc') {
    const given = node.args[0];
    if (given?.kind === 'blockPass') return compile(given.value, context);
    throw new RubySyntaxError(`'${name}' needs a block`, at);
  }
  const method = kernelFunction(name);
  if (!method) {
    const what = node.bare ? 'variable or function' : 'function';
    throw new RubySyntaxError(`'${name}' is not a known ${what} here`, at, suggestion.name(name, context.variables, context.scope));
  }
  if (!functionAllowed(name, context.scope)) {
    throw new RubySyntaxError(`'${name}' is only allowed in the configuration's own "#{...}"`, at);
  }
  const { args, block } = compileArguments(node, context);
  const find = (): Method => method;
  return withBreak(node, makeCall(find, () => null, args, block, false));
}

function compileMethod(node: CallNode, receiverNode: Node, context: Context): Code {
  const receiver = compile(receiverNode, context);
  const methods = methodsNamed(node.name);
  const { args, block } = compileArguments(node, context);
  if (block === undefined && Array.isArray(args)) {
    const fast = fastCall(methods, receiver, args, node.safe);
    if (fast) return fast;
  }
  return withBreak(node, makeCall((self) => findMethod(methods, self), receiver, args, block, node.safe));
}

/** Calls without block and with up to two arguments: no list of arguments is made. */
function fastCall(methods: Methods, receiver: Code, args: readonly Code[], safe: boolean): Code | undefined {
  const [first, second] = args;
  const ofText = args.length === 0 ? TEXT_SHORT_CUTS.get(methods.name) : undefined;
  const ofNumber = args.length === 0 ? NUMBER_SHORT_CUTS.get(methods.name) : undefined;
  if (ofText || ofNumber) {
    const general = fastMethod(methods, safe);
    return (f) => {
      const self = receiver(f);
      if (typeof self === 'string') return ofText ? ofText(self) : general(self);
      const number = ofNumber && plainNumber(self);
      return (number !== undefined ? ofNumber!(number) : undefined) ?? general(self);
    };
  }
  switch (args.length) {
    case 0:
      return (f) => {
        const self = receiver(f);
        if (safe && self === null) return null;
        const method = findMethod(methods, self);
        if (method.min > 0) checkArguments(method, 0);
        return checked((method.code as (self: RubyValue, block: null) => RubyValue)(self, null));
      };
    case 1:
      return (f) => {
        const self = receiver(f);
        if (safe && self === null) return null;
        const a = first!(f);
        const method = findMethod(methods, self);
        if (method.max < 1 || method.min > 1) checkArguments(method, 1);
        return checked((method.code as (self: RubyValue, block: null, a: RubyValue) => RubyValue)(self, null, a));
      };
    case 2:
      return (f) => {
        const self = receiver(f);
        if (safe && self === null) return null;
        const a = first!(f);
        const b = second!(f);
        const method = findMethod(methods, self);
        if (method.max < 2 || method.min > 2) checkArguments(method, 2);
        return checked((method.code as (self: RubyValue, block: null, a: RubyValue, b: RubyValue) => RubyValue)(self, null, a, b));
      };
    default:
      return undefined;
  }
}

/** A call without arguments on a value. */
function fastMethod(methods: Methods, safe: boolean): (self: RubyValue) => RubyValue {
  return (self) => {
    if (safe && self === null) return null;
    const method = findMethod(methods, self);
    if (method.min > 0) checkArguments(method, 0);
    return checked((method.code as (self: RubyValue, block: null) => RubyValue)(self, null));
  };
}

function makeCall(
  find: (self: RubyValue) => Method, receiver: Code, args: readonly Code[] | ((f: Frame) => RubyValue[]), block: BlockMaker | undefined,
  safe: boolean,
): Code {
  const [first] = typeof args === 'function' ? [] : args;
  if (typeof args !== 'function' && args.length === 0) {
    return (f) => {
      const self = receiver(f);
      if (safe && self === null) return null;
      const given = block ? block(f) : null;
      const method = find(self);
      if (method.min > 0) checkArguments(method, 0);
      return checked((method.code as (self: RubyValue, block: RubyProc | null) => RubyValue)(self, given));
    };
  }
  if (typeof args !== 'function' && args.length === 1) {
    return (f) => {
      const self = receiver(f);
      if (safe && self === null) return null;
      const a = first!(f);
      const given = block ? block(f) : null;
      const method = find(self);
      if (method.max < 1 || method.min > 1) checkArguments(method, 1);
      return checked((method.code as (self: RubyValue, block: RubyProc | null, a: RubyValue) => RubyValue)(self, given, a));
    };
  }
  const list = typeof args === 'function' ? args : (f: Frame): RubyValue[] => args.map((arg) => arg(f));
  return (f) => {
    const self = receiver(f);
    if (safe && self === null) return null;
    const values = list(f);
    const given = block ? block(f) : null;
    return checked(invoke(find(self), self, values, given));
  };
}

/** `break` in the block ends the call. */
function withBreak(node: CallNode, code: Code): Code {
  if (!node.block?.hasBreak) return code;
  return (f) => {
    try {
      return code(f);
    } catch (signal) {
      if (signal instanceof BreakSignal) return signal.value;
      throw signal;
    }
  };
}

interface Arguments {
  /** One code for each, or one that makes the list where there are splats. */
  readonly args: readonly Code[] | ((f: Frame) => RubyValue[]);
  readonly block: BlockMaker | undefined;
}

/** Arguments and block of a call. */
export function compileArguments(node: CallNode, context: Context): Arguments {
  const nodes = [...node.args];
  const last = nodes[nodes.length - 1];
  let block: BlockMaker | undefined;
  if (last?.kind === 'blockPass') {
    nodes.pop();
    block = compileBlockPass(last.value, context);
  } else if (node.block) {
    context.blocksOf.push(node.name);
    const code = compileBlock(node.block, context);
    context.blocksOf.pop();
    block = (f) => new RubyProc(code, f);
  }
  const args = nodes.some((arg) => arg.kind === 'splat')
    ? compileList(nodes, context)
    : nodes.map((arg) => compile(arg, context));
  return { args, block };
}

/** `&:upcase`, `&lambda`, `&hash` */
function compileBlockPass(node: Node, context: Context): BlockMaker {
  if (node.kind === 'literal' && node.value instanceof RubySymbol) {
    const { name } = node.value;
    if (!isMethodName(name)) throw new RubySyntaxError(`the method '${name}' is not known here`, node.at, suggestion.method(name));
    if (isMutator(name)) context.mutates = true;
    const proc = symbolProc(name);
    return () => proc;
  }
  const code = compile(node, context);
  return (f) => {
    const value = code(f);
    if (value === null || value instanceof RubyProc) return value;
    if (value instanceof RubySymbol) return symbolProc(value.name);
    if (value instanceof Map) return hashProc(value);
    throw typeError(`wrong argument type ${inspect(value)} (expected Proc)`);
  };
}

function hashProc(hash: ReadonlyMap<RubyValue, RubyValue>): RubyProc {
  const get = (key: RubyValue): RubyValue => hash.get(key) ?? null;
  return new RubyProc(
    {
      isLambda: true, arity: 1, call0: () => null, call1: (_, a) => get(a), call2: (_, a) => get(a), apply: (_, args) => get(args[0] ?? null),
    },
    null,
  );
}
