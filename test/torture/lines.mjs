// Numbered pieces of text that can be found again in whatever arrives.
//
//   <f03 u45 n17 p1/3 g2 l120 c0a1b2c3d>TEXT
//
// f03: the file. u45: the 45th piece of it, counted over all its generations. n17 p1/3: the first of three pieces of its
// 17th event. g2: the generation of the file that it was written into. l120: characters of TEXT. c: CRC-32 of all of that.
import { crc32 } from 'node:zlib';
import { Random } from './random.mjs';

const HEAD = /<(f\d+) u(\d+) n(\d+) p(\d+)\/(\d+) g(\d+) l(\d+) c([0-9a-f]{8})>/y;
/** The same anywhere in a file of a buffer. */
const HEAD_ANYWHERE = /<(f\d+) u(\d+) n\d+ p\d+\/\d+ g\d+ l\d+ c[0-9a-f]{8}>/g;

/** One piece as text. */
export function makePiece({ file, unit, event, part, parts, generation }, text) {
  const head = `${file} u${unit} n${event} p${part}/${parts} g${generation} l${text.length}`;
  return `<${head} c${sumOf(head, text)}>${text}`;
}

/**
 * The pieces of an event's text; `error` says what is there that is no intact piece, `cut` which piece has lost its end. Pieces after the first may
 * have a blank in front of them: continuation lines begin with one.
 */
export function readPieces(message) {
  const pieces = [];
  let at = 0;
  while (at < message.length) {
    if (message[at] === ' ') at++;
    HEAD.lastIndex = at;
    const found = HEAD.exec(message);
    if (!found) return { pieces, error: `no piece at ${at}: ${JSON.stringify(message.slice(at, at + 120))}` };
    const length = Number(found[7]);
    const start = HEAD.lastIndex;
    const text = message.slice(start, start + length);
    const head = found[0].slice(1, -11);
    if (text.length !== length || sumOf(head, text) !== found[8])
      return { pieces, cut: text.length < length ? { file: found[1], unit: Number(found[2]) } : undefined, error: `the checksum is wrong of ${found[0]} in ${message.length} characters: ${JSON.stringify(text.slice(0, 120))}` };
    pieces.push({
      file: found[1], unit: Number(found[2]), event: Number(found[3]), part: Number(found[4]), parts: Number(found[5]),
    });
    at = start + length;
  }
  return pieces.length === 0 ? { pieces, error: 'an empty event' } : { pieces };
}

/** Files and units of all pieces whose heads are in these bytes: `see(file, unit)`. */
export function findHeads(bytes, see) {
  for (const [, file, unit] of bytes.toString('latin1').matchAll(HEAD_ANYWHERE)) see(file, Number(unit));
}

function sumOf(head, text) {
  return crc32(head + text).toString(16).padStart(8, '0');
}

/** Words with one to four bytes a character, and what JSON has to escape. */
const WORDS = [
  'GET', '/index.html', '200', 'error:', 'value=17', 'user', '{"a":1}', '[x]', '"quoted"', 'back\\slash', '\\n', "it's", 'tab\there', '\u0001\u001f',
  '\u007f', 'für', 'größe', 'naïve', 'Ελληνικά', 'кириллица', 'עברית', '日本語', '한국어', '\u2028', '€', '🚀', '👩‍👩‍👧', '\ufeff', '<b>', '&amp;', '%41',
];

/** Texts of many lengths, the same ones for the same seed; without line breaks, and without a blank at their ends. */
export class Texts {
  #random;
  #pool = '';
  /** Where words begin in the pool. */
  #starts = [];

  constructor(seed) {
    this.#random = new Random(seed);
    while (this.#pool.length < 120_000) {
      this.#starts.push(this.#pool.length);
      this.#pool += `${this.#random.pick(WORDS)}${this.#random.chance(0.8) ? ' ' : ''}`;
    }
  }

  /** About so many characters. */
  text(length) {
    const first = this.#random.integer(0, this.#starts.length - 2);
    let last = first + 1;
    const end = this.#starts[first] + length;
    if (end < this.#pool.length) {
      let high = this.#starts.length - 1;
      while (last < high) {
        const middle = (last + high) >> 1;
        if (this.#starts[middle] < end) last = middle + 1;
        else high = middle;
      }
      return this.#pool.slice(this.#starts[first], this.#starts[last]).trimEnd() + '.';
    }
    return this.text(length - 1 > 100_000 ? 100_000 : Math.ceil(length * 0.9));
  }

  /** Mostly short, seldom up to 100 KB. */
  length(longest) {
    const share = this.#random.next();
    const [from, to] = share < 0.8 ? [10, 300] : share < 0.98 ? [300, 1500] : share < 0.997 ? [1500, 16_000] : [16_000, 60_000];
    return Math.min(longest, this.#random.integer(from, to));
  }
}
