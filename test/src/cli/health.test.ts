import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { run } from '../../../src/cli/health.ts';

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** An admin server that answers with what it is told, by path. */
async function serve(answers: Record<string, { status: number; body: unknown }>, port = 0): Promise<number> {
  const server = http.createServer((request, response) => {
    const { status, body } = answers[request.url!] ?? { status: 404, body: { error: 'nothing here' } };
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

async function health(...argv: string[]): Promise<[number, string]> {
  let text = '';
  const code = await run(argv, { stdout: { write: (part) => (text += part) }, stderr: { write: (part) => (text += part) } });
  return [code, text];
}

const WELL = { ok: true, reasons: [], phase: 'running', started: true, stalls: [], workers: 1, worker: 0 };

test('says whether the agent is alive, started, ready', async () => {
  const port = await serve({ '/healthz?bearing=destination': { status: 200, body: WELL }, '/readyz': { status: 200, body: WELL } });
  expect(await health('--url', `127.0.0.1:${port}`)).toEqual([0, 'logferry: alive\n']);
  expect(await health('--url', `http://127.0.0.1:${port}/`, '--startup')).toEqual([0, 'logferry: started\n']);
  expect(await health('--url', `127.0.0.1:${port}`, '--ready')).toEqual([0, 'logferry: ready\n']);
});

test('says what is wrong', async () => {
  const bad = { status: 503, body: { ...WELL, ok: false, reasons: ['output x has not delivered anything', 'and more'] } };
  const port = await serve({ '/healthz?bearing=destination': bad, '/readyz': bad });
  expect(await health('--url', `${port}`)).toEqual([1, 'logferry: output x has not delivered anything; and more\n']);
  expect(await health('--url', `${port}`, '--ready')).toEqual([1, 'logferry: output x has not delivered anything; and more\n']);
  // It has started all the same.
  expect(await health('--url', `${port}`, '--startup')).toEqual([0, 'logferry: started\n']);
});

test('has not started before all plugins run', async () => {
  const port = await serve({ '/readyz': { status: 503, body: { ...WELL, ok: false, reasons: ['the agent is starting'], phase: 'starting', started: false } } });
  expect(await health('--url', `${port}`, '--startup')).toEqual([1, 'logferry: the agent is starting\n']);
});

test('tells of a destination in trouble, and is content: a new start would not help', async () => {
  const port = await serve({ '/healthz?bearing=destination': { status: 200, body: { ...WELL, stalls: [{ message: 'output x waits' }] } } });
  expect(await health('--url', `${port}`)).toEqual([0, 'logferry: alive, but output x waits\n']);
});

test('asks every worker', async () => {
  const first = await serve({ '/readyz': { status: 200, body: { ...WELL, workers: 2 } } });
  await serve({ '/readyz': { status: 503, body: { ...WELL, ok: false, workers: 2, worker: 1, reasons: ['it is stuck'] } } }, first + 1);
  expect(await health('--url', `${first}`, '--ready')).toEqual([1, 'logferry: worker 1: it is stuck\n']);
});

test('names the address when nobody answers there', async () => {
  const port = await serve({});
  servers.pop()!.close();
  expect(await health('--url', `127.0.0.1:${port}`)).toEqual([
    1, `logferry: nobody listens on 127.0.0.1:${port}: the agent does not run, or has no admin server (start it with --admin 127.0.0.1:${port} or LOGFERRY_ADMIN)\n`,
  ]);
});

test('does not wait for ever', async () => {
  const server = http.createServer(() => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  expect(await health('--url', `127.0.0.1:${port}`, '--timeout', '0.05')).toEqual([1, `logferry: no answer from 127.0.0.1:${port} within 0.05 s\n`]);
});

test('notices that somebody else listens there', async () => {
  const port = await serve({ '/healthz?bearing=destination': { status: 200, body: '<html>' }, '/readyz': { status: 404, body: { message: 'x' } } });
  expect(await health('--url', `${port}`)).toEqual([1, `logferry: expected JSON from 127.0.0.1:${port}, found "<html>": is this Logferry's address?\n`]);
  expect(await health('--url', `${port}`, '--ready')).toEqual([1, 'logferry: the admin server answered with status 404\n']);
});

test('wants one question at a time', async () => {
  await expect(health('--startup', '--ready')).rejects.toThrow('expected --startup or --ready, found both');
  await expect(health('--timeout', 'x')).rejects.toThrow("--timeout: expected seconds, found 'x'");
  expect((await health('--help'))[1]).toMatch(/^Usage: logferry health /);
});
