/** A rotated file that was compressed meanwhile: its bytes as they were, in a stream, so that memory stays small. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { Content } from './content.ts';
import { fsPath } from './file-path.ts';
import type { Mark } from './marks.ts';

/** Bytes that are read or unpacked at once. */
const STEP_BYTES = 64 * 1024;

/**
 * `damaged` is called once if the file cannot be unpacked to its end; what came before that is given. It begins at the head
 * with the first read, also if that asks for a later position.
 */
export function gzipContent(path: string, damaged: (error: unknown) => void): Content {
  const stream = unpack(path);
  let piece: Buffer = EMPTY;
  /** Position of the piece in the unpacked file. */
  let start = 0;
  let ended = false;
  const next = async (): Promise<void> => {
    start += piece.length;
    piece = EMPTY;
    try {
      const { done, value } = await stream.next();
      if (done) ended = true;
      else piece = value;
    } catch (error) {
      ended = true;
      damaged(error);
    }
  };
  return {
    fd: undefined,
    async read(buffer, offset, length, position) {
      while (!ended && start + piece.length <= position) await next();
      let count = 0;
      while (count < length && !ended) {
        const at = position + count - start;
        if (at >= piece.length) await next();
        else count += piece.copy(buffer, offset + count, at, Math.min(piece.length, at + length - count));
      }
      return count;
    },
    size: () => (ended ? start : Infinity),
    async close() {
      ended = true;
      await stream.return(undefined).catch(() => {});
    },
  };
}

/** Whether an unpacked file has what a mark tells of, and thus is the file that was marked. False if it is damaged before that. */
export async function hasMark(path: string, mark: Mark): Promise<boolean> {
  const hash = createHash('sha256');
  let at = 0;
  try {
    for await (const piece of unpack(path)) {
      const from = Math.max(0, mark.from - at);
      const to = mark.to - at;
      if (from < piece.length) hash.update(piece.subarray(from, Math.min(to, piece.length)));
      at += piece.length;
      if (at >= mark.to) return hash.digest('hex') === mark.hash;
    }
  } catch {
    // Then nothing is known of it.
  }
  return false;
}

async function* unpack(path: string): AsyncGenerator<Buffer, undefined> {
  const source = createReadStream(fsPath(path), { highWaterMark: STEP_BYTES });
  const gunzip = createGunzip({ chunkSize: STEP_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const piece of gunzip) yield piece as Buffer;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

const EMPTY = Buffer.alloc(0);
