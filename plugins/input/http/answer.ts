/** Answers, in the form and order of Fluentd's headers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Header } from './cors.ts';

export interface Answer {
  readonly status: keyof typeof REASONS;
  readonly headers?: readonly Header[];
  readonly body?: string | Buffer;
  /** The connection is closed afterwards, whatever the client wants. */
  readonly closes?: boolean;
}

const REASONS = {
  200: 'OK', 204: 'No Content', 400: 'Bad Request', 403: 'Forbidden', 413: 'Request Entity Too Large', 417: 'Expectation Failed',
  500: 'Internal Server Error', 503: 'Service Unavailable',
} as const;

/** What a client may still be sending when it is answered early is read and thrown away for so long. */
const DRAIN_MS = 2000;

/** A picture of one transparent pixel (GIF, 35 bytes). */
export const EMPTY_IMAGE = Buffer.from('4749463839610100010080ff00ffffff0000002c00000000010001000002024401003b', 'hex');

export const TOO_LARGE: Answer = { status: 413, body: 'Too large', closes: true };

/** Whether the client reuses its connection. */
export function keepsAlive(request: IncomingMessage): boolean {
  const connection = request.headers.connection ?? '';
  if (/close/i.test(connection)) return false;
  return /keep-alive/i.test(connection) || (request.httpVersionMajor === 1 && request.httpVersionMinor === 1);
}

/** Sends the answer; the connection stays open if both sides want that. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.headersSent) return;
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : (answer.body ?? Buffer.alloc(0));
  const asked = keepsAlive(request);
  const stays = asked && answer.closes !== true;
  const headers: Header[] = [...(answer.headers ?? [])];
  if (stays) headers.push(['Connection', 'Keep-Alive']);
  // A client that did not ask for it has to know. One that did is told nothing, as Fluentd does.
  else if (asked && !headers.some(([name]) => name === 'Connection')) headers.push(['Connection', 'close']);
  else response.removeHeader('connection');
  headers.push(['Content-Length', `${body.length}`]);
  if (!headers.some(([name]) => name === 'Content-Type')) headers.push(['Content-Type', 'text/plain']);
  response.sendDate = false;
  response.shouldKeepAlive = stays;
  response.writeHead(answer.status, REASONS[answer.status], headers.flat());
  response.end(body);
  if (stays) return;
  const { socket } = request;
  response.once('finish', () => {
    if (request.complete) socket.destroySoon();
    else {
      // Closing with unread data would make the client lose the answer.
      socket.end();
      request.resume();
      setTimeout(() => socket.destroy(), DRAIN_MS).unref();
    }
  });
}
