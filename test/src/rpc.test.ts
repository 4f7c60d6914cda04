import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { parseRpcEndpoint, startRpc, type RpcActions, type RpcServer } from '../../src/rpc.ts';
import { ConfigError, errorText } from '../../src/errors.ts';
import { testLog, type TestLog } from '../support/context.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
let server: RpcServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Started {
  readonly log: TestLog;
  /** What was set off, in order. */
  readonly calls: string[];
  /** Resolves when the agent is told to end. */
  readonly ended: Promise<string>;
  call(path: string, method?: string): Promise<{ status: number | undefined; type: string | undefined; body: string }>;
}

async function start(changes: Partial<RpcActions> = {}): Promise<Started> {
  const calls: string[] = [];
  const log = testLog();
  let end!: (signal: string) => void;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const actions: RpcActions = {
    end: (signal) => {
      calls.push(signal);
      end(signal);
    },
    flushBuffers: () => void calls.push('flush'),
    reload: async () => void calls.push('reload'),
    dump: undefined,
    ...changes,
  };
  const listening = await startRpc(LOCAL, actions, log);
  server = listening;
  const call: Started['call'] = (path, method = 'GET') => new Promise((resolve, reject) => {
    const request = http.request({ ...listening.address, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], body }));
    });
    request.on('error', reject).end(method === 'POST' ? '{}' : undefined);
  });
  return { log, calls, ended, call };
}

const OK = { status: 200, type: 'application/json', body: '{"ok":true}' };

describe('the RPC', () => {
  test.each(['GET', 'POST'])('flushes the buffers with %s', async (method) => {
    const { call, calls } = await start();
    expect(await call('/api/plugins.flushBuffers', method)).toEqual(OK);
    expect(calls).toEqual(['flush']);
  });

  test.each([
    ['/api/processes.interruptWorkers', ['SIGINT']],
    ['/api/processes.killWorkers', ['SIGTERM']],
    ['/api/processes.flushBuffersAndKillWorkers', ['flush', 'SIGTERM']],
  ])('answers %s before the agent ends', async (path, expected) => {
    const { call, calls, ended } = await start();
    expect(await call(path)).toEqual(OK);
    await ended;
    expect(calls).toEqual(expected);
  });

  const RELOADS = ['/api/config.reload', '/api/config.gracefulReload', '/api/processes.zeroDowntimeRestart'];

  test.each(RELOADS)('%s reads the configuration again', async (path) => {
    const { call, calls } = await start();
    expect(await call(path)).toEqual({ status: 200, type: 'application/json', body: '{"ok":true}' });
    expect(calls).toEqual(['reload']);
  });

  test.each(RELOADS)('%s tells what is wrong with a configuration that it refuses', async (path) => {
    const at = { file: 'fluent.conf', line: 3, column: 5 };
    const { call } = await start({ reload: () => Promise.reject(new ConfigError("unknown parameter 'tga'", at)) });
    const { status, body } = await call(path);
    expect(status).toBe(500);
    expect(JSON.parse(body)).toEqual({
      message: 'the new configuration is refused; the old one runs on', errors: [expect.stringContaining("fluent.conf:3:5")], ok: false,
    });
  });

  test('shows the configuration if that is enabled', async () => {
    const { call } = await start({ dump: () => '<ROOT>\n</ROOT>' });
    expect(await call('/api/config.getDump')).toEqual({ ...OK, body: '{"conf":"<ROOT>\\n</ROOT>","ok":true}' });
  });

  test('does not show it otherwise', async () => {
    const { call } = await start();
    const { status, body } = await call('/api/config.getDump');
    expect([status, body]).toEqual([404, '{"message":"there is no RPC /api/config.getDump (set enable_get_dump true in <system>)","ok":false}']);
  });

  test('lists what there is to whoever asks for something else', async () => {
    const { call } = await start();
    const { status, body } = await call('/api/plugins.flush?x');
    expect(status).toBe(404);
    expect(body).toContain('there is no RPC /api/plugins.flush (there are: /api/processes.interruptWorkers, ');
  });

  test('takes GET and POST alone', async () => {
    const { call, calls } = await start();
    expect(await call('/api/plugins.flushBuffers', 'DELETE')).toMatchObject({ status: 405, body: '{"message":"expected GET or POST, found DELETE","ok":false}' });
    expect(calls).toEqual([]);
  });

  test('tells what went wrong', async () => {
    const failure = new Error('no room');
    const { call, log } = await start({ flushBuffers: () => Promise.reject(failure) });
    expect(await call('/api/plugins.flushBuffers')).toMatchObject({ status: 500, body: '{"message":"Internal Server Error","error":"no room","ok":false}' });
    expect(log.lines.at(-1)).toEqual({ level: 'warn', message: 'failed to handle an RPC request', fields: { path: '/api/plugins.flushBuffers', error: failure } });
  });

  test('does not begin where something else listens, and names the address', async () => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as net.AddressInfo;
    const error = await startRpc({ host: '127.0.0.1', port }, { end() {}, flushBuffers() {}, async reload() {}, dump: undefined }, testLog()).catch((caught: unknown) => caught);
    other.close();
    expect(errorText(error)).toBe(`rpc_endpoint 127.0.0.1:${port} cannot be listened on: listen EADDRINUSE: address already in use 127.0.0.1:${port}`);
  });

  test('ends although a client is still connected', async () => {
    await start();
    const client = net.connect(server!.address);
    await new Promise((resolve) => client.once('connect', resolve));
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.on('error', () => {}).resume();
    await server!.close();
    await closed;
  });
});

describe('rpc_endpoint', () => {
  test.each([
    ['127.0.0.1:24444', { host: '127.0.0.1', port: 24_444 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['[::1]:24444', { host: '::1', port: 24_444 }],
  ])('may be %s', (text, expected) => {
    expect(parseRpcEndpoint(text)).toEqual(expected);
  });

  test.each(['24444', ':24444', 'http://h:1', 'h:', 'h:70000', 'h h:1', '::1:1'])('may not be %j', (text) => {
    expect(() => parseRpcEndpoint(text, { file: 'f', line: 2, column: 3 })).toThrow(
      `f:2:3: Invalid rpc_endpoint: expected host:port, found '${text}' (such as 127.0.0.1:24444)`,
    );
  });
});
