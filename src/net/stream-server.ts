/** What TCP, TLS and Unix sockets have in common: accepting, the registry of connections, the end. */
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { errorText } from '../errors.ts';
import type { PluginContext } from '../plugin.ts';
import { MAX_CONNECTIONS, type Connection, type ConnectionHandler, type StreamServer } from './connection.ts';
import type { HostNames } from './host-names.ts';
import { createConnection, type OwnedConnection } from './stream-connection.ts';
import type { ServerTls } from './tls.ts';

/** How often it is looked whether connections have become quiet. */
const CHECK_MS = 20;
/** A connection on which nothing arrived for so many looks is quiet. */
const QUIET_CHECKS = 3;
/** How long it is not logged again that a handshake failed. */
const REPEAT_MS = 10_000;

export interface StreamServerOptions {
  readonly listen: ListenOptions;
  readonly tls?: ServerTls | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly names?: HostNames | undefined;
  readonly maxConnections?: number | undefined;
  /** Makes the error of listening into one that tells what to do. */
  readonly explain: (error: unknown) => Error;
}

/** A new connection: the handler of its data, or undefined if the plugin uses the socket itself or has closed it. */
export type OnConnection = (connection: Connection) => ConnectionHandler | undefined;

/** Listens. The end is deferred. Rejects with what `explain` gives. */
export async function listenStream(context: PluginContext, options: StreamServerOptions, onConnection: OnConnection): Promise<StreamServer> {
  const { log } = context;
  const refused = context.metrics.counter('input_refused_connections_total', 'Connections that were closed at once, as there were too many.');
  const failedHandshakes = context.metrics.counter('input_failed_handshakes_total', 'Connections whose TLS handshake failed.');
  const connections = new Set<OwnedConnection>();
  let handshakeLoggedAt = -Infinity;
  let closing: Promise<void> | undefined;
  let hasRefused = false;

  const accept = (socket: Socket): void => {
    const remoteAddress = socket.remoteAddress ?? '';
    const remotePort = socket.remotePort ?? 0;
    const host = options.names?.find(remoteAddress) ?? remoteAddress;
    if (typeof host === 'string') open(socket, { remoteAddress, remotePort, remoteHost: host });
    else {
      const ignore = (): void => {};
      // Without a listener a reset in the meantime would end the process.
      socket.on('error', ignore);
      void host.then((remoteHost) => {
        if (socket.destroyed) return;
        open(socket, { remoteAddress, remotePort, remoteHost });
        socket.off('error', ignore);
      });
    }
  };
  const open = (socket: Socket, peer: { remoteAddress: string; remotePort: number; remoteHost: string }): void => {
    if (closing !== undefined) {
      socket.destroy();
      return;
    }
    const connection = createConnection(socket, peer, log, (closed) => connections.delete(closed));
    connections.add(connection);
    let handler;
    try {
      handler = onConnection(connection);
    } catch (error) {
      log.error('unexpected error on a new connection', { host: peer.remoteHost, port: peer.remotePort, error });
      connection.destroy();
      return;
    }
    if (handler && connection.isOpen) connection.serve(handler);
  };

  const server = makeServer(options, accept, (error, socket) => {
    failedHandshakes.add();
    const now = context.clock.monotonic();
    if (now - handshakeLoggedAt < REPEAT_MS) return;
    handshakeLoggedAt = now;
    const from = { addr: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    log.warn('unexpected error before accepting TLS connection by OpenSSL', { ...from, error: errorText(error) });
  });
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  server.on('drop', () => {
    refused.add();
    if (!hasRefused) log.warn('too many connections: new ones are closed at once', { limit: server.maxConnections });
    hasRefused = true;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(options.explain(error)));
    server.listen(options.listen, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
  server.on('error', (error) => log.warn('unexpected error of a listening socket', { error }));

  const close = async (graceMs: number): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const end = performance.now() + graceMs;
    const looks = new Map<OwnedConnection, { read: number; quiet: number }>();
    while (connections.size > 0 && performance.now() < end) {
      for (const connection of connections) {
        const { bytesRead: read } = connection.socket;
        const last = looks.get(connection);
        const quiet = connection.isBusy || last?.read !== read ? 0 : last.quiet + 1;
        looks.set(connection, { read, quiet });
        if (quiet >= QUIET_CHECKS) connection.close();
      }
      await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
    }
    const gone = [...connections].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
    for (const connection of connections) connection.destroy();
    await Promise.all([closed, ...gone]);
  };

  const bound = server.address();
  const isTcp = bound !== null && typeof bound === 'object';
  const address = isTcp ? { host: options.listen.host ?? bound.address, port: bound.port } : { host: bound ?? '', port: 0 };
  const result: StreamServer = { ...address, connections, close: (graceMs = 1000) => (closing ??= close(graceMs)) };
  context.defer(() => result.close(0));
  return result;
}

function makeServer(options: StreamServerOptions, accept: (socket: Socket) => void, tlsFailed: (error: unknown, socket: TLSSocket) => void): Server {
  // The other half stays open: answers can be sent to a peer that has nothing more to say.
  const shared = { allowHalfOpen: true, keepAlive: options.keepAlive ?? false };
  if (!options.tls) return createServer(shared, accept);
  const server = createTlsServer({ ...shared, ...options.tls }, accept);
  server.on('tlsClientError', (error, socket) => {
    tlsFailed(error, socket);
    socket.destroy();
  });
  return server;
}
