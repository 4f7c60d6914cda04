/** Assignments to variables, `@variables`, indexes, and to several at once. */
import type { Node, Target, Targets } from './ast.ts';
import { compile, compileList, type Code, type Context } from './compile.ts';
import { binaryOperation } from './compile-operator.ts';
import { RubySyntaxError } from './syntax-error.ts';
import { machine } from './machine.ts';
import { type Frame, type RubyValue } from './values.ts';
import { getIndex, setIndex } from './indexing.ts';

/** Stores a value. */
export type Assign = (frame: Frame, value: RubyValue) => void;

/** The frame that is `depth` blocks outwards. */
export function frameAt(frame: Frame, depth: number): Frame {
  let at = frame;
  for (let i = 0; i < depth; i++) at = at.up!;
  return at;
}

export function assignTo(target: Target, context: Context): Assign {
  switch (target.kind) {
    case 'local': {
      const { slot, depth } = target;
      if (depth === 0) {
        return (f, value) => {
          f.vars[slot] = value;
        };
      }
      return (f, value) => {
        frameAt(f, depth).vars[slot] = value;
      };
    }
    case 'state': {
      const { name } = target;
      return (_, value) => {
        machine().state.set(name, value);
      };
    }
    case 'index': {
      if (target.receiver.kind === 'constant') {
        throw new RubySyntaxError(`'${target.receiver.path}[...]' cannot be assigned to`, target.at, 'it can only be read');
      }
      context.mutates = true;
      const receiver = compile(target.receiver, context);
      const args = compileList(target.args, context);
      const assignText = textAssign(target.receiver, context);
      return (f, value) => setIndex(receiver(f), args(f), value, assignText && ((text) => assignText(f, text)));
    }
  }
}

/** Where the changed text of `text[0] = "x"` goes; undefined if that is nowhere. */
function textAssign(node: Node, context: Context): Assign | undefined {
  if (node.kind === 'local' || node.kind === 'state') return assignTo(node, context);
  if (node.kind === 'call' && node.name === '[]' && node.receiver && !node.safe) {
    return assignTo({ kind: 'index', at: node.at, receiver: node.receiver, args: node.args }, context);
  }
  return undefined;
}

export function compileAssign(node: Node & { kind: 'assign' }, context: Context): Code {
  const value = compile(node.value, context);
  const assign = assignTo(node.target, context);
  return (f) => {
    const v = value(f);
    assign(f, v);
    return v;
  };
}

/** `x += 1`, `x ||= 1`, `list[i] <<= 1` */
export function compileAssignOperator(node: Node & { kind: 'assignOperator' }, context: Context): Code {
  const { target, operator } = node;
  if (target.kind === 'index') return compileIndexOperator(node, target, context);
  const read = compile(target, context);
  const assign = assignTo(target, context);
  const value = compile(node.value, context);
  const change = changer(operator, value);
  return (f) => change(f, read(f), assign);
}

function compileIndexOperator(node: Node & { kind: 'assignOperator' }, target: Target & { kind: 'index' }, context: Context): Code {
  context.mutates = true;
  const receiver = compile(target.receiver, context);
  const args = compileList(target.args, context);
  const change = changer(node.operator, compile(node.value, context));
  return (f) => {
    const list = receiver(f);
    const indexes = args(f);
    return change(f, getIndex(list, indexes), (_, value) => setIndex(list, indexes, value, undefined));
  };
}

function changer(operator: string, value: Code): (f: Frame, old: RubyValue, assign: Assign) => RubyValue {
  if (operator === '||' || operator === '&&') {
    const keepsTruth = operator === '||';
    return (f, old, assign) => {
      if ((old !== null && old !== false) === keepsTruth) return old;
      const v = value(f);
      assign(f, v);
      return v;
    };
  }
  const operation = binaryOperation(operator);
  return (f, old, assign) => {
    const v = operation(old, value(f));
    assign(f, v);
    return v;
  };
}

/** Spreads the items of a list over targets. */
export function assignMany(targets: Targets, context: Context): (frame: Frame, values: readonly RubyValue[]) => void {
  const assigns = targets.items.map((item): Assign => {
    if ('kind' in item) return assignTo(item, context);
    const inner = assignMany(item, context);
    return (f, value) => inner(f, Array.isArray(value) ? value : [value]);
  });
  const { rest } = targets;
  const after = rest < 0 ? 0 : assigns.length - rest - 1;
  return (f, values) => {
    for (let i = 0; i < assigns.length; i++) {
      if (i === rest) assigns[i]!(f, values.slice(rest, Math.max(rest, values.length - after)));
      else if (rest >= 0 && i > rest) assigns[i]!(f, values[Math.max(i - 1, values.length - assigns.length + i)] ?? null);
      else assigns[i]!(f, values[i] ?? null);
    }
  };
}

export function compileAssignMany(targets: Targets, value: Code, context: Context): Code {
  const assign = assignMany(targets, context);
  return (f) => {
    const v = value(f);
    assign(f, Array.isArray(v) ? v : [v]);
    return v;
  };
}
