import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MessageStream, readMessage } from '../../../src/forward-protocol/index.ts';
import { encodeText } from '../../../src/lib/text.ts';
import { lines } from '../../support/batches.ts';
import { testContext } from '../../support/context.ts';
import { chunkOf, createOutput } from '../../support/forward-output.ts';

const record = new Map([['n', 1]]);
const signal = new AbortController().signal;

/** What arrives on one connection. */
async function receiver(listenOn: number | string) {
  const server = createServer();
  await new Promise<void>((resolve) => (typeof listenOn === 'number' ? server.listen(listenOn, '127.0.0.1', resolve) : server.listen(listenOn, resolve)));
  const bytes = new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) => {
      const pieces: Buffer[] = [];
      socket.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
        server.close();
        resolve(Buffer.concat(pieces));
      });
    });
  });
  return { port: (server.address() as AddressInfo).port, bytes };
}

function events(bytes: Buffer): string[] {
  return new MessageStream({ maxBytes: 1e6 }).push(bytes).flatMap((part) => {
    const message = part.kind === 'message' && readMessage(part, { strict: true, decompressionLimit: 0, now: () => ({ sec: 0, nsec: 0 }) });
    return message && message.kind === 'events' ? lines(message.events).map((line) => `${message.tag} ${line}`) : [part.kind];
  });
}

it('tcp sends each event with its tag, and ends the connection', async () => {
  const { port, bytes } = await receiver(0);
  const output = await createOutput(`@type tcp\nhost 127.0.0.1\nport ${port}`);
  const formatted = Buffer.concat([output.format!('a.b', { sec: 7, nsec: 5 }, record), output.format!('c', { sec: 8, nsec: 0 }, record)].map((part) => (typeof part === 'string' ? encodeText(part) : part)));
  expect(formatted.subarray(0, 20).toString('hex')).toBe('92a3612e62c40f92d700000000070000000581a1');
  await output.write({ ...chunkOf('x', 1), read: () => formatted }, signal);
  expect(events(await bytes)).toEqual(['a.b 7 {"n":1}', 'c 8 {"n":1}']);
});

it('unix sends over a socket, with whole seconds if wanted', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-unix-'));
  const at = path.join(folder, 'in.sock');
  const { bytes } = await receiver(at);
  const output = await createOutput(`@type unix\npath ${at}\ntime_as_integer true`);
  const formatted = output.format!('a', { sec: 7, nsec: 5 }, record) as Buffer;
  expect(formatted.toString('hex')).toBe('92a161c406920781a16e01');
  await output.write({ ...chunkOf('x', 1), read: () => formatted }, signal);
  expect(events(await bytes)).toEqual(['a 7 {"n":1}']);
  rmSync(folder, { recursive: true });
});

it('a receiver that is not there is an error with its name', async () => {
  const output = await createOutput('@type unix\npath /nonexistent/fluent.sock');
  await expect(output.write(chunkOf('x', 1), signal)).rejects.toThrow('cannot send to /nonexistent/fluent.sock');
});

it('both say that they are old', async () => {
  const context = testContext();
  await createOutput('@type tcp\nhost a', context);
  await createOutput('@type unix\npath a', context);
  expect(context.log.lines.map(({ message }) => message)).toEqual([
    "'tcp' output is obsoleted and will be removed. Use 'forward' instead.",
    "'unix' output is obsoleted and will be removed.",
  ]);
});
