/** What begins with a keyword: `if`, `case`, `begin`, `next`, ... */
import { nilNode, type Branch, type Node, type Rescue, type Target } from './ast.ts';
import { takeThen } from './parse-call.ts';
import { parseOperand } from './parse-operand.ts';
import { asTarget, parseExpression, parseStatement, parseStatements } from './parser.ts';
import {
  advance, expectKeyword, isKeyword, isOperator, nested, peek, skipLines, skipSeparators, takeKeyword, takeOperator,
  unexpected, type Reader,
} from './reader.ts';
import { declareLocal, type Scope } from './scope.ts';
import { RubySyntaxError } from './syntax-error.ts';

const UNSUPPORTED: Readonly<Record<string, string>> = {
  while: "loops are written as 'list.each { |x| ... }'",
  until: "loops are written as 'list.each { |x| ... }'",
  for: "loops are written as 'list.each { |x| ... }'",
  def: 'a function can be a lambda: f = ->(x) { ... }',
  class: 'an expression cannot define classes',
  module: 'an expression cannot define modules',
  yield: 'there is no block to yield to',
  super: 'there is no method to call',
  alias: 'an expression cannot define methods',
  undef: 'an expression cannot define methods',
};

/** The construct that begins with the keyword just taken. */
export function parseKeyword(r: Reader, word: string, at: number): Node {
  switch (word) {
    case 'nil':
      return nilNode(at);
    case 'true':
    case 'false':
      return { kind: 'literal', at, value: word === 'true' };
    case 'self':
      return { kind: 'self', at };
    case 'if':
    case 'unless':
      return parseIf(r, at, word === 'unless');
    case 'case':
      return parseCase(r, at);
    case 'begin': {
      const body = parseRescues(r, at);
      expectKeyword(r, 'end');
      return body;
    }
    case 'not':
      return { kind: 'not', at, value: nested(r, parseExpression) };
    case 'defined?': {
      const value = nested(r, parseOperand);
      return { kind: 'defined', at, value };
    }
    case 'next':
    case 'break':
    case 'return':
      return parseJump(r, word, at);
    default:
  }
  const hint = UNSUPPORTED[word];
  if (hint !== undefined) throw new RubySyntaxError(`'${word}' is not supported here`, at, hint);
  r.index--;
  throw unexpected(r, 'a value');
}

function parseIf(r: Reader, at: number, negated: boolean): Node {
  const condition = parseStatement(r);
  takeThen(r);
  const yes = parseStatements(r);
  skipSeparators(r);
  let no = nilNode(at);
  if (isKeyword(peek(r), 'elsif')) {
    const { at: elseAt } = advance(r);
    no = nested(r, (reader) => parseIf(reader, elseAt, false));
    return negated ? { kind: 'if', at, condition, yes: no, no: yes } : { kind: 'if', at, condition, yes, no };
  }
  if (takeKeyword(r, 'else')) no = parseStatements(r);
  skipSeparators(r);
  expectKeyword(r, 'end');
  return negated ? { kind: 'if', at, condition, yes: no, no: yes } : { kind: 'if', at, condition, yes, no };
}

function parseCase(r: Reader, at: number): Node {
  const subject = isKeyword(peek(r), 'when') || peek(r).kind === 'separator' ? undefined : parseStatement(r);
  skipSeparators(r);
  const branches: Branch[] = [];
  while (takeKeyword(r, 'when')) {
    const tests: Node[] = [];
    do {
      skipLines(r);
      const test = peek(r);
      if (takeOperator(r, '*')) tests.push({ kind: 'splat', at: test.at, value: parseExpression(r) });
      else tests.push(parseExpression(r));
    } while (takeOperator(r, ','));
    takeThen(r);
    branches.push({ tests, body: parseStatements(r) });
    skipSeparators(r);
  }
  if (isKeyword(peek(r), 'in')) {
    throw new RubySyntaxError("pattern matching ('case ... in') is not supported here", peek(r).at, "use 'when'");
  }
  if (branches.length === 0) throw unexpected(r, "'when'");
  const otherwise = takeKeyword(r, 'else') ? parseStatements(r) : nilNode(at);
  skipSeparators(r);
  expectKeyword(r, 'end');
  return { kind: 'case', at, subject, branches, otherwise };
}

/** Statements with `rescue`, `else` and `ensure`, up to (and without) `end`. */
export function parseRescues(r: Reader, at: number): Node {
  const body = parseStatements(r);
  skipSeparators(r);
  const rescues: Rescue[] = [];
  while (takeKeyword(r, 'rescue')) {
    rescues.push(parseRescue(r));
    skipSeparators(r);
  }
  const otherwise = takeKeyword(r, 'else') ? parseStatements(r) : undefined;
  skipSeparators(r);
  const ensure = takeKeyword(r, 'ensure') ? parseStatements(r) : undefined;
  skipSeparators(r);
  if (rescues.length === 0 && !otherwise && !ensure) return { kind: 'sequence', at, nodes: [body] };
  return { kind: 'begin', at, body, rescues, otherwise, ensure };
}

function parseRescue(r: Reader): Rescue {
  const classes: Node[] = [];
  while (peek(r).kind !== 'separator' && !isKeyword(peek(r), 'then') && !isOperator(peek(r), '=>')) {
    classes.push(parseExpression(r));
    if (!takeOperator(r, ',')) break;
    skipLines(r);
  }
  let target: Target | undefined;
  if (takeOperator(r, '=>')) {
    const token = advance(r);
    target = token.kind === 'name' ? declareLocal(r.scope, token.text, token.at) : undefined;
    if (!target) {
      r.index--;
      target = asTarget(parseOperand(r));
      if (!target) throw unexpected(r, 'the name of a variable');
    }
  }
  takeThen(r);
  return { classes, target, body: parseStatements(r) };
}

function parseJump(r: Reader, word: 'next' | 'break' | 'return', at: number): Node {
  const token = peek(r);
  const bare =
    token.kind === 'end' || token.kind === 'separator' || isOperator(token, '}') || isOperator(token, ')') ||
    (token.kind === 'keyword' && ['if', 'unless', 'end', 'rescue', 'else', 'elsif', 'when', 'and', 'or'].includes(token.text));
  let value = bare ? nilNode(at) : parseExpression(r);
  if (!bare && isOperator(peek(r), ',')) {
    const items = [value];
    while (takeOperator(r, ',')) items.push(parseExpression(r));
    value = { kind: 'array', at, items };
  }
  if (word === 'return') {
    for (let scope: Scope | undefined = r.scope; scope; scope = scope.up) {
      if (scope.isLambda) scope.hasNext = true;
    }
    return { kind: 'return', at, value };
  }
  if (!r.scope.up) throw new RubySyntaxError(`'${word}' stands outside of a block`, at);
  if (word === 'next') r.scope.hasNext = true;
  else r.scope.hasBreak = true;
  return { kind: word, at, value };
}

