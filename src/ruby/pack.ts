/** `String#unpack` and `Array#pack`: the directives for Base64, hex, bytes, numbers and characters. */
import { decodeText, encodeText } from '../lib/text.ts';
import { toInteger } from '../lib/value.ts';
import { integerArgument, textArgument } from './arguments.ts';
import { checkItems, checkText } from './machine.ts';
import { argumentError } from './ruby-error.ts';
import type { RubyValue } from './values.ts';

/** Bytes of the whole numbers. */
const NUMBERS: Readonly<Record<string, { readonly size: number; readonly signed: boolean; readonly little: boolean }>> = {
  C: { size: 1, signed: false, little: true }, c: { size: 1, signed: true, little: true },
  n: { size: 2, signed: false, little: false }, v: { size: 2, signed: false, little: true },
  N: { size: 4, signed: false, little: false }, V: { size: 4, signed: false, little: true },
  S: { size: 2, signed: false, little: true }, s: { size: 2, signed: true, little: true },
  L: { size: 4, signed: false, little: true }, l: { size: 4, signed: true, little: true },
  Q: { size: 8, signed: false, little: true }, q: { size: 8, signed: true, little: true },
};

interface Directive {
  readonly letter: string;
  readonly little: boolean | undefined;
  /** Undefined without a count, `Infinity` for `*`. */
  readonly count: number | undefined;
}

function directives(format: string): Directive[] {
  const found: Directive[] = [];
  for (const [whole, letter, order, count] of format.matchAll(/([a-zA-Z])([<>]?)(\*|\d+)?|\S/g)) {
    if (letter === undefined) throw argumentError(`unknown pack directive '${whole}' in '${format}'`);
    found.push({
      letter,
      little: order === '' || order === undefined ? undefined : order === '<',
      count: count === undefined ? undefined : count === '*' ? Number.POSITIVE_INFINITY : Number(count),
    });
  }
  return found;
}

/** The values in the bytes of a text. Throws ArgumentError for directives that are not known. */
export function unpackText(text: string, format: string): RubyValue[] {
  const bytes = encodeText(text);
  const values: RubyValue[] = [];
  let at = 0;
  for (const { letter, little, count } of directives(format)) {
    const number = NUMBERS[letter];
    if (number) {
      const times = count === Infinity ? Math.floor((bytes.length - at) / number.size) : (count ?? 1);
      for (let i = 0; i < times; i++) {
        values.push(at + number.size <= bytes.length ? readNumber(bytes, at, { ...number, little: little ?? number.little }) : null);
        at += number.size;
        checkItems(values.length);
      }
      continue;
    }
    const rest = bytes.subarray(at);
    switch (letter) {
      case 'a':
      case 'A':
      case 'Z': {
        const part = rest.subarray(0, Math.min(count ?? 1, rest.length));
        const end = letter === 'Z' ? part.indexOf(0) : -1;
        const value = decodeText(end >= 0 ? part.subarray(0, end) : part);
        values.push(letter === 'A' ? value.replace(/[ \0]+$/, '') : value);
        at += letter === 'Z' && end >= 0 && count === Infinity ? end + 1 : part.length;
        break;
      }
      case 'm':
        values.push(decodeText(decode64(rest.toString('latin1'), count === 0)));
        at = bytes.length;
        break;
      case 'H':
      case 'h': {
        const digits = Math.min(count ?? 1, rest.length * 2);
        const hex = [...rest.subarray(0, Math.ceil(digits / 2))].map((b) => b.toString(16).padStart(2, '0'));
        values.push((letter === 'H' ? hex : hex.map((h) => h[1]! + h[0]!)).join('').slice(0, digits));
        at += Math.ceil(digits / 2);
        break;
      }
      case 'B': {
        const digits = Math.min(count ?? 1, rest.length * 8);
        values.push([...rest].map((b) => b.toString(2).padStart(8, '0')).join('').slice(0, digits));
        at += Math.ceil(digits / 8);
        break;
      }
      case 'U': {
        const points = [...decodeText(rest)].slice(0, count ?? 1);
        for (const c of points) values.push(c.codePointAt(0)!);
        at += Buffer.byteLength(points.join(''));
        break;
      }
      case 'x':
        at += count ?? 1;
        break;
      default:
        throw argumentError(`the unpack directive '${letter}' is not supported here`);
    }
  }
  return values;
}

function readNumber(bytes: Buffer, at: number, { size, signed, little }: { size: number; signed: boolean; little: boolean }): RubyValue {
  let value = 0n;
  for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(bytes[little ? at + size - 1 - i : at + i]!);
  return toInteger(signed ? BigInt.asIntN(size * 8, value) : value);
}

/** The bytes that values make, as text. */
export function packValues(values: readonly RubyValue[], format: string): string {
  const parts: Buffer[] = [];
  let next = 0;
  const take = (): RubyValue => {
    if (next >= values.length) throw argumentError('too few arguments');
    return values[next++]!;
  };
  for (const { letter, little, count } of directives(format)) {
    checkText(count === Infinity ? 0 : (count ?? 0));
    const number = NUMBERS[letter];
    if (number || letter === 'U') {
      const times = count === Infinity ? values.length - next : (count ?? 1);
      for (let i = 0; i < times; i++) {
        const value = integerArgument(take());
        parts.push(number ? writeNumber(value, number.size, little ?? number.little) : Buffer.from(String.fromCodePoint(value)));
      }
      continue;
    }
    switch (letter) {
      case 'm':
        parts.push(Buffer.from(encode64(textArgument(take()), count === 0 ? 0 : Math.max(1, Math.floor((count ?? 45) / 3)) * 3)));
        break;
      case 'a':
      case 'A': {
        const bytes = encodeText(textArgument(take()));
        const size = count === Infinity ? bytes.length : (count ?? 1);
        parts.push(Buffer.concat([bytes.subarray(0, size), Buffer.alloc(Math.max(0, size - bytes.length), letter === 'A' ? 0x20 : 0)]));
        break;
      }
      case 'H': {
        const hex = textArgument(take());
        parts.push(Buffer.from(hex.length % 2 === 1 ? hex + '0' : hex, 'hex'));
        break;
      }
      case 'B': {
        const bits = textArgument(take());
        parts.push(Buffer.from((bits.match(/.{1,8}/g) ?? []).map((b) => parseInt(b.padEnd(8, '0'), 2))));
        break;
      }
      default:
        throw argumentError(`the pack directive '${letter}' is not supported here`);
    }
  }
  return decodeText(Buffer.concat(parts));
}

function writeNumber(value: number, size: number, little: boolean): Buffer {
  const whole = BigInt.asUintN(size * 8, BigInt(value));
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[little ? i : size - 1 - i] = Number((whole >> BigInt(i * 8)) & 255n);
  return bytes;
}

/** Base64 with a line break after `lineBytes` bytes and at the end; none at all for 0. */
export function encode64(text: string, lineBytes: number): string {
  const bytes = encodeText(text);
  if (lineBytes === 0) return bytes.toString('base64');
  let out = '';
  for (let i = 0; i < bytes.length; i += lineBytes) out += bytes.subarray(i, i + lineBytes).toString('base64') + '\n';
  return out;
}

/** The bytes of Base64; `strict` is an error for what is not Base64, else it is passed over. */
export function decode64(text: string, strict: boolean): Buffer {
  if (strict && (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)) throw argumentError('invalid base64');
  return Buffer.from(text.replace(/[^A-Za-z0-9+/=]/g, '').replace(/=.*$/s, ''), 'base64');
}
