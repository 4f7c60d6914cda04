/** Asks servers now and then whether they are there. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { PluginContext } from '#logferry';
import type { ServerNode } from './node.ts';

/** What a heartbeat over UDP holds, and what answers it. */
const BEAT = Buffer.from([0]);

export interface HeartbeatOptions {
  readonly type: 'transport' | 'udp';
  readonly intervalMs: number;
  readonly nodes: () => readonly ServerNode[];
}

/** Starts the heartbeats; their end is deferred. */
export function startHeartbeats(options: HeartbeatOptions, context: PluginContext): void {
  const { type, intervalMs, nodes } = options;
  const beat = type === 'udp' ? createUdpBeat(options, context) : createConnectionBeat();
  /** A server that takes long to answer is not asked again meanwhile. */
  const asked = new Set<ServerNode>();
  const timer = setInterval(() => {
    for (const node of nodes()) {
      if (!asked.has(node)) {
        asked.add(node);
        beat(node).catch((error: unknown) => context.log.debug('failed to send heartbeat packet', { host: node.host, port: node.port, error }))
          .finally(() => asked.delete(node));
      }
      node.tick();
    }
  }, intervalMs);
  timer.unref();
  context.defer(() => clearInterval(timer));
}

/** A connection, with its handshake, is a heartbeat; nothing is sent on it. */
function createConnectionBeat() {
  return async (node: ServerNode): Promise<void> => {
    const connection = await node.connect();
    node.heartbeat(true);
    node.release(connection);
  };
}

function createUdpBeat({ nodes }: HeartbeatOptions, context: PluginContext) {
  const sockets = new Map<'udp4' | 'udp6', Socket>();
  const socketFor = (address: string): Socket => {
    const family = isIPv6(address) ? 'udp6' : 'udp4';
    const known = sockets.get(family);
    if (known) return known;
    const socket = createSocket(family);
    sockets.set(family, socket);
    socket.unref();
    socket.on('error', (error) => context.log.debug('unexpected error happen during heartbeat', { error }));
    socket.on('message', (_bytes, from) => {
      for (const node of nodes()) if (node.lastAddress === from.address && node.port === from.port) node.heartbeat(true);
    });
    return socket;
  };
  context.defer(() => {
    for (const socket of sockets.values()) socket.close();
  });
  return async (node: ServerNode): Promise<void> => {
    const address = await node.resolve();
    await new Promise<void>((resolve, reject) => {
      socketFor(address).send(BEAT, node.port, address, (error) => (error ? reject(error) : resolve()));
    });
  };
}
