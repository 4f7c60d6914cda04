/**
 * A local stand-in for Amazon CloudWatch Logs: the AWS JSON 1.1 protocol over HTTP, with the service's
 * own limits and errors, for tests, demonstrations and development without an AWS account.
 *
 *   const logs = await startLocalCloudWatch();
 *   new CloudWatchLogsClient({ endpoint: logs.url, ... });
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ADMIN_PATH, answerAdmin } from './admin.ts';
import { DirectoryPersistence } from './directory.ts';
import type { FaultRule } from './fault-rule.ts';
import { checkFaultRule } from './fault-rule.ts';
import { FaultInjector } from './faults.ts';
import type { Input } from './input.ts';
import { groupName, streamName } from './input.ts';
import type { Limits } from './limits.ts';
import { AWS_LIMITS } from './limits.ts';
import type { Service } from './operations.ts';
import { callOperation } from './operations.ts';
import { JSON_TYPE, parseBody, readBody } from './request-body.ts';
import { ServiceError } from './service-error.ts';
import type { Credentials } from './signature.ts';
import { checkSignature } from './signature.ts';
import { LogStore } from './store.ts';

/** How to start the endpoint; everything has a default. */
export interface LocalCloudWatchOptions {
  /** TCP port; 0, the default: any free one. */
  readonly port?: number | undefined;
  /** Address to listen at; default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Region and account in the ARNs; default us-east-1, 000000000000. */
  readonly region?: string | undefined;
  readonly account?: string | undefined;
  /** Verify signatures with these; by default any well-formed Authorization header will do. */
  readonly credentials?: Credentials | undefined;
  /** Keep everything in this directory and start with what is there; default: in memory alone. */
  readonly dir?: string | undefined;
  /** Log groups to make at the start if they do not exist, with their streams. */
  readonly groups?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly faults?: readonly FaultRule[] | undefined;
  /** Other limits than the service's. */
  readonly limits?: Partial<Limits> | undefined;
  /** False: accept events of any time; default true, as the service. */
  readonly checkAge?: boolean | undefined;
  /** False: count events and forget them; default true. */
  readonly keepEvents?: boolean | undefined;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: (() => number) | undefined;
  /** Called once for each request, when it has been answered or given up on purpose. */
  readonly onRequest?: ((request: RequestSummary) => void) | undefined;
}

/** A request and what became of it. */
export interface RequestSummary {
  readonly operation: string;
  readonly group: string | undefined;
  readonly stream: string | undefined;
  /** Number of events of a PutLogEvents. */
  readonly events: number | undefined;
  /** Bytes of the body as it was sent. */
  readonly bodyBytes: number;
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** Name and message of the error that was answered. */
  readonly error: string | undefined;
  /** Action of the fault that this request got. */
  readonly fault: string | undefined;
  /** Header x-amzn-logs-format: the format that the messages are said to have. */
  readonly logsFormat?: string | undefined;
}

/** A running endpoint. */
export interface LocalCloudWatch {
  /** What to give as `endpoint` or `--endpoint-url`. */
  readonly url: string;
  readonly port: number;
  /** What has been stored, for reading. */
  readonly store: LogStore;
  /** Replaces all fault rules; throws an Error about a rule that is wrong. */
  setFaults(rules: readonly FaultRule[]): void;
  /** Closes all connections and files. */
  stop(): Promise<void>;
}

const TARGET_PREFIX = 'Logs_20140328.';

/** Clients keep connections open between two flushes; the service does for minutes, too. */
const KEEP_ALIVE_MS = 120_000;

/** Starts the endpoint. Rejects if the port is taken, the directory unreadable or a fault rule wrong. */
export async function startLocalCloudWatch(options: LocalCloudWatchOptions = {}): Promise<LocalCloudWatch> {
  const persistence = options.dir === undefined ? undefined : new DirectoryPersistence(options.dir);
  const store = new LogStore(persistence, options.keepEvents ?? true);
  const now = options.now ?? Date.now;
  const faults = new FaultInjector();
  const setFaults = (rules: readonly FaultRule[]): void => faults.set(rules.map(checkFaultRule));
  setFaults(options.faults ?? []);
  persistence?.load(store);
  for (const [logGroupName, streams] of Object.entries(options.groups ?? {})) {
    const name = groupName({ logGroupName });
    const group = store.findGroup(name) ?? store.createGroup(name, now());
    for (const logStreamName of streams) {
      if (!group.streams.has(logStreamName)) store.createStream(name, streamName({ logStreamName }), now());
    }
  }
  const service: Service = {
    store,
    limits: { ...AWS_LIMITS, ...options.limits },
    checkAge: options.checkAge ?? true,
    region: options.region ?? 'us-east-1',
    account: options.account ?? '000000000000',
    now,
  };
  const requests = { total: 0, failed: 0, faults: 0 };
  const report = (summary: RequestSummary): void => {
    requests.total++;
    if (summary.error !== undefined) requests.failed++;
    if (summary.fault !== undefined) requests.faults++;
    options.onRequest?.(summary);
  };
  const { credentials } = options;
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const done = path.startsWith(ADMIN_PATH) ? answerAdmin(request, response, path, { store, faults, setFaults, requests })
      : answerService(request, response, { service, faults, credentials, report });
    // What is left over here is a connection that the client has closed.
    done.catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = 0;
  const host = options.host ?? '127.0.0.1';
  try {
    await listen(server, options.port ?? 0, host);
  } catch (error) {
    persistence?.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    store,
    setFaults,
    async stop() {
      if (server.listening) {
        const closed = new Promise((resolve) => { server.close(resolve); });
        server.closeAllConnections();
        await closed;
      }
      persistence?.close();
    },
  };
}

interface Parts {
  readonly service: Service;
  readonly faults: FaultInjector;
  readonly credentials: Credentials | undefined;
  readonly report: (summary: RequestSummary) => void;
}

async function answerService(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { service, faults, report } = parts;
  const target = String(request.headers['x-amz-target'] ?? '');
  const operation = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : '';
  let input: Input = {};
  let bodyBytes = 0;
  let fault: FaultRule | undefined;
  const finish = (status: number, error?: ServiceError): void => report({
    operation,
    group: textOr(input.logGroupName ?? input.logGroupIdentifier),
    stream: textOr(input.logStreamName),
    events: Array.isArray(input.logEvents) ? input.logEvents.length : undefined,
    bodyBytes,
    status,
    error: error && `${error.type}: ${error.message}`,
    fault: fault?.action,
    logsFormat: textOr(request.headers['x-amzn-logs-format']),
  });
  try {
    // Clients compare clocks by this header.
    response.setHeader('date', new Date(service.now()).toUTCString());
    const body = await readBody(request);
    bodyBytes = body.length;
    if (request.method !== 'POST' || operation === '') {
      throw new ServiceError(
        'UnknownOperationException',
        `expected POST with the header x-amz-target: ${TARGET_PREFIX}OPERATION, found ${request.method} and '${target}'`,
      );
    }
    input = parseBody(request, body);
    checkSignature(request, body, parts.credentials, service.now());
    const { logEvents } = input;
    const contains = (text: string): boolean => Array.isArray(logEvents) && logEvents.some((event) => hasText(event, text));
    fault = faults.next(operation, textOr(input.logGroupName ?? input.logGroupIdentifier), textOr(input.logStreamName), contains);
    if (fault?.delayMs) await pause(fault.delayMs, undefined, { ref: false });
    const answer = (): void => {
      send(response, 200, JSON.stringify(callOperation(service, operation, input)));
      finish(200);
    };
    if (!fault) return answer();
    switch (fault.action) {
      case 'delay':
        return answer();
      case 'hang':
        return finish(0);
      case 'reset':
        finish(0);
        return void request.socket.resetAndDestroy();
      case 'lose-answer':
        handleSilently(service, operation, input);
        finish(0);
        return void request.socket.resetAndDestroy();
      case 'garbage':
        send(response, 200, fault.body ?? '{"nextSequenceToken": <garbage>');
        return finish(200);
      case '5xx': {
        const status = fault.status ?? 503;
        send(response, status, fault.body ?? `<html><body>${status}</body></html>`, 'text/html');
        return finish(status);
      }
      case 'throttle':
        throw new ServiceError('ThrottlingException', fault.message ?? 'Rate exceeded', fault.status);
      default:
        throw new ServiceError(fault.action, fault.message ?? 'This error was asked for by a fault rule.', fault.status);
    }
  } catch (error) {
    if (!request.complete) throw error;
    const known = error instanceof ServiceError ? error
      : new ServiceError('InternalFailure', error instanceof Error ? error.message : String(error));
    send(response, known.status, JSON.stringify({ __type: known.type, message: known.message }));
    finish(known.status, known);
  }
}

/** An answer that is lost may as well have been an error. */
function handleSilently(service: Service, operation: string, input: Input): void {
  try {
    callOperation(service, operation, input);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}

function hasText(event: unknown, text: string): boolean {
  const message = (event as { message?: unknown } | null)?.message;
  return typeof message === 'string' && message.includes(text);
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function send(response: ServerResponse, status: number, body: string, type: string = JSON_TYPE): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
