/** Events on standard output: whole pieces, in the order of writing. */
import { encodeText } from './text.ts';

/** Writes text (see `text.ts`) or bytes. */
export type WriteOut = (data: string | Uint8Array) => void;

/** Writes to this process; invalid bytes in text come out as those bytes. */
export const writeStandardOutput: WriteOut = (data) => {
  process.stdout.write(typeof data === 'string' ? encodeText(data) : data);
};
