/**
 * The LZMA decoder inside LZMA2: a range decoder with adaptive bits, literals and matches.
 *
 * Every read of input and every copy of output is bounds-checked; what cannot be right throws.
 */
import { DecodeError } from './decode-error.ts';

const PROBABILITY_HALF = 1024;
const STATES = 12;
const MAX_POSITION_STATES = 16;

// Where each group of probabilities begins.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * MAX_POSITION_STATES;
const IS_REP0 = IS_REP + STATES;
const IS_REP1 = IS_REP0 + STATES;
const IS_REP2 = IS_REP1 + STATES;
const IS_REP0_LONG = IS_REP2 + STATES;
const LENGTH = IS_REP0_LONG + STATES * MAX_POSITION_STATES;
const LENGTH_LOW = 2;
const LENGTH_MIDDLE = LENGTH_LOW + MAX_POSITION_STATES * 8;
const LENGTH_HIGH = LENGTH_MIDDLE + MAX_POSITION_STATES * 8;
const LENGTH_SIZE = LENGTH_HIGH + 256;
const REP_LENGTH = LENGTH + LENGTH_SIZE;
const SLOT = REP_LENGTH + LENGTH_SIZE;
const SPECIAL = SLOT + 4 * 64;
const ALIGN = SPECIAL + 128;
const LITERAL = ALIGN + 16;
const LITERAL_SIZE = 0x300;

/** Keeps the adaptive state from chunk to chunk. */
export class LzmaDecoder {
  #probabilities = new Uint16Array(LITERAL);
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;

  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #range = 0;
  #code = 0;

  /** Takes the byte that holds lc, lp and pb, and resets. */
  setProperties(byte: number): void {
    if (byte >= 225) throw new DecodeError('XZ data have impossible properties');
    const contextBits = byte % 9;
    const positionBits = Math.floor(byte / 9) % 5;
    if (contextBits + positionBits > 4) throw new DecodeError('XZ data have impossible properties');
    this.#literalContextBits = contextBits;
    this.#literalPositionMask = (1 << positionBits) - 1;
    this.#positionMask = (1 << Math.floor(byte / 45)) - 1;
    this.#probabilities = new Uint16Array(LITERAL + (LITERAL_SIZE << (contextBits + positionBits)));
    this.reset();
  }

  /** Forgets what was learnt; the properties stay. */
  reset(): void {
    this.#probabilities.fill(PROBABILITY_HALF);
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  /** Decodes input at..end-1 into output from..to-1; copies reach back to `floor`. */
  decode(input: Uint8Array, at: number, end: number, output: Uint8Array, floor: number, from: number, to: number): void {
    this.#start(input, at, end);
    let position = from;
    while (position < to) {
      const positionState = (position - floor) & this.#positionMask;
      if (this.#bit(IS_MATCH + this.#state * MAX_POSITION_STATES + positionState) === 0) {
        output[position] = this.#literal(output, floor, position);
        position++;
        continue;
      }
      let length: number;
      if (this.#bit(IS_REP + this.#state) === 0) {
        this.#rep3 = this.#rep2;
        this.#rep2 = this.#rep1;
        this.#rep1 = this.#rep0;
        length = this.#length(LENGTH, positionState);
        this.#state = this.#state < 7 ? 7 : 10;
        this.#rep0 = this.#distance(length);
      } else {
        if (this.#bit(IS_REP0 + this.#state) === 0) {
          if (this.#bit(IS_REP0_LONG + this.#state * MAX_POSITION_STATES + positionState) === 0) {
            this.#state = this.#state < 7 ? 9 : 11;
            if (this.#rep0 >= position - floor) throw new DecodeError('XZ data refer to what is before their beginning');
            output[position] = output[position - this.#rep0 - 1];
            position++;
            continue;
          }
        } else this.#rotateDistances();
        length = this.#length(REP_LENGTH, positionState);
        this.#state = this.#state < 7 ? 8 : 11;
      }
      const distance = this.#rep0 + 1;
      if (distance > position - floor) throw new DecodeError('XZ data refer to what is before their beginning');
      if (length > to - position) throw new DecodeError('XZ data give more than they declare');
      for (const stop = position + length; position < stop; position++) output[position] = output[position - distance];
    }
    // As the encoder leaves it: nothing pending, nothing unread.
    if (this.#range < 0x1000000) this.#normalize();
    if (this.#code !== 0 || this.#at !== this.#end) throw new DecodeError('XZ data have a chunk that does not end where it should');
  }

  #start(input: Uint8Array, at: number, end: number): void {
    if (end - at < 5 || input[at] !== 0) throw new DecodeError('XZ data have a damaged chunk');
    this.#input = input;
    this.#range = 0xffffffff;
    this.#code = (input[at + 1] << 24) | (input[at + 2] << 16) | (input[at + 3] << 8) | input[at + 4];
    this.#code >>>= 0;
    this.#at = at + 5;
    this.#end = end;
  }

  #normalize(): void {
    if (this.#at >= this.#end) throw new DecodeError('XZ data end within a chunk');
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#input[this.#at++]) >>> 0;
  }

  #bit(index: number): 0 | 1 {
    if (this.#range < 0x1000000) this.#normalize();
    const probability = this.#probabilities[index];
    const bound = (this.#range >>> 11) * probability;
    if (this.#code < bound) {
      this.#range = bound;
      this.#probabilities[index] = probability + ((2048 - probability) >> 5);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    this.#probabilities[index] = probability - (probability >> 5);
    return 1;
  }

  /** A tree of bits, most significant first. */
  #tree(base: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = (node << 1) | this.#bit(base + node);
    return node - (1 << bits);
  }

  /** A tree of bits, least significant first. */
  #reverseTree(base: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(base + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #directBits(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      if (this.#range < 0x1000000) this.#normalize();
      this.#range >>>= 1;
      if (this.#code >= this.#range) {
        this.#code -= this.#range;
        value = (value << 1) | 1;
      } else value <<= 1;
    }
    return value;
  }

  #literal(output: Uint8Array, floor: number, position: number): number {
    const previous = position > floor ? output[position - 1] : 0;
    const context = (((position - floor) & this.#literalPositionMask) << this.#literalContextBits)
      + (previous >> (8 - this.#literalContextBits));
    const base = LITERAL + LITERAL_SIZE * context;
    let symbol = 1;
    if (this.#state >= 7) {
      if (this.#rep0 >= position - floor) throw new DecodeError('XZ data refer to what is before their beginning');
      let matched = output[position - this.#rep0 - 1];
      while (symbol < 0x100) {
        const expected = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.#bit(base + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (expected !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
    return symbol & 0xff;
  }

  #length(base: number, positionState: number): number {
    if (this.#bit(base) === 0) return 2 + this.#tree(base + LENGTH_LOW + positionState * 8, 3);
    if (this.#bit(base + 1) === 0) return 10 + this.#tree(base + LENGTH_MIDDLE + positionState * 8, 3);
    return 18 + this.#tree(base + LENGTH_HIGH, 8);
  }

  #distance(length: number): number {
    const slot = this.#tree(SLOT + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return high + this.#reverseTree(SPECIAL + high - slot, bits);
    return high + (this.#directBits(bits - 4) >>> 0) * 16 + this.#reverseTree(ALIGN, 4);
  }

  #rotateDistances(): void {
    let distance: number;
    if (this.#bit(IS_REP1 + this.#state) === 0) distance = this.#rep1;
    else {
      if (this.#bit(IS_REP2 + this.#state) === 0) distance = this.#rep2;
      else {
        distance = this.#rep3;
        this.#rep3 = this.#rep2;
      }
      this.#rep2 = this.#rep1;
    }
    this.#rep1 = this.#rep0;
    this.#rep0 = distance;
  }
}
