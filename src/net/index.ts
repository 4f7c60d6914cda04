/**
 * Listening sockets: what inputs that take data from the network share.
 *
 * A plugin declares `transport: transportSection(['tcp', 'tls'])`, calls `prepareTransport` in `create` (checks, opens
 * nothing) and `listenTcp`, `listenUdp` or `listenUnix` in `start`. What is listened on is deferred to the plugin's end; `stop`
 * should wait for `server.close()`, which takes nothing new and gives open connections a moment to finish.
 */
export { AddressList, addressFields, type ClientConfig } from './address-list.ts';
export { ByteAllowance } from './allowance.ts';
export { createHostNames, type HostNames } from './host-names.ts';
export { compileSource, createIntake, TaggedEvents, type Intake, type Sender, type SourceKeys } from './intake.ts';
export { MAX_CONNECTIONS, type Connection, type ConnectionHandler, type StreamServer } from './connection.ts';
export { watchConnections, type HttpConnections } from './http-connections.ts';
export { listenTcp, type TcpOptions } from './listen-tcp.ts';
export { listenUdp, type Packet, type UdpOptions, type UdpServer } from './listen-udp.ts';
export { listenUnix, type UnixOptions } from './listen-unix.ts';
export { cutByCount, cutByDelimiter, type MessageCutter } from './message-cutter.ts';
export { compileParsedMessages, handleMessages, sourceFields, tooLongFields } from './parsed-messages.ts';
export { servePages, type Page, type PageRequest } from './serve-pages.ts';
export { prepareTransport, transportSection, type Transport, type TransportConfig } from './transport.ts';
