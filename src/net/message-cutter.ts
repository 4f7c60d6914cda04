/** Cuts a stream of bytes into messages, by a delimiter or by a count in front of each; what waits is bounded. */
import type { ByteAllowance } from './allowance.ts';
import { PendingBytes } from './pending-bytes.ts';

/** A message without a limit of its own may still not fill the memory. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Digits of a count, and blanks around them. */
const MAX_COUNT_BYTES = 32;
const SPACE = 0x20;

interface CutterOptions {
  /** Messages with more bytes are left out; `MAX_MESSAGE_BYTES` if absent. */
  readonly maxBytes?: number | undefined;
  /** Shared by the connections of one input. */
  readonly allowance: ByteAllowance;
  /** Called for each message that was left out, with what is known of its length, and its first bytes. */
  readonly onTooLong: (byteLength: number, head: Buffer) => void;
}

export interface MessageCutter {
  /**
   * Gives the messages that are complete now, which may be kept. Throws if the stream cannot be understood from here on (the
   * messages before were given): close the connection.
   */
  push(bytes: Buffer, take: (message: Buffer) => void): void;
  /** Bytes of a message that is not complete. */
  readonly pendingBytes: number;
  /** The connection is gone: gives back what was allowed. */
  close(): void;
}

/** How much of a message that was left out is shown. */
const HEAD_BYTES = 32;

/** Messages that end with a delimiter, which is not part of them. */
export function cutByDelimiter(delimiter: Buffer, options: CutterOptions): MessageCutter {
  const { onTooLong } = options;
  const maxBytes = Math.min(options.maxBytes ?? MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
  const pending = new PendingBytes(options.allowance);
  /** A message is left out until its end comes. */
  let skips = false;

  return {
    get pendingBytes() {
      return skips ? 0 : pending.length;
    },
    close: () => pending.clear(),
    push(bytes, take) {
      const known = pending.length;
      if (known > 0 && !pending.add(bytes)) throw tooMuch(options.allowance);
      const data = known > 0 ? pending.bytes : bytes;
      // A delimiter of several bytes may be divided between two pieces.
      let search = Math.max(0, known - delimiter.length + 1);
      let from = 0;
      for (let at = data.indexOf(delimiter, search); at >= 0; at = data.indexOf(delimiter, search)) {
        const message = data.subarray(from, at);
        from = search = at + delimiter.length;
        if (skips) skips = false;
        else if (message.length > maxBytes) onTooLong(message.length, message.subarray(0, HEAD_BYTES));
        else take(message);
      }
      const rest = data.subarray(from);
      // Its last bytes may be the beginning of the delimiter.
      if (!skips && rest.length > maxBytes + delimiter.length - 1) {
        onTooLong(rest.length, rest.subarray(0, HEAD_BYTES));
        skips = true;
      }
      if (skips) {
        const end = Buffer.from(rest.subarray(Math.max(0, rest.length - delimiter.length + 1)));
        pending.clear();
        pending.add(end);
      } else if (from > 0 || known === 0) {
        pending.clear();
        if (!pending.add(rest)) throw tooMuch(options.allowance);
      }
    },
  };
}

/** Messages with their length in bytes in front, as `11 hello world` (RFC 6587). */
export function cutByCount(options: CutterOptions): MessageCutter {
  const maxBytes = Math.min(options.maxBytes ?? MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
  const pending = new PendingBytes(options.allowance);
  /** So many bytes of a message that is left out are still to come. */
  let toSkip = 0;

  return {
    get pendingBytes() {
      return pending.length;
    },
    close: () => pending.clear(),
    push(piece, take) {
      const skipped = Math.min(toSkip, piece.length);
      toSkip -= skipped;
      const bytes = piece.subarray(skipped);
      const known = pending.length;
      if (known > 0 && !pending.add(bytes)) throw tooMuch(options.allowance);
      const data = known > 0 ? pending.bytes : bytes;
      let from = 0;
      while (from < data.length) {
        const space = data.indexOf(SPACE, startOfCount(data, from));
        if (space < 0 || space - from > MAX_COUNT_BYTES) {
          if (data.length - from > MAX_COUNT_BYTES) readCount(data.subarray(from, from + MAX_COUNT_BYTES));
          break;
        }
        const count = readCount(data.subarray(from, space));
        const start = space + 1;
        if (count > maxBytes) {
          options.onTooLong(count, data.subarray(start, start + HEAD_BYTES));
          toSkip = Math.max(0, start + count - data.length);
          from = Math.min(data.length, start + count);
          continue;
        }
        if (data.length - start < count) break;
        take(data.subarray(start, start + count));
        from = start + count;
      }
      if (from > 0 || known === 0) {
        const rest = data.subarray(from);
        pending.clear();
        if (!pending.add(rest)) throw tooMuch(options.allowance);
      }
    },
  };
}

/** Some senders put a line break or a blank between messages. */
function startOfCount(data: Buffer, from: number): number {
  let at = from;
  while (at < data.length && at - from < MAX_COUNT_BYTES && (data[at] === SPACE || (data[at]! >= 0x09 && data[at]! <= 0x0d))) at++;
  return at;
}

function readCount(bytes: Buffer): number {
  const text = bytes.toString('latin1');
  const digits = /^\s*\+?(\d{1,15})$/.exec(text)?.[1];
  if (digits === undefined) throw new Error(`expected the length of a message and a blank, found ${JSON.stringify(text.slice(0, MAX_COUNT_BYTES))}`);
  return Number(digits);
}

function tooMuch(allowance: ByteAllowance): Error {
  return new Error(`messages that are not complete take more than ${allowance.limit} bytes on all connections together`);
}
