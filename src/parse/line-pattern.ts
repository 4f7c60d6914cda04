/**
 * Regular expressions of container log lines, matched on bytes.
 *
 * `^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$` and its kin consist of a first
 * field, a choice of words, perhaps a field of one character or without blanks, and the rest of the line,
 * with blanks between. Such a pattern is matched without making a string: the words are searched for in
 * the whole block. It must give what the regular expression gives, byte for byte; a pattern of any other
 * shape is not compiled, and a block in which a line does not match is left to the regular expression.
 */
import type { LineBlock } from '../text-batch.ts';

export interface LinePattern {
  /** Names of the groups, in order. */
  readonly names: readonly string[];
  /** For each group the spans by line; undefined if some line does not match. */
  match(block: LineBlock): Spans[] | undefined;
}

export interface Spans {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** How far the first field reaches: to the last place where the rest fits, to the first, or to the first blank. */
type First = 'last' | 'first' | 'blank';
/** The field between the words and the rest. */
type Middle = { readonly kind: 'byte'; readonly allowed: Uint8Array; readonly any: boolean } | { readonly kind: 'word'; readonly mayBeEmpty: boolean };

const SHAPE =
  /^\^\(\?<(\w+)>(\.\+\??|\[\^ \][+*]|\[\^\\s\]\+|\\S\+)\) \(\?<(\w+)>([a-z]+(?:\|[a-z]+)*)\) (?:\(\?<(\w+)>(\.|\[[A-Za-z]+\]|\[\^ \][+*]|\[\^\\s\]\+|\\S[+*])\) )?\(\?<(\w+)>\.\*\)\$$/;

/** undefined if the pattern is not of that shape. `source` is the pattern as in the configuration, `options` its i, m, x. */
export function compileLinePattern(source: string, options: string): LinePattern | undefined {
  const shape = options === '' ? SHAPE.exec(source) : null;
  if (!shape) return undefined;
  const [, firstName, firstSource, wordName, wordSource, middleName, middleSource, restName] = shape;
  const words = wordSource!.split('|');
  // One word must not hide another that begins alike: the choice would then depend on their order.
  if (words.some((word, i) => words.some((other, k) => i !== k && other.startsWith(word)))) return undefined;
  const names = [firstName!, wordName!, ...(middleName === undefined ? [] : [middleName]), restName!];
  if (new Set(names).size !== names.length) return undefined;
  const first: First = firstSource === '.+' ? 'last' : firstSource === '.+?' ? 'first' : 'blank';
  // \S and [^\s] also end at tabs and the like: such lines are left to the regular expression (see `blankFree`).
  const strict = firstSource!.includes('s') || firstSource!.includes('S');
  const middle = middleSource === undefined ? undefined : middleOf(middleSource);
  const needles = words.map((word) => Buffer.from(` ${word} `, 'latin1'));
  const minFirst = firstSource === '[^ ]*' ? 0 : 1;
  return { names, match: (block) => matchBlock(block, needles, first, strict, minFirst, middle) };
}

function middleOf(source: string): Middle {
  if (source === '.') return { kind: 'byte', allowed: new Uint8Array(128).fill(1), any: true };
  if (source.startsWith('[^') || source.startsWith('\\')) return { kind: 'word', mayBeEmpty: source.endsWith('*') };
  const allowed = new Uint8Array(128);
  for (const c of source.slice(1, -1)) allowed[c.charCodeAt(0)] = 1;
  return { kind: 'byte', allowed, any: false };
}

function matchBlock(
  block: LineBlock,
  needles: readonly Buffer[],
  first: First,
  strict: boolean,
  minFirst: number,
  middle: Middle | undefined,
): Spans[] | undefined {
  const { bytes, starts, ends, count } = block;
  const groups = middle ? 4 : 3;
  const spans: Spans[] = [];
  for (let g = 0; g < groups; g++) spans.push({ starts: new Int32Array(count), ends: new Int32Array(count) });
  const [a, b] = spans as [Spans, Spans];
  const rest = spans[groups - 1]!;
  const blockEnd = count === 0 ? 0 : ends[count - 1]!;
  const text = blockEnd === bytes.length ? bytes : bytes.subarray(0, blockEnd);
  /** Next place of each word, beyond the block's end if there is none. */
  const next = needles.map((needle) => find(text, needle, count === 0 ? 0 : starts[0]!));

  for (let row = 0; row < count; row++) {
    const start = starts[row]!;
    const end = ends[row]!;
    let at = -1;
    let length = 0;
    let restAt = 0;
    for (let k = 0; k < needles.length; k++) {
      const needle = needles[k]!;
      while (next[k]! < end) {
        const place = next[k]!;
        next[k] = find(text, needle, place + 1);
        if (place < start + minFirst || place + needle.length > end) continue;
        const after = afterMiddle(bytes, place + needle.length, end, middle);
        if (after === UNSURE) return undefined;
        if (after === NO_MATCH) continue;
        if (at === -1 || (first === 'last' ? place > at : place < at)) {
          at = place;
          length = needle.length;
          restAt = after;
        }
      }
    }
    if (at === -1) return undefined;
    if (first === 'blank' && !blankFree(bytes, start, at, strict)) return undefined;
    a.starts[row] = start;
    a.ends[row] = at;
    b.starts[row] = at + 1;
    b.ends[row] = at + length - 1;
    if (middle) {
      spans[2]!.starts[row] = at + length;
      spans[2]!.ends[row] = restAt - 1;
    }
    rest.starts[row] = restAt;
    rest.ends[row] = end;
  }
  return spans;
}

function find(bytes: Buffer, needle: Buffer, from: number): number {
  const at = bytes.indexOf(needle, from);
  return at === -1 ? Number.MAX_SAFE_INTEGER : at;
}

const NO_MATCH = -1;
/** Bytes beyond ASCII, or white space of another kind: the regular expression decides. */
const UNSURE = -2;

/** Where the rest begins if the middle field and its blank stand at `at`. */
function afterMiddle(bytes: Buffer, at: number, end: number, middle: Middle | undefined): number {
  if (!middle) return at;
  if (at >= end) return NO_MATCH;
  if (middle.kind === 'byte') {
    const c = bytes[at]!;
    if (c > 127) return middle.any ? UNSURE : NO_MATCH;
    return at + 1 < end && middle.allowed[c] === 1 && bytes[at + 1] === 32 ? at + 2 : NO_MATCH;
  }
  let p = at;
  while (p < end && bytes[p] !== 32) {
    if (bytes[p]! < 32 || bytes[p]! > 126) return UNSURE;
    p++;
  }
  return p < end && (p > at || middle.mayBeEmpty) ? p + 1 : NO_MATCH;
}

/** No blank before `end`; where other white space counts, plain ASCII alone is sure. */
function blankFree(bytes: Buffer, start: number, end: number, strict: boolean): boolean {
  for (let p = start; p < end; p++) {
    const c = bytes[p]!;
    if (c === 32 || (strict && (c < 32 || c > 126))) return false;
  }
  return true;
}
