import { readFileSync } from 'node:fs';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigError } from '../../../src/errors.ts';
import type { Connection, ConnectionHandler, StreamServer } from '../../../src/net/connection.ts';
import { listenTcp, type TcpOptions } from '../../../src/net/listen-tcp.ts';
import { prepareTransport, type TransportConfig } from '../../../src/net/transport.ts';
import { until } from '../../support/agent.ts';
import { testContext, type TestContext } from '../../support/context.ts';
import { connect, received, sendAll } from '../../support/network-input.ts';

const fixture = (name: string) => new URL(`../../fixtures/tls/${name}`, import.meta.url).pathname;

let context: TestContext;
let clients: Socket[];

beforeEach(() => {
  context = testContext({ kind: 'input' });
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await context.close();
});

async function client(server: StreamServer): Promise<Socket> {
  const socket = await connect(server.port);
  clients.push(socket);
  return socket;
}

const listen = (onConnection: (connection: Connection) => ConnectionHandler | undefined, options: Partial<TcpOptions> = {}) =>
  listenTcp(context, { host: '127.0.0.1', port: 0, ...options }, onConnection);

describe('a listening TCP socket', () => {
  it('gives each connection a handler, its bytes, and the end', async () => {
    const seen: string[] = [];
    const server = await listen((connection) => ({
      data: (bytes) => void seen.push(`${connection.remoteAddress} ${connection.remoteHost} ${bytes.toString()}`),
      end: () => void seen.push('end'),
      close: () => void seen.push('close'),
    }));
    await sendAll(server.port, 'hello');
    expect(seen).toEqual(['127.0.0.1 127.0.0.1 hello', 'end', 'close']);
    expect(server.connections.size).toBe(0);
  });

  it('reads no more while a promise of the handler is pending', async () => {
    let release = (): void => {};
    let handled = 0;
    const server = await listen(() => ({
      data(bytes) {
        handled += bytes.length;
        return new Promise((resolve) => (release = resolve));
      },
    }));
    const socket = await client(server);
    const megabytes = Buffer.alloc(16 * 1024 * 1024);
    let isSent = false;
    socket.write(megabytes, () => (isSent = true));
    await until(() => handled > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handled).toBeLessThan(1024 * 1024);
    expect(isSent).toBe(false);
    const timer = setInterval(() => release(), 0);
    await until(() => handled === megabytes.length);
    clearInterval(timer);
  });

  it('answers a peer that has closed its half', async () => {
    const server = await listen((connection) => ({ data: () => {}, end: () => connection.write('bye') }));
    const socket = await client(server);
    socket.end('hello');
    expect(await received(socket)).toBe('bye');
  });

  it('closes a connection whose handler throws, and keeps the others', async () => {
    const seen: string[] = [];
    const server = await listen(() => ({
      data(bytes) {
        if (bytes.toString() === 'bad') throw new Error('no');
        seen.push(bytes.toString());
      },
    }));
    const good = await client(server);
    const bad = await client(server);
    bad.write('bad');
    await received(bad);
    good.write('good');
    await until(() => seen.length === 1);
    expect(context.log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['error unexpected error on reading data']);
  });

  it('closes connections beyond the limit, says so once, and counts them', async () => {
    const server = await listen(() => ({ data: () => {} }), { maxConnections: 1 });
    await client(server);
    await until(() => server.connections.size === 1);
    for (let i = 0; i < 2; i++) await received(await client(server));
    expect(context.log.lines.map(({ message }) => message)).toEqual(['too many connections: new ones are closed at once']);
    expect([...context.metrics.read()].find(({ name }) => name === 'input_refused_connections_total')?.value).toBe(2);
  });

  it('that is in use is a configuration error with the place of the port', async () => {
    const server = await listen(() => undefined);
    const error = await listen(() => undefined, { port: server.port }).catch((found: unknown) => found);
    expect((error as ConfigError).message).toBe(
      `test.conf:1:1: port ${server.port} of 127.0.0.1 is in use (another process or <source> listens there: take another port)`,
    );
  });

  it.each([
    ['192.0.2.1', 'test.conf:1:1: no network interface of this machine has the address 192.0.2.1 (0.0.0.0 stands for all of them)'],
    ['no-such-host.invalid', 'test.conf:1:1: bind: the host name no-such-host.invalid cannot be resolved (write an address, such as 0.0.0.0)'],
  ])('of the address %s is a configuration error', async (host, message) => {
    await expect(listen(() => undefined, { host })).rejects.toThrow(message);
  });

  it('takes IPv6', async () => {
    let address = '';
    const server = await listen((connection) => ({ data: () => void (address = connection.remoteAddress) }), { host: '::1' }).catch(() => undefined);
    if (!server) return; // no IPv6 on this machine
    const socket = net.connect(server.port, '::1');
    clients.push(socket);
    socket.write('x');
    await until(() => address !== '');
    expect(address).toBe('::1');
  });

  it('knows the names of its clients if they are wanted', async () => {
    let host = '';
    const server = await listen((connection) => ({ data: () => void (host = connection.remoteHost) }), { resolveHostname: true });
    (await client(server)).write('x');
    await until(() => host !== '');
    expect(host).toMatch(/localhost|127\.0\.0\.1/);
  });
});

describe('the end of a listening socket', () => {
  it('closes silent connections soon, and takes no new ones', async () => {
    const server = await listen(() => ({ data: () => {} }));
    const socket = await client(server);
    const closed = received(socket);
    await until(() => server.connections.size === 1);
    await server.close();
    await closed;
    await expect(connect(server.port)).rejects.toThrow('ECONNREFUSED');
  });

  it('waits for what is still arriving', async () => {
    let count = 0;
    const server = await listen(() => ({ data: (bytes) => void (count += bytes.length) }));
    const socket = await client(server);
    const size = 8 * 1024 * 1024;
    socket.end(Buffer.alloc(size));
    await until(() => count > 0);
    await server.close();
    expect(count).toBe(size);
  });

  it('waits for connections that are held, but not for longer than the grace', async () => {
    let release = (): void => {};
    const server = await listen((connection) => ({ data: () => void (release = connection.hold()) }));
    const socket = await client(server);
    socket.write('x');
    await until(() => server.connections.size === 1 && [...server.connections].length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const ends = server.close(400);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(server.connections.size).toBe(1);
    await ends;
    release();
    expect(server.connections.size).toBe(0);
  });
});

describe('TLS', () => {
  const base: TransportConfig = {
    protocol: 'tls', receive_buffer_size: undefined, linger_timeout: 0, version: 'TLSv1_2', min_version: undefined, max_version: undefined,
    ciphers: 'ALL:!aNULL:!eNULL:!SSLv2', insecure: false, ensure_fips: false, ca_path: undefined, cert_path: undefined, private_key_path: undefined,
    private_key_passphrase: undefined, client_cert_auth: false, ca_cert_path: undefined, ca_private_key_path: undefined, ca_private_key_passphrase: undefined,
    cert_verifier: undefined, generate_private_key_length: 2048, generate_cert_country: 'US', generate_cert_state: 'CA',
    generate_cert_locality: 'Mountain View', generate_cert_common_name: undefined, generate_cert_expiration: 3600, generate_cert_digest: 'sha256',
  };
  const files = { cert_path: fixture('server.pem'), private_key_path: fixture('server.key.pem') };
  const ca = readFileSync(fixture('ca.pem'));

  async function echo(config: Partial<TransportConfig>): Promise<StreamServer> {
    const transport = prepareTransport({ ...base, ...config }, context);
    return listen((connection) => ({ data: (bytes) => connection.write(bytes) }), { transport });
  }
  async function ask(server: StreamServer, options: tls.ConnectionOptions): Promise<{ version: string | null; subject: string; text: string }> {
    const socket = tls.connect({ port: server.port, host: '127.0.0.1', servername: 'localhost', ...options });
    clients.push(socket);
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('closed')));
      socket.on('data', (bytes: Buffer) => resolve({ version: socket.getProtocol(), subject: String(socket.getPeerCertificate().subject.CN), text: bytes.toString() }));
      socket.write('hello');
    });
  }

  it('shows the certificate of cert_path', async () => {
    expect(await ask(await echo(files), { ca })).toMatchObject({ version: 'TLSv1.3', text: 'hello' });
  });

  it('uses the versions that are given', async () => {
    const server = await echo({ ...files, min_version: 'TLS1_2', max_version: 'TLSv1_2' });
    expect(await ask(server, { ca })).toMatchObject({ version: 'TLSv1.2' });
    await expect(ask(server, { ca, minVersion: 'TLSv1.3' })).rejects.toThrow(/alert|protocol|closed/i);
    await until(() => context.log.lines.some(({ message }) => message === 'unexpected error before accepting TLS connection by OpenSSL'));
  });

  it('makes up a certificate with insecure', async () => {
    const server = await echo({ insecure: true, generate_cert_common_name: 'made.example' });
    expect(await ask(server, { rejectUnauthorized: false })).toMatchObject({ subject: 'made.example', text: 'hello' });
  });

  it('lets clients in that show a certificate of ca_path, and no others', async () => {
    const server = await echo({ ...files, client_cert_auth: true, ca_path: fixture('ca.pem') });
    const own = { cert: readFileSync(fixture('client.pem')), key: readFileSync(fixture('client.encrypted.key.pem')), passphrase: 'secret' };
    expect(await ask(server, { ca, ...own })).toMatchObject({ text: 'hello' });
    await expect(ask(server, { ca })).rejects.toThrow(/alert|certificate|closed|ECONNRESET/i);
  });

  it('reports files that cannot be used when it starts', async () => {
    await expect(echo({ ...files, cert_path: '/no/such.pem' })).rejects.toThrow("cert_path: '/no/such.pem' cannot be read");
    await expect(echo({ ...files, cert_path: fixture('server.key.pem') })).rejects.toThrow('cert_path does not contain a valid certificate');
    await expect(echo({ cert_path: fixture('client.pem'), private_key_path: fixture('client.encrypted.key.pem'), private_key_passphrase: 'wrong' })).rejects.toThrow(
      'the TLS settings cannot be used',
    );
    await expect(echo({ ca_cert_path: fixture('ca.pem'), ca_private_key_path: fixture('server.key.pem') })).rejects.toThrow('no certificate can be made');
  });

  it.each<[string, Partial<TransportConfig>]>([
    ["no valid cert options configured. specify either 'cert_path', 'ca_cert_path' or 'insecure'", {}],
    ['private_key_path is required when cert_path is specified', { cert_path: 'x' }],
    ['ca_private_key_path is required when ca_cert_path is specified', { ca_cert_path: 'x' }],
    ['cert_verifier is not supported: it is Ruby code', { insecure: true, cert_verifier: 'x' }],
    ['When you set max_version, must set min_version together', { insecure: true, max_version: 'TLS1_2' }],
    ['When you set min_version, must set max_version together', { insecure: true, min_version: 'TLS1_2' }],
    ['Cannot enable FIPS compliant mode. OpenSSL FIPS configuration is disabled', { insecure: true, ensure_fips: true }],
  ])('%s', (message, config) => {
    prepareTransport({ ...base, ...config }, context);
    expect(context.problems.map((problem) => problem.message)).toEqual([message]);
  });
});
