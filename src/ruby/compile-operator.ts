/** Operators and indexes, with short cuts for what they mostly meet: small integers, texts, hashes. */
import type { CallNode, Node } from './ast.ts';
import { assignTo } from './compile-assign.ts';
import { compile, type Code, type Context } from './compile.ts';
import { equals } from './equality.ts';
import { checked, machine } from './machine.ts';
import { checkArguments, findMethod, methodsNamed, send } from './method.ts';
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
  if (node.name === '[]' && node.args.length === 1) return compileIndex(node.receiver!, first!, context);
  if (node.args.length !== 1 || !OPERATORS.has(node.name) || node.name === '<<') return undefined;
  const left = compile(node.receiver!, context);
  const right = compile(first!, context);
  if (node.name === '=~' && node.receiver!.kind === 'regexp' && node.receiver!.names.length > 0) {
    return compileNamedMatch(node.receiver!, left, right, context);
  }
  const operation = binaryOperation(node.name);
  return (f) => operation(left(f), right(f));
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
