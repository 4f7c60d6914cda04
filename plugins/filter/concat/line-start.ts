/**
 * Expressions such as `^\S` or `^\d{4}-\d\d` as tests on bytes, so that no text has to be made.
 *
 * What is understood: an anchor (`^` or `\A`), then characters, classes, groups with alternatives,
 * and repetitions that need no going back. Everything else gives undefined, and the regular
 * expression itself decides. So it does for values with a byte beyond ASCII where it matters.
 */

/** Bytes start..end-1: 1 they match, 0 they do not, -1 only the regular expression can tell. */
export type StartTest = (bytes: Uint8Array, start: number, end: number) => 1 | 0 | -1;

export interface LineStart {
  readonly test: StartTest;
  /** `^`: it also matches behind a line break inside the value, which `test` does not look for. */
  readonly everyLine: boolean;
}

/** One character class and how often; `set[c]` is 1 for its ASCII characters. */
interface Element {
  readonly set: Uint8Array;
  readonly min: number;
  readonly max: number;
}
type Sequence = readonly Element[];

/** More alternatives than this and the regular expression is as good. */
const MAX_SEQUENCES = 16;
const MAX_REPEAT = 100;

/** Compiles the source of an expression; undefined if it is not of the simple kind. */
export function compileLineStart(source: string): LineStart | undefined {
  const everyLine = source.startsWith('^');
  const body = everyLine ? source.slice(1) : source.startsWith('\\A') ? source.slice(2) : undefined;
  if (body === undefined) return undefined;
  let sequences: readonly Sequence[];
  try {
    const reader = new Reader(body);
    sequences = reader.sequence();
    reader.expectEnd();
  } catch (error) {
    if (error instanceof NotSimple) return undefined;
    throw error;
  }
  const tests = sequences.map(trimmed).map((sequence) => (isDeterministic(sequence) ? testOf(sequence) : undefined));
  if (tests.includes(undefined)) return undefined;
  return { everyLine, test: tests.length === 1 ? tests[0]! : anyOf(tests as StartTest[]) };
}

class NotSimple extends Error {}

/** Reads a source into all sequences that it allows. */
class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  expectEnd(): void {
    if (this.#at < this.#source.length) throw new NotSimple();
  }

  /** Up to the end, `|` or `)`. */
  sequence(): readonly Sequence[] {
    let all: readonly Sequence[] = [[]];
    for (let c = this.#peek(); c !== undefined && c !== '|' && c !== ')'; c = this.#peek()) {
      const next = c === '(' ? this.#group() : [[this.#element()]];
      all = all.flatMap((head) => next.map((tail) => [...head, ...tail]));
      if (all.length > MAX_SEQUENCES) throw new NotSimple();
    }
    return all;
  }

  #group(): readonly Sequence[] {
    const opening = /^\((?:\?:|\?<[A-Za-z_]\w*>|(?!\?))/.exec(this.#source.slice(this.#at))?.[0];
    if (opening === undefined) throw new NotSimple();
    this.#at += opening.length;
    const all = [...this.sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      all.push(...this.sequence());
    }
    if (this.#peek() !== ')') throw new NotSimple();
    this.#at++;
    if ('?*+{'.includes(this.#peek() ?? ' ')) throw new NotSimple();
    return all;
  }

  #element(): Element {
    const set = this.#set();
    const match = /^(?:([?*+])|\{(\d*)(,?)(\d*)\})/.exec(this.#source.slice(this.#at));
    if (!match) {
      if (this.#peek() === '{') throw new NotSimple();
      return { set, min: 1, max: 1 };
    }
    this.#at += match[0].length;
    // Lazy, possessive, or a repetition of a repetition.
    if ('?*+{'.includes(this.#peek() ?? ' ')) throw new NotSimple();
    if (match[1] !== undefined) return { set, min: match[1] === '+' ? 1 : 0, max: match[1] === '?' ? 1 : Infinity };
    const [, , low, comma, high] = match;
    if (low === '' && high === '') throw new NotSimple();
    const min = low === '' ? 0 : Number(low);
    const max = comma === '' ? min : high === '' ? Infinity : Number(high);
    if (min > max || min > MAX_REPEAT) throw new NotSimple();
    return { set, min, max };
  }

  #set(): Uint8Array {
    const c = this.#next();
    if (c === '.') return complement(setOf('\n'));
    if (c === '[') return this.#bracket();
    if (c === '\\') {
      const escaped = this.#next();
      return CLASSES[escaped] ?? setOf(literal(escaped));
    }
    if ('^$?*+{})]'.includes(c)) throw new NotSimple();
    return setOf(c);
  }

  #bracket(): Uint8Array {
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    const set = new Uint8Array(128);
    for (let first = true; ; first = false) {
      const c = this.#next();
      if (c === ']' && !first) return negated ? complement(set) : set;
      if (c === '[' || c === ']' || (c === '&' && this.#peek() === '&')) throw new NotSimple();
      let low = c;
      if (c === '\\') {
        const escaped = this.#next();
        const known = CLASSES[escaped];
        if (known) {
          add(set, known);
          if (this.#peek() === '-' && this.#source[this.#at + 1] !== ']') throw new NotSimple();
          continue;
        }
        low = literal(escaped);
      } else if (c === '-' && !first && this.#peek() !== ']') throw new NotSimple();
      let high = low;
      if (this.#peek() === '-' && this.#source[this.#at + 1] !== ']') {
        this.#at++;
        high = this.#next();
        if (high === '\\') {
          const escaped = this.#next();
          if (CLASSES[escaped]) throw new NotSimple();
          high = literal(escaped);
        } else if (high === '[') throw new NotSimple();
      }
      if (code(low) > code(high)) throw new NotSimple();
      set.fill(1, code(low), code(high) + 1);
    }
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #next(): string {
    const c = this.#source[this.#at++];
    if (c === undefined) throw new NotSimple();
    return c;
  }
}

/** Ruby's classes; those that are negated hold for every character beyond ASCII as well. */
const DIGIT = range('09');
const WORD = range('09', 'AZ', 'az', '__');
const SPACE = setOf(' \t\r\n\f\v');
const HEX = range('09', 'AF', 'af');
const CLASSES: Readonly<Record<string, Uint8Array | undefined>> = {
  d: DIGIT, D: complement(DIGIT), w: WORD, W: complement(WORD), s: SPACE, S: complement(SPACE), h: HEX, H: complement(HEX),
};
const CONTROLS: Readonly<Record<string, string | undefined>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\x07', e: '\x1b' };

/** The character that stands behind a backslash. */
function literal(escaped: string): string {
  const control = CONTROLS[escaped];
  if (control !== undefined) return control;
  if (/[0-9A-Za-z]/.test(escaped)) throw new NotSimple();
  return escaped;
}

function code(c: string): number {
  const value = c.charCodeAt(0);
  if (value >= 0x80) throw new NotSimple();
  return value;
}

function setOf(characters: string): Uint8Array {
  const set = new Uint8Array(128);
  for (const c of characters) set[code(c)] = 1;
  return set;
}

function range(...pairs: string[]): Uint8Array {
  const set = new Uint8Array(128);
  for (const pair of pairs) set.fill(1, code(pair[0]!), code(pair[1]!) + 1);
  return set;
}

function complement(set: Uint8Array): Uint8Array {
  return set.map((member) => 1 - member);
}

function add(set: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < 128; i++) set[i]! |= other[i]!;
}

/** Without what may be there at the end but need not: nothing follows that could miss it. */
function trimmed(sequence: Sequence): Sequence {
  const result = [...sequence];
  for (let last = result.pop(); last; last = result.pop()) {
    if (last.min > 0) return [...result, { ...last, max: last.min }];
  }
  return [];
}

/** Whether taking as much as possible is right everywhere: what may follow a repetition cannot be part of it. */
function isDeterministic(sequence: Sequence): boolean {
  return sequence.every((element, i) => {
    if (element.min === element.max) return true;
    for (const next of sequence.slice(i + 1)) {
      if (next.set.some((member, c) => member === 1 && element.set[c] === 1)) return false;
      if (next.min > 0) return true;
    }
    return true;
  });
}

function testOf(sequence: Sequence): StartTest {
  if (sequence.length === 1 && sequence[0]!.min === 1) {
    const { set } = sequence[0]!;
    return (bytes, start, end) => {
      if (start >= end) return 0;
      const c = bytes[start]!;
      return c < 0x80 ? (set[c] as 0 | 1) : -1;
    };
  }
  return (bytes, start, end) => {
    let at = start;
    for (let i = 0; i < sequence.length; i++) {
      const { set, min, max } = sequence[i]!;
      let count = 0;
      while (count < max && at < end) {
        const c = bytes[at]!;
        if (c >= 0x80) return -1;
        if (set[c] === 0) break;
        count++;
        at++;
      }
      if (count < min) return 0;
    }
    return 1;
  };
}

function anyOf(tests: readonly StartTest[]): StartTest {
  return (bytes, start, end) => {
    let result: 0 | -1 = 0;
    for (const test of tests) {
      const one = test(bytes, start, end);
      if (one === 1) return 1;
      if (one === -1) result = -1;
    }
    return result;
  };
}
