/** One connection to a server: what is sent, and the answers, one at a time. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { MessageStream, readValues } from '#logferry';
import type { ClientTls } from './tls.ts';

/** Any value that a server sends. */
export type Answer = ReturnType<typeof readValues>;

export interface ConnectionOptions {
  /** What is connected to. */
  readonly address: string;
  readonly port: number;
  /** The name that the certificate should have. */
  readonly hostname: string;
  readonly tls: ClientTls | undefined;
  /** Undefined: what the system says. */
  readonly connectTimeoutMs: number | undefined;
  /** 0: none. */
  readonly sendTimeoutMs: number;
}

/** A server says little: HELO, PONG and acknowledgements. */
const MAX_ANSWER_BYTES = 64 * 1024;

interface Waiter {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class ForwardConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #stream = new MessageStream({ maxBytes: MAX_ANSWER_BYTES });
  /** Came before they were waited for. */
  readonly #answers: Answer[] = [];
  #waiter: Waiter | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('end', () => this.#fail(new Error(`${this.#peer} closed the connection`)));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error(`the connection to ${this.#peer} was closed`)));
  }

  /** Connects; with TLS the server's certificate is checked. Rejects with what went wrong. */
  static open(options: ConnectionOptions, signal: AbortSignal | undefined): Promise<ForwardConnection> {
    const { address, port, hostname, tls, connectTimeoutMs } = options;
    return new Promise((resolve, reject) => {
      const socket = tls
        ? connectTls({ ...tls.options, host: address, port, ...(isIP(hostname) === 0 && { servername: hostname }) })
        : connectTcp({ host: address, port, noDelay: true });
      const timer = connectTimeoutMs === undefined ? undefined : setTimeout(
        () => fail(new Error(`no connection to ${address}:${port} within ${connectTimeoutMs / 1000} s (connect_timeout)`)), connectTimeoutMs);
      const abort = (): void => fail(signal!.reason instanceof Error ? signal!.reason : new Error('the delivery was aborted'));
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (error: Error): void => {
        settle();
        socket.destroy();
        reject(error);
      };
      const failed = (error: Error): void => fail(new Error(`cannot connect to ${address}:${port}`, { cause: error }));
      socket.on('error', failed);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        const problem = tls?.problem(socket as TLSSocket, hostname);
        if (problem !== undefined) return fail(new Error(`${address}:${port} is not who it should be: ${problem}`));
        settle();
        const connection = new ForwardConnection(socket, options);
        socket.off('error', failed);
        resolve(connection);
      });
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort);
    });
  }

  /** Whether it can be used again: it is open, and the server has said nothing that nobody asked for. */
  get isUsable(): boolean {
    return this.#failure === undefined && this.#answers.length === 0 && this.#waiter === undefined;
  }

  /** Resolves when all was handed to the system. */
  send(pieces: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    const socket = this.#socket;
    const { sendTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const settle = (error: Error | null | undefined): void => {
        socket.setTimeout(0).off('timeout', timedOut).off('close', closed);
        signal?.removeEventListener('abort', abort);
        // What was under way when the socket was destroyed ends without an error.
        if (error || socket.destroyed) reject(this.#failure ?? error ?? new Error(`the connection to ${this.#peer} was closed`));
        else resolve();
      };
      const timedOut = (): void => {
        this.destroy(new Error(`${this.#peer} took no data for ${sendTimeoutMs / 1000} s (send_timeout)`));
      };
      const closed = (): void => settle(this.#failure ?? new Error(`the connection to ${this.#peer} was closed`));
      const abort = (): void => this.destroy(new Error('the delivery was aborted'));
      if (sendTimeoutMs > 0) socket.setTimeout(sendTimeoutMs).on('timeout', timedOut);
      socket.once('close', closed);
      signal?.addEventListener('abort', abort);
      socket.cork();
      for (const piece of pieces.slice(0, -1)) socket.write(piece);
      socket.write(pieces.at(-1) ?? Buffer.alloc(0), settle);
      socket.uncork();
      if (signal?.aborted) abort();
    });
  }

  /** The next value that the server sends. Rejects if there is none within the time, or the connection ends. */
  async receive(timeoutMs: number, what: string, signal?: AbortSignal): Promise<Answer> {
    const early = this.#answers.shift();
    if (early !== undefined) return early;
    if (this.#failure) throw this.#failure;
    const abort = (): void => this.destroy(new Error('the delivery was aborted'));
    const timer = setTimeout(() => this.destroy(new Error(`no ${what} from ${this.#peer} within ${timeoutMs / 1000} s`)), timeoutMs);
    signal?.addEventListener('abort', abort);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#waiter = { resolve, reject };
        if (signal?.aborted) abort();
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#waiter = undefined;
    }
  }

  /** Ends it once everything sent has left. */
  close(): void {
    this.#failure ??= new Error(`the connection to ${this.#peer} is closed`);
    this.#socket.destroySoon();
  }

  /** Cuts it off; who waits for something gets the reason. */
  destroy(reason?: Error): void {
    this.#fail(reason ?? new Error(`the connection to ${this.#peer} is closed`));
    this.#socket.destroy();
  }

  get #peer(): string {
    return `${this.#options.address}:${this.#options.port}`;
  }

  #read(bytes: Buffer): void {
    for (const part of this.#stream.push(bytes)) {
      try {
        if (part.kind !== 'message') throw new Error(part.kind === 'oversize' ? 'it is too long' : part.problem);
        const answer = readValues(part);
        if (this.#waiter) this.#waiter.resolve(answer);
        else this.#answers.push(answer);
        this.#waiter = undefined;
      } catch (cause) {
        this.destroy(new Error(`an answer of ${this.#peer} cannot be read`, { cause }));
      }
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiter?.reject(this.#failure);
    this.#waiter = undefined;
  }
}
