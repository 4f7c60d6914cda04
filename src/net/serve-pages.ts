/**
 * Pages over HTTP for those who look at the agent: GET requests, short answers, few connections. Bodies of requests are not
 * read; what takes too long is cut off, so that nobody can hold the agent up.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { errorText } from '../errors.ts';
import type { Awaitable, PluginContext } from '../plugin.ts';
import type { StreamServer } from './connection.ts';
import { watchConnections } from './http-connections.ts';
import { listenTcp } from './listen-tcp.ts';
import type { Transport } from './transport.ts';

/** Browsers and scrapers at a time; more are closed at once. */
const MAX_VIEWERS = 64;
/** All headers of a request. */
const MAX_HEADER_BYTES = 16 * 1024;
/** A connection on which nothing comes for so long is closed. Scrapers come back every minute at most. */
const KEEPALIVE_MS = 75_000;

export interface PageRequest {
  readonly method: string;
  /** Without the query, as it was sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface PagesOptions {
  readonly host: string;
  readonly port: number;
  readonly transport?: Transport | undefined;
}

/**
 * Listens; `answer` gives the page for each request. What it throws becomes a 500, without details, and is logged. The end is
 * deferred. Rejects with a ConfigError.
 */
export async function servePages(context: PluginContext, options: PagesOptions, answer: (request: PageRequest) => Awaitable<Page>): Promise<StreamServer> {
  const { log } = context;
  const watched = watchConnections(KEEPALIVE_MS);
  context.defer(() => watched.close());

  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let page: Page;
    try {
      page = await answer(readRequest(request));
    } catch (error) {
      log.warn('a page could not be made', { path: request.url, error });
      page = { status: 500, headers: { 'Content-Type': 'text/plain' }, body: '500 Internal Server Error\n' };
    }
    send(request, response, page);
  };
  const http = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 0 }, (request, response) => {
    request.resume();
    watched.inTurn(request.socket, () => reply(request, response)).catch((error: unknown) => {
      log.warn('unexpected error', { error });
      request.socket.destroy();
    });
  });
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    log.debug('a request could not be read', { error: errorText(error) });
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return listenTcp(context, { ...options, maxConnections: MAX_VIEWERS }, (connection) => {
    watched.add(connection);
    http.emit('connection', connection.socket);
    return undefined;
  });
}

function readRequest({ method = 'GET', url = '/', headers }: IncomingMessage): PageRequest {
  const mark = url.indexOf('?');
  return { method, path: mark < 0 ? url : url.slice(0, mark), query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)), headers };
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Page): void {
  if (response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.sendDate = false;
  response.writeHead(status, { ...headers, 'Content-Length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
