/** What the outputs tcp and unix are: each chunk is a row of messages on a connection of its own. */
import type { Socket } from 'node:net';
import { encodeEntry, MsgpackWriter } from '../lib/msgpack.ts';
import type { BufferedOutput } from '../plugin.ts';

export interface StreamOutputOptions {
  /** Begins to connect. */
  readonly connect: () => Socket;
  /** For messages: whom it connects to. */
  readonly peer: string;
  /** A peer that takes no byte for so long is given up; 0: never. */
  readonly sendTimeoutMs: number;
  readonly timeAsInteger: boolean;
}

/** Writes each event as a PackedForward message of its own, so that a chunk may hold any tags. */
export function createStreamOutput({ connect, peer, sendTimeoutMs, timeAsInteger }: StreamOutputOptions): Pick<Required<BufferedOutput>, 'format' | 'write' | 'planning'> {
  const writer = new MsgpackWriter();
  return {
    planning: { name: () => peer },
    format(tag, time, record) {
      writer.clear();
      const entry = timeAsInteger ? writer.arrayHeader(2).value(time.sec).value(record).take() : encodeEntry(time, record);
      return writer.arrayHeader(2).text(tag).binary(entry).take();
    },
    async write(chunk, signal) {
      if (chunk.byteLength > 0) await sendAll(connect(), await chunk.read(), { peer, sendTimeoutMs, signal });
    },
  };
}

/** Resolves when everything was handed to the system and the connection was ended. */
function sendAll(socket: Socket, bytes: Buffer, options: { peer: string; sendTimeoutMs: number; signal: AbortSignal }): Promise<void> {
  const { peer, sendTimeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(new Error('the delivery was aborted'));
    const fail = (cause: Error): void => {
      signal.removeEventListener('abort', abort);
      reject(new Error(`cannot send to ${peer}`, { cause }));
    };
    socket.on('error', fail).on('close', () => fail(new Error('the connection was closed')));
    if (sendTimeoutMs > 0) {
      const timedOut = new Error(`no data was taken for ${sendTimeoutMs / 1000} s (send_timeout)`);
      socket.setTimeout(sendTimeoutMs, () => socket.destroy(timedOut));
    }
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    // Answers are not expected; without reading them the end of the connection would not be seen.
    socket.resume();
    socket.end(bytes, () => {
      // What was under way when the socket was destroyed ends without an error, too.
      if (socket.destroyed) return;
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}
