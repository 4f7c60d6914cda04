import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { servePages, type Page, type PageRequest } from '../../../src/net/serve-pages.ts';
import { testContext, type TestContext } from '../../support/context.ts';

const contexts: TestContext[] = [];
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

async function serve(answer: (request: PageRequest) => Page) {
  const context = testContext({ kind: 'input' });
  contexts.push(context);
  const { port } = await servePages(context, { host: '127.0.0.1', port: 0 }, answer);
  return { context, port, url: `http://127.0.0.1:${port}` };
}

const text = (body: string): Page => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body });

test('a page is answered with its path and query, one after the other on one connection', async () => {
  const { url } = await serve(({ path, query }) => text(`${path} ${query.get('a')}`));
  expect(await (await fetch(`${url}/x?a=1%20b`)).text()).toBe('/x 1 b');
  expect(await (await fetch(`${url}/y`)).text()).toBe('/y null');
});

test('HEAD has the headers of the page alone', async () => {
  const { url } = await serve(() => text('four'));
  const response = await fetch(url, { method: 'HEAD' });
  expect([response.headers.get('content-length'), await response.text()]).toEqual(['4', '']);
});

test('a body that is sent along is not waited for', async () => {
  const { port } = await serve(({ method }) => text(method));
  const socket = net.connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbegin');
  const answer = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())));
  socket.destroy();
  expect(answer).toContain('POST');
});

test('what fails is answered without details and logged', async () => {
  const { context, url } = await serve(() => {
    throw new Error('secret');
  });
  const response = await fetch(`${url}/x`);
  expect([response.status, await response.text()]).toEqual([500, '500 Internal Server Error\n']);
  expect(context.log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['warn a page could not be made']);
});

test('what is no HTTP is refused', async () => {
  const { port } = await serve(() => text(''));
  const socket = net.connect(port, '127.0.0.1');
  socket.write('nonsense\r\n\r\n');
  const answer = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())));
  expect(answer.split('\r\n')[0]).toBe('HTTP/1.1 400 Bad Request');
});
