/** Listens for connections over TCP or TLS. */
import type { PluginContext } from '../plugin.ts';
import type { StreamServer } from './connection.ts';
import { createHostNames } from './host-names.ts';
import { listenError } from './listen-error.ts';
import { listenStream, type OnConnection } from './stream-server.ts';
import type { Transport } from './transport.ts';

export interface TcpOptions {
  /** An address of this machine or a name of one; `0.0.0.0` and `::` are all of them. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Decides between TCP and TLS, see `prepareTransport`; absent: TCP. */
  readonly transport?: Transport | undefined;
  /** How many connections wait to be accepted; the system's limit applies too. */
  readonly backlog?: number | undefined;
  /** The system checks now and then that silent peers are still there. */
  readonly sendKeepalivePacket?: boolean | undefined;
  /** Connections know the name of their host. */
  readonly resolveHostname?: boolean | undefined;
  /** See `MAX_CONNECTIONS`. */
  readonly maxConnections?: number | undefined;
}

/** Listens; `onConnection` gives a handler for each connection. The end is deferred. Rejects with a ConfigError. */
export async function listenTcp(context: PluginContext, options: TcpOptions, onConnection: OnConnection): Promise<StreamServer> {
  const { host, port, backlog } = options;
  return listenStream(context, {
    listen: { host, port, exclusive: context.system.ownSockets === true, ...(backlog === undefined ? {} : { backlog }) },
    tls: await options.transport?.readTls(),
    keepAlive: options.sendKeepalivePacket,
    names: options.resolveHostname ? createHostNames(context) : undefined,
    maxConnections: options.maxConnections,
    explain: (error) => listenError(error, options, context),
  }, onConnection);
}
