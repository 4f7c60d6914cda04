/**
 * Values of fields as text that keeps every byte.
 *
 * A byte 0x80..0xff that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte, which
 * valid UTF-8 never gives (Python's "surrogateescape", PEP 383).
 */
import { isUtf8 } from 'node:buffer';

const REPLACEMENT = '\ufffd';

/** Bytes start..end-1 as text; never throws. */
export function bytesToText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes(REPLACEMENT)) return text;
  const part = bytes.subarray(start, end);
  return isUtf8(part) ? text : escapeInvalid(part);
}

/** The bytes that {@link bytesToText} was given. */
export function textToBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit < 0xdc00) {
      i++;
      continue;
    }
    if (from < i) parts.push(Buffer.from(text.slice(from, i), 'utf8'));
    let end = i;
    while (end < text.length && isEscape(text.charCodeAt(end))) end++;
    const raw = Buffer.allocUnsafe(end - i);
    for (let k = i; k < end; k++) raw[k - i] = text.charCodeAt(k) & 0xff;
    parts.push(raw);
    from = end;
    i = end - 1;
  }
  if (from < text.length) parts.push(Buffer.from(text.slice(from), 'utf8'));
  return Buffer.concat(parts);
}

function isEscape(unit: number): boolean {
  return unit >= 0xdc80 && unit <= 0xdcff;
}

function escapeInvalid(bytes: Buffer): string {
  // As UTF-16: never more units than bytes.
  const units = new Uint16Array(bytes.length);
  let count = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length === 0) units[count++] = 0xdc00 + bytes[i++];
    else if (length === 1) units[count++] = bytes[i++];
    else {
      let point = bytes[i] & (0xff >> (length + 1));
      for (let k = 1; k < length; k++) point = (point << 6) | (bytes[i + k] & 0x3f);
      if (point > 0xffff) {
        units[count++] = 0xd800 + ((point - 0x10000) >> 10);
        units[count++] = 0xdc00 + (point & 0x3ff);
      } else units[count++] = point;
      i += length;
    }
  }
  return Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
}

/** Length of the valid sequence at `i`, 0 if there is none (Unicode, table 3-7). */
function sequenceLength(bytes: Buffer, i: number): number {
  const first = bytes[i];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (i + length > bytes.length) return 0;
  const second = bytes[i + 1];
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let k = 2; k < length; k++) if ((bytes[i + k] & 0xc0) !== 0x80) return 0;
  return length;
}
