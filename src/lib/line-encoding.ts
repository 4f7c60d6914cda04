/** Bytes in other encodings than UTF-8: where their lines end, and how they become text. */
import { isUtf8 } from 'node:buffer';
import { decodeText } from './text.ts';

export interface LineEncoding {
  readonly newline: Buffer;
  /** The text of bytes[start..end-1]; what has no meaning becomes U+FFFD. */
  decode(bytes: Buffer, start: number, end: number): string;
}

/** The bytes as they are. */
export const UNCHANGED: LineEncoding = { newline: Buffer.from('\n'), decode: decodeText };

/** Names under which Ruby knows encodings that `TextDecoder` knows by another name. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'windows-31j': 'shift_jis', cp932: 'shift_jis', csshiftjis: 'shift_jis', sjis: 'shift_jis', eucjp: 'euc-jp', 'euc-jp-ms': 'euc-jp',
  cp949: 'euc-kr', cp936: 'gbk', 'gb2312': 'gbk', 'big5-hkscs': 'big5', cp950: 'big5', cp866: 'ibm866', 'utf8-mac': 'utf-8',
  cp1250: 'windows-1250', cp1251: 'windows-1251', cp1253: 'windows-1253', cp1254: 'windows-1254',
  cp1255: 'windows-1255', cp1256: 'windows-1256', cp1257: 'windows-1257', cp1258: 'windows-1258', cp874: 'windows-874',
};

/** Windows-1252 from 0x80 to 0x9f, where it differs from ISO-8859-1: some versions of node's decoder mix the two up. */
const WINDOWS_1252 = '\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\ufffd\u017d\ufffd'
  + '\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178';

/** Names of UTF-8 and of the encodings that change no byte of it. */
const UTF8 = /^(?:utf-?8|cp65001)$/;

/** Whether a name is one of an encoding at all. */
export function isEncodingName(name: string): boolean {
  return findEncoding(name) !== undefined;
}

/** Whether text in this encoding is what the pipeline carries. */
export function isUtf8Name(name: string): boolean {
  return UTF8.test(name.toLowerCase());
}

/** The encoding of a name as Ruby knows it; undefined if there is none. */
export function findEncoding(name: string): LineEncoding | undefined {
  const lower = name.toLowerCase();
  if (UTF8.test(lower)) return narrow(scrubbedUtf8);
  switch (lower) {
    case 'iso-8859-1':
    case 'iso8859-1':
      return narrow((bytes, start, end) => bytes.toString('latin1', start, end));
    case 'windows-1252':
    case 'cp1252':
      return narrow((bytes, start, end) => bytes.toString('latin1', start, end).replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80]!));
    case 'us-ascii':
    case 'ascii':
    case 'ansi_x3.4-1968':
    case '646':
    case 'ascii-8bit':
    case 'binary':
      return narrow((bytes, start, end) => bytes.toString('latin1', start, end).replace(/[\x80-\xff]/g, '\ufffd'));
    case 'utf-32le':
      return { newline: Buffer.from([10, 0, 0, 0]), decode: (bytes, start, end) => decodeUtf32(bytes, start, end, true) };
    case 'utf-32be':
    case 'ucs-4be':
      return { newline: Buffer.from([0, 0, 0, 10]), decode: (bytes, start, end) => decodeUtf32(bytes, start, end, false) };
    case 'utf-16le':
      return { newline: Buffer.from([10, 0]), decode: decoder('utf-16le')! };
    case 'utf-16be':
    case 'ucs-2be':
      return { newline: Buffer.from([0, 10]), decode: decoder('utf-16be')! };
  }
  const label = OTHER_NAMES[lower] ?? lower;
  if (/^(?:utf-16|ucs-2|unicode|csunicode|iso-10646)/.test(label)) return undefined; // which byte comes first is not known
  const decode = decoder(label);
  return decode && narrow(decode);
}

type Decode = LineEncoding['decode'];

function narrow(decode: Decode): LineEncoding {
  return { newline: UNCHANGED.newline, decode };
}

function decoder(label: string): Decode | undefined {
  const made = newDecoder(label);
  if (!made) return undefined;
  return (bytes, start, end) => made.decode(bytes.subarray(start, end));
}

function newDecoder(label: string) {
  try {
    return new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return undefined; // no such encoding
  }
}

function scrubbedUtf8(bytes: Buffer, start: number, end: number): string {
  const part = bytes.subarray(start, end);
  return isUtf8(part) ? bytes.toString('utf8', start, end) : new TextDecoder('utf-8', { ignoreBOM: true }).decode(part);
}

function decodeUtf32(bytes: Buffer, start: number, end: number, little: boolean): string {
  let text = '';
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const code = little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    text += code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code);
  }
  return at < end ? text + '\ufffd' : text;
}
