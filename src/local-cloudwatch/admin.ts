/**
 * What a test or a person may ask of a running endpoint, on the same port:
 *
 *   GET  /_logferry/state                      what is stored, the fault rules, the number of requests
 *   GET  /_logferry/events?group=G&stream=S    the events of a stream as lines of JSON
 *   POST /_logferry/faults                     replaces the fault rules by the JSON list in the body
 *
 * Only for clients on the same machine, and not for web pages that happen to be open there.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultRule } from './fault-rule.ts';
import type { FaultInjector } from './faults.ts';
import { readBody } from './request-body.ts';
import { ServiceError } from './service-error.ts';
import type { LogStore } from './store.ts';

/** Where the paths of this file begin. */
export const ADMIN_PATH = '/_logferry/';

/** What the answers are made of. */
export interface AdminParts {
  readonly store: LogStore;
  readonly faults: FaultInjector;
  readonly setFaults: (rules: readonly FaultRule[]) => void;
  readonly requests: { readonly total: number; readonly failed: number; readonly faults: number };
}

/** Answers a request below {@link ADMIN_PATH}. */
export async function answerAdmin(
  request: IncomingMessage, response: ServerResponse, path: string, parts: AdminParts,
): Promise<void> {
  const body = await readBody(request);
  if (!isLoopback(request.socket.remoteAddress)) {
    return refuse(response, 403, 'only clients on the same machine may ask this');
  }
  if (request.headers.origin !== undefined || !isLocalName(request.headers.host)) {
    return refuse(response, 403, 'web pages may not ask this');
  }
  const url = new URL(path, 'http://localhost');
  switch (`${request.method} ${url.pathname.slice(ADMIN_PATH.length)}`) {
    case 'GET state':
      return send(response, 200, JSON.stringify(state(parts)));
    case 'GET events':
      return sendEvents(response, parts.store, url.searchParams);
    case 'POST faults':
      try {
        const rules: unknown = JSON.parse(body.toString('utf8') || '[]');
        parts.setFaults((Array.isArray(rules) ? rules : [rules]) as readonly FaultRule[]);
      } catch (error) {
        return refuse(response, 400, (error as Error).message);
      }
      return send(response, 200, JSON.stringify({ faults: parts.faults.counts() }));
  }
  return refuse(response, 404, 'there are GET state, GET events?group=G&stream=S and POST faults');
}

function state({ store, faults, requests }: AdminParts): object {
  return {
    groups: store.groups().map(({ name, retentionInDays, logGroupClass, kmsKeyId, tags, streams }) => ({
      name,
      retentionInDays,
      logGroupClass,
      kmsKeyId,
      tags: Object.fromEntries(tags),
      streams: streams.size,
    })),
    streams: store.summary().filter((row) => row.stream !== undefined).map((row) => ({
      ...row,
      entity: store.findGroup(row.group)?.streams.get(row.stream!)?.entity,
    })),
    faults: faults.counts(),
    requests,
  };
}

async function sendEvents(response: ServerResponse, store: LogStore, query: URLSearchParams): Promise<void> {
  let events;
  try {
    events = store.events(query.get('group') ?? '', query.get('stream') ?? '');
  } catch (error) {
    if (error instanceof ServiceError) return refuse(response, 404, error.message);
    throw error;
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for (const event of events) {
    if (response.destroyed) return;
    if (!response.write(`${JSON.stringify(event)}\n`)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);
}

/** A page whose host name has been pointed at this machine still sends its own name. */
function isLocalName(host: string | undefined): boolean {
  return host !== undefined && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  send(response, status, JSON.stringify({ message }));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
