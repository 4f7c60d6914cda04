/**
 * The admin server: health for probes, metrics for Prometheus, and the live page for people. It only reads.
 *
 *   /healthz      alive and not stuck: 200 or 503, with reasons as JSON; ?bearing=destination: what a new start would not help is no reason
 *   /readyz       started and not stuck, likewise
 *   /metrics      Prometheus' text format
 *   /api/status   everything that the page shows (see status.ts); ?files=N
 *   /api/tap      events as they pass, lines of JSON (see tap-stream.ts)
 *   /             the page
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { agentSamples } from '../metrics/agent-samples.ts';
import { exposition, EXPOSITION_TYPE } from '../metrics/exposition.ts';
import { refusal, type Wanted } from './access.ts';
import { addressText, type AdminAddress } from './endpoint.ts';
import type { Health } from './health.ts';
import { findAsset } from './page/assets.ts';
import { readStatus, type StatusParts } from './status.ts';
import { readTapRequest, Taps } from './tap-stream.ts';

export interface AdminOptions {
  readonly address: AdminAddress;
  readonly token: string | undefined;
  readonly parts: StatusParts;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** How long a client may take for its request, milliseconds. */
  readonly requestMs?: number | undefined;
}

/** The server while it listens. */
export interface AdminServer {
  /** As bound: a port 0 has become a real one. */
  readonly address: AdminAddress;
  close(): Promise<void>;
}

const REQUEST_MS = 10_000;
/** A connection on which nothing moves is closed, milliseconds. */
const SILENCE_MS = 30_000;
const KEEP_ALIVE_MS = 5000;
const MAX_CONNECTIONS = 100;
const DEFAULT_FILES = 100;
const MAX_FILES = 10_000;

const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

type Answer = (query: URLSearchParams, request: IncomingMessage, response: ServerResponse) => void;

interface Route {
  readonly wanted: Wanted;
  readonly answer: Answer;
}

/** Listens. Rejects with an Error that names the address if that is not possible. */
export async function startAdminServer({ address: { host, port }, token, parts, log, monotonic, requestMs = REQUEST_MS }: AdminOptions): Promise<AdminServer> {
  const taps = new Taps(parts.view, monotonic);
  const routes = routesOf(parts, taps);
  const server = http.createServer({ requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: KEEP_ALIVE_MS, connectionsCheckingInterval: requestMs / 10 });
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = SILENCE_MS;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    response.on('error', () => {});
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const { method = 'GET', url = '/', headers } = request;
    const [path, search = ''] = url.split('?', 2) as [string, string?];
    const route = routes.get(path) ?? assetRoute(path);
    const refused = refusal(method, headers, route?.wanted ?? 'data', { host, token });
    try {
      if (refused) answerJson(response, refused.status, { error: refused.message }, refused.headers);
      else if (route) route.answer(new URLSearchParams(search), request, response);
      else answerJson(response, 404, { error: `there is nothing at this path; there are ${[...routes.keys(), '/'].join(', ')}` });
    } catch (error) {
      log.warn('failed to answer a request to the admin server', { path, error });
      if (response.headersSent) response.destroy();
      else answerJson(response, 500, { error: errorText(error) });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`the admin server cannot listen on ${addressText({ host, port })}`, { cause: error })));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  server.on('error', (error) => log.warn('unexpected error of the admin server', { error }));
  const bound = server.address();
  return {
    address: { host, port: bound !== null && typeof bound === 'object' ? bound.port : port },
    close: () => new Promise((resolve) => {
      taps.close();
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function routesOf(parts: StatusParts, taps: Taps): ReadonlyMap<string, Route> {
  const { health, view } = parts;
  const healthRoute = (read: (query: URLSearchParams) => Health): Route => ({
    wanted: 'health',
    answer: (query, _, response) => {
      const found = read(query);
      answerJson(response, found.ok ? 200 : 503, found);
    },
  });
  const status: Answer = (query, _, response) => {
    const files = Number(query.get('files') ?? DEFAULT_FILES);
    if (!Number.isInteger(files) || files < 0 || files > MAX_FILES) answerJson(response, 400, { error: `files: expected a number from 0 to ${MAX_FILES}, found '${query.get('files')}'` });
    else answerJson(response, 200, readStatus(parts, files));
  };
  const tap: Answer = (query, request, response) => {
    let wanted;
    try {
      wanted = readTapRequest(query);
    } catch (error) {
      answerJson(response, 400, { error: errorText(error) });
      return;
    }
    if (request.method === 'HEAD') answer(response, 200, 'application/x-ndjson; charset=utf-8', '');
    else if (taps.full) answerJson(response, 503, { error: 'too many taps are open: end one of them' }, { 'retry-after': '5' });
    else taps.open(wanted, request, response);
  };
  return new Map<string, Route>([
    ['/healthz', healthRoute((query) => health.alive(query.get('bearing') === 'destination' ? 'destination' : undefined))],
    ['/readyz', healthRoute(() => health.ready())],
    ['/metrics', { wanted: 'data', answer: (_query, _request, response) => answer(response, 200, EXPOSITION_TYPE, exposition(agentSamples(view))) }],
    ['/api/status', { wanted: 'data', answer: status }],
    ['/api/tap', { wanted: 'data', answer: tap }],
  ]);
}

/** The page and what it is made of: names that are known, never a path of the disk. */
function assetRoute(path: string): Route | undefined {
  const asset = findAsset(path);
  return asset && { wanted: 'page', answer: (_query, _request, response) => answer(response, 200, asset.type, asset.read()) };
}

function answerJson(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  answer(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`);
}

/** Of a HEAD request node leaves out the body. */
function answer(response: ServerResponse, status: number, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}
