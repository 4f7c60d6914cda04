/** A chunk as one message of the forward protocol. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { encodePackedForward, type Chunk } from '#logferry';

/** How entries are sent. */
export type Compress = 'text' | 'gzip' | 'zstd';

type Compressor = (bytes: Buffer) => Promise<Buffer>;

const gzip = promisify(zlib.gzip) as Compressor;
/** In node:zlib since Node 22.15. */
const zstdCompress = (zlib as unknown as { zstdCompress?: (bytes: Buffer, done: (error: Error | null, bytes: Buffer) => void) => void }).zstdCompress;
const zstd = zstdCompress && (promisify(zstdCompress) as Compressor);

/** What is wrong with a compression on this Node; undefined if it can be used. */
export function compressionProblem(compress: Compress): string | undefined {
  return compress === 'zstd' && !zstd ? `compress zstd needs Node.js 22.15 or newer, this is ${process.version}` : undefined;
}

/** What the server acknowledges: the id's bytes in Base64, with the line break that Ruby's `encode64` puts behind it. */
export function chunkOption(chunk: Pick<Chunk, 'id'>): string {
  return `${Buffer.from(chunk.id, 'hex').toString('base64')}\n`;
}

/** The bytes to send. A chunk that its buffer has compressed in the same way goes as it is. */
export async function encodeChunk(chunk: Chunk, compressed: Compress, withAck: boolean): Promise<readonly Buffer[]> {
  return encodePackedForward({
    tag: chunk.metadata.tag ?? '',
    entries: await entriesOf(chunk, compressed),
    size: chunk.eventCount,
    compressed,
    chunk: withAck ? chunkOption(chunk) : undefined,
  });
}

async function entriesOf(chunk: Chunk, compressed: Compress): Promise<Buffer> {
  if (compressed === 'text') return chunk.read();
  const stored = await chunk.stored?.();
  if (stored?.compress === compressed) return stored.bytes;
  const bytes = await chunk.read();
  return compressed === 'gzip' ? gzip(bytes) : zstd!(bytes);
}
