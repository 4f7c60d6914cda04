/** Arguments, blocks and their parameters. */
import { nilNode, type BlockNode, type Node, type Pair, type Target, type Targets } from './ast.ts';
import { parsePair } from './parse-operand.ts';
import { parseExpression, parseStatements } from './parser.ts';
import { parseRescues } from './parse-keyword.ts';
import {
  advance, expectKeyword, expectOperator, isOperator, peek, peekAfter, skipLines, skipSeparators, takeKeyword, takeOperator, unexpected,
  type Reader,
} from './reader.ts';
import { Scope } from './scope.ts';
import { RubySyntaxError } from './syntax-error.ts';

/** Arguments up to the closing bracket; pairs become one hash at the end. */
export function parseArguments(r: Reader, close: ')' | ']'): Node[] {
  const args: Node[] = [];
  const pairs: Pair[] = [];
  const { at } = peek(r);
  for (;;) {
    skipLines(r);
    if (takeOperator(r, close)) break;
    parseArgument(r, args, pairs);
    skipLines(r);
    if (!takeOperator(r, ',') && !isOperator(peek(r), close)) throw unexpected(r, `',' or '${close}'`);
  }
  return withPairs(args, pairs, at);
}

/** Arguments without parentheses. */
export function parseCommandArguments(r: Reader): Node[] {
  const args: Node[] = [];
  const pairs: Pair[] = [];
  const { at } = peek(r);
  do {
    skipLines(r);
    parseArgument(r, args, pairs);
  } while (takeOperator(r, ','));
  return withPairs(args, pairs, at);
}

function withPairs(args: Node[], pairs: readonly Pair[], at: number): Node[] {
  if (pairs.length === 0) return args;
  const hash: Node = { kind: 'hash', at, pairs };
  const last = args[args.length - 1];
  if (last?.kind === 'blockPass') args.splice(-1, 0, hash);
  else args.push(hash);
  return args;
}

function parseArgument(r: Reader, args: Node[], pairs: Pair[]): void {
  const token = peek(r);
  const { at } = token;
  if (takeOperator(r, '*')) {
    args.push({ kind: 'splat', at, value: parseExpression(r) });
    return;
  }
  if (takeOperator(r, '&')) {
    args.push({ kind: 'blockPass', at, value: parseExpression(r) });
    return;
  }
  const next = peekAfter(r);
  const textLabel = token.kind === 'text' && isOperator(next, ':') && next!.at === token.end;
  if (token.kind === 'label' || textLabel || isOperator(token, '**')) {
    pairs.push(parsePair(r));
    return;
  }
  const value = parseExpression(r);
  skipLines(r);
  if (!takeOperator(r, '=>')) {
    args.push(value);
    return;
  }
  skipLines(r);
  pairs.push({ key: value, value: parseExpression(r) });
}

const VALUE_KEYWORDS = new Set(['nil', 'true', 'false', 'self', 'not', 'defined?', 'case', '__method__']);

/** Whether what follows a name begins an argument without parentheses. */
export function startsCommandArgument(r: Reader): boolean {
  const token = peek(r);
  if (!token.spaced && token.kind !== 'text') return false;
  const next = peekAfter(r);
  switch (token.kind) {
    case 'number':
    case 'rational':
    case 'text':
    case 'symbol':
    case 'regexp':
    case 'words':
    case 'label':
    case 'name':
    case 'constant':
    case 'state':
    case 'global':
      return true;
    case 'keyword':
      return VALUE_KEYWORDS.has(token.text);
    case 'operator':
      switch (token.text) {
        case '(':
        case '[':
        case '->':
        case '!':
          return true;
        case '*':
        case '&':
        case '**':
        case '-':
        case '::':
          return next !== undefined && !next.spaced && next.kind !== 'separator' && next.kind !== 'end';
        default:
          return false;
      }
    default:
      return false;
  }
}

/** `{ |a| ... }` or `do |a| ... end`. */
export function parseBlock(r: Reader, isLambda = false): BlockNode {
  const open = advance(r);
  const scope = new Scope(r.scope, isLambda, true);
  return inScope(r, scope, () => {
    skipLines(r);
    const parameters = isOperator(peek(r), '|') || isOperator(peek(r), '||') ? readBars(r) : undefined;
    return finishBlock(r, scope, open.at, open.kind === 'keyword', parameters);
  });
}

/** What follows `->`. */
export function parseLambda(r: Reader): BlockNode {
  const { at } = peek(r);
  const scope = new Scope(r.scope, true, true);
  return inScope(r, scope, () => {
    let parameters: Parameters | undefined;
    if (takeOperator(r, '(')) {
      parameters = readParameters(r, ')');
      expectOperator(r, ')');
    } else if (peek(r).kind === 'name' || isOperator(peek(r), '*')) parameters = readParameters(r, '{');
    const braces = isOperator(peek(r), '{');
    if (!braces) expectKeyword(r, 'do');
    else advance(r);
    return finishBlock(r, scope, at, !braces, parameters);
  });
}

interface Parameters {
  readonly targets: Targets;
  readonly defaults: readonly (Node | undefined)[];
  readonly spreads: boolean;
}

function inScope<T>(r: Reader, scope: Scope, parse: () => T): T {
  const outer = r.scope;
  r.scope = scope;
  const result = parse();
  r.scope = outer;
  return result;
}

/** Variables `_1` to `_9`: reserved first in blocks that have no parameters. */
const IMPLICIT_SLOTS = 9;

function finishBlock(r: Reader, scope: Scope, at: number, withEnd: boolean, given: Parameters | undefined): BlockNode {
  if (given) scope.implicit = false;
  else if (usesImplicit(r)) scope.slots = IMPLICIT_SLOTS;
  else scope.implicit = false;
  let body: Node;
  if (withEnd) {
    body = parseRescues(r, at);
    expectKeyword(r, 'end');
  } else {
    body = parseStatements(r);
    skipSeparators(r);
    expectOperator(r, '}');
  }
  const { targets, defaults, spreads } = given ?? implicitParameters(scope, at);
  return {
    at, parameters: targets, defaults, spreads, body, slots: scope.slots, hasNext: scope.hasNext, hasBreak: scope.hasBreak,
  };
}

/** Whether `it` or `_1` stands before the end of the block that begins here. */
function usesImplicit(r: Reader): boolean {
  const found = (tokens: Reader['tokens'], from: number): boolean => {
    for (let i = from; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (token.kind === 'name' && /^(?:it|_[1-9])$/.test(token.text)) return true;
      const groups = 'parts' in token ? [token.parts] : token.kind === 'words' ? token.words : [];
      for (const parts of groups) if (parts.some((part) => typeof part !== 'string' && found(part, 0))) return true;
    }
    return false;
  };
  return found(r.tokens, r.index);
}

function implicitParameters(scope: Scope, at: number): Parameters {
  const items: Target[] = [];
  for (let slot = 0; slot < scope.implicitCount; slot++) {
    items.push({ kind: 'local', at, name: `_${slot + 1}`, depth: 0, slot, parameter: true });
  }
  return { targets: { items, rest: -1 }, defaults: [], spreads: false };
}

function readBars(r: Reader): Parameters {
  if (takeOperator(r, '||')) return { targets: { items: [], rest: -1 }, defaults: [], spreads: false };
  expectOperator(r, '|');
  const parameters = readParameters(r, '|');
  expectOperator(r, '|');
  return parameters;
}

function readParameters(r: Reader, close: string): Parameters {
  const items: (Target | Targets)[] = [];
  const defaults: (Node | undefined)[] = [];
  let rest = -1;
  let spreads = false;
  while (!isOperator(peek(r), close)) {
    if (peek(r).kind === 'separator') {
      // |a; b|: b is a variable of the block
      advance(r);
      while (peek(r).kind === 'name') {
        const token = advance(r);
        if (token.kind === 'name') r.scope.declare(token.text);
        if (!takeOperator(r, ',')) break;
      }
      break;
    }
    if (isOperator(peek(r), '&') || isOperator(peek(r), '**') || peek(r).kind === 'label') {
      throw new RubySyntaxError('keyword and block parameters are not supported here', peek(r).at);
    }
    if (takeOperator(r, '*')) {
      rest = items.length;
      if (peek(r).kind !== 'name') {
        items.push(parameter(r, `*${items.length}`, peek(r).at));
        defaults.push(undefined);
        if (!takeOperator(r, ',')) break;
        continue;
      }
    }
    if (takeOperator(r, '(')) {
      const inner = readParameters(r, ')');
      expectOperator(r, ')');
      items.push(inner.targets);
      defaults.push(undefined);
    } else {
      const token = advance(r);
      if (token.kind !== 'name') {
        r.index--;
        throw unexpected(r, 'the name of a parameter');
      }
      items.push(parameter(r, token.text, token.at));
      defaults.push(takeOperator(r, '=') ? parseDefault(r) : undefined);
    }
    if (!takeOperator(r, ',')) {
      if (peek(r).kind === 'separator') continue;
      break;
    }
    if (isOperator(peek(r), close)) spreads = true;
  }
  return { targets: { items, rest }, defaults, spreads };
}

/** A default may not contain `|`: that ends the parameters. */
function parseDefault(r: Reader): Node {
  const token = advance(r);
  const { at } = token;
  if (token.kind === 'number') return { kind: 'literal', at, value: token.value };
  if (token.kind === 'text' && token.parts.every((part) => typeof part === 'string')) {
    return { kind: 'literal', at, value: token.parts.join('') };
  }
  if (token.kind === 'keyword' && ['nil', 'true', 'false'].includes(token.text)) {
    return token.text === 'nil' ? nilNode(at) : { kind: 'literal', at, value: token.text === 'true' };
  }
  if (token.kind === 'operator' && token.text === '[' && takeOperator(r, ']')) return { kind: 'array', at, items: [] };
  if (token.kind === 'operator' && token.text === '{' && takeOperator(r, '}')) return { kind: 'hash', at, pairs: [] };
  throw new RubySyntaxError('the default of a parameter must be a simple literal here', at);
}

function parameter(r: Reader, name: string, at: number): Target {
  // `|_, _|` is the same name twice: each needs its own place
  const free = r.scope.names.has(name) ? `${name} ${r.scope.slots}` : name;
  return { kind: 'local', at, name, depth: 0, slot: r.scope.declare(free, true), parameter: true };
}

/** Whether a `then` or a separator follows; takes them. */
export function takeThen(r: Reader): void {
  skipSeparators(r);
  takeKeyword(r, 'then');
}
