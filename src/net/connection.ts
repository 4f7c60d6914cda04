/** One connection of a listening stream socket as plugins see it, and how they take its data. */
import type { Socket } from 'node:net';

/** Connections that one listening socket has at a time; more are closed at once, logged and counted. */
export const MAX_CONNECTIONS = 10_000;

export interface Connection {
  /** For what is not in this interface. Who returned a handler leaves its data to that. */
  readonly socket: Socket;
  /** Such as `10.0.0.7`; empty for a Unix socket. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The name that belongs to the address, if names are resolved and it has one; else the address. */
  readonly remoteHost: string;
  /** False as soon as it was closed, by whomever. */
  readonly isOpen: boolean;
  /** Sends; nothing happens if the connection is gone. */
  write(bytes: string | Uint8Array): void;
  /** Closes once everything written is sent. */
  close(): void;
  /** Cuts off at once. */
  destroy(): void;
  /**
   * Keeps the connection from being closed by `StreamServer.close` for as long as its grace lasts: something that
   * arrived has not been answered yet. Call the result when it has, once.
   */
  hold(): () => void;
}

/** Takes what arrives on one connection. */
export interface ConnectionHandler {
  /**
   * The next bytes; they may be kept. A promise delays reading until it resolves (back-pressure). What is thrown is
   * logged, and the connection is closed.
   */
  data(bytes: Buffer): void | Promise<void>;
  /** The peer sends no more; called when all data was handled. What is written here is still sent. */
  end?(): void;
  /** The connection is gone. Called exactly once. */
  close?(): void;
}

/** A listening socket with its connections. */
export interface StreamServer {
  /** As bound: port 0 has become a real one. For Unix sockets the path, and 0. */
  readonly host: string;
  readonly port: number;
  readonly connections: ReadonlySet<Connection>;
  /**
   * Takes no new connections at once. Open ones are closed as soon as nothing arrives and nobody holds them, at the latest
   * after `graceMs` (1000). Can be called again.
   */
  close(graceMs?: number): Promise<void>;
}
