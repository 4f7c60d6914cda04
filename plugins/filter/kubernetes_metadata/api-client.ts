/**
 * The Kubernetes API over HTTP(S): single objects with few requests at a time, and watches.
 *
 * Equal requests at the same time are one. After some failures in a row the API counts as down:
 * then one request at a time finds out when it is back, and nobody waits for it.
 */
import http from 'node:http';
import https from 'node:https';
import { parseJson } from '#logferry';
import type { Counter, Logger, Metrics, Value } from '#logferry';
import type { Credentials } from './credentials.ts';

export interface ApiSettings {
  /** With `/api` and the version, without a slash at the end. */
  readonly base: URL;
  readonly openTimeoutMs: number;
  readonly readTimeoutMs: number;
}

/** What others use of the API. */
export type ApiSource = Pick<ApiClient, 'get' | 'watch' | 'down' | 'requests' | 'errors' | 'acquire' | 'release'>;

export type Answer =
  | { readonly kind: 'found'; readonly body: Value }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly error: Error; readonly status?: number };

const CONCURRENCY = 4;
/** Failures in a row after which nobody waits for the API. */
const DOWN_AFTER = 3;
/** A node's pods in one list take some MiB; more than this is no answer to what was asked. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;
const WARN_EVERY_MS = 60_000;
/** What to do about an answer. */
const HINTS: Readonly<Record<number, string | undefined>> = {
  401: ' (the token is not valid: see bearer_token_file and secret_dir)',
  403: ' (the service account needs the verbs get, list and watch for pods and namespaces)',
};

export class ApiClient {
  readonly #settings: ApiSettings;
  readonly #credentials: Credentials;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #joined = new Map<string, Promise<Answer>>();
  readonly #queue: (() => void)[] = [];
  readonly #open = new Set<http.ClientRequest>();
  readonly #requests: Counter;
  readonly #errors: Counter;
  #running = 0;
  #failures = 0;
  #warnedAt = -Infinity;
  #closed = false;
  #users = 0;

  constructor(settings: ApiSettings, credentials: Credentials, log: Logger, metrics: Metrics, now: () => number) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#log = log;
    this.#now = now;
    this.#requests = metrics.counter('kubernetes_api_requests_total', 'Requests to the Kubernetes API.');
    this.#errors = metrics.counter('kubernetes_api_errors_total', 'Requests to the Kubernetes API that failed.');
  }

  /** Whether the last requests all failed. */
  get down(): boolean {
    return this.#failures >= DOWN_AFTER;
  }

  get requests(): number {
    return this.#requests.value;
  }

  get errors(): number {
    return this.#errors.value;
  }

  acquire(): void {
    this.#users++;
    this.#closed = false;
  }

  /** Ends everything when the last user is gone. */
  release(): void {
    if (--this.#users > 0) return;
    this.#closed = true;
    for (const request of this.#open) request.destroy();
    this.#credentials.close();
  }

  /** One object or list; `path` is below the version. Never rejects. */
  get(path: string): Promise<Answer> {
    let answer = this.#joined.get(path);
    if (!answer) {
      answer = this.#get(path).finally(() => this.#joined.delete(path));
      this.#joined.set(path, answer);
    }
    return answer;
  }

  /**
   * Calls `onEvent` for each event of a watch, until it ends. Resolves with the status of the answer
   * (200 if the server ended the watch); rejects if the connection breaks.
   */
  watch(path: string, idleMs: number, onEvent: (event: Value) => void, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = this.#start(path, idleMs, reject);
      if (!request) return;
      const abort = () => request.destroy(new Error('the watch was ended'));
      signal.addEventListener('abort', abort, { once: true });
      request.on('close', () => signal.removeEventListener('abort', abort));
      request.on('response', (response) => {
        const status = response.statusCode ?? 0;
        if (status === 401) this.#credentials.expire();
        response.setEncoding('utf8');
        let rest = '';
        response.on('data', (text: string) => {
          if (status !== 200) return;
          const lines = (rest + text).split('\n');
          rest = lines.pop()!;
          try {
            for (const line of lines) if (line.trim() !== '') onEvent(parseJson(line));
          } catch (error) {
            request.destroy(error as Error);
          }
        });
        response.on('end', () => resolve(status));
        response.on('error', reject);
      });
    });
  }

  async #get(path: string): Promise<Answer> {
    await this.#slot();
    try {
      const answer = await this.#request(path, true);
      this.#note(path, answer);
      return answer;
    } finally {
      this.#running--;
      this.#next();
    }
  }

  #slot(): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push(resolve);
      this.#next();
    });
  }

  #next(): void {
    while (this.#queue.length > 0 && this.#running < (this.down ? 1 : CONCURRENCY)) {
      this.#running++;
      this.#queue.shift()!();
    }
  }

  #request(path: string, mayRepeat: boolean): Promise<Answer> {
    return new Promise((resolve) => {
      const failed = (error: NodeJS.ErrnoException) => {
        // The server may end a connection that was kept just when it is used again.
        const stale = mayRepeat && request?.reusedSocket === true && error.code === 'ECONNRESET';
        resolve(stale ? this.#request(path, false) : { kind: 'failed', error });
      };
      // Failures may come before it is assigned.
      let request: http.ClientRequest | undefined = undefined;
      request = this.#start(path, this.#settings.readTimeoutMs, failed);
      request?.on('response', (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on('data', (part: Buffer) => {
          length += part.length;
          if (length > MAX_BODY_BYTES) request!.destroy(new Error(`the answer has more than ${MAX_BODY_BYTES} bytes`));
          else parts.push(part);
        });
        response.on('error', failed);
        response.on('end', () => resolve(toAnswer(response.statusCode ?? 0, Buffer.concat(parts))));
      });
    });
  }

  #start(path: string, idleMs: number, failed: (error: Error) => void): http.ClientRequest | undefined {
    if (this.#closed) {
      failed(new Error('the agent is stopping'));
      return undefined;
    }
    this.#requests.add();
    const { base, openTimeoutMs } = this.#settings;
    let access;
    try {
      access = this.#credentials.access();
    } catch (error) {
      failed(error as Error);
      return undefined;
    }
    const headers: Record<string, string> = { accept: 'application/json' };
    if (access.token !== undefined) headers['authorization'] = `Bearer ${access.token}`;
    const send = base.protocol === 'https:' ? https.request : http.request;
    const request = send(`${base.href}/${path}`, { agent: access.agent, headers, timeout: idleMs });
    this.#open.add(request);
    request.on('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => request.destroy(new Error(`no connection within ${openTimeoutMs} ms (open_timeout)`)), openTimeoutMs);
      const clear = () => clearTimeout(timer);
      socket.once(base.protocol === 'https:' ? 'secureConnect' : 'connect', clear);
      socket.once('close', clear);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${idleMs} ms (read_timeout)`)));
    request.on('error', (error) => {
      // A changed CA shows as an error of the handshake.
      this.#credentials.expire();
      failed(error);
    });
    request.on('close', () => {
      this.#open.delete(request);
      failed(new Error('the connection was closed before the answer was complete'));
    });
    request.end();
    return request;
  }

  #note(path: string, answer: Answer): void {
    if (answer.kind !== 'failed') {
      if (this.down) this.#log.info('the Kubernetes API answers again', { url: this.#settings.base.href });
      this.#failures = 0;
      return;
    }
    if (this.#closed) return;
    this.#errors.add();
    if (answer.status === 401) this.#credentials.expire();
    // A refusal is an answer: only what nobody answered, or the server could not, counts against it.
    if (answer.status === undefined || answer.status >= 500 || answer.status === 429) this.#failures++;
    const now = this.#now();
    if (now - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = now;
    this.#log.warn('the Kubernetes API could not be read: events go on without its metadata until it can', {
      url: `${this.#settings.base.href}/${path}`,
      error: answer.error,
    });
  }
}

function toAnswer(status: number, body: Buffer): Answer {
  if (status === 404) return { kind: 'missing' };
  if (status !== 200) return { kind: 'failed', status, error: new Error(`status ${status}${HINTS[status] ?? ''}: ${body.toString('utf8', 0, 300)}`) };
  try {
    return { kind: 'found', body: parseJson(body.toString('utf8')) };
  } catch (error) {
    return { kind: 'failed', error: new Error('the answer is not JSON', { cause: error }) };
  }
}
