/** Connections of HTTP clients: which are idle for too long, and whose requests have their turn. */
import type { Socket } from 'node:net';
import type { Connection } from './connection.ts';

/** How often it is looked. */
const LOOK_MS = 1000;
/** A request that has not arrived as a whole by then is cut off, even if it trickles. */
const REQUEST_MS = 300_000;

interface State {
  readonly connection: Connection;
  bytesRead: number;
  /** Looks without anything new. */
  idle: number;
  /** Requests that are handled. */
  running: number;
  /** When the last request had arrived as a whole, or the connection was made. */
  completedAt: number;
  /** Resolves when the requests before have been handled. */
  turn: Promise<unknown>;
}

export interface HttpConnections {
  add(connection: Connection): void;
  /** Runs one after the other for each connection; it is neither idle nor closed by the agent's end meanwhile. */
  inTurn(socket: Socket, handle: () => Promise<void>): Promise<void>;
  close(): void;
}

/** `keepaliveMs`: connections on which nothing came for so long are closed. */
export function watchConnections(keepaliveMs: number): HttpConnections {
  const states = new Map<Socket, State>();

  const look = (): void => {
    const now = performance.now();
    for (const [socket, state] of states) {
      const isNew = socket.bytesRead !== state.bytesRead;
      state.bytesRead = socket.bytesRead;
      if (state.running > 0) {
        state.idle = 0;
        state.completedAt = now;
        continue;
      }
      state.idle = isNew ? 0 : state.idle + 1;
      if (state.idle * LOOK_MS > keepaliveMs || now - state.completedAt > REQUEST_MS + keepaliveMs) socket.destroy();
    }
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();

  return {
    add(connection) {
      const { socket } = connection;
      states.set(socket, { connection, bytesRead: 0, idle: 0, running: 0, completedAt: performance.now(), turn: Promise.resolve() });
      socket.once('close', () => states.delete(socket));
    },
    async inTurn(socket, handle) {
      const state = states.get(socket);
      if (!state) return handle();
      const release = state.connection.hold();
      state.running++;
      const turn = state.turn.then(handle);
      state.turn = turn.catch(() => {});
      try {
        await turn;
      } finally {
        state.running--;
        state.completedAt = performance.now();
        release();
      }
    },
    close: () => clearInterval(timer),
  };
}
