/** From the bytes of a request to its JSON object. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';
import type { Input } from './input.ts';
import { MAX_BODY_BYTES } from './limits.ts';
import { ServiceError } from './service-error.ts';

/** The content type of the AWS JSON 1.1 protocol. */
export const JSON_TYPE = 'application/x-amz-json-1.1';

/** The whole body. Throws RequestEntityTooLargeException, having read to its end all the same. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= MAX_BODY_BYTES) parts.push(part);
    else parts.length = 0;
  }
  if (length > MAX_BODY_BYTES) throw tooLarge();
  return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
}

/** The JSON object of a body, unpacked. Throws SerializationException, RequestEntityTooLargeException. */
export function parseBody(request: IncomingMessage, body: Buffer): Input {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();
  if (type !== JSON_TYPE) {
    throw new ServiceError('SerializationException', `expected the content-type ${JSON_TYPE}, found '${type}'`);
  }
  const bytes = unpack(body, request.headers['content-encoding']);
  if (bytes.length === 0) return {};
  if (!isUtf8(bytes)) throw new ServiceError('SerializationException', 'The body is not valid UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ServiceError('SerializationException', `The body is not valid JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceError('SerializationException', 'The body has to be a JSON object.');
  }
  return value as Input;
}

function unpack(body: Buffer, encoding: string | undefined): Buffer {
  const limit = { maxOutputLength: MAX_BODY_BYTES };
  try {
    switch (encoding) {
      case undefined:
      case 'identity':
        return body;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, limit);
      case 'deflate':
        return inflateSync(body, limit);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new ServiceError('SerializationException', `The body is not valid ${encoding}: ${(error as Error).message}`);
  }
  throw new ServiceError('SerializationException', `expected the content-encoding gzip or deflate, found '${encoding}'`);
}

function tooLarge(): ServiceError {
  return new ServiceError('RequestEntityTooLargeException', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
}
