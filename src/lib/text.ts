/**
 * Text that keeps every byte.
 *
 * Ruby strings are bytes; JavaScript's are UTF-16. A byte 0x80..0xff that is not part of valid
 * UTF-8 is kept as the lone surrogate U+DC00 + byte (U+DC80..U+DCFF), which valid UTF-8 cannot
 * give, so decoding and encoding again returns the same bytes. (The scheme is that of Python's
 * "surrogateescape", PEP 383.)
 */
import { isUtf8 } from 'node:buffer';

const REPLACEMENT = '\ufffd';

/** Bytes to text; invalid bytes become lone surrogates. Never throws. */
export function decodeText(bytes: Buffer, start = 0, end = bytes.length): string {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes(REPLACEMENT)) return text;
  const part = bytes.subarray(start, end);
  return isUtf8(part) ? text : decodeEscaping(part);
}

/** Text to bytes, undoing {@link decodeText}; other lone surrogates become their three-byte form. */
export function encodeText(text: string): Buffer {
  return text.isWellFormed() ? Buffer.from(text, 'utf8') : encodeEscaped(text);
}

/** Length in bytes of {@link encodeText}'s result. */
export function textByteLength(text: string): number {
  return text.isWellFormed() ? Buffer.byteLength(text, 'utf8') : encodeEscaped(text).length;
}

/** Whether the text stands for valid UTF-8. */
export function isValidText(text: string): boolean {
  return text.isWellFormed();
}

/** Every invalid byte replaced, as Ruby's String#scrub(replacement) does. */
export function scrubText(text: string, replacement: string = REPLACEMENT): string {
  if (text.isWellFormed()) return text;
  const bytes = encodeEscaped(text);
  let out = '';
  for (let i = 0; i < bytes.length; ) {
    const n = sequenceLength(bytes, i);
    if (n > 0) {
      out += bytes.toString('utf8', i, i + n);
      i += n;
    } else {
      out += replacement;
      i += truncatedLength(bytes, i);
    }
  }
  return out;
}

function decodeEscaping(bytes: Buffer): string {
  let out = '';
  let valid = 0;
  for (let i = 0; i < bytes.length; ) {
    const n = sequenceLength(bytes, i);
    if (n > 0) {
      i += n;
      continue;
    }
    if (valid < i) out += bytes.toString('utf8', valid, i);
    out += String.fromCharCode(0xdc00 + bytes[i]!);
    valid = ++i;
  }
  return valid < bytes.length ? out + bytes.toString('utf8', valid) : out;
}

function encodeEscaped(text: string): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0xd800 || c > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (c < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
      i++;
      continue;
    }
    if (start < i) parts.push(Buffer.from(text.slice(start, i), 'utf8'));
    parts.push(
      c >= 0xdc80 && c <= 0xdcff
        ? Buffer.of(c & 0xff)
        : Buffer.of(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 0x3f), 0x80 | (c & 0x3f)),
    );
    start = i + 1;
  }
  if (start < text.length) parts.push(Buffer.from(text.slice(start), 'utf8'));
  return Buffer.concat(parts);
}

/** Length of the valid UTF-8 sequence at `i`, 0 if there is none (Unicode table 3-7). */
function sequenceLength(b: Uint8Array, i: number): number {
  const c = b[i]!;
  if (c < 0x80) return 1;
  if (c < 0xc2 || c > 0xf4) return 0;
  if (!secondByteFits(c, b[i + 1])) return 0;
  if (c < 0xe0) return 2;
  if (!continues(b[i + 2])) return 0;
  if (c < 0xf0) return 3;
  return continues(b[i + 3]) ? 4 : 0;
}

/** How many bytes at `i` are the start of one broken sequence (at least 1). */
function truncatedLength(b: Uint8Array, i: number): number {
  const c = b[i]!;
  if (c < 0xe0 || c > 0xf4 || !secondByteFits(c, b[i + 1])) return 1;
  return c >= 0xf0 && continues(b[i + 2]) ? 3 : 2;
}

function continues(c: number | undefined): boolean {
  return c !== undefined && (c & 0xc0) === 0x80;
}

function secondByteFits(first: number, second: number | undefined): boolean {
  if (!continues(second)) return false;
  if (first === 0xe0) return second! >= 0xa0;
  if (first === 0xed) return second! < 0xa0;
  if (first === 0xf0) return second! >= 0x90;
  if (first === 0xf4) return second! < 0x90;
  return true;
}
