/** Operators and indexes, with short cuts for what they mostly meet: small integers, texts, hashes. */
import { toFloat } from '../lib/value.ts';
import type { CallNode, Node } from './ast.ts';
import { assignTo } from './compile-assign.ts';
import { compile, type Code, type Context } from './compile.ts';
import { equals } from './equality.ts';
import { checked, machine } from './machine.ts';
import { checkArguments, findMethod, methodsNamed, send } from './method.ts';
import { dig } from './methods/array.ts';
import { DefaultHash, type RubyValue } from './values.ts';

type Operation = (a: RubyValue, b: RubyValue) => RubyValue;

const OPERATORS = new Set([
  '+', '-', '*', '/', '%', '**', '==', '<', '<=', '>', '>=', '<=>', '===', '=~', '<<', '>>', '&', '|', '^',
]);

/** The operator as a function; methods are looked up by the type of the left side. */
export function binaryOperation(operator: string): Operation {
  const methods = methodsNamed(operator);
  const general: Operation = (a, b) => {
    const method = findMethod(methods, a);
    if (method.max < 1) checkArguments(method, 1);
    return checked((method.code as (self: RubyValue, block: null, b: RubyValue) => RubyValue)(a, null, b));
  };
  switch (operator) {
    case '+':
      return (a, b) => {
        if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
          const sum = a + b;
          if (Number.isSafeInteger(sum)) return sum;
        } else if (typeof a === 'string' && typeof b === 'string') return checked(a + b);
        return general(a, b);
      };
    case '-':
      return (a, b) => {
        if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
          const difference = a - b;
          if (Number.isSafeInteger(difference)) return difference;
        }
        return general(a, b);
      };
    case '*':
      return (a, b) => {
        if (typeof a === 'number' && typeof b === 'number') {
          const product = a * b;
          if (!Number.isInteger(a) || !Number.isInteger(b)) return toFloat(product);
          if (Number.isSafeInteger(product)) return product === 0 ? 0 : product;
        }
        return general(a, b);
      };
    case '==':
      return equals;
    case '<':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a < b : general(a, b));
    case '<=':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a <= b : general(a, b));
    case '>':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a > b : general(a, b));
    case '>=':
      return (a, b) => (typeof a === 'number' && typeof b === 'number' ? a >= b : general(a, b));
    default:
      return general;
  }
}

/** The call as an operator or index; undefined if it is neither. */
export function compileOperator(node: CallNode, context: Context): Code | undefined {
  if (node.safe || node.block || node.args.some((arg) => arg.kind === 'splat' || arg.kind === 'blockPass')) return undefined;
  const [first] = node.args;
  if (node.name === 'dig') return compileDig(node, context);
  if (KEY_TESTS.has(node.name) && node.args.length === 1) return compileKeyTest(node, context);
  if (node.name === '[]' && node.args.length === 2) return compilePart(node, context);
  if (node.name === '[]' && node.args.length === 1) return compileIndex(node.receiver!, first!, context);
  if (node.args.length !== 1 || !OPERATORS.has(node.name) || node.name === '<<') return undefined;
  const left = compile(node.receiver!, context);
  const right = compile(first!, context);
  if (node.name === '=~' && node.receiver!.kind === 'regexp' && node.receiver!.names.length > 0) {
    return compileNamedMatch(node.receiver!, left, right, context);
  }
  const operation = binaryOperation(node.name);
  const number = first!.kind === 'literal' && typeof first!.value === 'number' ? first!.value : undefined;
  return (number !== undefined && compileComparison(node.name, left, number, operation)) || ((f) => operation(left(f), right(f)));
}

const KEY_TESTS = new Set(['key?', 'has_key?', 'include?', 'member?']);

/** The texts of arguments that are all literal texts; undefined otherwise. */
function literalTexts(args: readonly Node[]): string[] | undefined {
  const texts = args.map((arg) => (arg.kind === 'literal' && typeof arg.value === 'string' ? arg.value : undefined));
  return texts.length > 0 && texts.every((text) => text !== undefined) ? texts : undefined;
}

/** `hash.dig("a", "b")`: through hashes without calls. */
function compileDig(node: CallNode, context: Context): Code | undefined {
  const keys = literalTexts(node.args);
  if (!keys) return undefined;
  const receiver = compile(node.receiver!, context);
  return (f) => {
    let at = receiver(f);
    for (let i = 0; i < keys.length; i++) {
      if (!(at instanceof Map) || at instanceof DefaultHash) {
        if (at === null && i > 0) return null;
        return i === 0 ? checked(send(at, 'dig', keys)) : checked(dig(at, keys.slice(i)));
      }
      at = at.get(keys[i]!) ?? null;
    }
    return at;
  };
}

/** `hash.key?("a")`, and the methods of that name of other types. */
function compileKeyTest(node: CallNode, context: Context): Code | undefined {
  const [key] = literalTexts(node.args) ?? [];
  if (key === undefined) return undefined;
  const receiver = compile(node.receiver!, context);
  const general = binaryOperation(node.name);
  return (f) => {
    const self = receiver(f);
    return self instanceof Map ? self.has(key) : general(self, key);
  };
}

/** `text[0, 20]`: without counting characters where the part has none of two units. */
function compilePart(node: CallNode, context: Context): Code | undefined {
  const [start, length] = node.args.map((arg) => (arg.kind === 'literal' && typeof arg.value === 'number' ? arg.value : -1));
  if (!Number.isInteger(start) || !Number.isInteger(length) || start! < 0 || length! < 0) return undefined;
  const receiver = compile(node.receiver!, context);
  const end = start! + length!;
  return (f) => {
    const self = receiver(f);
    if (typeof self === 'string' && start! <= self.length && isNarrow(self, end)) return self.slice(start, end);
    return checked(send(self, '[]', [start!, length!]));
  };
}

/** Whether there is no character of two units before `end`. */
function isNarrow(text: string, end: number): boolean {
  const to = Math.min(end, text.length);
  for (let i = 0; i < to; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) return false;
  return true;
}

/** `x >= 500` with a number that is written there. */
function compileComparison(operator: string, left: Code, b: number, general: Operation): Code | undefined {
  switch (operator) {
    case '<':
      return (f) => {
        const a = left(f);
        return typeof a === 'number' ? a < b : general(a, b);
      };
    case '<=':
      return (f) => {
        const a = left(f);
        return typeof a === 'number' ? a <= b : general(a, b);
      };
    case '>':
      return (f) => {
        const a = left(f);
        return typeof a === 'number' ? a > b : general(a, b);
      };
    case '>=':
      return (f) => {
        const a = left(f);
        return typeof a === 'number' ? a >= b : general(a, b);
      };
    default:
      return undefined;
  }
}

function compileIndex(receiverNode: Node, keyNode: Node, context: Context): Code {
  const receiver = compile(receiverNode, context);
  const general = binaryOperation('[]');
  if (keyNode.kind === 'literal' && typeof keyNode.value === 'string') {
    const key = keyNode.value;
    return (f) => {
      const self = receiver(f);
      if (self instanceof Map) {
        const value = self.get(key);
        if (value !== undefined) return value;
        if (!(self instanceof DefaultHash)) return null;
      }
      return general(self, key);
    };
  }
  const key = compile(keyNode, context);
  return (f) => {
    const self = receiver(f);
    return general(self, key(f));
  };
}

/** `/(?<name>x)/ =~ text` sets the variable `name`. */
function compileNamedMatch(node: Node & { kind: 'regexp' }, left: Code, right: Code, context: Context): Code {
  const targets = node.names.map((place) => ({
    name: place.name,
    assign: assignTo({ kind: 'local', at: node.at, parameter: false, ...place }, context),
  }));
  return (f) => {
    const result = send(left(f), '=~', [right(f)]);
    const { match } = machine();
    for (const { name, assign } of targets) assign(f, result === null ? null : (match?.named(name) ?? null));
    return result;
  };
}
