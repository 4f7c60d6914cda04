import { createServer, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sharedKeyDigest, userDigest } from '../../../../src/forward-protocol/index.ts';
import type { BufferedOutput, Chunk } from '../../../../src/plugin.ts';
import { testContext, type TestContext } from '../../../support/context.ts';
import { chunkOf, createOutput } from '../../../support/forward-output.ts';
import { NONCE, startForwardServer, type ForwardServer } from '../../../support/forward-server.ts';

let server: ForwardServer;
let context: TestContext;
let output: BufferedOutput | undefined;

beforeEach(async () => {
  server = await startForwardServer();
  context = testContext({ kind: 'output' });
});

afterEach(async () => {
  await output?.close?.();
  output = undefined;
  await server.close();
});

const serverOf = (port: number, more = '') => `<server>\nhost 127.0.0.1\nport ${port}\n${more}\n</server>\n`;

async function start(more = '', servers = serverOf(server.port)): Promise<BufferedOutput> {
  output = await createOutput(`@type forward\nheartbeat_type none\n${more}\n${servers}`, context);
  await output.start?.();
  return output;
}

const signal = new AbortController().signal;

/** Resolves when the chunk is delivered; rejects if it is not. */
async function deliver(chunk: Chunk): Promise<void> {
  const result = await output!.write(chunk, signal);
  if (result) await result.committed;
}

const logged = (level: string) => context.log.lines.filter((line) => line.level === level).map(({ message }) => message);

describe('a chunk', () => {
  it('is one message on a connection of its own', async () => {
    await start();
    await deliver(chunkOf('a.b', 1, 2));
    await deliver(chunkOf('c', 3));
    await vi.waitFor(() => expect(server.events()).toEqual(['a.b 1 {"n":1}', 'a.b 2 {"n":2}', 'c 3 {"n":3}']));
    expect(server.connections).toBe(2);
    expect([...server.messages[0]!.options]).toEqual([['size', 2], ['compressed', 'text']]);
  });

  it('goes on the same connection with keepalive', async () => {
    await start('keepalive true\nrequire_ack_response true');
    for (const n of [1, 2, 3]) await deliver(chunkOf('a', n));
    expect(server.messages.map(({ connection }) => connection)).toEqual([1, 1, 1]);
  });

  it('gets a new connection when the idle one has ended or is too old', async () => {
    await start('keepalive true\nkeepalive_timeout 0.05\nrequire_ack_response true');
    await deliver(chunkOf('a', 1));
    server.cutAll();
    await vi.waitFor(async () => {
      await deliver(chunkOf('a', 2));
      expect(server.messages.at(-1)!.connection).toBeGreaterThan(1);
    });
    const before = server.connections;
    await new Promise((resolve) => setTimeout(resolve, 80));
    await deliver(chunkOf('a', 3));
    expect(server.connections).toBe(before + 1);
  });

  it('is compressed', async () => {
    await start('compress gzip');
    await deliver(chunkOf('a', 1, 2));
    await vi.waitFor(() => expect(server.events()).toEqual(['a 1 {"n":1}', 'a 2 {"n":2}']));
    expect(server.messages[0]!.options.get('compressed')).toBe('gzip');
  });

  it('goes as it is if its buffer has compressed it', async () => {
    await start('compress gzip');
    expect(output!.compress).toBe('gzip');
    const chunk = chunkOf('a', 1);
    const bytes = gzipSync(await chunk.read());
    const read = vi.fn<() => Buffer>();
    await deliver({ ...chunk, read, stored: () => ({ compress: 'gzip', bytes }) });
    await vi.waitFor(() => expect(server.events()).toEqual(['a 1 {"n":1}']));
    expect(read).not.toHaveBeenCalled();
  });

  it('goes to the next server if one is down', async () => {
    const gone = await startForwardServer();
    await gone.close();
    await start('', serverOf(gone.port) + serverOf(server.port));
    for (const n of [1, 2, 3, 4]) await deliver(chunkOf('a', n));
    await vi.waitFor(() => expect(server.events()).toHaveLength(4));
  });

  it('fails with the reason if no server takes it', async () => {
    await server.close();
    await start();
    await expect(deliver(chunkOf('a', 1))).rejects.toThrow(`cannot connect to 127.0.0.1:${server.port}`);
  });

  it('fails if the server takes no data', async () => {
    const deaf = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const { port } = deaf.address() as AddressInfo;
    await start('send_timeout 0.05', serverOf(port));
    const large = { ...chunkOf('a', 1), read: () => Buffer.alloc(30_000_000) };
    await expect(deliver(large)).rejects.toThrow(`127.0.0.1:${port} took no data for 0.05 s (send_timeout)`);
    deaf.close();
  });

  it('is given up when the agent must end', async () => {
    server.pong = () => ['PONG', false];
    await start('<security>\nself_hostname me\nshared_key k\n</security>');
    const aborter = new AbortController();
    aborter.abort();
    await expect(output!.write(chunkOf('a', 1), aborter.signal)).rejects.toThrow('This operation was aborted');
    expect(server.messages).toEqual([]);
  });
});

describe('acknowledgements', () => {
  it('have the id of the chunk as Ruby writes it in Base64', async () => {
    await start('require_ack_response true');
    const chunk = { ...chunkOf('a', 1), id: '00112233445566778899aabbccddeeff' };
    await deliver(chunk);
    expect(server.messages[0]!.options.get('chunk')).toBe('ABEiM0RVZneImaq7zN3u/w==\n');
  });

  it('of another chunk do not count', async () => {
    server.answering = 'wrong';
    await start('require_ack_response true');
    await expect(deliver(chunkOf('a', 1))).rejects.toThrow(`127.0.0.1:${server.port} acknowledged another chunk`);
    expect(logged('warn')).toEqual(['ack in response and chunk id in sent data are different']);
  });

  it('that do not come are waited for for so long', async () => {
    server.answering = 'none';
    await start('require_ack_response true\nack_response_timeout 1');
    await expect(deliver(chunkOf('a', 1))).rejects.toThrow(`no acknowledgement from 127.0.0.1:${server.port} within 1 s`);
  });

  it('are missing if the connection breaks: the chunk is sent again', async () => {
    server.answering = 'cut';
    await start('require_ack_response true\nkeepalive true');
    const chunk = chunkOf('a', 1);
    await expect(deliver(chunk)).rejects.toThrow(/127\.0\.0\.1:\d+ closed the connection|ECONNRESET|was closed/);
    server.answering = 'ack';
    await deliver(chunk);
    expect(server.events()).toEqual(['a 1 {"n":1}', 'a 1 {"n":1}']);
  });

  it('are awaited for several chunks at once', async () => {
    server.answering = 'none';
    await start('require_ack_response true');
    const results = [await output!.write(chunkOf('a', 1), signal), await output!.write(chunkOf('a', 2), signal)];
    await vi.waitFor(() => expect(server.messages).toHaveLength(2));
    expect(results.every((result) => result !== undefined)).toBe(true);
    await output!.close?.();
    for (const result of results) await expect(result!.committed).rejects.toThrow('the agent is shutting down');
    expect(logged('warn')).toEqual([]);
  });
});

describe('the handshake', () => {
  const security = '<security>\nself_hostname me\nshared_key key\n</security>';
  const salted = (ping: readonly unknown[], key: string) => sharedKeyDigest(Buffer.from(ping[2] as Buffer), 'server', NONCE, key);
  const accept = (ping: readonly unknown[]) => ['PONG', true, '', 'server', salted(ping, 'key')] as const;

  it('proves the key and the user', async () => {
    server.pong = accept;
    await start(security, serverOf(server.port, 'username alice\npassword secret'));
    await deliver(chunkOf('a', 1));
    await vi.waitFor(() => expect(server.events()).toHaveLength(1));
    const ping = server.pings[0] as readonly unknown[];
    const salt = Buffer.from(ping[2] as Buffer);
    expect(ping).toEqual(['PING', 'me', ping[2], sharedKeyDigest(salt, 'me', NONCE, 'key'), 'alice', userDigest(NONCE, 'alice', 'secret')]);
  });

  it.each<[string, (ping: readonly unknown[]) => readonly (string | boolean)[], string]>([
    ['a server that refuses', () => ['PONG', false, 'no', '', ''], 'authentication failed: no'],
    ['a server that does not know the key', (ping) => ['PONG', true, '', 'server', salted(ping, 'other')], 'shared key mismatch'],
    ['a server of the same name', (ping) => ['PONG', true, '', 'me', salted(ping, 'key')], 'same hostname between input and output: invalid configuration (self_hostname me)'],
    ['an answer that is no PONG', () => ['PING'], 'invalid format for PONG message'],
  ])('fails with %s', async (_name, pong, reason) => {
    server.pong = pong;
    await start(security);
    await expect(deliver(chunkOf('a', 1))).rejects.toMatchObject({ cause: { message: reason } });
    expect(server.messages).toEqual([]);
    expect(logged('warn')[0]).toBe(`connection refused to 127.0.0.1:${server.port}: ${reason}`);
  });

  it('fails with a server that says nothing', async () => {
    await start(`hard_timeout 0.05\n${security}`);
    await expect(deliver(chunkOf('a', 1))).rejects.toMatchObject({
      cause: { message: `no HELO (is there a <security> on the server?) from 127.0.0.1:${server.port} within 0.05 s` },
    });
  });
});

describe('the start', () => {
  it('fails with verify_connection_at_startup if a server is down', async () => {
    await server.close();
    await expect(start('verify_connection_at_startup true')).rejects.toThrow("forward's connection setting error: cannot connect to");
  });

  it('succeeds with verify_connection_at_startup if all are there', async () => {
    await start('verify_connection_at_startup true');
    expect(server.connections).toBe(1);
  });

  it('fails with a name that cannot be resolved, unless that is ignored', async () => {
    const text = (more: string) => `@type forward\n${more}\n<server>\nhost no-such-host.invalid\n</server>`;
    await expect(createOutput(text('')).then(async (made) => {
      try {
        await made.start!();
      } finally {
        await made.close!();
      }
    })).rejects.toThrow("the host name 'no-such-host.invalid' cannot be resolved");
    output = await createOutput(text('ignore_network_errors_at_startup true\nheartbeat_interval 100'), context);
    await output.start!();
    expect(logged('warn')).toContain('failed to resolve node name when configured');
    await expect(deliver(chunkOf('a', 1))).rejects.toThrow('no nodes are available');
  });
});

it.each([
  ['', 'forward output plugin requires at least one node is required. Add <server> or <service_discovery>'],
  ['host localhost\n<server>\nhost a\n</server>', "'host' parameter is already removed"],
  ['<server>\nhost a\n</server>\n<buffer []>\n</buffer>', "buffer chunk key must include 'tag' for forward output"],
  ['<server>\nhost a\n</server>\ndns_round_robin true\nheartbeat_type udp', "heartbeat type must be 'transport' or 'none'"],
  ['<server>\nhost a\n</server>\nack_response_timeout 0', 'ack_response_timeout must be a positive integer'],
  ['<server>\nhost a\n</server>\ncompress gzip\n<buffer tag>\ncompress zstd\n</buffer>', 'You cannot specify different compression formats for Buffer (Buffer: zstd, Self: gzip)'],
  ['<server>\nhost a\nport 99999\n</server>', 'port: expected a number from 1 to 65535, found 99999'],
  ['<server>\nhost a\nweight -1\n</server>', 'weight: expected a number from 0 on, found -1'],
  ['<server>\nhost a\n</server>\ntransport tls\ntls_cert_thumbprint x', 'This parameter is for only Windows'],
])('%j is a configuration error', async (more, problem) => {
  await expect(createOutput(`@type forward\n${more}`)).rejects.toThrow(problem);
});
