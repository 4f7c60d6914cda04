/**
 * A regular expression as the automaton of its characters (Glushkov's construction): one state for each place that takes a
 * character, and how often one place can follow another. What matters here is in how many ways a text can be taken, so two ways
 * from one place to the next count as two. Look-arounds are left out; back-references take anything.
 */
import { tokenize, type Token } from '../regexp/tokens.ts';

/** Whether a character may stand here. */
export type Letters = (code: number) => boolean;

export interface RegexpAutomaton {
  /** What each place takes. */
  readonly places: readonly Letters[];
  /** By place: places that follow, and in how many ways. */
  readonly follows: readonly ReadonlyMap<number, number>[];
  /** Whether the match can be over behind a place, with nothing left to be matched or checked. */
  readonly isLast: readonly boolean[];
  /** By place: whether backtracking into it is ruled out by the pattern. */
  readonly atomic: readonly boolean[];
  /** Characters at which classes begin and end: between two of them all are alike. */
  readonly samples: readonly number[];
}

interface Part {
  readonly nullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** Places beyond which a pattern is not looked at. */
const MAX_PLACES = 400;
/** A counted repetition stands for a loop from this count on. */
const MANY = 8;

class TooLarge extends Error {}

/** undefined if the pattern is too large. The pattern is a valid one. */
export function regexpAutomaton(source: string, options: string): RegexpAutomaton | undefined {
  try {
    return new Builder(tokenize(source, options.includes('x')), options).automaton();
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

const EMPTY: Part = { nullable: true, first: [], last: [] };

class Builder {
  readonly #tokens: readonly Token[];
  readonly #extended: boolean;
  readonly #dotAll: boolean;
  readonly #ignoreCase: boolean;
  #at = 0;
  #atomicDepth = 0;
  readonly #places: Letters[] = [];
  readonly #follows: Map<number, number>[] = [];
  readonly #atomic: boolean[] = [];
  readonly #samples = new Set<number>([0x20, 0x2d, 0x2e, 0x30, 0x39, 0x3a, 0x41, 0x5a, 0x5f, 0x61, 0x7a, 0x2603, 0x09, 0x21]);

  constructor(tokens: readonly Token[], options: string) {
    this.#tokens = tokens.filter(({ kind }) => kind !== 'comment');
    this.#extended = options.includes('x');
    this.#dotAll = options.includes('m');
    this.#ignoreCase = options.includes('i');
  }

  automaton(): RegexpAutomaton {
    const whole = this.#alternatives();
    const last = new Set(whole.last);
    return {
      places: this.#places, follows: this.#follows, isLast: this.#places.map((_, i) => last.has(i)), atomic: this.#atomic,
      samples: [...this.#samples],
    };
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#peek()?.text === '|' && this.#peek()!.kind === 'other') {
      this.#at++;
      parts.push(this.#sequence());
    }
    return { nullable: parts.some(({ nullable }) => nullable), first: parts.flatMap(({ first }) => first), last: parts.flatMap(({ last }) => last) };
  }

  #sequence(): Part {
    let whole = EMPTY;
    for (let token = this.#peek(); token && token.kind !== 'close' && !(token.kind === 'other' && token.text === '|'); token = this.#peek())
      whole = this.#join(whole, this.#quantified(this.#atom()));
    return whole;
  }

  #atom(): Part {
    const token = this.#tokens[this.#at++]!;
    const { kind, text } = token;
    if (kind === 'open') return this.#group(text);
    if (kind === 'classOpen') return this.#place(this.#class(text));
    if (kind === 'escape') return this.#escape(text);
    if (text === '.') return this.#place((code) => this.#dotAll || code !== 10);
    if (text === '$') return this.#check();
    if (text === '^' || text.startsWith('(?')) return EMPTY;
    if (this.#extended && /^\s$/.test(text)) return EMPTY;
    return this.#place(this.#literal(text.codePointAt(0)!));
  }

  #group(text: string): Part {
    const isLook = /^\(\?<?[=!]/.test(text);
    const isAtomic = text === '(?>';
    if (isAtomic) this.#atomicDepth++;
    const before = this.#places.length;
    const inner = this.#alternatives();
    this.#at++;
    if (isAtomic) this.#atomicDepth--;
    if (!isLook) return inner;
    // What it looks at is matched for itself, and may fail.
    this.#places.splice(before);
    this.#follows.splice(before);
    this.#atomic.splice(before);
    return this.#check();
  }

  /** Something that can fail without taking a character: a place that takes none, which may be left out. */
  #check(): Part {
    const part = this.#place(() => false);
    return { nullable: false, first: part.first, last: part.last };
  }

  #escape(text: string): Part {
    const letter = text.slice(1);
    if (/^[zZ]$/.test(letter)) return this.#check();
    if (/^[AbBGK]$/.test(letter)) return EMPTY;
    if (/^[kg]</.test(letter) || /^[1-9]/.test(letter)) return EMPTY;
    return this.#place(this.#escaped(text));
  }

  #escaped(text: string): Letters {
    const letter = text.slice(1);
    const sets: Readonly<Record<string, RegExp>> = { d: /[0-9]/, w: /[a-zA-Z0-9_]/, s: /[ \t\r\n\f\v]/, h: /[0-9a-fA-F]/ };
    const set = sets[letter.toLowerCase()];
    if (set && letter.length === 1) return letter === letter.toLowerCase() ? (code) => set.test(String.fromCodePoint(code)) : (code) => !set.test(String.fromCodePoint(code));
    if (letter === 'R' || letter === 'X' || /^[pP]\{/.test(letter)) return this.#property(letter);
    const simple: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7, e: 27, 0: 0 };
    const code = /^(?:x|u)\{?([0-9A-Fa-f]+)\}?$/.exec(letter)?.[1];
    return this.#literal(code ? parseInt(code, 16) : (simple[letter] ?? letter.codePointAt(0)!));
  }

  #property(text: string): Letters {
    if (text === 'R') return (code) => code === 10 || code === 13;
    if (text === 'X') return () => true;
    try {
      const regexp = new RegExp(`^\\${text.replace('{^', '{')}$`, 'u');
      const negated = text.includes('{^');
      return (code) => regexp.test(String.fromCodePoint(code)) !== negated;
    } catch {
      return () => true;
    }
  }

  #literal(code: number): Letters {
    this.#samples.add(code);
    if (!this.#ignoreCase) return (other) => other === code;
    const folded = String.fromCodePoint(code).toLowerCase();
    return (other) => String.fromCodePoint(other).toLowerCase() === folded;
  }

  /** Up to the bracket that closes it. */
  #class(open: string): Letters {
    const negated = open.startsWith('[^');
    const members: Letters[] = [];
    const others: Letters[] = [];
    if (open.endsWith(']')) members.push(this.#literal(0x5d));
    for (let token = this.#peek(); token && token.kind !== 'classClose'; token = this.#peek()) {
      this.#at++;
      if (token.kind === 'classOpen') {
        members.push(this.#class(token.text));
        continue;
      }
      if (token.text === '&' && this.#peek()?.text === '&') {
        this.#at++;
        others.push(any(members.splice(0)));
        continue;
      }
      const posix = /^\[:(\^?)([a-z]+):\]$/.exec(token.text);
      if (posix) {
        members.push(posixClass(posix[2]!, posix[1] !== ''));
        continue;
      }
      const isRange = this.#peek()?.text === '-' && this.#peek()?.kind === 'other' && this.#tokens[this.#at + 1]?.kind !== 'classClose';
      if (isRange && this.#single(token) !== undefined) {
        const from = this.#single(token)!;
        const to = this.#single(this.#tokens[this.#at + 1]!);
        if (to !== undefined) {
          this.#at += 2;
          this.#samples.add(from).add(to).add(Math.max(0, from - 1)).add(to + 1);
          const fold = this.#ignoreCase;
          members.push((code) => (code >= from && code <= to) || (fold && inRange(swapCase(code), from, to)));
          continue;
        }
      }
      members.push(token.kind === 'escape' ? this.#escaped(token.text) : this.#literal(token.text.codePointAt(0)!));
    }
    this.#at++;
    const last = any(members);
    const all = (code: number) => last(code) && others.every((other) => other(code));
    return negated ? (code) => !all(code) : all;
  }

  /** The code of a token that stands for one character. */
  #single({ kind, text }: Token): number | undefined {
    if (kind === 'other') return text.codePointAt(0)!;
    if (kind !== 'escape' || /^\\[dwshDWSHpPRX]/.test(text)) return undefined;
    const hex = /^\\(?:x|u)\{?([0-9A-Fa-f]+)\}?$/.exec(text)?.[1];
    if (hex) return parseInt(hex, 16);
    return ({ n: 10, t: 9, r: 13, f: 12, v: 11 } as Readonly<Record<string, number>>)[text.slice(1)] ?? text.codePointAt(1)!;
  }

  #place(letters: Letters): Part {
    if (this.#places.length >= MAX_PLACES) throw new TooLarge();
    const at = this.#places.push(letters) - 1;
    this.#follows.push(new Map());
    this.#atomic.push(this.#atomicDepth > 0);
    return { nullable: false, first: [at], last: [at] };
  }

  #join(a: Part, b: Part): Part {
    this.#link(a.last, b.first);
    return {
      nullable: a.nullable && b.nullable,
      first: a.nullable ? [...a.first, ...b.first] : a.first,
      last: b.nullable ? [...a.last, ...b.last] : b.last,
    };
  }

  #link(from: readonly number[], to: readonly number[]): void {
    for (const a of from) for (const b of to) this.#follows[a]!.set(b, (this.#follows[a]!.get(b) ?? 0) + 1);
  }

  #quantified(inner: Part): Part {
    let part = inner;
    for (let range = this.#quantifier(); range; range = this.#quantifier()) {
      const [min, max] = range;
      // Counted loops of a few rounds are finite; of many they are as bad as endless ones.
      if (max >= MANY) this.#link(part.last, part.first);
      part = { ...part, nullable: part.nullable || min === 0 };
      // Lazy and possessive marks.
      if (this.#peek()?.kind === 'other' && (this.#peek()!.text === '?' || this.#peek()!.text === '+')) this.#at++;
    }
    return part;
  }

  #quantifier(): [min: number, max: number] | undefined {
    const token = this.#peek();
    if (token?.kind !== 'other' || token.inClass) return undefined;
    if (token.text === '*' || token.text === '+' || token.text === '?') {
      this.#at++;
      return token.text === '*' ? [0, Infinity] : token.text === '+' ? [1, Infinity] : [0, 1];
    }
    if (token.text !== '{') return undefined;
    const text = this.#tokens.slice(this.#at, this.#at + 16).map((each) => each.text).join('');
    const found = /^\{(\d*)(,?)(\d*)\}/.exec(text);
    if (!found || (found[1] === '' && found[3] === '')) return undefined;
    this.#at += found[0].length;
    const min = Number(found[1] || 0);
    return [min, found[2] === '' ? min : found[3] === '' ? Infinity : Number(found[3])];
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }
}

function any(members: readonly Letters[]): Letters {
  const all = [...members];
  return (code) => all.some((member) => member(code));
}

function swapCase(code: number): number {
  const text = String.fromCodePoint(code);
  const lower = text.toLowerCase();
  return (lower === text ? text.toUpperCase() : lower).codePointAt(0)!;
}

function inRange(code: number, from: number, to: number): boolean {
  return code >= from && code <= to;
}

function posixClass(name: string, negated: boolean): Letters {
  const sets: Readonly<Record<string, RegExp>> = {
    alpha: /\p{L}/u, digit: /\p{Nd}/u, alnum: /[\p{L}\p{Nd}]/u, upper: /\p{Lu}/u, lower: /\p{Ll}/u, space: /\s/u, blank: /[ \t]/u, xdigit: /[0-9A-Fa-f]/u,
    punct: /[\p{P}\p{S}]/u, word: /[\p{L}\p{N}_]/u, cntrl: /\p{Cc}/u, print: /[^\p{Cc}]/u, graph: /[^\p{Cc}\s]/u, ascii: /\p{ASCII}/u,
  };
  const set = sets[name] ?? /[^]/u;
  return (code) => set.test(String.fromCodePoint(code)) !== negated;
}
