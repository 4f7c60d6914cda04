/** Asks a running agent's admin server: what `health`, `top` and `tap` stand on. */
import http, { type IncomingMessage } from 'node:http';
import { DEFAULT_ENDPOINT, isLoopbackHost, parseAdminEndpoint, type AdminAddress } from './endpoint.ts';

/** Whom to ask. */
export interface Target extends AdminAddress {
  readonly token: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** From `--url` (a URL or host:port), else LOGFERRY_ADMIN, else the usual address. Throws an Error for a text that is no address. */
export function findTarget(url: string | undefined, env: NodeJS.ProcessEnv = process.env): Target {
  const [text, from] = url !== undefined ? [url, '--url'] : env['LOGFERRY_ADMIN'] ? [env['LOGFERRY_ADMIN'], 'LOGFERRY_ADMIN'] : [DEFAULT_ENDPOINT, 'the default'];
  const bare = /^http:\/\/([^/]+)\/?$/i.exec(text)?.[1] ?? text;
  const { host, port } = parseAdminEndpoint(bare === text || /:\d+$/.test(bare) ? bare : `${bare}:80`, from);
  // An address that stands for all of them is asked on this machine.
  const asked = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { host: asked, port, token: env['LOGFERRY_ADMIN_TOKEN'] || undefined };
}

/** The whole answer. Rejects with an Error that names the address and says what may be missing. */
export function ask(target: Target, path: string, timeoutMs: number, signal?: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.get(requestOptions(target, path, AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])), (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', (error) => reject(unreachable(target, error, timeoutMs)));
    });
    request.on('error', (error) => reject(unreachable(target, error, timeoutMs)));
  });
}

/** The answer as it comes; ends with the signal. */
export function askStream(target: Target, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.get(requestOptions(target, path, signal), resolve).on('error', (error) => reject(unreachable(target, error, 0)));
  });
}

/** The JSON of an answer with status 200; an Error with the server's own words otherwise. */
export function readJson<T>({ status, body }: Reply): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Error(`expected JSON from the admin server, found ${JSON.stringify(body.slice(0, 80))}: is this Logferry's address?`);
  }
  if (status === 200) return parsed as T;
  const { error } = (parsed ?? {}) as { error?: unknown };
  throw new Error(typeof error === 'string' ? error : `the admin server answered with status ${status}`);
}

function requestOptions({ host, port, token }: Target, path: string, signal: AbortSignal): http.RequestOptions {
  return { host, port, path, signal, agent: false, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
}

function unreachable({ host, port }: Target, error: Error, timeoutMs: number): Error {
  const { code } = error as { code?: string };
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (error.name === 'TimeoutError' || (code === 'ABORT_ERR' && timeoutMs > 0)) return new Error(`no answer from ${at} within ${timeoutMs / 1000} s`, { cause: error });
  if (code === 'ECONNREFUSED')
    return new Error(`nobody listens on ${at}: the agent does not run, or has no admin server (start it with --admin ${isLoopbackHost(host) ? at : 'HOST:PORT'} or LOGFERRY_ADMIN)`, { cause: error });
  return new Error(`cannot reach ${at}: ${error.message || code}`, { cause: error });
}
