/** Reads the body of a request within its limits, and undoes its compression. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { errorText, type ByteAllowance } from '#logferry';

/** `closed`: the client went away. `busy`: all bodies together are too much. */
export type Body =
  | { readonly kind: 'read'; readonly bytes: Buffer; release(): void }
  | { readonly kind: 'too large' | 'busy' | 'closed' };

/** Reads all of it; of a body that is beyond the limits nothing is kept. Never rejects. */
export function readBody(request: IncomingMessage, limit: number, allowance: ByteAllowance): Promise<Body> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const settle = (body: Body): void => {
      request.off('data', onData);
      if (body.kind !== 'read') {
        allowance.change(-length);
        length = 0;
        parts.length = 0;
      }
      resolve(body);
    };
    const onData = (part: Buffer): void => {
      if (length + part.length > limit) settle({ kind: 'too large' });
      else if (!allowance.change(part.length)) settle({ kind: 'busy' });
      else {
        length += part.length;
        parts.push(part);
      }
    };
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      settle({ kind: 'too large' });
      return;
    }
    request.on('data', onData);
    request.once('end', () => {
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      settle({ kind: 'read', bytes, release: () => void allowance.change(-length) });
    });
    request.once('close', () => {
      if (!request.complete) settle({ kind: 'closed' });
    });
    request.once('error', () => settle({ kind: 'closed' }));
  });
}

const unzip = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/** The body as it was before `content-encoding`; one that is not known means none. Rejects if it is damaged or too large. */
export async function decompress(bytes: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  if (encoding !== 'gzip' && encoding !== 'deflate') return bytes;
  try {
    return await unzip[encoding](bytes, { maxOutputLength: limit });
  } catch (cause) {
    const isTooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new Error(isTooLarge ? `Decompressed data exceeds limit of ${limit} bytes` : errorText(cause), { cause });
  }
}
