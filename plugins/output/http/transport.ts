/**
 * One request and its answer over HTTP or HTTPS, directly or through a proxy, with a limit for each
 * step: the connection, the TLS handshake, and silence in between.
 */
import http from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import { TLSSocket, type ConnectionOptions } from 'node:tls';
import type { Target } from './endpoint.ts';
import type { Headers } from './headers.ts';
import type { FindProxy } from './proxy.ts';

export interface TransportOptions {
  readonly tls: ConnectionOptions;
  readonly findProxy: FindProxy;
  readonly keepAlive: boolean;
  /** Milliseconds; undefined: no limit. */
  readonly openTimeoutMs: number | undefined;
  /** Within the limit of the connection if undefined. */
  readonly tlsTimeoutMs: number | undefined;
  readonly readTimeoutMs: number | undefined;
}

export interface Request {
  readonly method: string;
  readonly target: Target;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  /** The phrase behind the status code. */
  readonly reason: string;
  readonly retryAfter: string | undefined;
  /** The beginning of the body. */
  readonly text: string;
}

export interface Transport {
  /** Rejects with an Error if there is no complete answer; its message names the address. */
  send(request: Request, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** No message needs more of an answer; the rest is not waited for. */
const MAX_ANSWER_BYTES = 16 * 1024;

export function createTransport(options: TransportOptions): Transport {
  const pool = createAgents(options);
  const send = async (request: Request, signal: AbortSignal, mayRepeat: boolean): Promise<Answer> => {
    const { target } = request;
    const proxy = options.findProxy(target.host, target.port);
    const agent = await pool.find(target, proxy);
    const sent = createRequest(request, agent, proxy, options);
    try {
      return await exchange(sent, request.body, target, signal, options);
    } catch (error) {
      // A server may end a connection that was kept just when it is used again.
      if (mayRepeat && sent.reusedSocket && !signal.aborted && isReset(error)) return send(request, signal, false);
      throw new Error(`no answer from ${target.shown}${proxy ? ` through the proxy ${proxy.host}` : ''}`, { cause: error });
    }
  };
  return { send: (request, signal) => send(request, signal, options.keepAlive), close: () => pool.close() };
}

interface AgentPool {
  find(target: Target, proxy: URL | undefined): Promise<http.Agent>;
  close(): void;
}

function createAgents({ keepAlive, tls }: TransportOptions): AgentPool {
  const plain = new http.Agent({ keepAlive });
  const secure = new https.Agent({ keepAlive, ...tls });
  const tunnels = new Map<string, http.Agent>();
  return {
    async find(target, proxy) {
      // A request without TLS goes to the proxy as it is.
      if (!target.secure) return proxy?.protocol === 'https:' ? secure : plain;
      if (!proxy) return secure;
      let tunnel = tunnels.get(proxy.href);
      if (!tunnel) {
        const { HttpsProxyAgent } = await import('https-proxy-agent');
        tunnel = tunnels.get(proxy.href) ?? new HttpsProxyAgent(proxy, { keepAlive, ...tls });
        tunnels.set(proxy.href, tunnel);
      }
      return tunnel;
    },
    close() {
      for (const agent of [plain, secure, ...tunnels.values()]) agent.destroy();
    },
  };
}

function createRequest({ method, target, headers, body }: Request, agent: http.Agent, proxy: URL | undefined, options: TransportOptions): http.ClientRequest {
  const all: Headers = { Host: target.hostHeader, ...headers, 'Content-Length': String(body.length) };
  const common = { method, agent, setHost: false, ...(options.readTimeoutMs === undefined ? {} : { timeout: options.readTimeoutMs }) };
  if (target.secure) {
    const servername = isIP(target.host) === 0 ? { servername: target.host } : {};
    return https.request({ ...common, ...options.tls, ...servername, host: target.host, port: target.port, path: target.path, headers: all });
  }
  if (!proxy) return http.request({ ...common, host: target.host, port: target.port, path: target.path, headers: all });
  if (proxy.username !== '' || proxy.password !== '') {
    const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    all['Proxy-Authorization'] = `Basic ${Buffer.from(login).toString('base64')}`;
  }
  const isSecure = proxy.protocol === 'https:';
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const port = proxy.port === '' ? (isSecure ? 443 : 80) : Number(proxy.port);
  const path = `http://${target.hostHeader}${target.path}`;
  return (isSecure ? https : http).request({ ...common, ...(isSecure ? options.tls : {}), host, port, path, headers: all });
}

function exchange(request: http.ClientRequest, body: Buffer, target: Target, signal: AbortSignal, options: TransportOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const abort = () => request.destroy(new Error('the delivery was aborted', { cause: signal.reason }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    request.on('close', () => {
      signal.removeEventListener('abort', abort);
      // After an answer this has no effect.
      reject(new Error('the connection was closed before the answer was complete'));
    });
    request.on('error', (error) => reject(first(error)));
    request.on('timeout', () => request.destroy(new Error(`no data within ${options.readTimeoutMs} ms (read_timeout)`)));
    request.on('proxyConnect', ({ statusCode, statusText }: { statusCode: number; statusText?: string }) => {
      // What a proxy refuses would look like the answer of the server.
      if (statusCode !== 200) request.destroy(new Error(`the proxy refused the connection: ${statusCode} ${statusText ?? ''}`.trim()));
    });
    request.on('response', (response) => readAnswer(response, resolve, reject));
    limitConnecting(request, target, options);
    request.end(body);
  });
}

function readAnswer(response: http.IncomingMessage, resolve: (answer: Answer) => void, reject: (error: Error) => void): void {
  const parts: Buffer[] = [];
  let length = 0;
  const finish = () => resolve({
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    retryAfter: response.headers['retry-after'],
    text: Buffer.concat(parts).toString('utf8', 0, MAX_ANSWER_BYTES),
  });
  response.on('data', (part: Buffer) => {
    parts.push(part);
    length += part.length;
    if (length < MAX_ANSWER_BYTES) return;
    finish();
    response.destroy();
  });
  response.on('end', finish);
  response.on('error', reject);
}

/** Ends the request if the connection, or the handshake after it, takes too long. */
function limitConnecting(request: http.ClientRequest, target: Target, { openTimeoutMs, tlsTimeoutMs }: TransportOptions): void {
  const own = target.secure && tlsTimeoutMs !== undefined;
  let timer: NodeJS.Timeout | undefined;
  const arm = (ms: number | undefined, name: string) => {
    clearTimeout(timer);
    if (ms === undefined || request.destroyed) return;
    timer = setTimeout(() => request.destroy(new Error(`no connection within ${ms} ms (${name})`)), ms);
  };
  const done = () => clearTimeout(timer);
  // A tunnel through a proxy has no socket before its connection: this counts from the beginning.
  arm(openTimeoutMs, 'open_timeout');
  request.on('close', done);
  request.on('socket', (socket: Socket) => {
    if (request.reusedSocket) return done();
    const handshake = () => (own ? arm(tlsTimeoutMs, 'ssl_timeout') : undefined);
    if (socket instanceof TLSSocket) {
      if (socket.connecting) socket.once('connect', handshake);
      else handshake();
      socket.once('secureConnect', done);
    } else if (socket.connecting) socket.once('connect', done);
    else done();
  });
}

function isReset(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Of several failed addresses of one name, the first one's error. */
function first(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}
