/** Methods of String: case, white space, characters, conversion, comparison. */
import { textByteLength, encodeText, isValidText, scrubText, decodeText } from '../../lib/text.ts';
import { nameArgument, integerArgument, needBlock, option, textArgument } from '../arguments.ts';
import { charTest, translate } from '../char-set.ts';
import { compareText } from '../equality.ts';
import { encodeAs, forceEncoding } from '../encoding.ts';
import { formatText } from '../format.ts';
import { inspectText, toText } from '../inspect.ts';
import { enumerator, listOf, makeRange } from '../list.ts';
import { checkText } from '../machine.ts';
import { aliasMethods, ANY, defineMethods } from '../method.ts';
import { leadingFloat, leadingInteger } from '../number-text.ts';
import { rational } from '../rational.ts';
import { argumentError } from '../ruby-error.ts';
import { charactersOf, textLength, unitIndex } from '../text-index.ts';
import { successor } from '../text-successor.ts';
import { textMutations } from '../text-mutations.ts';
import { symbol, type RubyProc, type RubyValue } from '../values.ts';

/** What Ruby strips: ASCII white space and NUL. */
const LEADING = /^[\0\t\n\v\f\r ]+/;

function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13) || code === 0;
}

function capitalize(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

function swapCase(text: string): string {
  return text.replace(/\p{Lu}|\p{Ll}/gu, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()));
}

function cased(text: string, option: RubyValue | undefined, way: 'toUpperCase' | 'toLowerCase'): string {
  if (option === undefined || nameArgument(option) !== 'ascii') return text[way]();
  return text.replace(way === 'toUpperCase' ? /[a-z]+/g : /[A-Z]+/g, (part) => part[way]());
}

function chomp(text: string, ending: RubyValue | undefined): string {
  if (ending === null) return text;
  if (ending === undefined || ending === '\n') return text.replace(/(?:\r\n|\n|\r)$/, '');
  const end = textArgument(ending);
  if (end === '') return text.replace(/(?:\r?\n)+$/, '');
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}

function squeeze(text: string, specs: readonly string[]): string {
  const test = specs.length === 0 ? () => true : charTest(specs);
  let out = '';
  let last: string | undefined;
  for (const c of charactersOf(text)) {
    if (c === last && test(c)) continue;
    out += c;
    last = c;
  }
  return out;
}

/** Padding of `width` characters made of `pad`. */
function padding(width: number, pad: RubyValue | undefined): string {
  if (width <= 0) return '';
  checkText(width);
  const unit = pad === undefined ? ' ' : textArgument(pad);
  if (unit === '') throw argumentError('zero width padding');
  const size = textLength(unit);
  const text = unit.repeat(Math.ceil(width / size));
  return text.slice(0, unitIndex(text, width));
}

function specsOf(args: readonly RubyValue[]): string[] {
  return args.filter((arg) => arg !== undefined).map(textArgument);
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
}

defineMethods<string>('String', {
  upcase: [0, 1, (self, _, ascii) => cased(self, ascii, 'toUpperCase')],
  downcase: [0, 1, (self, _, ascii) => cased(self, ascii, 'toLowerCase')],
  capitalize: [0, 1, (self) => capitalize(self)],
  swapcase: [0, 1, (self) => swapCase(self)],
  strip: [0, 0, (self) => stripEnd(self).replace(LEADING, '')],
  lstrip: [0, 0, (self) => self.replace(LEADING, '')],
  rstrip: [0, 0, (self) => stripEnd(self)],
  chomp: [0, 1, (self, _, ending) => chomp(self, ending)],
  chop: [0, 0, (self) => (self.endsWith('\r\n') ? self.slice(0, -2) : charactersOf(self).slice(0, -1).join(''))],
  chr: [0, 0, (self) => self.slice(0, unitIndex(self, 1))],
  squeeze: [0, ANY, (self, _, ...args) => squeeze(self, specsOf(args))],
  delete: [1, ANY, (self, _, ...args) => {
    const test = charTest(specsOf(args));
    return charactersOf(self).filter((c) => !test(c)).join('');
  }],
  count: [1, ANY, (self, _, ...args) => {
    const test = charTest(specsOf(args));
    return charactersOf(self).filter(test).length;
  }],
  tr: [2, 2, (self, _, from, to) => translate(self, textArgument(from), textArgument(to), false)],
  tr_s: [2, 2, (self, _, from, to) => translate(self, textArgument(from), textArgument(to), true)],
  delete_prefix: [1, 1, (self, _, part) => (self.startsWith(textArgument(part)) ? self.slice(textArgument(part).length) : self)],
  delete_suffix: [1, 1, (self, _, part) => {
    const end = textArgument(part);
    return end !== '' && self.endsWith(end) ? self.slice(0, -end.length) : self;
  }],
  length: [0, 0, (self) => textLength(self)],
  bytesize: [0, 0, (self) => textByteLength(self)],
  'empty?': [0, 0, (self) => self === ''],
  reverse: [0, 0, (self) => charactersOf(self).toReversed().join('')],
  '+': [1, 1, (self, _, other) => self + textArgument(other)],
  '*': [1, 1, (self, _, count) => {
    const times = integerArgument(count);
    if (times < 0) throw argumentError('argument must be non-negative');
    checkText(self.length * times);
    return self.repeat(times);
  }],
  '%': [1, 1, (self, _, args) => formatText(self, Array.isArray(args) ? args : [args])],
  // also for texts that nothing refers to: "a" << "b"
  '<<': [1, 1, (self, _, other) => self + (typeof other === 'number' ? String.fromCodePoint(other) : textArgument(other))],
  concat: [0, ANY, (self, _, ...args) => self + specsOf(args).join('')],
  prepend: [0, ANY, (self, _, ...args) => specsOf(args).join('') + self],
  replace: [1, 1, (_, __, other) => textArgument(other)],
  clear: [0, 0, () => ''],
  insert: [2, 2, (self, _, index, part) => {
    const chars = charactersOf(self);
    const at = integerArgument(index);
    const place = at < 0 ? chars.length + 1 + at : at;
    if (place < 0 || place > chars.length) throw argumentError(`index ${at} out of string`);
    chars.splice(place, 0, textArgument(part));
    return chars.join('');
  }],
  ljust: [1, 2, (self, _, width, pad) => self + padding(integerArgument(width) - textLength(self), pad)],
  rjust: [1, 2, (self, _, width, pad) => padding(integerArgument(width) - textLength(self), pad) + self],
  center: [1, 2, (self, _, width, pad) => {
    const missing = integerArgument(width) - textLength(self);
    if (missing <= 0) return self;
    const left = Math.floor(missing / 2);
    return padding(left, pad) + self + padding(missing - left, pad);
  }],
  casecmp: [1, 1, (self, _, other) => (typeof other === 'string' ? compareText(foldAscii(self), foldAscii(other)) : null)],
  'casecmp?': [1, 1, (self, _, other) => (typeof other === 'string' ? self.toLowerCase().toUpperCase() === other.toLowerCase().toUpperCase() : null)],
  'ascii_only?': [0, 0, (self) => !/[^\0-\x7f]/.test(self)],
  to_s: [0, 0, (self) => self],
  to_sym: [0, 0, (self) => symbol(self)],
  to_i: [0, 1, (self, _, base) => leadingInteger(self, base === undefined ? 10 : integerArgument(base))],
  to_f: [0, 0, (self) => leadingFloat(self)],
  to_r: [0, 0, (self) => {
    const found = /^\s*([-+]?\d+)(?:\.(\d+))?(?:\/(\d+))?/.exec(self);
    if (!found) return rational(0n, 1n);
    const digits = found[2] ?? '';
    return rational(BigInt(found[1]! + digits), 10n ** BigInt(digits.length) * BigInt(found[3] ?? 1));
  }],
  hex: [0, 0, (self) => leadingInteger(self, 16)],
  oct: [0, 0, (self) => leadingInteger(/^\s*[-+]?0[bodx]/i.test(self) ? self : self.replace(/^(\s*[-+]?)/, '$10'), 0)],
  ord: [0, 0, (self) => {
    const point = self.codePointAt(0);
    if (point === undefined) throw argumentError('empty string');
    return point >= 0xdc80 && point <= 0xdcff ? point - 0xdc00 : point;
  }],
  succ: [0, 0, (self) => successor(self)],
  upto: [1, 2, (self, block, last, exclusive) => {
    const list = listOf(makeRange(self, textArgument(last), exclusive === true));
    if (!block) return list;
    for (const text of list) block.call1(text);
    return self;
  }],
  inspect: [0, 0, (self) => inspectText(self)],
  dump: [0, 0, (self) => inspectText(self).replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`)],
  sum: [0, 1, (self) => encodeText(self).reduce((sum, byte) => sum + byte, 0) % 65536],
  'valid_encoding?': [0, 0, (self) => isValidText(self)],
  scrub: [0, 1, (self, block, replacement) => {
    if (isValidText(self)) return self;
    if (block) return self.replace(/[\udc80-\udcff]+/g, (bytes) => toText(needBlock(block).call1(bytes)));
    return scrubText(self, replacement === undefined || replacement === null ? '\ufffd' : textArgument(replacement));
  }],
  encode: [0, 3, (self, _, to, from, options) => encodeAs(self, to, from, options)],
  force_encoding: [1, 1, (self, _, name) => forceEncoding(self, textArgument(name))],
  encoding: [0, 0, () => 'UTF-8'],
  b: [0, 0, (self) => self],
  unicode_normalize: [0, 1, (self, _, form) => {
    const name = form === undefined ? 'nfc' : nameArgument(form);
    if (!/^nfk?[cd]$/.test(name)) throw argumentError(`Invalid normalization form ${name}.`);
    return self.normalize(name.toUpperCase());
  }],
  byteslice: [1, 2, (self, _, start, length) => {
    const bytes = encodeText(self);
    const from = integerArgument(start);
    const first = from < 0 ? from + bytes.length : from;
    if (first < 0 || first > bytes.length) return null;
    return decodeText(bytes.subarray(first, first + (length === undefined ? 1 : integerArgument(length))));
  }],
  getbyte: [1, 1, (self, _, index) => encodeText(self).at(integerArgument(index)) ?? null],
  each_char: [0, 0, (self, block) => {
    if (!block) return enumerator('each_char', (given) => eachOf(self, charactersOf(self), given));
    return eachOf(self, charactersOf(self), block);
  }],
  lines: [0, 2, (self, _, separator, options) => linesOf(self, separator, options)],
  each_line: [0, 2, (self, block, separator, options) => {
    const list = linesOf(self, separator, options);
    return block ? eachOf(self, list, block) : enumerator('each_line', (given) => eachOf(self, list, given));
  }],
  chars: [0, 0, (self) => charactersOf(self)],
  bytes: [0, 0, (self) => [...encodeText(self)]],
  each_byte: [0, 0, (self, block) => {
    const bytes = [...encodeText(self)];
    return block ? eachOf(self, bytes, block) : enumerator('each_byte', (given) => eachOf(self, bytes, given));
  }],
  codepoints: [0, 0, (self) => [...self].map((c) => c.codePointAt(0)!)],
});
aliasMethods('String', {
  size: 'length', to_str: 'to_s', intern: 'to_sym', next: 'succ', id2name: 'to_s', '-@': 'to_s', '+@': 'to_s', dup: 'to_s', grapheme_clusters: 'chars',
});

// for texts that nothing else refers to, where only the result counts; see compile-mutation.ts for the others
defineMethods<string>('String', Object.fromEntries(
  [...textMutations].filter(([name]) => name.endsWith('!')).map(([name, mutate]) => [
    name,
    [0, ANY, (self: string, block: RubyProc | null, ...args: RubyValue[]) => mutate(self, block, args.filter((arg) => arg !== undefined)).result] as const,
  ]),
));

function eachOf(self: RubyValue, list: readonly RubyValue[], block: NonNullable<Parameters<typeof needBlock>[0]>): RubyValue {
  for (const item of list) block.call1(item);
  return self;
}

/** The lines, with their ends unless `chomp: true`. */
export function linesOf(text: string, separator: RubyValue | undefined, options: RubyValue | undefined): string[] {
  const chomps = option(separator instanceof Map ? separator : options, 'chomp') === true;
  const end = separator === undefined || separator instanceof Map || separator === null ? '\n' : textArgument(separator);
  const lines: string[] = [];
  for (let start = 0; start < text.length; ) {
    const found = end === '' ? text.length : text.indexOf(end, start);
    const next = found < 0 || end === '' ? text.length : found + end.length;
    let line = text.slice(start, next);
    if (chomps) line = end === '\n' ? line.replace(/\r?\n$/, '') : line.endsWith(end) ? line.slice(0, -end.length) : line;
    lines.push(line);
    start = next;
  }
  return lines;
}
