/** HTTP servers on the loopback interface that record what they get and answer as told. */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly socket: Socket;
}

/** `hang` answers nothing, `reset` breaks the connection. */
export type Reaction = 'hang' | 'reset' | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface Loopback {
  readonly port: number;
  readonly requests: Received[];
  readonly server: http.Server;
  /** What happens next, in order; then 200 for ever. */
  readonly reactions: Reaction[];
  /** Resolves when a request with this number (from 1) is there in full. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startLoopback(tls?: https.ServerOptions): Promise<Loopback> {
  const requests: Received[] = [];
  const reactions: Reaction[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const listener: http.RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      requests.push({ method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(parts), socket: request.socket });
      const reaction = reactions.shift() ?? { status: 200 };
      if (reaction === 'reset') request.socket.destroy();
      else if (reaction !== 'hang') response.writeHead(reaction.status, reaction.headers).end(reaction.body);
      for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    });
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    reactions,
    server,
    received: (count) => new Promise((resolve) => {
      if (requests.length >= count) resolve();
      else waiting.push({ count, resolve });
    }),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
