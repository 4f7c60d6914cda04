/** Blocks and lambdas: how arguments get into parameters, and the jumps out of them. */
import type { BlockNode } from './ast.ts';
import { assignMany } from './compile-assign.ts';
import { compile, type Code, type Context } from './compile.ts';
import { step } from './machine.ts';
import { argumentError } from './ruby-error.ts';
import { NextSignal, ReturnSignal } from './signals.ts';
import { Frame, type BlockCode, type RubyValue } from './values.ts';

/** The code of a block. */
export function compileBlock(block: BlockNode, context: Context, isLambda = false): BlockCode {
  const body = withJumps(compile(block.body, context), block.hasNext, isLambda);
  const { items, rest } = block.parameters;
  const defaults = block.defaults.map((node) => node && compile(node, context));
  const isSimple =
    rest < 0 && !block.spreads && defaults.every((d) => d === undefined) &&
    items.every((item, i) => 'kind' in item && item.kind === 'local' && item.slot === i);
  if (isLambda) return lambdaCode(block, body, defaults, context);
  return isSimple ? simpleCode(items.length, body) : generalCode(block, body, defaults, context);
}

function withJumps(body: Code, hasNext: boolean, isLambda: boolean): Code {
  if (!hasNext) return body;
  return (f) => {
    try {
      return body(f);
    } catch (signal) {
      if (signal instanceof NextSignal || (isLambda && signal instanceof ReturnSignal)) return signal.value;
      throw signal;
    }
  };
}

/** Only plain parameters: an array is spread over several of them. */
function simpleCode(count: number, body: Code): BlockCode {
  const call1 = (frame: Frame | null, a: RubyValue): RubyValue => {
    step();
    if (count === 0) return body(new Frame([], frame));
    if (count === 1) return body(new Frame([a], frame));
    if (!Array.isArray(a)) return body(new Frame([a], frame));
    if (count === 2) return body(new Frame([a[0] ?? null, a[1] ?? null], frame));
    return body(new Frame(a.slice(0, count), frame));
  };
  return {
    isLambda: false,
    arity: count,
    call0(frame) {
      step();
      return body(new Frame([], frame));
    },
    call1,
    call2(frame, a, b) {
      step();
      return body(new Frame(count === 0 ? [] : count === 1 ? [a] : [a, b], frame));
    },
    apply(frame, args) {
      if (args.length === 1) return call1(frame, args[0]!);
      step();
      return body(new Frame(args.slice(0, count), frame));
    },
  };
}

type Bind = (frame: Frame, args: readonly RubyValue[]) => void;

function generalCode(block: BlockNode, body: Code, defaults: readonly (Code | undefined)[], context: Context): BlockCode {
  const { items, rest } = block.parameters;
  const bind = binder(block, defaults, context);
  const spreads = items.length > 1 || block.spreads || (rest >= 0 && items.length > 1);
  const run = (frame: Frame | null, args: readonly RubyValue[]): RubyValue => {
    step();
    const inner = new Frame([], frame);
    bind(inner, args);
    return body(inner);
  };
  return {
    isLambda: false,
    arity: arityOf(block),
    call0: (frame) => run(frame, []),
    call1: (frame, a) => run(frame, spreads && Array.isArray(a) ? a : [a]),
    call2: (frame, a, b) => run(frame, [a, b]),
    apply: (frame, args) => run(frame, spreads && args.length === 1 && Array.isArray(args[0]) ? args[0] : args),
  };
}

function lambdaCode(block: BlockNode, body: Code, defaults: readonly (Code | undefined)[], context: Context): BlockCode {
  const bind = binder(block, defaults, context);
  const count = block.parameters.items.length;
  const hasRest = block.parameters.rest >= 0;
  const needed = count - (hasRest ? 1 : 0) - defaults.filter((d) => d !== undefined).length;
  const run = (frame: Frame | null, args: readonly RubyValue[]): RubyValue => {
    step();
    if (args.length < needed || (!hasRest && args.length > count)) {
      const expected = hasRest ? `${needed}+` : needed === count ? `${count}` : `${needed}..${count}`;
      throw argumentError(`wrong number of arguments (given ${args.length}, expected ${expected})`);
    }
    const inner = new Frame([], frame);
    bind(inner, args);
    return body(inner);
  };
  return {
    isLambda: true,
    arity: arityOf(block),
    call0: (frame) => run(frame, []),
    call1: (frame, a) => run(frame, [a]),
    call2: (frame, a, b) => run(frame, [a, b]),
    apply: run,
  };
}

function arityOf(block: BlockNode): number {
  const { items, rest } = block.parameters;
  const optional = block.defaults.filter((d) => d !== undefined).length;
  const needed = items.length - optional - (rest >= 0 ? 1 : 0);
  return optional > 0 || rest >= 0 ? -1 - needed : items.length;
}

function binder(block: BlockNode, defaults: readonly (Code | undefined)[], context: Context): Bind {
  const assign = assignMany(block.parameters, context);
  if (defaults.every((d) => d === undefined)) return assign;
  return (frame, args) => {
    // parameters with defaults take what is left after the others had one each
    let spare = args.length - (defaults.length - defaults.filter((d) => d !== undefined).length);
    const filled: RubyValue[] = [];
    let next = 0;
    for (const [i, fallback] of defaults.entries()) {
      if (i === block.parameters.rest) {
        while (spare-- > -1 && next < args.length) filled.push(args[next++]!);
        continue;
      }
      if (fallback === undefined || spare-- > 0) filled.push(args[next++] ?? null);
      else filled.push(fallback(frame));
    }
    assign(frame, filled);
  };
}
