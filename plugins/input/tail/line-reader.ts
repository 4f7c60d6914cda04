/**
 * Reads one open file in blocks of whole lines.
 *
 * A block is read behind the rest of the last one (a line without its end), so that lines are whole
 * in one buffer. A line longer than a block grows in a buffer of its own, doubled when it is full.
 */
import type { LineBlock } from '#logferry';
import type { Content } from './content.ts';
import { splitLines, type SplitOptions, type SplitResult } from './line-block.ts';
import { BLOCK_BYTES, type Scratch } from './scratch.ts';

/** Rests up to this size stand in front of the next block; longer ones get a buffer of their own. */
const SHORT_REST = BLOCK_BYTES / 4;
/** So little is copied into a place of its own: a file may wait for long with it, and a block is not needed for that. */
const FEW_BYTES = 8 * 1024;

/** Where bytes lie: in a block of the scratch, in front of a line that outgrew one, or in a place of their own. */
type Place = 'scratch' | 'long' | 'own';

/** Lines that follow each other in a file. */
export interface FileLines {
  readonly block: LineBlock;
  /** Position in the file of the first byte of `block.bytes`. */
  readonly base: number;
  /** Position behind the last of these lines. */
  readonly end: number;
  /** To be given back to the scratch when these lines, the last ones in it, are emitted. */
  readonly scratch?: Buffer | undefined;
}

export interface ReadResult {
  readonly lines: readonly FileLines[];
  /** Bytes that were read. */
  readonly bytes: number;
  /** Nothing more was there. */
  readonly atEnd: boolean;
  readonly tooLong: number;
}

interface Parts {
  readonly lines: readonly FileLines[];
  readonly tooLong: number;
  readonly whole: boolean;
}

export class LineReader {
  readonly #scratch: Scratch;
  readonly #split: SplitOptions;
  /** The next byte to read. */
  #offset: number;
  #rest: Buffer = EMPTY;
  /** Of a rest that is long: the buffer in front of which it stands. */
  #long: Buffer | undefined;
  /** Bytes of the current line that were thrown away, because it is too long. */
  #skipped = 0;

  constructor(scratch: Scratch, split: SplitOptions, position: number) {
    this.#scratch = scratch;
    this.#split = split;
    this.#offset = position;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Where the line begins whose end is not there yet. */
  get lineStart(): number {
    return this.#offset - this.#rest.length - this.#skipped;
  }

  /** Reads at most `mostBytes` bytes and gives at most `mostLines` lines; what is over is read again. */
  async read(content: Content, mostBytes: number, mostLines: number): Promise<ReadResult> {
    const buffer = this.#space();
    const rest = this.#rest.length;
    const length = Math.min(buffer.length - rest, BLOCK_BYTES, mostBytes);
    let bytes;
    try {
      bytes = await content.read(buffer, rest, length, this.#offset);
    } catch (error) {
      if (buffer !== this.#long) this.#scratch.giveBack(buffer);
      throw error;
    }
    if (bytes === 0) {
      if (buffer !== this.#long) this.#scratch.giveBack(buffer);
      return { lines: [], bytes, atEnd: true, tooLong: 0 };
    }
    const base = this.#offset - rest;
    this.#offset += bytes;
    const place = buffer === this.#long ? 'long' : rest + bytes <= FEW_BYTES ? 'own' : 'scratch';
    const used = place === 'own' ? Buffer.from(buffer.subarray(0, rest + bytes)) : buffer;
    if (place === 'own') this.#scratch.giveBack(buffer);
    const { lines, tooLong, whole } = this.#splitAll(used, place, rest, rest + bytes, base, mostLines);
    return { lines, tooLong, bytes, atEnd: whole && bytes < length };
  }

  /** The line without an end as a line; nothing is held afterwards. */
  takeRest(): { readonly line: FileLines | undefined; readonly tooLong: number } {
    const bytes = this.#rest;
    const base = this.#offset - bytes.length;
    const tooLong = this.#skipped > 0 ? 1 : 0;
    this.#rest = EMPTY;
    this.#long = undefined;
    this.#skipped = 0;
    if (bytes.length === 0 || tooLong > 0) return { line: undefined, tooLong };
    const length = bytes.at(-1) === 13 && this.#split.newline.length === 1 ? bytes.length - 1 : bytes.length;
    const block = { bytes: Buffer.from(bytes), starts: Int32Array.of(0), ends: Int32Array.of(length), count: 1 };
    return { line: { block, base, end: this.#offset }, tooLong };
  }

  /** Goes on at a position, at the start of a line. */
  seek(position: number): void {
    this.#offset = position;
    this.#rest = EMPTY;
    this.#long = undefined;
    this.#skipped = 0;
  }

  /** A buffer that begins with the rest and has room behind it. */
  #space(): Buffer {
    if (!this.#long) {
      const buffer = this.#scratch.take();
      this.#rest.copy(buffer);
      return buffer;
    }
    if (this.#long.length - this.#rest.length < SHORT_REST) this.#moveRest(this.#rest);
    return this.#long;
  }

  /** Keeps a rest in a place of its own. */
  #moveRest(rest: Buffer): void {
    if (rest.length <= SHORT_REST) {
      this.#long = undefined;
      this.#rest = rest.length === 0 ? EMPTY : Buffer.from(rest);
      return;
    }
    this.#long = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, rest.length * 2));
    rest.copy(this.#long);
    this.#rest = this.#long.subarray(0, rest.length);
  }

  /** `whole`: all bytes were used, none has to be read again. */
  #splitAll(buffer: Buffer, place: Place, searchFrom: number, end: number, base: number, mostLines: number): Parts {
    const split = this.#split;
    let tooLong = 0;
    let from = 0;
    let search = searchFrom;
    // The end of a line whose beginning was thrown away.
    if (this.#skipped > 0) {
      const first = splitLines(buffer, 0, 0, end, { ...split, maxLines: 1, maxLineSize: Infinity });
      if (first.block.count === 0) {
        this.#throwAway(buffer, end, place);
        return { lines: [], tooLong, whole: true };
      }
      tooLong++;
      this.#skipped = 0;
      from = search = first.next;
    }
    const parts: SplitResult[] = [];
    let linesLeft = mostLines;
    let done = false;
    while (!done && linesLeft > 0) {
      const maxLines = Math.min(split.maxLines, linesLeft);
      const part = splitLines(buffer, from, search, end, { ...split, maxLines });
      tooLong += part.tooLong;
      done = part.block.count < maxLines;
      linesLeft -= part.block.count;
      if (part.next > from) parts.push(part);
      from = part.next;
      // After a full block it is not known what follows.
      search = done ? end : from;
    }
    if (!done) {
      // No line may be given any more: the others are read again later.
      this.#offset = base + from;
      end = from;
    }
    if (parts.length === 0 && from === 0) {
      // Not one line break: all is rest.
      this.#growRest(buffer, end, place);
      return { lines: [], tooLong, whole: true };
    }
    const rest = buffer.subarray(from, end);
    if (rest.length > split.maxLineSize) this.#throwAway(rest, rest.length, 'own');
    else this.#moveRest(rest);
    const bytes = buffer.subarray(0, from);
    const lines = parts.map((part, i): FileLines => ({
      block: { ...part.block, bytes },
      base,
      end: base + part.next,
      scratch: place === 'scratch' && i === parts.length - 1 ? buffer : undefined,
    }));
    if (parts.length === 0 && place === 'scratch') this.#scratch.giveBack(buffer);
    return { lines, tooLong, whole: done };
  }

  #growRest(buffer: Buffer, end: number, place: Place): void {
    if (end > this.#split.maxLineSize) {
      this.#throwAway(buffer, end, place);
      return;
    }
    if (place === 'long') this.#rest = buffer.subarray(0, end);
    else {
      this.#moveRest(buffer.subarray(0, end));
      if (place === 'scratch') this.#scratch.giveBack(buffer);
    }
  }

  #throwAway(buffer: Buffer, end: number, place: Place): void {
    // What is left of a character of several bytes stays, so that the next ones are found in step.
    const left = end % this.#split.newline.length;
    this.#skipped += end - left;
    this.#long = undefined;
    this.#rest = Buffer.from(buffer.subarray(end - left, end));
    if (place === 'scratch') this.#scratch.giveBack(buffer);
  }
}

const EMPTY = Buffer.alloc(0);
