/** Tokens to the syntax tree: statements, and operators by their precedence. */
import { nilNode, type Node, type Target, type Targets } from './ast.ts';
import { tokenize } from './lexer.ts';
import { parseOperand } from './parse-operand.ts';
import {
  advance, expectOperator, isKeyword, isOperator, nested, peek, skipLines, skipSeparators, takeKeyword, takeOperator, unexpected,
  type Reader,
} from './reader.ts';
import { declareLocal, Scope } from './scope.ts';
import { RubySyntaxError } from './syntax-error.ts';

export interface Parsed {
  readonly body: Node;
  readonly scope: Scope;
}

/** The tree of a source, in which `variables` are known. Throws {@link RubySyntaxError}. */
export function parseRuby(source: string, variables: readonly string[]): Parsed {
  const scope = new Scope(undefined);
  for (const name of variables) scope.declare(name);
  const lexerLocals = new Set(variables);
  const { tokens } = tokenize(source, 0, false, lexerLocals);
  const r: Reader = { source, tokens, index: 0, scope, nesting: 0, lexerLocals };
  const body = parseStatements(r);
  if (peek(r).kind !== 'end') throw unexpected(r, 'the end of the expression');
  return { body, scope };
}

/** Statements up to something that cannot begin one: a closing bracket, `end`, `else`, ... */
export function parseStatements(r: Reader): Node {
  const at = peek(r).at;
  const nodes: Node[] = [];
  skipSeparators(r);
  while (!endsStatements(r)) {
    nodes.push(nested(r, parseStatement));
    if (peek(r).kind !== 'separator') break;
    skipSeparators(r);
  }
  if (nodes.length === 0) return nilNode(at);
  return nodes.length === 1 ? nodes[0] : { kind: 'sequence', at, nodes };
}

const CLOSING_KEYWORDS = new Set(['end', 'else', 'elsif', 'when', 'in', 'rescue', 'ensure', 'then', 'do']);

function endsStatements(r: Reader): boolean {
  const token = peek(r);
  if (token.kind === 'end') return true;
  if (token.kind === 'operator') return token.text === ')' || token.text === ']' || token.text === '}';
  return token.kind === 'keyword' && CLOSING_KEYWORDS.has(token.text);
}

/** A statement with the modifiers that follow it: `x if y`, `x rescue y`. */
export function parseStatement(r: Reader): Node {
  let node = parseManyTargets(r) ?? parseLogic(r);
  for (;;) {
    const token = peek(r);
    if (token.kind !== 'keyword') return node;
    const { at } = token;
    if (token.text === 'if' || token.text === 'unless') {
      advance(r);
      const condition = parseLogic(r);
      node =
        token.text === 'if'
          ? { kind: 'if', at, condition, yes: node, no: nilNode(at) }
          : { kind: 'if', at, condition, yes: nilNode(at), no: node };
    } else if (token.text === 'rescue') {
      advance(r);
      node = rescued(at, node, parseLogic(r));
    } else if (token.text === 'while' || token.text === 'until') {
      throw new RubySyntaxError(`'${token.text}' is not supported here`, at, "loops are written as 'list.each { |x| ... }'");
    } else return node;
  }
}

function rescued(at: number, body: Node, instead: Node): Node {
  return { kind: 'begin', at, body, rescues: [{ classes: [], target: undefined, body: instead }], otherwise: undefined, ensure: undefined };
}

/** `not`, `and`, `or`. */
function parseLogic(r: Reader): Node {
  let left = parseNot(r);
  for (;;) {
    const token = peek(r);
    if (token.kind !== 'keyword' || (token.text !== 'and' && token.text !== 'or')) return left;
    advance(r);
    skipLines(r);
    left = { kind: token.text, at: token.at, left, right: parseNot(r) };
  }
}

function parseNot(r: Reader): Node {
  const { at } = peek(r);
  if (takeKeyword(r, 'not')) return { kind: 'not', at, value: nested(r, parseNot) };
  return parseExpression(r);
}

/** An expression without modifiers and without `and`, `or`: what may be an argument. */
export function parseExpression(r: Reader): Node {
  return nested(r, parseTernary);
}

function parseTernary(r: Reader): Node {
  const condition = parseRange(r);
  const { at } = peek(r);
  if (!takeOperator(r, '?')) return condition;
  skipLines(r);
  const yes = nested(r, parseTernary);
  skipLines(r);
  expectOperator(r, ':');
  skipLines(r);
  const no = nested(r, parseTernary);
  return { kind: 'if', at, condition, yes, no };
}

function parseRange(r: Reader): Node {
  const { at } = peek(r);
  if (isOperator(peek(r), '..') || isOperator(peek(r), '...')) {
    const exclusive = advance(r).end - at === 3;
    return { kind: 'range', at, first: nilNode(at), last: parseBinary(r, 0), exclusive };
  }
  const first = parseBinary(r, 0);
  const token = peek(r);
  if (!isOperator(token, '..') && !isOperator(token, '...')) return first;
  advance(r);
  const last = endsRange(r) ? nilNode(token.at) : parseBinary(r, 0);
  return { kind: 'range', at, first, last, exclusive: token.end - token.at === 3 };
}

function endsRange(r: Reader): boolean {
  const token = peek(r);
  if (token.kind === 'end' || token.kind === 'separator') return true;
  if (token.kind === 'keyword') return token.text === 'then' || token.text === 'if' || token.text === 'and' || token.text === 'or';
  return token.kind === 'operator' && [')', ']', '}', ',', '=>', '?', '&&', '||'].includes(token.text);
}

/** Binary operators from the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['<=>', '==', '===', '!=', '=~', '!~'],
  ['<', '<=', '>', '>='],
  ['|', '^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const LEVEL_OF = new Map(LEVELS.flatMap((operators, level) => operators.map((o) => [o, level] as const)));

function parseBinary(r: Reader, level: number): Node {
  let left = parseUnary(r);
  for (;;) {
    const token = peek(r);
    if (token.kind !== 'operator') return left;
    const its = LEVEL_OF.get(token.text);
    if (its === undefined || its < level) return left;
    advance(r);
    skipLines(r);
    const right = isKeyword(peek(r), 'not') ? parseNot(r) : parseBinary(r, its + 1);
    left = binary(token.at, token.text, left, right);
  }
}

function binary(at: number, operator: string, left: Node, right: Node): Node {
  if (operator === '&&') return { kind: 'and', at, left, right };
  if (operator === '||') return { kind: 'or', at, left, right };
  if (operator === '!=') return { kind: 'not', at, value: callNode(at, left, '==', [right]) };
  if (operator === '!~') return { kind: 'not', at, value: callNode(at, left, '=~', [right]) };
  return callNode(at, left, operator, [right]);
}

/** A call without block, such as operators are. */
export function callNode(at: number, receiver: Node | undefined, name: string, args: readonly Node[]): Node {
  return { kind: 'call', at, receiver, name, args, block: undefined, safe: false, bare: false };
}

function parseUnary(r: Reader): Node {
  const token = peek(r);
  if (token.kind === 'operator') {
    switch (token.text) {
      case '!':
        advance(r);
        return { kind: 'not', at: token.at, value: nested(r, parseUnary) };
      case '-':
        advance(r);
        return callNode(token.at, nested(r, parseUnary), '-@', []);
      case '+':
        advance(r);
        return callNode(token.at, nested(r, parseUnary), '+@', []);
      case '~':
        advance(r);
        return callNode(token.at, nested(r, parseUnary), '~', []);
      case '&':
        throw new RubySyntaxError("'&' must follow a value, or begin the last argument", token.at);
      default:
    }
  }
  return parsePower(r);
}

function parsePower(r: Reader): Node {
  const start = peek(r);
  const left = parseOperand(r);
  const { at } = peek(r);
  if (!takeOperator(r, '**')) return left;
  skipLines(r);
  const right = nested(r, parseUnary);
  // -2 ** 2 is -(2 ** 2)
  if (start.kind === 'number' && r.source[start.at] === '-' && left.kind === 'literal') {
    const positive = callNode(start.at, left, '-@', []);
    return callNode(start.at, callNode(at, positive, '**', [right]), '-@', []);
  }
  return callNode(at, left, '**', [right]);
}

/** The right side of `=`; `x = a rescue b` rescues within. */
export function parseAssigned(r: Reader): Node {
  skipLines(r);
  const value = isKeyword(peek(r), 'not') ? parseNot(r) : parseExpression(r);
  const { at } = peek(r);
  return takeKeyword(r, 'rescue') ? rescued(at, value, parseExpression(r)) : value;
}

/** `a, b = ...` if that is what follows. */
function parseManyTargets(r: Reader): Node | undefined {
  const start = r.index;
  const token = peek(r);
  const mayBegin = token.kind === 'name' || token.kind === 'state' || isOperator(token, '*') || isOperator(token, '(');
  if (!mayBegin || !hasTopLevelComma(r)) return undefined;
  const targets = readTargets(r);
  if (!targets || !takeOperator(r, '=')) {
    r.index = start;
    return undefined;
  }
  skipLines(r);
  const at = token.at;
  const first = parseSplatOrExpression(r);
  if (!isOperator(peek(r), ',') && first.kind !== 'splat') return { kind: 'assignMany', at, targets, value: first };
  const items = [first];
  while (takeOperator(r, ',')) items.push(parseSplatOrExpression(r));
  return { kind: 'assignMany', at, targets, value: { kind: 'array', at, items } };
}

function parseSplatOrExpression(r: Reader): Node {
  const { at } = peek(r);
  if (takeOperator(r, '*')) return { kind: 'splat', at, value: parseExpression(r) };
  return parseExpression(r);
}

/** Whether `,` and later `=` follow outside of brackets, before the statement ends. */
function hasTopLevelComma(r: Reader): boolean {
  let depth = 0;
  let comma = isOperator(peek(r), '*');
  for (let i = r.index; i < r.tokens.length; i++) {
    const token = r.tokens[i]!;
    if (token.kind === 'end' || token.kind === 'separator' || token.kind === 'keyword') return false;
    if (token.kind !== 'operator') continue;
    if ('([{'.includes(token.text)) depth++;
    else if (')]}'.includes(token.text)) {
      if (--depth < 0) return false;
    } else if (depth === 0 && token.text === ',') comma = true;
    else if (depth === 0 && token.text === '=') return comma;
    else if (depth === 0 && token.text !== '*' && token.text !== '.') return false;
  }
  return false;
}

function readTargets(r: Reader): Targets | undefined {
  const items: (Target | Targets)[] = [];
  let rest = -1;
  do {
    if (isOperator(peek(r), '=')) break; // a, = list
    if (takeOperator(r, '*')) rest = items.length;
    if (takeOperator(r, '(')) {
      const inner = readTargets(r);
      if (!inner || !takeOperator(r, ')')) return undefined;
      items.push(inner);
      continue;
    }
    const token = peek(r);
    const next = r.tokens[r.index + 1];
    if (token.kind === 'name' && (isOperator(next, ',') || isOperator(next, '=') || isOperator(next, ')'))) {
      advance(r);
      items.push(declareLocal(r.scope, token.text, token.at));
      continue;
    }
    const target = asTarget(parseOperand(r));
    if (!target) return undefined;
    items.push(target);
  } while (takeOperator(r, ','));
  return { items, rest };
}

/** The node as something that can be assigned to, or undefined. */
export function asTarget(node: Node): Target | undefined {
  if (node.kind === 'local' || node.kind === 'state') return node;
  if (node.kind === 'call' && node.name === '[]' && node.receiver && !node.safe) {
    return { kind: 'index', at: node.at, receiver: node.receiver, args: node.args };
  }
  return undefined;
}
