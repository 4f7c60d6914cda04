/**
 * `<system> rpc_endpoint`: an HTTP server that stands for Fluentd's signals. Each request is answered
 * with a JSON object whose `ok` tells whether it was done.
 */
import http from 'node:http';
import { ConfigError, problemText, type Location } from './errors.ts';
import { generateJson } from './lib/json.ts';
import type { Value } from './lib/value.ts';
import type { Logger } from './log/logger.ts';
import type { Awaitable } from './plugin.ts';

/** What the requests set off. */
export interface RpcActions {
  /** Begins the end of the agent, as the signal does; called after the answer was written. */
  end(signal: 'SIGINT' | 'SIGTERM'): void;
  flushBuffers(): Awaitable<void>;
  /** Rejects with what is wrong with the new configuration; the old one runs on then. */
  reload(): Promise<void>;
  /** The configuration as text, without secrets; undefined if it must not be shown (`enable_get_dump`). */
  readonly dump: (() => Awaitable<string>) | undefined;
}

export interface RpcAddress {
  readonly host: string;
  readonly port: number;
}

/** The server while it listens. */
export interface RpcServer {
  /** As bound: a port 0 has become a real one. */
  readonly address: RpcAddress;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly members: readonly (readonly [string, Value])[];
  /** What happens once the reply is written. */
  readonly afterwards?: () => void;
}

type Handler = () => Awaitable<Reply>;

/** A client that does not finish its request in this time is cut off. */
const REQUEST_MS = 10_000;
const DONE: Reply = { status: 200, members: [] };

/** Reads `host:port` or `[address]:port`. Throws a ConfigError. */
export function parseRpcEndpoint(text: string, at?: Location): RpcAddress {
  const found = /^(?:\[([0-9a-f:.]+)\]|([0-9a-z._-]+)):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3]);
  if (!found || port > 65_535) throw new ConfigError(`Invalid rpc_endpoint: expected host:port, found '${text}'`, at, 'such as 127.0.0.1:24444');
  return { host: (found[1] ?? found[2])!, port };
}

/** Listens. Rejects with an Error that names the address if that is not possible. */
export async function startRpc({ host, port }: RpcAddress, actions: RpcActions, log: Logger): Promise<RpcServer> {
  const handlers = rpcHandlers(actions, log);
  const server = http.createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    request.resume();
    void reply(handlers, request, log).then(({ status, members, afterwards }) => {
      if (afterwards) response.once('close', afterwards);
      const allow = status === 405 ? { allow: 'GET, POST' } : {};
      const body = Buffer.from(generateJson(new Map<string, Value>([...members, ['ok', status === 200]])));
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, connection: 'close', ...allow });
      response.end(body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`rpc_endpoint ${host}:${port} cannot be listened on`, { cause: error })));
    server.listen({ host, port }, resolve);
  });
  server.on('error', (error) => log.warn('unexpected error of the RPC server', { error }));
  const bound = server.address();
  const address = { host, port: bound !== null && typeof bound === 'object' ? bound.port : port };
  log.info('listening for RPC requests', { bind: address.host, port: address.port });
  return {
    address,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function rpcHandlers(actions: RpcActions, log: Logger): ReadonlyMap<string, Handler> {
  const ending = (signal: 'SIGINT' | 'SIGTERM') => (): Reply => ({ ...DONE, afterwards: () => actions.end(signal) });
  const flush = async (): Promise<Reply> => {
    log.info('force flushing buffered events');
    await actions.flushBuffers();
    return DONE;
  };
  const reload = async (): Promise<Reply> => {
    try {
      await actions.reload();
      return DONE;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) log.error(`config error: ${problemText(problem)}`);
      log.error('the new configuration is refused; the old one runs on');
      return { status: 500, members: [['message', 'the new configuration is refused; the old one runs on'], ['errors', error.problems.map(problemText)]] };
    }
  };
  const handlers = new Map<string, Handler>([
    ['/api/processes.interruptWorkers', ending('SIGINT')],
    ['/api/processes.killWorkers', ending('SIGTERM')],
    ['/api/processes.flushBuffersAndKillWorkers', async () => {
      await flush();
      return ending('SIGTERM')();
    }],
    ['/api/processes.zeroDowntimeRestart', reload],
    ['/api/plugins.flushBuffers', flush],
    ['/api/config.reload', reload],
    ['/api/config.gracefulReload', reload],
  ]);
  const { dump } = actions;
  if (dump) handlers.set('/api/config.getDump', async () => ({ status: 200, members: [['conf', await dump()]] }));
  return handlers;
}

async function reply(handlers: ReadonlyMap<string, Handler>, { method, url = '/' }: http.IncomingMessage, log: Logger): Promise<Reply> {
  const path = url.split('?', 1)[0]!;
  const handler = handlers.get(path);
  if (!handler) {
    const hint = path === '/api/config.getDump' ? 'set enable_get_dump true in <system>' : `there are: ${[...handlers.keys()].join(', ')}`;
    return { status: 404, members: [['message', `there is no RPC ${path} (${hint})`]] };
  }
  if (method !== 'GET' && method !== 'POST') return { status: 405, members: [['message', `expected GET or POST, found ${method}`]] };
  log.debug('received an RPC request', { path });
  try {
    return await handler();
  } catch (error) {
    log.warn('failed to handle an RPC request', { path, error });
    return { status: 500, members: [['message', 'Internal Server Error'], ['error', error instanceof Error ? error.message : String(error)]] };
  }
}
