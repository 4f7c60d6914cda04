/**
 * Text as single bytes, for patterns on text whose encoding is not known.
 *
 * Ruby matches a string of unknown encoding (ASCII-8BIT, what in_tail reads without `encoding`)
 * byte by byte: `.{2}` is two bytes, and `[[:alpha:]]` no byte beyond ASCII. Here every such byte
 * becomes the lone surrogate that stands for an invalid byte (see `lib/text.ts`).
 */
import { decodeText, encodeText } from '../lib/text.ts';

const NON_ASCII = /[^\0-\x7f]/;
const PART = 8192;

/** The text with each byte beyond ASCII as one lone surrogate; the text itself if it is ASCII. */
export function toByteText(text: string): string {
  if (!NON_ASCII.test(text)) return text;
  const bytes = encodeText(text);
  let out = '';
  for (let at = 0; at < bytes.length; at += PART) {
    const codes = Array.from(bytes.subarray(at, at + PART), (byte) => (byte < 0x80 ? byte : 0xdc00 + byte));
    out += String.fromCharCode(...codes);
  }
  return out;
}

/** Undoes {@link toByteText}, for a part of its result too. */
export function fromByteText(text: string): string {
  return NON_ASCII.test(text) ? decodeText(encodeText(text)) : text;
}

/** A dot, or what stands for most characters, repeated without end: bytes or characters, it takes the same. */
const TAKES_ALL = /(?:\.|\[\^(?:\\.|[^\]\\[])*\]|\\[SWDH])[*+](?!\?)/g;
/** What tells letters from other characters, or counts them. */
const SENSITIVE = /\[\[?:|\\[pPXbBSWDH]|\[\^|\.|\(\?[a-z]*i|[^\0-\x7f]/;

/** Whether a pattern may match bytes otherwise than the characters that they are. */
export function isByteSensitive(source: string, options = ''): boolean {
  if (options.includes('i') && /[^\0-\x7f]/.test(source)) return true;
  const rest = source.replace(TAKES_ALL, '').replace(/\\[^pPXbBSWDH]/g, '');
  return SENSITIVE.test(rest);
}
