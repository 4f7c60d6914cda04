/**
 * .xz streams that hold LZMA2 and nothing else, as journal files do.
 *
 * Checks (CRC) of the container are skipped: who reads compares the decoded bytes with a hash.
 */
import { DecodeError } from './decode-error.ts';
import { LzmaDecoder } from './lzma.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
/** Length of a block's check by its type: none, CRC32, CRC64, SHA-256 and reserved ones. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const LZMA2 = 0x21;

/** Decodes a stream; throws a DecodeError if it is damaged or gives more than `limit` bytes. */
export function decodeXz(input: Uint8Array, limit: number): Buffer {
  if (input.length < 12 || MAGIC.some((byte, i) => input[i] !== byte)) throw new DecodeError('XZ data have no stream header');
  const checkBytes = CHECK_BYTES[input[7] & 15];
  const output = new Output(limit, input.length);
  const decoder = new LzmaDecoder();
  let at = 12;
  while (at < input.length && input[at] !== 0) {
    at = decodeChunks(input, skipBlockHeader(input, at), decoder, output);
    at = 12 + ((at - 12 + 3) & ~3) + checkBytes;
  }
  if (at >= input.length) throw new DecodeError('XZ data end before their index');
  return output.bytes.subarray(0, output.length);
}

/** Bytes that grow with what comes, up to a limit. */
class Output {
  bytes: Buffer;
  length = 0;
  /** Matches do not reach before this. */
  dictionaryStart = 0;
  readonly #limit: number;

  constructor(limit: number, inputLength: number) {
    this.#limit = limit;
    this.bytes = Buffer.allocUnsafe(Math.min(limit, inputLength * 4));
  }

  reserve(more: number): void {
    const needed = this.length + more;
    if (needed > this.#limit) throw new DecodeError(`XZ data give more than ${this.#limit} bytes`);
    if (needed <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(needed, this.bytes.length * 2)));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }
}

/** Returns where the block's data begin. */
function skipBlockHeader(input: Uint8Array, start: number): number {
  const end = start + (input[start] + 1) * 4;
  if (end > input.length) throw new DecodeError('XZ data end within a block header');
  const flags = input[start + 1];
  if ((flags & 0x3f) !== 0) throw new DecodeError('XZ data use filters other than LZMA2');
  let at = start + 2;
  const skipNumber = (): void => {
    while (at < end && input[at] & 0x80) at++;
    at++;
  };
  if (flags & 0x40) skipNumber();
  if (flags & 0x80) skipNumber();
  if (at >= end || input[at] !== LZMA2) throw new DecodeError('XZ data use filters other than LZMA2');
  return end;
}

/** Decodes LZMA2 chunks up to the end marker; returns where they end. */
function decodeChunks(input: Uint8Array, start: number, decoder: LzmaDecoder, output: Output): number {
  let at = start;
  let needsDictionary = true;
  let needsProperties = true;
  let needsState = true;
  for (;;) {
    if (at >= input.length) throw new DecodeError('XZ data end within a block');
    const control = input[at++];
    if (control === 0) return at;
    if (control >= 0xe0 || control === 1) {
      output.dictionaryStart = output.length;
      needsDictionary = false;
    } else if (needsDictionary) throw new DecodeError('XZ data begin without a dictionary reset');

    if (control < 0x80) {
      if (control > 2 || at + 2 > input.length) throw new DecodeError('XZ data have an unknown kind of chunk');
      const size = ((input[at] << 8) | input[at + 1]) + 1;
      at += 2;
      if (at + size > input.length) throw new DecodeError('XZ data end within a chunk');
      output.reserve(size);
      output.bytes.set(input.subarray(at, at + size), output.length);
      output.length += size;
      at += size;
      continue;
    }
    if (at + 4 > input.length) throw new DecodeError('XZ data end within a chunk');
    const size = ((control & 0x1f) << 16) + ((input[at] << 8) | input[at + 1]) + 1;
    const packed = ((input[at + 2] << 8) | input[at + 3]) + 1;
    at += 4;
    if (control >= 0xc0) {
      if (at >= input.length) throw new DecodeError('XZ data end within a chunk');
      decoder.setProperties(input[at++]);
      needsProperties = false;
      needsState = false;
    } else if (needsProperties) throw new DecodeError('XZ data have no properties');
    else if (control >= 0xa0) {
      decoder.reset();
      needsState = false;
    } else if (needsState) throw new DecodeError('XZ data begin without a state');
    if (at + packed > input.length) throw new DecodeError('XZ data end within a chunk');
    output.reserve(size);
    decoder.decode(input, at, at + packed, output.bytes, output.dictionaryStart, output.length, output.length + size);
    output.length += size;
    at += packed;
  }
}
