/** Listens for UDP packets; hands them over in lists, in the order of their arrival. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { PluginContext } from '../plugin.ts';
import { createHostNames } from './host-names.ts';
import { listenError } from './listen-error.ts';

export interface UdpOptions {
  readonly host: string;
  readonly port: number;
  /** Bytes of a packet behind these are cut off. */
  readonly maxBytes: number;
  /** Asks the system for a receive buffer of so many bytes. */
  readonly receiveBufferSize?: number | undefined;
  /** Packets get the name that belongs to their source address. */
  readonly resolveHostname?: boolean | undefined;
}

/** One packet. */
export interface Packet {
  readonly bytes: Buffer;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The name that belongs to the address, if names are resolved and it has one; else the address. */
  readonly remoteHost: string;
}

/** A bound UDP socket. */
export interface UdpServer {
  readonly host: string;
  readonly port: number;
  /** Sends an answer; what goes wrong is left to the network. */
  send(bytes: Uint8Array | string, to: Pick<Packet, 'remoteAddress' | 'remotePort'>): void;
  /** Takes what the system has received so far, for at most `graceMs` (200), then closes. Can be called again. */
  close(graceMs?: number): Promise<void>;
}

/** Packets that wait while the receiver is busy: more bytes than these are thrown away. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** What a packet costs besides its bytes. */
const PACKET_COST = 256;
/** After so long without a packet all that the system had received is read. */
const QUIET_MS = 20;
/** The most that one list holds. */
const MAX_LIST = 1024;

/**
 * Binds the socket. `onPackets` gets what arrived meanwhile; while its promise is pending more packets wait, up to a
 * limit of bytes, behind which they are dropped, counted (`input_dropped_lines_total{reason="overflow"}`) and logged once.
 * What it throws is logged. Rejects with a ConfigError if the address cannot be had.
 */
export async function listenUdp(
  context: PluginContext,
  options: UdpOptions,
  onPackets: (packets: readonly Packet[]) => void | Promise<void>,
): Promise<UdpServer> {
  const { log } = context;
  const dropped = context.metrics.counter('input_dropped_lines_total', 'Lines or messages that were not emitted.', { reason: 'overflow' });
  const names = options.resolveHostname ? createHostNames(context) : undefined;
  const { receiveBufferSize: recvBufferSize, maxBytes } = options;
  let waiting: Packet[] = [];
  let waitingBytes = 0;
  let isRunning = false;
  let hasDropped = false;
  let received = 0;
  let closing: Promise<void> | undefined;

  const socket = createSocket({ type: isIPv6(options.host) ? 'udp6' : 'udp4', ...(recvBufferSize ? { recvBufferSize } : {}) });

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const list = waiting.length > MAX_LIST ? waiting.splice(0, MAX_LIST) : waiting;
      if (list === waiting) waiting = [];
      try {
        const result = onPackets(names ? await named(list, names.find) : list);
        if (result) await result;
      } catch (error) {
        log.error('unexpected error in processing UDP data', { error });
      }
      for (const { bytes } of list) waitingBytes -= bytes.length + PACKET_COST;
    }
    hasDropped = false;
    isRunning = false;
  };

  function onMessage(message: Buffer, from: RemoteInfo): void {
    received++;
    const bytes = message.length > maxBytes ? message.subarray(0, maxBytes) : message;
    if (waitingBytes + bytes.length + PACKET_COST > MAX_WAITING_BYTES) {
      dropped.add();
      if (!hasDropped) log.warn('UDP packets are dropped: they arrive faster than they are taken', { waiting_bytes: waitingBytes });
      hasDropped = true;
      return;
    }
    waitingBytes += bytes.length + PACKET_COST;
    waiting.push({ bytes, remoteAddress: from.address, remotePort: from.port, remoteHost: from.address });
    if (isRunning) return;
    isRunning = true;
    // All packets that the system has by now come before this.
    setImmediate(() => void run());
  }

  const close = async (graceMs: number): Promise<void> => {
    const end = performance.now() + graceMs;
    for (let before = -1; (before !== received || isRunning) && performance.now() < end; ) {
      before = received;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  };

  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(listenError(error, options, context));
    });
    socket.bind({ address: options.host, port: options.port, exclusive: context.system.ownSockets === true }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
  const server: UdpServer = {
    host: options.host,
    port: socket.address().port,
    send(bytes, to) {
      if (closing === undefined) socket.send(bytes, to.remotePort, to.remoteAddress, () => {});
    },
    close: (graceMs = 200) => (closing ??= close(graceMs)),
  };
  context.defer(() => server.close(0));
  socket.on('error', (error) => log.warn('unexpected error of a UDP socket', { error }));
  socket.on('message', onMessage);
  return server;
}

async function named(list: readonly Packet[], find: (address: string) => string | Promise<string>): Promise<readonly Packet[]> {
  const result: Packet[] = [];
  for (const packet of list) {
    const found = find(packet.remoteAddress);
    result.push({ ...packet, remoteHost: typeof found === 'string' ? found : await found });
  }
  return result;
}
