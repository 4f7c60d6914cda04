import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'vitest';
import { Place, tail, until } from '../../../support/agent.ts';
import { test } from '../../../support/e2e.ts';

/** Passes connections on to the port, until it is told to cut them all. */
async function startRelay() {
  const sockets = new Set<Socket>();
  let target = 0;
  const server = createServer((socket) => {
    if (target === 0) {
      socket.destroy();
      return;
    }
    const other = createConnection(target, '127.0.0.1');
    for (const [from, to] of [[socket, other], [other, socket]] as const) {
      sockets.add(from);
      from.on('error', () => {}).on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set target(port: number) {
      target = port;
    },
    cut() {
      target = 0;
      for (const socket of sockets) socket.destroy();
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const sender = (port: number, more: string) => `
${tail('in.log', 'app.log')}
<match app.**>
  @type forward
  heartbeat_interval 0.05
  recover_wait 0.05
  ${more}
  <server>
    host 127.0.0.1
    port ${port}
  </server>
  <security>
    self_hostname sender
    shared_key key
  </security>
  <buffer tag>
    flush_mode immediate
    chunk_limit_size 4k
    retry_type periodic
    retry_wait 0.1
    retry_forever true
  </buffer>
</match>
`;

const receiver = (port: number, more: string) => `
<source>
  @type forward
  bind 127.0.0.1
  port ${port}
  <security>
    self_hostname receiver
    shared_key key
  </security>
  ${more}
</source>
<match app.**>
  @type file
  path DIR/out/got
  append true
  <format>
    @type single_value
  </format>
  <buffer []>
    flush_mode interval
    flush_interval 0.05
  </buffer>
</match>
`;

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`);
const filed = (place: Place): string[] => (place.has('out/got.log') ? place.read('out/got.log').split('\n').slice(0, -1) : []);

test('two agents lose nothing when connections break between message and acknowledgement', async ({ place }) => {
  const port = await freePort();
  const relay = await startRelay();
  relay.target = port;
  const other = new Place();
  try {
    await other.start(receiver(port, ''));
    place.write('in.log', `${numbers(0, 300).join('\n')}\n`);
    const running = await place.start(sender(relay.port, 'require_ack_response true\nkeepalive true\ncompress gzip'));
    await until(() => filed(other).length >= 100);
    relay.cut();
    place.append('in.log', `${numbers(300, 600).join('\n')}\n`);
    await until(() => running.logged().some((line) => line.includes('failed to flush the buffer')));
    relay.target = port;
    await until(() => new Set(filed(other)).size === 600, 8000, () => running.logged());
    expect([...new Set(filed(other))].toSorted()).toEqual(numbers(0, 600).toSorted());
  } finally {
    await other.remove();
    await relay.close();
  }
});

test('with TLS and a key, events come as they were sent', async ({ place }) => {
  const port = await freePort();
  const other = new Place();
  try {
    await other.start(receiver(port, '<transport tls>\ninsecure true\n</transport>\nack_on delivery'));
    place.write('in.log', `${numbers(0, 200).join('\n')}\n`);
    const running = await place.start(sender(port, 'transport tls\ntls_insecure_mode true\nrequire_ack_response true'));
    await until(() => filed(other).length === 200, 5000, () => running.logged());
    expect(filed(other).toSorted()).toEqual(numbers(0, 200).toSorted());
    expect(running.logged()).toEqual(['warn: TLS transport is configured in insecure way']);
  } finally {
    await other.remove();
  }
});
