/** A JSON reader that builds record values directly; the rules are those of Oj's `compat` mode. */
import { Float, toFloat, type Value } from './value.ts';

/** A text that is not JSON, or a value that has no JSON form. */
export class JsonError extends Error {
  override name = 'JsonError';
}

const TAB = 0x09;
const LF = 0x0a;
const FF = 0x0c;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const STAR = 0x2a;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Integers up to this many digits are exact as a number. */
const SAFE_DIGITS = 15;

/** Keys up to this many characters are kept. */
const KEPT_KEY_LENGTH = 40;
const keptKeys: (string | undefined)[] = new Array<string | undefined>(256).fill(undefined);

/** Reads one document from one text. */
export class JsonReader {
  readonly #text: string;
  readonly #maxDepth: number;
  /** Position of the next backslash at or after the last string, so that most strings are one slice. */
  #backslash: number;
  #pos = 0;
  #depth = 0;

  constructor(text: string, maxDepth: number) {
    // A NUL ends the text, as it does in Oj, which reads C strings.
    const nul = text.indexOf('\0');
    this.#text = nul < 0 ? text : text.slice(0, nul);
    this.#maxDepth = maxDepth;
    this.#backslash = this.#nextBackslash(0);
  }

  /** The value of the whole text. */
  document(): Value {
    const value = this.#value(this.#token());
    const text = this.#text;
    while (this.#pos < text.length && isSpace(text.charCodeAt(this.#pos))) this.#pos++;
    if (this.#pos < text.length) throw this.#unexpected('the end of the text');
    return value;
  }

  #value(c: number): Value {
    switch (c) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#hash();
      case OPEN_BRACKET:
        return this.#array();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#text.startsWith('null', this.#pos) ? this.#word('null', null) : this.#special();
      case 0x49:
      case 0x4e:
        return this.#special();
      default:
        if (c === MINUS || (c >= ZERO && c <= NINE)) return this.#number(c);
        throw this.#unexpected('a value');
    }
  }

  #hash(): ReadonlyMap<string, Value> {
    const hash = new Map<string, Value>();
    this.#enter();
    let c = this.#token();
    if (c === CLOSE_BRACE) return this.#leave(hash);
    for (;;) {
      if (c !== QUOTE) throw this.#unexpected('a key in double quotes');
      const key = this.#key();
      if (this.#token() !== COLON) throw this.#unexpected("':'");
      this.#pos++;
      hash.set(key, this.#value(this.#token()));
      c = this.#token();
      if (c === CLOSE_BRACE) return this.#leave(hash);
      if (c !== COMMA) throw this.#unexpected("',' or '}'");
      this.#pos++;
      c = this.#token();
    }
  }

  #array(): readonly Value[] {
    const list: Value[] = [];
    this.#enter();
    let c = this.#token();
    if (c === CLOSE_BRACKET) return this.#leave(list);
    for (;;) {
      list.push(this.#value(c));
      c = this.#token();
      if (c === CLOSE_BRACKET) return this.#leave(list);
      if (c !== COMMA) throw this.#unexpected("',' or ']'");
      this.#pos++;
      c = this.#token();
    }
  }

  #enter(): void {
    if (++this.#depth > this.#maxDepth) {
      throw new JsonError(`nested more than ${this.#maxDepth} deep at offset ${this.#pos}`);
    }
    this.#pos++;
  }

  #leave<T>(value: T): T {
    this.#depth--;
    this.#pos++;
    return value;
  }

  #string(): string {
    const start = this.#pos + 1;
    const end = this.#text.indexOf('"', start);
    if (end < 0) throw new JsonError(`the string at offset ${this.#pos} has no end`);
    if (this.#backslash < start) this.#backslash = this.#nextBackslash(start);
    if (this.#backslash > end) {
      this.#pos = end + 1;
      return this.#text.slice(start, end);
    }
    return this.#escapedString(start);
  }

  /** A string that comes again and again: mostly one that is known, with its hash. */
  #key(): string {
    const text = this.#text;
    const start = this.#pos + 1;
    const end = text.indexOf('"', start);
    const length = end - start;
    if (length < 1 || length > KEPT_KEY_LENGTH) return this.#string();
    const slot = (length * 31 + text.charCodeAt(start) * 7 + text.charCodeAt(end - 1)) & 0xff;
    const kept = keptKeys[slot];
    if (kept !== undefined && kept.length === length && text.startsWith(kept, start)) {
      this.#pos = end + 1;
      return kept;
    }
    const key = this.#string();
    // Only what stands there as it is can be found again by its text.
    if (key.length === length && !key.includes('\\') && text.startsWith(key, start)) keptKeys[slot] = key;
    return key;
  }

  #escapedString(start: number): string {
    const text = this.#text;
    let out = '';
    let from = start;
    for (let i = this.#backslash; ; ) {
      const c = text.charCodeAt(i);
      if (c === QUOTE) {
        this.#pos = i + 1;
        return out + text.slice(from, i);
      }
      if (c === BACKSLASH) {
        out += text.slice(from, i);
        const [plain, length] = this.#escape(i + 1);
        out += plain;
        from = i += 1 + length;
      } else if (++i >= text.length) {
        throw new JsonError(`the string at offset ${start - 1} has no end`);
      }
    }
  }

  /** What the escape at `i` (behind the backslash) stands for, and how long it is. */
  #escape(i: number): [string, number] {
    const c = this.#text[i];
    switch (c) {
      case undefined:
        throw new JsonError(`the string that ends at offset ${i} has no end`);
      case 'n':
        return ['\n', 1];
      case 't':
        return ['\t', 1];
      case 'r':
        return ['\r', 1];
      case 'b':
        return ['\b', 1];
      case 'f':
        return ['\f', 1];
      case 'u':
        return this.#unicodeEscape(i);
      default:
        return [c, 1];
    }
  }

  #unicodeEscape(i: number): [string, number] {
    const code = this.#hex4(i + 1);
    if (code < 0xd800 || code > 0xdfff) return [String.fromCharCode(code), 5];
    if (!this.#text.startsWith('\\u', i + 5)) {
      throw new JsonError(`half a surrogate pair at offset ${i - 1}: '\\u' and its other half were expected`);
    }
    // Oj combines any two halves, whichever they are.
    const low = this.#hex4(i + 7);
    return [String.fromCodePoint((((code & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000), 11];
  }

  #hex4(i: number): number {
    let code = 0;
    for (let k = i; k < i + 4; k++) {
      const digit = hexDigit(this.#text.charCodeAt(k));
      if (digit < 0) throw new JsonError(`four hexadecimal digits were expected at offset ${i}`);
      code = code * 16 + digit;
    }
    return code;
  }

  #number(first: number): Value {
    const text = this.#text;
    const start = this.#pos;
    const digits = first === MINUS ? start + 1 : start;
    let i = digits;
    let c = text.charCodeAt(i);
    if (first === MINUS && (c === 0x49 || c === 0x4e || c === 0x6e)) return this.#special();
    let value = 0;
    for (; c >= ZERO && c <= NINE; c = text.charCodeAt(++i)) value = value * 10 + (c - ZERO);
    if (text.charCodeAt(digits) === ZERO && value !== 0) throw this.#unexpected('a number without leading zeros');
    if (c === DOT || c === 0x65 || c === 0x45) return this.#float(digits, i);
    this.#pos = i;
    if (i - digits <= SAFE_DIGITS) return first === MINUS ? 0 - value : value;
    const safe = Number.isSafeInteger(value);
    return safe ? (first === MINUS ? -value : value) : BigInt(text.slice(start, i));
  }

  /** A float whose integer part starts at `digits` and ends at `i`. */
  #float(digits: number, i: number): Value {
    const text = this.#text;
    let c = text.charCodeAt(i);
    if (c === DOT) {
      const fraction = i + 1;
      do c = text.charCodeAt(++i);
      while (c >= ZERO && c <= NINE);
      if (i === fraction || fraction - 1 === digits) throw this.#unexpected('a number');
    }
    if (c === 0x65 || c === 0x45) {
      c = text.charCodeAt(++i);
      if (c === PLUS || c === MINUS) c = text.charCodeAt(++i);
      if (!(c >= ZERO && c <= NINE) || !isDigit(text.charCodeAt(digits))) throw this.#unexpected('a number');
      while (isDigit(c)) c = text.charCodeAt(++i);
    }
    const value = Number(text.slice(this.#pos, i));
    this.#pos = i;
    return toFloat(value);
  }

  /** NaN and the infinities, which Oj takes. */
  #special(): Value {
    const found = /[Nn]a[Nn]|-?Infinity|-[Nn]a[Nn]/y;
    found.lastIndex = this.#pos;
    const word = found.exec(this.#text)?.[0];
    if (word === undefined) throw this.#unexpected('a value');
    this.#pos += word.length;
    return new Float(word === 'Infinity' ? Infinity : word === '-Infinity' ? -Infinity : NaN);
  }

  #word(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#pos)) throw this.#unexpected('a value');
    this.#pos += word.length;
    return value;
  }

  /** The first character of the next token (NaN at the end); the position is on it afterwards. */
  #token(): number {
    const text = this.#text;
    let c = text.charCodeAt(this.#pos);
    while (c <= SPACE || c === SLASH) {
      if (c === SLASH) this.#comment();
      else if (isSpace(c)) this.#pos++;
      else break;
      c = text.charCodeAt(this.#pos);
    }
    return c;
  }

  #comment(): void {
    const text = this.#text;
    const kind = text.charCodeAt(this.#pos + 1);
    if (kind === STAR) {
      const end = text.indexOf('*/', this.#pos + 2);
      if (end < 0) throw new JsonError(`the comment at offset ${this.#pos} has no end`);
      this.#pos = end + 2;
    } else if (kind === SLASH) {
      const rest = /[\n\r\f]|$/g;
      rest.lastIndex = this.#pos;
      this.#pos = rest.exec(text)!.index;
    } else {
      throw this.#unexpected('a value');
    }
  }

  #nextBackslash(from: number): number {
    const at = this.#text.indexOf('\\', from);
    return at < 0 ? Infinity : at;
  }

  #unexpected(wanted: string): JsonError {
    const rest = this.#text.slice(this.#pos, this.#pos + 12);
    const found = rest === '' ? 'the text ends' : `found ${JSON.stringify(rest)}`;
    return new JsonError(`expected ${wanted} at offset ${this.#pos}, ${found}`);
  }
}

function isSpace(c: number): boolean {
  return c === SPACE || c === LF || c === TAB || c === CR || c === FF;
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= NINE;
}

function hexDigit(c: number): number {
  if (c >= ZERO && c <= NINE) return c - ZERO;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
