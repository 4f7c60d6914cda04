/** Encodings of texts, as far as they matter where all text is UTF-8 with perhaps invalid bytes. */
import { decodeText, encodeText, isValidText, scrubText } from '../lib/text.ts';
import { nameArgument, option, textArgument } from './arguments.ts';
import { inspectText } from './inspect.ts';
import { rubyError } from './ruby-error.ts';
import type { RubyValue } from './values.ts';

const SAME = new Set(['UTF-8', 'UTF8', 'ASCII-8BIT', 'BINARY']);
const ASCII = new Set(['US-ASCII', 'ASCII']);
/** Names for TextDecoder. */
const DECODABLE: Readonly<Record<string, string>> = {
  'ISO-8859-1': 'latin1', 'ISO8859-1': 'latin1', 'WINDOWS-1252': 'windows-1252', CP1252: 'windows-1252', 'ISO-8859-15': 'iso-8859-15',
  'ISO-8859-2': 'iso-8859-2', 'WINDOWS-1250': 'windows-1250', 'WINDOWS-1251': 'windows-1251', 'KOI8-R': 'koi8-r',
  'SHIFT_JIS': 'shift_jis', 'WINDOWS-31J': 'shift_jis', 'EUC-JP': 'euc-jp', 'EUC-KR': 'euc-kr', GBK: 'gbk', GB18030: 'gb18030', BIG5: 'big5',
  'UTF-16LE': 'utf-16le', 'UTF-16BE': 'utf-16be',
};

/** `text.encode(to, from, options)`. Throws Encoding errors as Ruby does. */
export function encodeAs(text: string, to: RubyValue | undefined, from: RubyValue | undefined, options: RubyValue | undefined): string {
  const given = [to, from, options].find((arg) => arg instanceof Map);
  const target = typeof to === 'string' ? to.toUpperCase() : 'UTF-8';
  const source = typeof from === 'string' ? from.toUpperCase() : 'UTF-8';
  const replaces = (name: string): boolean => {
    const way = option(given, name) ?? null;
    return way !== null && nameArgument(way) === 'replace';
  };
  const chosen = option(given, 'replace') ?? null;
  const replacement = chosen === null ? undefined : textArgument(chosen);
  const decoded = decodeFrom(text, source, target, replaces('invalid'), replaces('undef'), replacement);
  const ended = universalNewlines(decoded, given);
  if (SAME.has(target)) return ended;
  if (!ASCII.has(target)) return toSingleBytes(ended, target, replaces('undef'), replacement);
  return ended.replace(/[^\0-\x7f]/gu, (c) => {
    if (replaces('undef')) return replacement ?? '?';
    throw undefinedConversion(c, 'US-ASCII');
  });
}

function decodeFrom(text: string, source: string, target: string, invalid: boolean, undef: boolean, replacement: string | undefined): string {
  if (source === 'UTF-8' || source === 'UTF8') {
    if (isValidText(text)) return text;
    if (invalid) return scrubText(text, replacement ?? (ASCII.has(target) ? '?' : '\ufffd'));
    if (SAME.has(target)) return text;
    throw rubyError('Encoding::InvalidByteSequenceError', `invalid byte sequence in UTF-8`);
  }
  const bytes = encodeText(text);
  if (SAME.has(source) || ASCII.has(source)) {
    return [...bytes]
      .map((byte) => {
        if (byte < 0x80) return String.fromCharCode(byte);
        if (undef || invalid) return replacement ?? '\ufffd';
        throw rubyError('Encoding::UndefinedConversionError', `"\\x${byte.toString(16).toUpperCase()}" from ASCII-8BIT to UTF-8`);
      })
      .join('');
  }
  const label = DECODABLE[source];
  if (label === undefined) throw noConverter(source, target);
  if (label === 'latin1') return bytes.toString('latin1');
  return new TextDecoder(label).decode(bytes);
}

function universalNewlines(text: string, options: RubyValue | undefined): string {
  return option(options, 'universal_newline') === true ? text.replace(/\r\n?/g, '\n') : text;
}

function toSingleBytes(text: string, target: string, undef: boolean, replacement: string | undefined): string {
  if (target !== 'ISO-8859-1' && target !== 'ISO8859-1') throw noConverter('UTF-8', target);
  const bytes = [...text].map((c) => {
    if (c.codePointAt(0)! <= 0xff) return c;
    if (undef) return replacement ?? '?';
    throw undefinedConversion(c, 'ISO-8859-1');
  });
  return decodeText(Buffer.from(bytes.join(''), 'latin1'));
}

function undefinedConversion(c: string, target: string): Error {
  return rubyError('Encoding::UndefinedConversionError', `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} from UTF-8 to ${target}`);
}

function noConverter(source: string, target: string): Error {
  return rubyError('Encoding::ConverterNotFoundError', `code converter not found (${source} to ${target})`);
}

/** `text.force_encoding(name)`: the bytes stay, so only UTF-8 and bytes make sense here. */
export function forceEncoding(text: string, name: string): string {
  const encoding = name.toUpperCase();
  if (SAME.has(encoding) || ASCII.has(encoding)) return text;
  if (DECODABLE[encoding] === undefined) throw rubyError('ArgumentError', `unknown encoding name - ${name}`);
  throw rubyError('NotImplementedError', `force_encoding(${inspectText(name)}) must be followed by encode here`);
}
