import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listenUdp, type Packet } from '../../../src/net/listen-udp.ts';
import { until } from '../../support/agent.ts';
import { testContext, type TestContext } from '../../support/context.ts';

let context: TestContext;
beforeEach(() => {
  context = testContext({ kind: 'input' });
});
afterEach(() => context.close());

async function send(port: number, ...packets: readonly (string | Buffer)[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const packet of packets) await new Promise((resolve) => socket.send(packet, port, '127.0.0.1', resolve));
  socket.close();
}

const options = { host: '127.0.0.1', port: 0, maxBytes: 10 };

it('packets come in order, cut off behind the limit, empty ones too', async () => {
  const seen: string[] = [];
  const server = await listenUdp(context, options, (packets) => {
    for (const { bytes, remoteAddress, remoteHost } of packets) seen.push(`${remoteAddress} ${remoteHost} ${bytes.toString()}`);
  });
  await send(server.port, 'one', '', '12345678901234', 'two');
  await until(() => seen.length === 4);
  expect(seen.map((line) => line.replaceAll('127.0.0.1 127.0.0.1 ', ''))).toEqual(['one', '', '1234567890', 'two']);
});

it('packets wait while the ones before are handled, and beyond the limit they are dropped, counted and logged once', async () => {
  const lists: (readonly Packet[])[] = [];
  let release = (): void => {};
  const server = await listenUdp(context, { ...options, maxBytes: 65_536 }, (packets) => {
    lists.push(packets);
    return new Promise((resolve) => (release = resolve));
  });
  await send(server.port, 'first');
  await until(() => lists.length === 1);
  const dropped = () => [...context.metrics.read()].find(({ name }) => name === 'input_dropped_lines_total')?.value ?? 0;
  const packet = Buffer.alloc(60_000);
  while (dropped() < 2) {
    await send(server.port, packet, packet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(lists).toHaveLength(1);
  expect(context.log.lines.map(({ message }) => message)).toEqual(['UDP packets are dropped: they arrive faster than they are taken']);
  const timer = setInterval(() => release(), 0);
  await send(server.port, 'last');
  await until(() => lists.length > 1);
  await server.close();
  clearInterval(timer);
});

it('what the system has received is still taken at the end', async () => {
  let count = 0;
  const server = await listenUdp(context, options, (packets) => {
    count += packets.length;
  });
  await send(server.port, ...Array.from({ length: 50 }, String));
  await server.close();
  expect(count).toBe(50);
});

it('an error of the receiver is logged and harms nothing', async () => {
  let count = 0;
  const server = await listenUdp(context, options, (packets) => {
    count += packets.length;
    if (count === 1) throw new Error('no');
  });
  await send(server.port, 'a');
  await until(() => count === 1);
  await send(server.port, 'b');
  await until(() => count === 2);
  expect(context.log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['error unexpected error in processing UDP data']);
});

it('a port that is in use is a configuration error', async () => {
  const server = await listenUdp(context, options, () => {});
  await expect(listenUdp(context, { ...options, port: server.port }, () => {})).rejects.toThrow(`test.conf:1:1: port ${server.port} of 127.0.0.1 is in use`);
});

it('names of hosts are looked up if they are wanted', async () => {
  const seen: string[] = [];
  const server = await listenUdp(context, { ...options, resolveHostname: true }, (packets) => {
    for (const { remoteHost, bytes } of packets) seen.push(`${bytes.toString()} ${remoteHost}`);
  });
  await send(server.port, 'a', 'b');
  await until(() => seen.length === 2);
  expect(seen.join()).toMatch(/^a (localhost|127\.0\.0\.1)\S*,b /);
});
