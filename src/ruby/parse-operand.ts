/** Operands: literals, names, brackets, and what follows them: calls, indexes, assignments. */
import { nilNode, type Node, type NodePart, type Pair } from './ast.ts';
import { parseArguments, parseBlock, parseLambda, parseCommandArguments, startsCommandArgument } from './parse-call.ts';
import { parseKeyword } from './parse-keyword.ts';
import { asTarget, callNode, parseAssigned, parseExpression, parseStatements } from './parser.ts';
import {
  advance, expectOperator, isKeyword, isOperator, nested, peek, peekAfter, skipLines, skipSeparators, takeOperator, unexpected,
  type Reader,
} from './reader.ts';
import { declareLocal, findLocal } from './scope.ts';
import { RubySyntaxError } from './syntax-error.ts';
import type { TextPart, Token } from './token.ts';
import { symbol } from './values.ts';

const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '**=', '||=', '&&=', '|=', '&=', '^=', '<<=', '>>=']);

/** An operand with everything that follows it closely. */
export function parseOperand(r: Reader): Node {
  return nested(r, (reader) => parseAssignment(reader, parsePostfix(reader, parsePrimary(reader))));
}

function parseAssignment(r: Reader, node: Node): Node {
  const token = peek(r);
  if (token.kind !== 'operator' || !ASSIGNMENTS.has(token.text)) return node;
  let target = asTarget(node);
  if (!target && node.kind === 'call' && node.bare) target = declareLocal(r.scope, node.name, node.at);
  if (!target) {
    const what = node.kind === 'call' && node.receiver ? `the attribute '${node.name}'` : 'this';
    throw new RubySyntaxError(`cannot assign to ${what}`, node.at, 'variables, @variables and list[index] can be assigned to');
  }
  advance(r);
  const value = parseAssigned(r);
  if (token.text === '=') return { kind: 'assign', at: token.at, target, value };
  return { kind: 'assignOperator', at: token.at, target, operator: token.text.slice(0, -1), value };
}

/** `.method`, `&.method`, `[index]`, `::Name`, and blocks. */
function parsePostfix(r: Reader, first: Node): Node {
  let node = first;
  for (;;) {
    const token = peek(r);
    if (token.kind !== 'operator') {
      if (isKeyword(token, 'do') && mayTakeBlock(node)) {
        node = { ...node, block: parseBlock(r) };
        continue;
      }
      return node;
    }
    if (token.text === '.' || token.text === '&.') node = parseMethod(r, node, token.text === '&.');
    else if (token.text === '::') node = parseScoped(r, node);
    else if (token.text === '[' && !token.spaced) {
      advance(r);
      const args = parseArguments(r, ']');
      node = callNode(token.at, node, '[]', args);
    } else if (token.text === '[' && token.spaced && isIndexable(node)) {
      advance(r);
      node = callNode(token.at, node, '[]', parseArguments(r, ']'));
    } else if (token.text === '{' && mayTakeBlock(node)) node = { ...node, block: parseBlock(r) };
    else return node;
  }
}

function isIndexable(node: Node): boolean {
  return node.kind === 'local' || node.kind === 'state' || (node.kind === 'call' && node.name === '[]');
}

function mayTakeBlock(node: Node): node is Node & { kind: 'call' } {
  if (node.kind !== 'call' || node.block !== undefined) return false;
  const last = node.args[node.args.length - 1];
  return last?.kind !== 'blockPass' && node.name !== '[]';
}

function parseMethod(r: Reader, receiver: Node, safe: boolean): Node {
  advance(r);
  skipLines(r);
  const token = peek(r);
  const { at } = token;
  if (isOperator(token, '(')) {
    advance(r);
    return { kind: 'call', at, receiver, name: 'call', args: parseArguments(r, ')'), block: undefined, safe, bare: false };
  }
  const name = methodName(r);
  const next = peek(r);
  if (isOperator(next, '(') && !next.spaced) {
    advance(r);
    return { kind: 'call', at, receiver, name, args: parseArguments(r, ')'), block: undefined, safe, bare: false };
  }
  if (isOperator(next, '=') && !isOperator(peekAfter(r), '=') && token.kind === 'name') {
    throw new RubySyntaxError(`cannot assign to the attribute '${name}'`, at, 'variables, @variables and list[index] can be assigned to');
  }
  const args = startsCommandArgument(r) ? parseCommandArguments(r) : [];
  return { kind: 'call', at, receiver, name, args, block: undefined, safe, bare: false };
}

function methodName(r: Reader): string {
  const token = advance(r);
  switch (token.kind) {
    case 'name':
    case 'constant':
    case 'keyword':
      return token.text;
    case 'label': {
      // `x ? a.b: c`
      r.index--;
      throw unexpected(r, 'the name of a method');
    }
    case 'operator':
      if (token.text === '[' && takeOperator(r, ']')) return '[]';
      if (['+', '-', '*', '/', '%', '**', '==', '!=', '<', '>', '<=', '>=', '<=>', '===', '<<', '>>', '&', '|', '^', '=~', '!'].includes(token.text)) {
        return token.text;
      }
      break;
    default:
  }
  r.index--;
  throw unexpected(r, 'the name of a method');
}

function parseScoped(r: Reader, node: Node): Node {
  advance(r);
  const token = advance(r);
  if (token.kind === 'constant' && node.kind === 'constant' && !(isOperator(peek(r), '(') && !peek(r).spaced)) {
    return { kind: 'constant', at: node.at, path: `${node.path}::${token.text}` };
  }
  if (token.kind !== 'name' && token.kind !== 'constant') {
    r.index--;
    throw unexpected(r, 'a name');
  }
  const next = peek(r);
  const withParentheses = isOperator(next, '(') && !next.spaced && takeOperator(r, '(');
  const args = withParentheses ? parseArguments(r, ')') : startsCommandArgument(r) ? parseCommandArguments(r) : [];
  return callNode(token.at, node, token.text, args);
}

function parsePrimary(r: Reader): Node {
  const token = advance(r);
  const { at } = token;
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', at, value: token.value };
    case 'rational':
      return callNode(at, undefined, 'Rational', [{ kind: 'literal', at, value: token.text }]);
    case 'text':
      return parseText(r, token);
    case 'symbol':
      return symbolNode(r, at, token.parts);
    case 'regexp':
      return { kind: 'regexp', at, parts: nodeParts(r, token.parts), options: token.options, names: captureNames(r, token.parts, at) };
    case 'words':
      return { kind: 'array', at, items: token.words.map((word) => wordNode(r, at, word, token.symbols)) };
    case 'name':
      return parseName(r, token.text, at);
    case 'constant':
      return parseConstant(r, token.text, at);
    case 'state':
      return { kind: 'state', at, name: token.text };
    case 'global':
      return parseGlobal(token.text, at);
    case 'keyword':
      return parseKeyword(r, token.text, at);
    case 'operator':
      return parseBracket(r, token.text, at);
    default:
      r.index--;
      throw unexpected(r, 'a value');
  }
}

function parseText(r: Reader, first: Token & { kind: 'text' }): Node {
  const parts = nodeParts(r, first.parts);
  for (let next = peek(r); next.kind === 'text'; next = peek(r)) {
    advance(r);
    parts.push(...nodeParts(r, next.parts));
  }
  if (parts.every((part) => typeof part === 'string')) return { kind: 'literal', at: first.at, value: parts.join('') };
  return { kind: 'text', at: first.at, parts };
}

function symbolNode(r: Reader, at: number, parts: readonly TextPart[]): Node {
  const nodes = nodeParts(r, parts);
  if (nodes.every((part) => typeof part === 'string')) return { kind: 'literal', at, value: symbol(nodes.join('')) };
  return { kind: 'symbol', at, parts: nodes };
}

function wordNode(r: Reader, at: number, parts: readonly TextPart[], symbols: boolean): Node {
  if (symbols) return symbolNode(r, at, parts);
  const nodes = nodeParts(r, parts);
  if (nodes.every((part) => typeof part === 'string')) return { kind: 'literal', at, value: nodes.join('') };
  return { kind: 'text', at, parts: nodes };
}

/** Parses the interpolations. */
function nodeParts(r: Reader, parts: readonly TextPart[]): NodePart[] {
  return parts.map((part) => {
    if (typeof part === 'string') return part;
    const { tokens, index } = r;
    r.tokens = part;
    r.index = 0;
    const node = nested(r, parseStatements);
    if (peek(r).kind !== 'end') throw unexpected(r, "'}'");
    r.tokens = tokens;
    r.index = index;
    return node;
  });
}

/** `/(?<name>...)/ =~ text` makes variables of its named groups. */
function captureNames(r: Reader, parts: readonly TextPart[], at: number): ReturnType<typeof declareLocal>[] {
  if (!isOperator(peek(r), '=~') || parts.some((part) => typeof part !== 'string')) return [];
  const names = new Set([...parts.join('').matchAll(/\(\?<([a-z_]\w*)>/g)].map((m) => m[1]));
  for (const name of names) r.lexerLocals.add(name);
  return [...names].map((name) => declareLocal(r.scope, name, at));
}

function parseName(r: Reader, name: string, at: number): Node {
  const local = findLocal(r.scope, name, at);
  const next = peek(r);
  const callsWithParentheses = isOperator(next, '(') && !next.spaced;
  if (local && !callsWithParentheses) return local;
  if (!local && !callsWithParentheses) {
    const implicit = implicitParameter(r, name, at);
    if (implicit) return implicit;
  }
  if (callsWithParentheses) {
    advance(r);
    const args = parseArguments(r, ')');
    return callNode(at, undefined, name, args);
  }
  if (startsCommandArgument(r)) return callNode(at, undefined, name, parseCommandArguments(r));
  if ((name === 'lambda' || name === 'proc') && (isOperator(next, '{') || isKeyword(next, 'do'))) {
    return { kind: 'lambda', at, block: parseBlock(r, name === 'lambda'), strict: name === 'lambda' };
  }
  return { kind: 'call', at, receiver: undefined, name, args: [], block: undefined, safe: false, bare: true };
}

/** `it`, `_1` ... `_9` within a block without parameters. */
function implicitParameter(r: Reader, name: string, at: number): Node | undefined {
  const numbered = /^_([1-9])$/.exec(name);
  if (!numbered && name !== 'it') return undefined;
  let depth = 0;
  for (let scope: typeof r.scope | undefined = r.scope; scope; scope = scope.up, depth++) {
    if (!scope.implicit) continue;
    const count = numbered ? Number(numbered[1]) : 1;
    // parameters come first in a block's variables, so room for all nine was reserved
    scope.implicitCount = Math.max(scope.implicitCount, count);
    if (!numbered) scope.usesIt = true;
    return { kind: 'local', at, name, depth, slot: count - 1, parameter: true };
  }
  return undefined;
}

function parseConstant(r: Reader, name: string, at: number): Node {
  const next = peek(r);
  if (isOperator(next, '(') && !next.spaced) {
    advance(r);
    return callNode(at, undefined, name, parseArguments(r, ')'));
  }
  if (next.kind === 'text' && next.spaced) return callNode(at, undefined, name, parseCommandArguments(r));
  return { kind: 'constant', at, path: name };
}

function parseGlobal(name: string, at: number): Node {
  if (/^\$(?:[1-9]\d*|[~&`'+!])$/.test(name)) return { kind: 'global', at, name };
  throw new RubySyntaxError(`the global variable ${name} is not supported`, at, "known are $~, $1 ... $9, $&, $`, $' and $+");
}

function parseBracket(r: Reader, operator: string, at: number): Node {
  switch (operator) {
    case '(': {
      const body = parseStatements(r);
      skipSeparators(r);
      expectOperator(r, ')');
      // parentheses end what could be a target or take a block
      return { kind: 'sequence', at, nodes: [body] };
    }
    case '[':
      return { kind: 'array', at, items: parseArguments(r, ']') };
    case '{':
      return parseHash(r, at);
    case '->':
      return { kind: 'lambda', at, block: parseLambda(r), strict: true };
    case '::': {
      const name = advance(r);
      if (name.kind === 'constant') return parseConstant(r, name.text, at);
      r.index--;
      throw unexpected(r, 'a constant');
    }
    case '..':
    case '...':
      return { kind: 'range', at, first: nilNode(at), last: parseExpression(r), exclusive: operator === '...' };
    default:
      r.index--;
      throw unexpected(r, 'a value');
  }
}

function parseHash(r: Reader, at: number): Node {
  const pairs: Pair[] = [];
  for (;;) {
    skipLines(r);
    if (takeOperator(r, '}')) return { kind: 'hash', at, pairs };
    pairs.push(parsePair(r));
    skipLines(r);
    if (!takeOperator(r, ',') && !isOperator(peek(r), '}')) throw unexpected(r, "',' or '}'");
  }
}

/** `key => value`, `key: value`, `"key": value`, `key:` or `**hash`. */
export function parsePair(r: Reader): Pair {
  const token = peek(r);
  if (takeOperator(r, '**')) return { key: undefined, value: parseExpression(r) };
  if (token.kind === 'label') {
    advance(r);
    const key: Node = { kind: 'literal', at: token.at, value: symbol(token.text) };
    skipLines(r);
    if (isOperator(peek(r), ',') || isOperator(peek(r), '}') || isOperator(peek(r), ')')) {
      return { key, value: parseName({ ...r, tokens: [{ kind: 'end', at: token.end, end: token.end, spaced: false }], index: 0 }, token.text, token.at) };
    }
    return { key, value: parseExpression(r) };
  }
  const colon = peekAfter(r);
  if (token.kind === 'text' && isOperator(colon, ':') && colon!.at === token.end) {
    advance(r);
    advance(r);
    skipLines(r);
    return { key: symbolNode(r, token.at, token.parts), value: parseExpression(r) };
  }
  const key = parseExpression(r);
  skipLines(r);
  expectOperator(r, '=>');
  skipLines(r);
  return { key, value: parseExpression(r) };
}
