/** Zstandard frames: by node:zlib where that has it, else by fzstd. */
import * as zlib from 'node:zlib';
import { decompress } from 'fzstd';
import { DecodeError } from './decode-error.ts';

const MAGIC = 0xfd2fb528;

type NativeDecoder = (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;
const native = (zlib as { zstdDecompressSync?: NativeDecoder }).zstdDecompressSync;

/** Decodes one frame that declares its size; throws a DecodeError if it is damaged or has more than `limit` bytes. */
export function decodeZstd(input: Uint8Array, limit: number): Buffer {
  const { size, end } = readFrameHeader(input);
  if (size > limit) throw new DecodeError(`ZSTD data declare ${size} bytes, more than ${limit}`);
  let output: Uint8Array;
  try {
    output = native ? native(input, { maxOutputLength: Math.max(size, 1) }) : decompress(checkBlocks(input, end), new Uint8Array(size));
  } catch (error) {
    throw new DecodeError(`ZSTD data are damaged: ${(error as Error).message}`);
  }
  if (output.length !== size) throw new DecodeError(`ZSTD data give ${output.length} bytes and declare ${size}`);
  return Buffer.from(output.buffer, output.byteOffset, output.byteLength);
}

/** The declared size, and where the header ends (RFC 8878, 3.1.1.1). Journal writers always declare the size. */
function readFrameHeader(input: Uint8Array): { readonly size: number; readonly end: number } {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < 6 || view.getUint32(0, true) !== MAGIC) throw new DecodeError('ZSTD data have no frame header');
  const descriptor = input[4];
  const single = (descriptor & 0x20) !== 0;
  const flag = descriptor >> 6;
  const bytes = flag === 0 ? (single ? 1 : 0) : 1 << flag;
  if (bytes === 0) throw new DecodeError('ZSTD data do not declare their size');
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  const end = at + bytes;
  if (end > input.length) throw new DecodeError('ZSTD data end within the frame header');
  if (bytes === 1) return { size: input[at], end };
  if (bytes === 2) return { size: view.getUint16(at, true) + 256, end };
  if (bytes === 4) return { size: view.getUint32(at, true), end };
  return { size: view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true), end };
}

const REPEATED_BYTE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;
const COMPRESSED_LITERALS = 2;
const MAX_BLOCK_BYTES = 128 * 1024;

/**
 * The frame alone, with all of its blocks there (RFC 8878, 3.1.1.2), and without what fzstd does not
 * come to an end with. Only for fzstd.
 */
function checkBlocks(input: Uint8Array, start: number): Uint8Array {
  const hasChecksum = (input[4] & 4) !== 0;
  for (let at = start; ; ) {
    if (at + 3 > input.length) throw new DecodeError('ZSTD data end between blocks');
    const header = input[at] | (input[at + 1] << 8) | (input[at + 2] << 16);
    const type = (header >> 1) & 3;
    if (type > COMPRESSED_BLOCK) throw new DecodeError('ZSTD data have a block of an unknown type');
    const length = header >> 3;
    if (length > MAX_BLOCK_BYTES) throw new DecodeError('ZSTD data have a block that is too long');
    if (type === COMPRESSED_BLOCK && length < 3) throw new DecodeError('ZSTD data have a block that is too short');
    const end = at + 3 + (type === REPEATED_BYTE_BLOCK ? 1 : length);
    if (end > input.length) throw new DecodeError('ZSTD data end within a block');
    if (type === COMPRESSED_BLOCK) checkHuffmanWeights(input.subarray(at + 3, end));
    at = end;
    if ((header & 1) === 0) continue;
    const whole = at + (hasChecksum ? 4 : 0);
    if (whole > input.length) throw new DecodeError('ZSTD data end within their checksum');
    return input.subarray(0, whole);
  }
}

/**
 * Weights whose table gives one symbol all of the probability are read without taking a bit, for
 * ever; no encoder writes them (RFC 8878, 4.1.1 and 4.2.1.2).
 */
function checkHuffmanWeights(block: Uint8Array): void {
  if ((block[0] & 3) !== COMPRESSED_LITERALS) return;
  const at = [3, 3, 4, 5][(block[0] >> 2) & 3];
  if (at + 1 >= block.length || block[at] >= 128) return;
  const size = 1 << ((block[at + 1] & 15) + 5);
  // The first symbol with a probability: a value of as many bits as `size + 1` has; 1 stands for none.
  const bits = 32 - Math.clz32(size + 1);
  let bit = (at + 1) * 8 + 4;
  const take = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, bit++) value |= (((block[bit >> 3] ?? 0) >> (bit & 7)) & 1) << i;
    return value;
  };
  for (;;) {
    const spare = 2 ** bits - 1 - (size + 1);
    let value = take(bits - 1);
    if (value >= spare && take(1) === 1) value += 2 ** (bits - 1) - spare;
    if (value - 1 === size) throw new DecodeError('ZSTD data have an impossible table');
    if (value !== 1) return;
    while (bit < block.length * 8 && take(2) === 3);
    if (bit >= block.length * 8) return;
  }
}
