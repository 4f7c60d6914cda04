/** The syntax tree to closures, once; a run only calls them. */
import type { Node, NodePart } from './ast.ts';
import { compileAssign, compileAssignMany, compileAssignOperator, assignTo, frameAt } from './compile-assign.ts';
import { compileBlock } from './compile-block.ts';
import { compileCall } from './compile-call.ts';
import { constantValue } from './constants.ts';
import { setKey } from './equality.ts';
import { inspect, regexpText, toText } from './inspect.ts';
import { checkItems, checkText, machine, type RubyScope } from './machine.ts';
import { makeRegexp, matchGlobal } from './matching.ts';
import { isErrorClass, RubyError, typeError } from './ruby-error.ts';
import { BreakSignal, NextSignal, ReturnSignal } from './signals.ts';
import { suggestion } from './suggestion.ts';
import { RubySyntaxError } from './syntax-error.ts';
import { caseEquals } from './case-equals.ts';
import { listOf, makeRange } from './list.ts';
import { type Frame, RubyModule, RubyProc, RubyRange, RubyRegexp, symbol, truthy, type RubyHash, type RubyValue } from './values.ts';

/** One node, compiled. */
export type Code = (frame: Frame) => RubyValue;

export interface Context {
  readonly scope: RubyScope;
  readonly variables: readonly string[];
  /** Names of the variables that are read. */
  readonly used: Set<string>;
  /** Set where the expression may change a list, hash or text in place. */
  mutates: boolean;
  /** Names of the methods whose blocks are around, innermost last. */
  readonly blocksOf: string[];
}

/** Compiles a node. Throws RubySyntaxError for names that are not known. */
export function compile(node: Node, context: Context): Code {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'self':
      throw new RubySyntaxError("'self' is not supported here", node.at);
    case 'text':
      return compileText(node.parts, context);
    case 'symbol': {
      const text = compileText(node.parts, context);
      return (f) => symbol(text(f) as string);
    }
    case 'regexp':
      return compileRegexpNode(node, context);
    case 'array':
      return compileList(node.items, context);
    case 'hash':
      return compileHash(node, context);
    case 'range':
      return compileRange(node, context);
    case 'local':
      return compileLocal(node, context);
    case 'state': {
      const { name } = node;
      return () => machine().state.get(name) ?? null;
    }
    case 'global': {
      const { name } = node;
      return () => matchGlobal(name);
    }
    case 'constant':
      return compileConstant(node, context);
    case 'call':
      return compileCall(node, context);
    case 'assign':
      return compileAssign(node, context);
    case 'assignOperator':
      return compileAssignOperator(node, context);
    case 'assignMany':
      return compileAssignMany(node.targets, compile(node.value, context), context);
    case 'and': {
      const [left, right] = [compile(node.left, context), compile(node.right, context)];
      return (f) => {
        const value = left(f);
        return value === null || value === false ? value : right(f);
      };
    }
    case 'or': {
      const [left, right] = [compile(node.left, context), compile(node.right, context)];
      return (f) => {
        const value = left(f);
        return value === null || value === false ? right(f) : value;
      };
    }
    case 'not': {
      const value = compile(node.value, context);
      return (f) => {
        const v = value(f);
        return v === null || v === false;
      };
    }
    case 'if': {
      const condition = compile(node.condition, context);
      const [yes, no] = [compile(node.yes, context), compile(node.no, context)];
      return (f) => {
        const c = condition(f);
        return c === null || c === false ? no(f) : yes(f);
      };
    }
    case 'case':
      return compileCase(node, context);
    case 'begin':
      return compileBegin(node, context);
    case 'sequence':
      return compileSequence(node.nodes, context);
    case 'lambda': {
      const block = compileBlock(node.block, context, node.strict);
      return (f) => new RubyProc(block, f);
    }
    case 'next': {
      const value = compile(node.value, context);
      return (f) => {
        throw new NextSignal(value(f));
      };
    }
    case 'break': {
      const value = compile(node.value, context);
      return (f) => {
        throw new BreakSignal(value(f));
      };
    }
    case 'return': {
      const value = compile(node.value, context);
      return (f) => {
        throw new ReturnSignal(value(f));
      };
    }
    case 'splat':
    case 'doubleSplat':
    case 'blockPass':
      throw new RubySyntaxError("'*' and '&' can only stand in arguments and lists", node.at);
    case 'defined':
      return compileDefined(node.value, context);
  }
}

function compileLocal(node: Node & { kind: 'local' }, context: Context): Code {
  const { slot, depth, name } = node;
  if (context.variables.includes(name)) context.used.add(name);
  if (depth === 0) return (f) => f.vars[slot] ?? null;
  if (depth === 1) return (f) => f.up!.vars[slot] ?? null;
  return (f) => frameAt(f, depth).vars[slot] ?? null;
}

function compileConstant(node: Node & { kind: 'constant' }, context: Context): Code {
  const value = constantValue(node.path, context.scope);
  if (value === undefined) {
    throw new RubySyntaxError(`the constant '${node.path}' is not known here`, node.at, suggestion.constant(node.path, context.scope));
  }
  return () => value;
}

/** Texts and interpolations, joined. */
function compileText(parts: readonly NodePart[], context: Context): Code {
  const codes = parts.map((part) => (typeof part === 'string' ? part : compile(part, context)));
  if (codes.length === 1) {
    const [only] = codes;
    return typeof only === 'string' ? () => only : (f) => toText(only(f));
  }
  // Fixed texts in between, so that a run only calls what is not known.
  const { first, unknown, behind } = alternating(codes);
  return (f) => {
    let out = first;
    for (let i = 0; i < unknown.length; i++) {
      const value = unknown[i]!(f);
      out += typeof value === 'string' ? value : toText(value);
      out += behind[i]!;
    }
    checkText(out.length);
    return out;
  };
}

/** The text in front, and each code with the text behind it. */
function alternating(parts: readonly (string | Code)[]): { readonly first: string; readonly unknown: readonly Code[]; readonly behind: readonly string[] } {
  let first = '';
  const unknown: Code[] = [];
  const behind: string[] = [];
  for (const part of parts) {
    if (typeof part !== 'string') {
      unknown.push(part);
      behind.push('');
    } else if (unknown.length === 0) first += part;
    else behind[behind.length - 1] += part;
  }
  return { first, unknown, behind };
}

function compileRegexpNode(node: Node & { kind: 'regexp' }, context: Context): Code {
  const { options } = node;
  if (node.parts.every((part) => typeof part === 'string')) {
    let regexp: RubyRegexp;
    try {
      regexp = makeRegexp(node.parts.join(''), options);
    } catch (error) {
      if (error instanceof RubyError) throw new RubySyntaxError(error.message, node.at);
      throw error;
    }
    return () => regexp;
  }
  const codes = node.parts.map((part) => (typeof part === 'string' ? part : compile(part, context)));
  let last: RubyRegexp | undefined;
  return (f) => {
    let source = '';
    for (const code of codes) {
      if (typeof code === 'string') source += code;
      else {
        const value = code(f);
        source += value instanceof RubyRegexp ? regexpText(value) : toText(value);
      }
    }
    if (last?.source !== source) last = makeRegexp(source, options);
    return last;
  };
}

/** The items of a list or of arguments, with splats opened. */
export function compileList(items: readonly Node[], context: Context): (frame: Frame) => RubyValue[] {
  if (items.every((item) => item.kind !== 'splat')) {
    const codes = items.map((item) => compile(item, context));
    return (f) => {
      const list: RubyValue[] = [];
      for (let i = 0; i < codes.length; i++) list.push(codes[i]!(f));
      return list;
    };
  }
  const codes = items.map((item) =>
    item.kind === 'splat' ? { splat: true, code: compile(item.value, context) } : { splat: false, code: compile(item, context) },
  );
  return (f) => {
    const list: RubyValue[] = [];
    for (const { splat, code } of codes) {
      const value = code(f);
      if (splat) for (const item of splatted(value)) list.push(item);
      else list.push(value);
      checkItems(list.length);
    }
    return list;
  };
}

/** `*value` */
function splatted(value: RubyValue): readonly RubyValue[] {
  if (Array.isArray(value)) return value;
  if (value === null) return [];
  if (value instanceof Map) return [...value];
  return value instanceof RubyRange ? listOf(value) : [value];
}

function compileHash(node: Node & { kind: 'hash' }, context: Context): Code {
  const pairs = node.pairs.map(({ key, value }) => ({ key: key && compile(key, context), value: compile(value, context) }));
  return (f) => {
    const hash: RubyHash = new Map();
    for (let i = 0; i < pairs.length; i++) {
      const { key, value } = pairs[i]!;
      if (key) {
        const k = key(f);
        if (typeof k === 'object') setKey(hash, k, value(f));
        else hash.set(k, value(f));
        continue;
      }
      const other = value(f);
      if (other === null) continue;
      if (!(other instanceof Map)) throw typeError(`no implicit conversion of ${inspect(other)} into Hash`);
      for (const [k, v] of other) hash.set(k, v);
    }
    return hash;
  };
}

function compileRange(node: Node & { kind: 'range' }, context: Context): Code {
  const { exclusive } = node;
  const [first, last] = [compile(node.first, context), compile(node.last, context)];
  if (node.first.kind === 'literal' && node.last.kind === 'literal') {
    const range = makeRange(node.first.value, node.last.value, exclusive);
    return () => range;
  }
  return (f) => makeRange(first(f), last(f), exclusive);
}

function compileCase(node: Node & { kind: 'case' }, context: Context): Code {
  const subject = node.subject && compile(node.subject, context);
  const branches = node.branches.map(({ tests, body }) => ({ tests: compileList(tests, context), body: compile(body, context) }));
  const otherwise = compile(node.otherwise, context);
  if (!subject) {
    return (f) => {
      for (const { tests, body } of branches) if (tests(f).some(truthy)) return body(f);
      return otherwise(f);
    };
  }
  return (f) => {
    const value = subject(f);
    for (const { tests, body } of branches) {
      for (const test of tests(f)) if (caseEquals(test, value)) return body(f);
    }
    return otherwise(f);
  };
}

function compileBegin(node: Node & { kind: 'begin' }, context: Context): Code {
  const body = compile(node.body, context);
  const otherwise = node.otherwise && compile(node.otherwise, context);
  const ensure = node.ensure && compile(node.ensure, context);
  const rescues = node.rescues.map((rescue) => ({
    classes: compileList(rescue.classes, context),
    byDefault: rescue.classes.length === 0,
    assign: rescue.target && assignTo(rescue.target, context),
    body: compile(rescue.body, context),
  }));
  const attempt: Code = (f) => {
    let value: RubyValue;
    try {
      value = body(f);
    } catch (error) {
      if (!(error instanceof RubyError)) throw error;
      for (const rescue of rescues) {
        const matches = rescue.byDefault
          ? isErrorClass(error.rubyClass, 'StandardError')
          : rescue.classes(f).some((c) => c instanceof RubyModule && isErrorClass(error.rubyClass, c.name));
        if (!matches) continue;
        machine().error = error;
        rescue.assign?.(f, error);
        return rescue.body(f);
      }
      throw error;
    }
    return otherwise ? otherwise(f) : value;
  };
  if (!ensure) return attempt;
  return (f) => {
    try {
      return attempt(f);
    } finally {
      ensure(f);
    }
  };
}

function compileSequence(nodes: readonly Node[], context: Context): Code {
  const codes = nodes.map((node) => compile(node, context));
  if (codes.length === 1) return codes[0]!;
  const last = codes.pop()!;
  return (f) => {
    for (let i = 0; i < codes.length; i++) codes[i]!(f);
    return last(f);
  };
}

function compileDefined(node: Node, context: Context): Code {
  switch (node.kind) {
    case 'sequence':
      if (node.nodes.length === 1) return compileDefined(node.nodes[0]!, context);
      return () => 'expression';
    case 'local':
      return () => 'local-variable';
    case 'state':
      return () => (machine().state.has(node.name) ? 'instance-variable' : null);
    case 'constant':
      return () => (constantValue(node.path, context.scope) === undefined ? null : 'constant');
    case 'call': {
      if (!node.receiver) {
        const known = suggestion.isFunction(node.name, context.scope);
        return () => (known ? 'method' : null);
      }
      const code = compile(node, context);
      return (f) => {
        try {
          code(f);
          return 'method';
        } catch (error) {
          if (error instanceof RubyError) return null;
          throw error;
        }
      };
    }
    case 'assign':
    case 'assignMany':
    case 'assignOperator':
      return () => 'assignment';
    default:
      return () => 'expression';
  }
}
