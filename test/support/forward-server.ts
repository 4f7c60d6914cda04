/** A server of the forward protocol that records messages and answers as told. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { createHelo, MessageStream, readMessage, readValues, type EventsMessage } from '../../src/forward-protocol/index.ts';
import { encodeValue } from '../../src/lib/msgpack.ts';
import { lines } from './batches.ts';

/** `ack`: as asked; `none`: not at all; `wrong`: another chunk; `cut`: the connection is broken. */
export type Answering = 'ack' | 'none' | 'wrong' | 'cut';

export interface ForwardServer {
  readonly port: number;
  /** `tag sec {json}` of each event. */
  events(): string[];
  /** Messages as they came. */
  readonly messages: { readonly message: EventsMessage; readonly options: ReadonlyMap<string, unknown>; readonly connection: number }[];
  /** Values that came before PONG was said. */
  readonly pings: unknown[];
  /** How many connections there were. */
  readonly connections: number;
  answering: Answering;
  /** Gives the PONG to a PING, with which a handshake begins. */
  pong: ((ping: readonly unknown[]) => readonly (string | boolean)[]) | undefined;
  cutAll(): void;
  close(): Promise<void>;
}

/** The nonce of every HELO. */
export const NONCE = Buffer.from('0123456789abcdef');

export async function startForwardServer(options: { port?: number; tls?: TlsOptions } = {}): Promise<ForwardServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const result: Omit<ForwardServer, 'port' | 'connections'> = {
    messages: [],
    pings: [],
    answering: 'ack',
    pong: undefined,
    events: () => result.messages.flatMap(({ message }) => lines(message.events).map((line) => `${message.tag} ${line}`)),
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      result.cutAll();
      await closed;
    },
  };
  const accept = (socket: Socket): void => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    const stream = new MessageStream({ maxBytes: 1e8 });
    let isOpen = result.pong === undefined;
    if (!isOpen) socket.write(createHelo({ nonce: NONCE, auth: NONCE, keepalive: true }));
    socket.on('data', (bytes: Buffer) => {
      for (const part of stream.push(bytes)) {
        if (part.kind !== 'message') throw new Error(`the client sent what is no message: ${part.kind}`);
        if (!isOpen) {
          const ping = readValues(part) as readonly unknown[];
          result.pings.push(ping);
          const pong = result.pong!(ping);
          socket.write(encodeValue(pong));
          isOpen = pong[1] === true;
          continue;
        }
        const message = readMessage(part, { strict: true, decompressionLimit: 1e9, now: () => ({ sec: 0, nsec: 0 }) });
        if (message.kind !== 'events') throw new Error(`the client sent a message that is ${message.kind}`);
        result.messages.push({ message, options: (readValues(part) as readonly ReadonlyMap<string, unknown>[])[2]!, connection });
        if (result.answering === 'cut') socket.destroy();
        else if (message.ack && result.answering !== 'none') socket.write(result.answering === 'ack' ? message.ack : encodeValue(new Map([['ack', 'other']])));
      }
    });
  };
  const server: Server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.defineProperty(Object.assign(result, { port }), 'connections', { get: () => connections }) as ForwardServer;
}
