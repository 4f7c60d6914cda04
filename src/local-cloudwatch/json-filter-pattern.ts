/**
 * Filter patterns on JSON messages: `{ SELECTOR OPERATOR VALUE }`, joined by && and ||, grouped by ( ).
 *
 * Selectors: $.a.b, $.list[0], $.list[*], $.['a.b']. Operators: = != < <= > >=, IS NULL, IS TRUE,
 * IS FALSE, EXISTS, NOT EXISTS. Values: numbers, words, "texts" with * for any characters, and
 * %regular expressions%. All comparisons but NOT EXISTS need the field to be there. A message that
 * is no JSON object or list fits nothing.
 */
import { badPattern, closing, regularExpressionTest, type MessageTest } from './message-test.ts';

type Step = { readonly key: string } | { readonly index: number } | 'every';
type ValueTest = (value: unknown) => boolean;
type Condition = (root: unknown) => boolean;

/** Compiles a pattern that starts with `{`. Throws InvalidParameterException with the place of the error. */
export function compileJsonPattern(text: string): MessageTest {
  const condition = new JsonPatternReader(text).read();
  return (message) => {
    const start = message.trimStart()[0];
    if (start !== '{' && start !== '[') return false;
    let root: unknown;
    try {
      root = JSON.parse(message);
    } catch {
      return false;
    }
    return condition(root);
  };
}

class JsonPatternReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Condition {
    this.#expect('{');
    const condition = this.#either();
    this.#expect('}');
    this.#space();
    if (this.#at < this.#text.length) throw this.#wrong('nothing after }');
    return condition;
  }

  #either(): Condition {
    const parts = [this.#all()];
    while (this.#take('||')) parts.push(this.#all());
    return parts.length === 1 ? parts[0] : (root) => parts.some((part) => part(root));
  }

  #all(): Condition {
    const parts = [this.#one()];
    while (this.#take('&&')) parts.push(this.#one());
    return parts.length === 1 ? parts[0] : (root) => parts.every((part) => part(root));
  }

  #one(): Condition {
    if (this.#take('(')) {
      const inner = this.#either();
      this.#expect(')');
      return inner;
    }
    const path = this.#selector();
    if (this.#word('NOT')) {
      if (!this.#word('EXISTS')) throw this.#wrong('EXISTS');
      return (root) => !select(root, path, 0, () => true);
    }
    const test = this.#valueTest();
    return (root) => select(root, path, 0, test);
  }

  #valueTest(): ValueTest {
    if (this.#word('EXISTS')) return () => true;
    if (this.#word('IS')) {
      if (this.#word('NULL')) return (value) => value === null;
      if (this.#word('TRUE')) return (value) => value === true;
      if (this.#word('FALSE')) return (value) => value === false;
      throw this.#wrong('NULL, TRUE or FALSE');
    }
    for (const operator of ['!=', '<=', '>=', '=', '<', '>'] as const) {
      if (this.#take(operator)) return this.#comparison(operator);
    }
    throw this.#wrong('=, !=, <, <=, >, >=, IS, EXISTS or NOT EXISTS');
  }

  #comparison(operator: '!=' | '<=' | '>=' | '=' | '<' | '>'): ValueTest {
    this.#space();
    const start = this.#at;
    const equal = this.#equalTo();
    switch (operator) {
      case '=':
        return equal;
      case '!=':
        return (value) => !equal(value);
    }
    const limit = Number(this.#text.slice(start, this.#at));
    if (Number.isNaN(limit)) {
      this.#at = start;
      throw this.#wrong(`a number after ${operator}`);
    }
    switch (operator) {
      case '<':
        return (value) => typeof value === 'number' && value < limit;
      case '<=':
        return (value) => typeof value === 'number' && value <= limit;
      case '>':
        return (value) => typeof value === 'number' && value > limit;
      case '>=':
        return (value) => typeof value === 'number' && value >= limit;
    }
  }

  #equalTo(): ValueTest {
    const first = this.#text[this.#at];
    if (first === '"' || first === '%') {
      const end = closing(this.#text, this.#at);
      if (end < 0) throw this.#wrong(`a closing ${first}`);
      const inner = this.#text.slice(this.#at + 1, end);
      this.#at = end + 1;
      if (first === '"') return wildcardTest(inner.replace(/\\(["\\])/g, '$1'));
      const fits = regularExpressionTest(inner);
      return (value) => isScalar(value) && fits(String(value));
    }
    const word = /^[^\s()&|{}"]+/.exec(this.#text.slice(this.#at))?.[0];
    if (word === undefined) throw this.#wrong('a value');
    this.#at += word.length;
    const number = Number(word);
    if (!Number.isNaN(number)) return (value) => value === number;
    return wildcardTest(word);
  }

  #selector(): readonly Step[] {
    this.#space();
    if (this.#text[this.#at] !== '$') throw this.#wrong('a selector such as $.field');
    this.#at++;
    const path: Step[] = [];
    for (;;) {
      const rest = this.#text.slice(this.#at);
      const found = /^\.?\[\s*(?:(\d+)|(\*)|'([^']*)'|"([^"]*)")\s*\]|^\.(?:(\*)|([^\s.[\]()=!<>&|{}"%]+))/.exec(rest);
      if (!found) break;
      const [whole, index, every, single, double, star, key] = found;
      if (index !== undefined) path.push({ index: Number(index) });
      else if (every !== undefined || star !== undefined) path.push('every');
      else path.push({ key: single ?? double ?? key });
      this.#at += whole.length;
    }
    if (path.length === 0) throw this.#wrong('a field after $');
    return path;
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #take(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #word(word: string): boolean {
    this.#space();
    const end = this.#at + word.length;
    if (this.#text.slice(this.#at, end).toUpperCase() !== word || /\w/.test(this.#text[end] ?? '')) return false;
    this.#at = end;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw this.#wrong(token);
  }

  #wrong(expected: string): Error {
    this.#space();
    const found = this.#at < this.#text.length ? `'${this.#text.slice(this.#at, this.#at + 20)}'` : 'the end';
    return badPattern(`expected ${expected} at character ${this.#at + 1}, found ${found}`);
  }
}

/** Whether a value at the end of the path passes the test. */
function select(value: unknown, path: readonly Step[], at: number, test: ValueTest): boolean {
  if (at === path.length) return test(value);
  if (typeof value !== 'object' || value === null) return false;
  const step = path[at];
  if (step === 'every') return Object.values(value).some((item) => select(item, path, at + 1, test));
  if ('index' in step) {
    return Array.isArray(value) && step.index < value.length && select(value[step.index], path, at + 1, test);
  }
  if (Array.isArray(value) || !Object.hasOwn(value, step.key)) return false;
  return select((value as Readonly<Record<string, unknown>>)[step.key], path, at + 1, test);
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Equality of texts, with * for any run of characters. Without regular expressions: no pattern is slow. */
function wildcardTest(pattern: string): ValueTest {
  const parts = pattern.split('*');
  if (parts.length === 1) return (value) => isScalar(value) && String(value) === pattern;
  const first = parts[0];
  const last = parts[parts.length - 1];
  const middle = parts.slice(1, -1);
  return (value) => {
    if (!isScalar(value)) return false;
    const text = String(value);
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}
