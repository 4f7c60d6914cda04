/** Payloads of data objects: compressed or not, `NAME=value`. */
import { DecodeError } from './decode-error.ts';
import { decodeLz4Block } from './lz4.ts';
import { readOffset } from './u64.ts';
import { decodeXz } from './xz.ts';
import { decodeZstd } from './zstd.ts';

/** The compression flags of a data object. */
export const COMPRESSION_FLAGS = 7;

/** Decodes what a data object with compression flag 1 (XZ), 2 (LZ4) or 4 (ZSTD) holds; throws a DecodeError. */
export function decompress(flag: number, bytes: Buffer, limit: number): Buffer {
  switch (flag) {
    case 1:
      return decodeXz(bytes, limit);
    case 2: {
      if (bytes.length < 9) throw new DecodeError('LZ4 data are too short');
      const size = readOffset(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
      if (size > limit) throw new DecodeError(`LZ4 data declare ${size} bytes, more than ${limit}`);
      return decodeLz4Block(bytes.subarray(8), size);
    }
    case 4:
      return decodeZstd(bytes, limit);
    default:
      throw new DecodeError(`the compression flags are ${flag}; expected one of 1, 2 and 4`);
  }
}

/** A field's name has at most so many bytes. */
const MAX_NAME_BYTES = 64;
const EQUALS = 0x3d;

/** Where the name that begins at `start` ends; -1 if there is no valid name with `=` behind it. */
export function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  const last = Math.min(end, start + MAX_NAME_BYTES + 1);
  for (let i = start; i < last; i++) {
    const c = bytes[i];
    if (c === EQUALS) return i > start ? i : -1;
    const isLetter = (c >= 0x41 && c <= 0x5a) || c === 0x5f;
    if (!isLetter && !(c >= 0x30 && c <= 0x39 && i > start)) return -1;
  }
  return -1;
}
