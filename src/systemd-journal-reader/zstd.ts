/** Zstandard frames: by node:zlib where that has it, else by fzstd. */
import * as zlib from 'node:zlib';
import { decompress } from 'fzstd';
import { DecodeError } from './decode-error.ts';

const MAGIC = 0xfd2fb528;
/** zlib's call costs more than small frames do in JavaScript (measured: they meet near this size). */
const SMALL_BYTES = 1024;

type NativeDecoder = (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;
const native = (zlib as { zstdDecompressSync?: NativeDecoder }).zstdDecompressSync;

/** Decodes one frame that declares its size; throws a DecodeError if it is damaged or has more than `limit` bytes. */
export function decodeZstd(input: Uint8Array, limit: number): Buffer {
  const size = contentSize(input);
  if (size > limit) throw new DecodeError(`ZSTD data declare ${size} bytes, more than ${limit}`);
  let output: Uint8Array;
  try {
    output = native && input.length > SMALL_BYTES
      ? native(input, { maxOutputLength: Math.max(size, 1) })
      : decompress(input, new Uint8Array(size));
  } catch (error) {
    throw new DecodeError(`ZSTD data are damaged: ${(error as Error).message}`);
  }
  if (output.length !== size) throw new DecodeError(`ZSTD data give ${output.length} bytes and declare ${size}`);
  return Buffer.from(output.buffer, output.byteOffset, output.byteLength);
}

/** Of the frame header (RFC 8878, 3.1.1.1): journal writers always declare the size. */
function contentSize(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < 6 || view.getUint32(0, true) !== MAGIC) throw new DecodeError('ZSTD data have no frame header');
  const descriptor = input[4];
  const single = (descriptor & 0x20) !== 0;
  const flag = descriptor >> 6;
  const bytes = flag === 0 ? (single ? 1 : 0) : 1 << flag;
  if (bytes === 0) throw new DecodeError('ZSTD data do not declare their size');
  const at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  if (at + bytes > input.length) throw new DecodeError('ZSTD data end within the frame header');
  if (bytes === 1) return input[at];
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}
