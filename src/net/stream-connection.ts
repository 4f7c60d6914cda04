/** A connection made of Node's socket: back-pressure, holds, and how it ends. */
import type { Socket } from 'node:net';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Connection, ConnectionHandler } from './connection.ts';

/** A connection, and what only its server does with it. */
export interface OwnedConnection extends Connection {
  /** Takes data from now on. */
  serve(handler: ConnectionHandler): void;
  /** Something is being handled, or somebody holds it. */
  readonly isBusy: boolean;
}

/** What is known of the peer. */
export interface Peer {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteHost: string;
}

/** Wraps the socket; `onClose` runs once, after the handler's own. */
export function createConnection(socket: Socket, peer: Peer, log: Logger, onClose: (connection: OwnedConnection) => void): OwnedConnection {
  let holds = 0;
  let handler: ConnectionHandler | undefined;
  let isHandling = false;
  let hasEnded = false;
  let isOpen = true;
  const where = { host: peer.remoteHost, port: peer.remotePort };

  const failed = (error: unknown): void => {
    log.error('unexpected error on reading data', { ...where, error });
    connection.close();
  };
  const finish = (): void => {
    if (!hasEnded || isHandling) return;
    try {
      if (isOpen) handler?.end?.();
    } catch (error) {
      failed(error);
    }
    if (holds === 0) connection.close();
  };
  const onData = (bytes: Buffer): void => {
    let waiting;
    try {
      waiting = handler!.data(bytes);
    } catch (error) {
      failed(error);
      return;
    }
    if (!waiting) return;
    isHandling = true;
    socket.pause();
    waiting.catch(failed).finally(() => {
      isHandling = false;
      if (isOpen) socket.resume();
      finish();
    });
  };

  const connection: OwnedConnection = {
    socket,
    ...peer,
    get isOpen() {
      return isOpen;
    },
    get isBusy() {
      return isHandling || holds > 0;
    },
    write(bytes) {
      if (isOpen && socket.writable) socket.write(bytes);
    },
    close() {
      isOpen = false;
      socket.destroySoon();
    },
    destroy() {
      isOpen = false;
      socket.destroy();
    },
    hold() {
      holds++;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        holds--;
        if (hasEnded && holds === 0 && !isHandling) connection.close();
      };
    },
    serve(given) {
      handler = given;
      socket.on('data', (bytes: Buffer) => {
        // Data of one reading can come after the handler has closed the connection.
        if (isOpen) onData(bytes);
      });
      socket.once('end', () => {
        hasEnded = true;
        finish();
      });
    },
  };
  socket.on('error', (error) => log.debug('a connection was broken', { ...where, error: errorText(error) }));
  socket.once('close', () => {
    isOpen = false;
    try {
      handler?.close?.();
    } catch (error) {
      log.error('unexpected error on closing a connection', { ...where, error });
    }
    onClose(connection);
  });
  return connection;
}
