/** What a Ruby value is here: record values as they are, and a small class for everything else. */
import { Float } from '../lib/value.ts';
import { groupText, type CompiledRegexp } from '../regexp/index.ts';
import type { RubyError } from './ruby-error.ts';

/**
 * - nil: null; true and false; String: text (see `lib/text.ts`); Integer: a whole `number` or a `bigint`;
 *   Float: a `number` with a fraction, or {@link Float}
 * - Array: an array, changed in place; Hash: a Map, changed in place
 * - everything else: an object with a `type`
 */
export type RubyValue = null | boolean | string | number | bigint | Float | RubyValue[] | RubyHash | RubyObject;

/** Keys that are not plain values go through `hashKey` first, so that equal keys are one key. */
export type RubyHash = Map<RubyValue, RubyValue>;

type RubyObject =
  | RubySymbol | RubyRange | RubyRegexp | RubyMatch | RubyTime | RubyDate | RubyProc | RubyModule | RubyEnumerator
  | RubyRational | RubyUri | RubyIp | RubyFile | RubyEventTime | RubyError;

/** Every type that has a table of methods. */
export type TypeName =
  | 'NilClass' | 'TrueClass' | 'FalseClass' | 'String' | 'Integer' | 'Float' | 'Array' | 'Hash' | 'Symbol' | 'Range'
  | 'Regexp' | 'MatchData' | 'Time' | 'Date' | 'Proc' | 'Module' | 'Enumerator' | 'Rational' | 'URI' | 'IPAddr'
  | 'File' | 'EventTime' | 'Exception';

/** A Hash with a default, from `Hash.new(0)` or `Hash.new { |hash, key| ... }`. */
export class DefaultHash extends Map<RubyValue, RubyValue> {
  readonly fallback: RubyValue;
  readonly compute: RubyProc | null;
  constructor(fallback: RubyValue, compute: RubyProc | null) {
    super();
    this.fallback = fallback;
    this.compute = compute;
  }
}

export class RubySymbol {
  readonly type = 'Symbol';
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const symbols = new Map<string, WeakRef<RubySymbol>>();
const forgotten = new FinalizationRegistry((name: string) => {
  if (!symbols.get(name)?.deref()) symbols.delete(name);
});

/** The one symbol of a name: symbols are compared by identity, and forgotten when nothing holds them. */
export function symbol(name: string): RubySymbol {
  const known = symbols.get(name)?.deref();
  if (known) return known;
  const made = new RubySymbol(name);
  symbols.set(name, new WeakRef(made));
  forgotten.register(made, name);
  return made;
}

export class RubyRange {
  readonly type = 'Range';
  readonly first: RubyValue;
  readonly last: RubyValue;
  readonly exclusive: boolean;
  constructor(first: RubyValue, last: RubyValue, exclusive: boolean) {
    this.first = first;
    this.last = last;
    this.exclusive = exclusive;
  }
}

export class RubyRegexp {
  readonly type = 'Regexp';
  readonly source: string;
  /** Any of `i`, `m`, `x`, as Ruby means them. */
  readonly options: string;
  readonly compiled: CompiledRegexp;
  constructor(source: string, options: string, compiled: CompiledRegexp) {
    this.source = source;
    this.options = options;
    this.compiled = compiled;
  }
}

export class RubyMatch {
  readonly type = 'MatchData';
  readonly regexp: RubyRegexp;
  readonly result: RegExpExecArray;
  constructor(regexp: RubyRegexp, result: RegExpExecArray) {
    this.regexp = regexp;
    this.result = result;
  }
  /** How many groups there are, the whole match not counted. */
  get groups(): number {
    return this.regexp.compiled.numbers.length - 1;
  }
  /** The text of a group, nil if it took no part; 0 is the whole match. */
  group(n: number): string | null {
    const index = this.regexp.compiled.numbers[n];
    return index === undefined ? null : (this.result[index] ?? null);
  }
  /** The text of a named group; undefined if there is no such group. */
  named(name: string): string | null | undefined {
    const group = this.regexp.compiled.groups.find((g) => g.name === name);
    return group && (groupText(this.result, group) ?? null);
  }
  get names(): string[] {
    return this.regexp.compiled.groups.map((g) => g.name);
  }
  /** Index of the first character after the match. */
  get end(): number {
    return this.result.index + this.result[0].length;
  }
}

/** A Time, or a DateTime; its zone may change in place (`time.utc`), as in Ruby. */
export class RubyTime {
  readonly type = 'Time';
  readonly sec: number;
  readonly nsec: number;
  /** Seconds east of UTC, or undefined for the local zone. */
  offset: number | undefined;
  isUtc: boolean;
  readonly isDateTime: boolean;
  constructor(sec: number, nsec: number, offset?: number, isUtc = false, isDateTime = false) {
    this.sec = sec;
    this.nsec = nsec;
    this.offset = offset;
    this.isUtc = isUtc;
    this.isDateTime = isDateTime;
  }
}

export class RubyDate {
  readonly type = 'Date';
  /** Days since 1970-01-01. */
  readonly days: number;
  constructor(days: number) {
    this.days = days;
  }
}

/** A time as record_modifier sees it: a number of seconds that also knows its nanoseconds. */
export class RubyEventTime {
  readonly type = 'EventTime';
  readonly sec: number;
  readonly nsec: number;
  constructor(sec: number, nsec: number) {
    this.sec = sec;
    this.nsec = nsec;
  }
}

export class RubyRational {
  readonly type = 'Rational';
  readonly numerator: bigint;
  /** Always above zero, without a common factor. */
  readonly denominator: bigint;
  constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator;
    this.denominator = denominator;
  }
}

/** The variables of one run of a block, or of the whole expression; blocks see those of what is around them. */
export class Frame {
  readonly vars: RubyValue[];
  readonly up: Frame | null;
  constructor(vars: RubyValue[], up: Frame | null) {
    this.vars = vars;
    this.up = up;
  }
}

/** The code of a block. Arguments are spread over parameters as Ruby does it for blocks. */
export interface BlockCode {
  readonly isLambda: boolean;
  /** Number of parameters, or -1 - n where n are needed and more are taken. */
  readonly arity: number;
  call0(frame: Frame | null): RubyValue;
  call1(frame: Frame | null, a: RubyValue): RubyValue;
  call2(frame: Frame | null, a: RubyValue, b: RubyValue): RubyValue;
  apply(frame: Frame | null, args: readonly RubyValue[]): RubyValue;
}

/** A block, lambda or `&:symbol`. */
export class RubyProc {
  readonly type = 'Proc';
  readonly code: BlockCode;
  readonly frame: Frame | null;
  constructor(code: BlockCode, frame: Frame | null) {
    this.code = code;
    this.frame = frame;
  }
  call0(): RubyValue {
    return this.code.call0(this.frame);
  }
  call1(a: RubyValue): RubyValue {
    return this.code.call1(this.frame, a);
  }
  call2(a: RubyValue, b: RubyValue): RubyValue {
    return this.code.call2(this.frame, a, b);
  }
  apply(args: readonly RubyValue[]): RubyValue {
    return this.code.apply(this.frame, args);
  }
}

/** A class or module as a value: `Integer`, `JSON`, `Digest::MD5`. */
export class RubyModule {
  readonly type = 'Module';
  readonly name: string;
  readonly kind: 'class' | 'module';
  constructor(name: string, kind: 'class' | 'module') {
    this.name = name;
    this.kind = kind;
  }
}

/** What a method that wants a block gives without one: its items, or the method again with a block. */
export class RubyEnumerator {
  readonly type = 'Enumerator';
  readonly name: string;
  readonly run: (block: RubyProc) => RubyValue;
  constructor(name: string, run: (block: RubyProc) => RubyValue) {
    this.name = name;
    this.run = run;
  }
}

export class RubyUri {
  readonly type = 'URI';
  readonly parts: UriParts;
  constructor(parts: UriParts) {
    this.parts = parts;
  }
}

export interface UriParts {
  readonly scheme: string | null;
  readonly userinfo: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly path: string;
  readonly query: string | null;
  readonly fragment: string | null;
  readonly opaque: string | null;
}

export class RubyIp {
  readonly type = 'IPAddr';
  readonly address: bigint;
  readonly bits: 32 | 128;
  readonly prefix: number;
  constructor(address: bigint, bits: 32 | 128, prefix: number) {
    this.address = address;
    this.bits = bits;
    this.prefix = prefix;
  }
}

/** A file that was opened for reading: its whole text and how far it was read. */
export class RubyFile {
  readonly type = 'File';
  readonly path: string;
  readonly text: string;
  position = 0;
  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }
}

/** The type whose methods a value has. */
export function typeOf(value: RubyValue): TypeName {
  switch (typeof value) {
    case 'string':
      return 'String';
    case 'number':
      return Number.isInteger(value) ? 'Integer' : 'Float';
    case 'bigint':
      return 'Integer';
    case 'boolean':
      return value ? 'TrueClass' : 'FalseClass';
    default:
      if (value === null) return 'NilClass';
      if (Array.isArray(value)) return 'Array';
      if (value instanceof Map) return 'Hash';
      if (value instanceof Float) return 'Float';
      return value.type;
  }
}

export function isInteger(value: RubyValue): value is number | bigint {
  return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'bigint';
}

export function isFloat(value: RubyValue): value is number | Float {
  return value instanceof Float || (typeof value === 'number' && !Number.isInteger(value));
}

/** Everything but nil and false. */
export function truthy(value: RubyValue): boolean {
  return value !== null && value !== false;
}
