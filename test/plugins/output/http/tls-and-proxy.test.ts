import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError, errorText } from '../../../../src/errors.ts';
import type { BufferedOutput } from '../../../../src/plugin.ts';
import { startLoopback, type Loopback } from '../../../support/loopback.ts';
import { createHttp, textChunk, type Given } from './support.ts';

const pem = (name: string) => path.join(import.meta.dirname, '../../../fixtures/tls', name);
const read = (name: string) => readFileSync(pem(name));
const server = { cert: read('server.pem'), key: read('server.key.pem') };
const signal = new AbortController().signal;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function loopback(tls?: Parameters<typeof startLoopback>[0]): Promise<Loopback> {
  const started = await startLoopback(tls);
  closers.push(() => started.close());
  return started;
}

async function start(given: Given): Promise<BufferedOutput> {
  const { output, context } = createHttp(given);
  closers.push(() => context.close());
  await output.start!();
  return output;
}

const failure = async (output: BufferedOutput): Promise<string> =>
  Promise.resolve(output.write(textChunk('x'), signal)).then(() => 'no error', (error: unknown) => errorText(error));

/** A proxy for CONNECT that lets everything through, or answers with a status line. */
async function tunnel(refusal?: string): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const proxy = net.createServer((client) => {
    client.on('error', () => {});
    client.once('data', (head) => {
      const [, host, port] = /^CONNECT ([^:]+):(\d+) /.exec(head.toString())!;
      asked.push(head.toString());
      if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`);
      const upstream = net.connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      upstream.on('error', () => client.destroy());
      client.on('close', () => upstream.destroy());
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closers.push(() => proxy.close());
  return { port: (proxy.address() as net.AddressInfo).port, asked };
}

describe('TLS', () => {
  test('checks the server with tls_ca_cert_path', async () => {
    const { port, requests } = await loopback(server);
    const output = await start({ endpoint: `https://localhost:${port}/x`, tls_ca_cert_path: pem('ca.pem') });
    await output.write(textChunk('x'), signal);
    expect(requests[0]?.url).toBe('/x');
  });

  test('refuses a server that no known CA vouches for', async () => {
    const { port, requests } = await loopback(server);
    // Newer versions of Node add a hint.
    expect(await failure(await start({ endpoint: `https://localhost:${port}/` }))).toContain(
      `no answer from https://localhost:${port}/: unable to verify the first certificate`,
    );
    expect(requests).toEqual([]);
  });

  test('takes any server with tls_verify_mode none', async () => {
    const { port, requests } = await loopback(server);
    await (await start({ endpoint: `https://127.0.0.1:${port}/`, tls_verify_mode: 'none' })).write(textChunk('x'), signal);
    expect(requests).toHaveLength(1);
  });

  test('shows the certificate of the client', async () => {
    const { port, requests } = await loopback({ ...server, ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true });
    const output = await start({
      endpoint: `https://localhost:${port}/`,
      tls_ca_cert_path: pem('ca.pem'),
      tls_client_cert_path: pem('client.pem'),
      tls_private_key_path: pem('client.encrypted.key.pem'),
      tls_private_key_passphrase: 'secret',
    });
    await output.write(textChunk('x'), signal);
    expect((requests[0]!.socket as TLSSocket).authorized).toBe(true);
  });

  test.each<[string, Given, 'TLSv1.2' | 'TLSv1.3', string]>([
    ['the newest version if none is written', {}, 'TLSv1.3', 'TLSv1.3'],
    ['1.2 with a server that has no newer one', {}, 'TLSv1.2', 'TLSv1.2'],
    ['the version that is written', { tls_version: 'TLSv1_2' }, 'TLSv1.3', 'TLSv1.2'],
    ['the newest version, written', { tls_version: 'TLS1_3' }, 'TLSv1.3', 'TLSv1.3'],
  ])('has %s', async (_name, given, maxVersion, expected) => {
    let version: string | null = null;
    const { port, server: listening } = await loopback({ ...server, maxVersion });
    listening.on('secureConnection', (socket: TLSSocket) => {
      version = socket.getProtocol();
    });
    await (await start({ endpoint: `https://localhost:${port}/`, tls_ca_cert_path: pem('ca.pem'), ...given })).write(textChunk('x'), signal);
    expect(version).toBe(expected);
  });

  test('gives a handshake ssl_timeout, a connection open_timeout', async () => {
    const silent = net.createServer((socket) => closers.push(() => socket.destroy()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closers.push(() => silent.close());
    const { port } = silent.address() as net.AddressInfo;
    const endpoint = `https://127.0.0.1:${port}/`;
    expect(await failure(await start({ endpoint, ssl_timeout: 0.02 }))).toBe(`no answer from ${endpoint}: no connection within 20 ms (ssl_timeout)`);
    expect(await failure(await start({ endpoint, open_timeout: 0.02 }))).toBe(`no answer from ${endpoint}: no connection within 20 ms (open_timeout)`);
  });

  test.each<[string, Given, RegExp]>([
    ['a missing file', { tls_ca_cert_path: '/no/such.pem' }, /^test\.conf:1:1: tls_ca_cert_path is wrong: '\/no\/such\.pem' cannot be read/],
    ['a file of another kind', { tls_client_cert_path: pem('README.md'), tls_private_key_path: pem('server.key.pem') }, /the TLS settings cannot be used/],
    ['a wrong passphrase', {
      tls_client_cert_path: pem('client.pem'), tls_private_key_path: pem('client.encrypted.key.pem'), tls_private_key_passphrase: 'wrong',
    }, /the TLS settings cannot be used/],
    ['ciphers that there are not', { tls_ciphers: 'NO_SUCH' }, /the TLS settings cannot be used/],
  ])('ends the start with %s', async (_name, given, message) => {
    const error = await start({ endpoint: 'https://h/', ...given }).catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(message);
  });
});

describe('a proxy', () => {
  test('gets plain requests with the whole URL', async () => {
    const proxy = await loopback();
    await (await start({ endpoint: 'http://far.example:81/x?y=1', proxy: `http://us%65r:pass@127.0.0.1:${proxy.port}` })).write(textChunk('b'), signal);
    const [{ url, headers, body }] = proxy.requests as [Loopback['requests'][number]];
    expect(url).toBe('http://far.example:81/x?y=1');
    expect(headers).toMatchObject({ host: 'far.example:81', 'proxy-authorization': `Basic ${Buffer.from('user:pass').toString('base64')}` });
    expect(body.toString()).toBe('b');
  });

  test('is a tunnel for requests with TLS, which still checks the server', async () => {
    const { port, requests } = await loopback(server);
    const proxy = await tunnel();
    const given = { endpoint: `https://localhost:${port}/x`, proxy: `http://127.0.0.1:${proxy.port}` };
    await (await start({ ...given, tls_ca_cert_path: pem('ca.pem') })).write(textChunk('x'), signal);
    expect(proxy.asked[0]).toContain(`CONNECT localhost:${port} HTTP/1.1`);
    expect(requests[0]?.url).toBe('/x');
    expect(await failure(await start(given))).toContain('unable to verify the first certificate');
  });

  test('that refuses a tunnel is no answer of the server: the chunk is tried again', async () => {
    const proxy = await tunnel('407 Proxy Authentication Required');
    expect(await failure(await start({ endpoint: 'https://far.example/', proxy: `http://127.0.0.1:${proxy.port}` }))).toBe(
      `no answer from https://far.example/ through the proxy 127.0.0.1:${proxy.port}: the proxy refused the connection: 407 Proxy Authentication Required`,
    );
  });

  test('of the environment is used', async () => {
    const proxy = await loopback();
    const before = process.env['HTTP_PROXY'];
    process.env['HTTP_PROXY'] = `http://127.0.0.1:${proxy.port}`;
    try {
      await (await start({ endpoint: 'http://far.example/x' })).write(textChunk('b'), signal);
    } finally {
      if (before === undefined) delete process.env['HTTP_PROXY'];
      else process.env['HTTP_PROXY'] = before;
    }
    expect(proxy.requests[0]?.url).toBe('http://far.example/x');
  });
});
