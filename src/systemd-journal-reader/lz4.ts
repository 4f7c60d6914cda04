/** LZ4 blocks (no frame): sequences of literals and copies of earlier output. */
import { DecodeError } from './decode-error.ts';

/** Decodes a block whose result has exactly `size` bytes; throws a DecodeError otherwise. */
export function decodeLz4Block(input: Uint8Array, size: number): Buffer {
  // A byte of input gives at most 255 of output, so a size beyond that is damage; and costs no memory.
  if (size > input.length * 255 + 64) throw new DecodeError(`LZ4 data of ${input.length} bytes cannot hold ${size}`);
  const output = Buffer.allocUnsafe(size);
  let from = 0;
  let to = 0;
  while (from < input.length) {
    const token = input[from++];
    let literals = token >> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (from >= input.length) throw new DecodeError('LZ4 data end within a length');
        more = input[from++];
        literals += more;
      } while (more === 255);
    }
    if (literals > input.length - from) throw new DecodeError('LZ4 data end within literals');
    if (literals > size - to) throw new DecodeError('LZ4 data give more than they declare');
    output.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === input.length) break;

    if (input.length - from < 2) throw new DecodeError('LZ4 data end within a distance');
    const distance = input[from] | (input[from + 1] << 8);
    from += 2;
    if (distance === 0 || distance > to) throw new DecodeError('LZ4 data refer to what is before their beginning');
    let length = (token & 15) + 4;
    if (length === 19) {
      let more: number;
      do {
        if (from >= input.length) throw new DecodeError('LZ4 data end within a length');
        more = input[from++];
        length += more;
      } while (more === 255);
    }
    if (length > size - to) throw new DecodeError('LZ4 data give more than they declare');
    if (distance >= length) {
      output.copyWithin(to, to - distance, to - distance + length);
      to += length;
    } else {
      for (const end = to + length; to < end; to++) output[to] = output[to - distance];
    }
  }
  if (to !== size) throw new DecodeError(`LZ4 data give ${to} bytes and declare ${size}`);
  return output;
}
