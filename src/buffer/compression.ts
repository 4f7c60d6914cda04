/** How the bytes of chunks are compressed: each piece that is added is a whole gzip member or zstd frame. */
import zlib from 'node:zlib';
import { UnrecoverableError } from '../errors.ts';

export type Compress = 'text' | 'gzip' | 'zstd';

/** In node:zlib since Node 22.15; absent before. */
interface Zstd {
  zstdCompressSync?(bytes: Uint8Array): Buffer;
  zstdDecompressSync?(bytes: Uint8Array, options?: { maxOutputLength?: number }): Buffer;
}
const zstd = zlib as unknown as Zstd;

/** What is wrong with a compression on this Node, as a sentence; undefined if it can be used. */
export function compressionProblem(compress: Compress): string | undefined {
  if (compress !== 'zstd' || zstd.zstdCompressSync) return undefined;
  return `compress zstd needs Node.js 22.15 or newer, this is ${process.version}`;
}

/** One compressed piece; the bytes themselves for `text`. */
export function compressPiece(bytes: Buffer, compress: Compress): Buffer {
  if (compress === 'gzip') return zlib.gzipSync(bytes);
  if (compress === 'zstd') return zstd.zstdCompressSync!(bytes);
  return bytes;
}

/**
 * All pieces, uncompressed. Throws an UnrecoverableError if the bytes are damaged, or would be more
 * than `limit` bytes.
 */
export function decompressPieces(bytes: Buffer, compress: Compress, limit: number): Buffer {
  if (compress === 'text' || bytes.length === 0) return bytes;
  try {
    if (compress === 'gzip') return zlib.gunzipSync(bytes, { maxOutputLength: limit });
    return zstd.zstdDecompressSync!(bytes, { maxOutputLength: limit });
  } catch (cause) {
    throw new UnrecoverableError(`a chunk's ${bytes.length} bytes could not be decompressed (${compress}, at most ${limit} bytes)`, { cause });
  }
}
