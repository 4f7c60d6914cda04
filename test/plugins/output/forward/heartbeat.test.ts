import { createSocket } from 'node:dgram';
import { afterEach, expect, it, vi } from 'vitest';
import type { BufferedOutput } from '../../../../src/plugin.ts';
import { fakeTimerClock } from '../../../support/buffering.ts';
import { testContext } from '../../../support/context.ts';
import { chunkOf, createOutput } from '../../../support/forward-output.ts';
import { startForwardServer, type ForwardServer } from '../../../support/forward-server.ts';

const servers: ForwardServer[] = [];
let output: BufferedOutput | undefined;

afterEach(async () => {
  await output?.close?.();
  output = undefined;
  for (const server of servers.splice(0)) await server.close();
});

async function serve(port?: number): Promise<ForwardServer> {
  const server = await startForwardServer(port === undefined ? {} : { port });
  servers.push(server);
  return server;
}

async function start(more: string) {
  const context = { ...testContext({ kind: 'output' }), clock: { ...fakeTimerClock, advance() {} } };
  output = await createOutput(`@type forward\nheartbeat_interval 0.02\nrecover_wait 0.04\n${more}`, context);
  await output.start!();
  return context.log.lines;
}

const send = (n: number) => output!.write(chunkOf('a', n), new AbortController().signal);

it('a lost server is not tried, its standby takes over, and it comes back when heartbeats succeed for a while', async () => {
  const [first, standby] = [await serve(), await serve()];
  const { port } = first;
  const log = await start(
    `hard_timeout 0.15\nphi_failure_detector false\n<server>\nhost 127.0.0.1\nport ${port}\n</server>\n` +
    `<server>\nname spare\nhost 127.0.0.1\nport ${standby.port}\nstandby true\n</server>`,
  );
  const sentences = () => log.filter(({ level }) => level === 'warn').map(({ message }) => message);
  await send(1);
  await vi.waitFor(() => expect(first.events()).toEqual(['a 1 {"n":1}']));
  expect(standby.events()).toEqual([]);

  await first.close();
  await vi.waitFor(() => expect(sentences()).toEqual([`detached forwarding server '127.0.0.1:${port}'`, `using standby node 127.0.0.1:${standby.port}`]), 3000);
  await send(2);
  await vi.waitFor(() => expect(standby.events()).toEqual(['a 2 {"n":2}']));

  const again = await serve(port);
  await vi.waitFor(() => expect(sentences().at(-1)).toBe(`recovered forwarding server '127.0.0.1:${port}'`), 3000);
  await send(3);
  await vi.waitFor(() => expect(again.events()).toEqual(['a 3 {"n":3}']));
});

it('the phi detector notices a server that stays away', async () => {
  const server = await serve();
  // The detector takes gaps as they are around 1 s: a low threshold stands for a long wait.
  const log = await start(`phi_threshold 0\n<server>\nhost 127.0.0.1\nport ${server.port}\n</server>`);
  await vi.waitFor(() => expect(log.some(({ message, fields }) => message.startsWith('detached') && Number(fields?.['phi']) > 0)).toBe(true));
});

it('heartbeats over UDP are answered from the address of the server', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  let beats = 0;
  let answers = true;
  socket.on('message', (bytes, from) => {
    beats++;
    if (answers) socket.send(bytes, from.port, from.address);
  });
  const log = await start(`heartbeat_type udp\nhard_timeout 0.15\nphi_failure_detector false\n<server>\nhost 127.0.0.1\nport ${socket.address().port}\n</server>`);
  const sentences = () => log.filter(({ level }) => level === 'warn').map(({ message }) => message.split(' ')[0]);
  await vi.waitFor(() => expect(beats).toBeGreaterThan(12), 3000);
  expect(sentences()).toEqual([]);
  answers = false;
  await vi.waitFor(() => expect(sentences()).toEqual(['detached']), 3000);
  await expect(send(1)).rejects.toThrow('no nodes are available');
  answers = true;
  await vi.waitFor(() => expect(sentences()).toEqual(['detached', 'recovered']), 3000);
  socket.close();
});
