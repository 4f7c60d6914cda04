import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { SCRIPTS } from '../../../src/admin/page/assets.ts';
import { startAdmin } from '../../../src/admin/start.ts';
import type { Status } from '../../../src/admin/status.ts';
import { startShown, type Shown } from '../../support/admin.ts';
import { until } from '../../support/agent.ts';
import { test as base } from '../../support/e2e.ts';

const CONFIG = `
<source>
  @type sample
  @id beats
  tag beat.one
  rate 50
  sample {"message":"hello"}
</source>
<filter beat.**>
  @type grep
  @id all
  <regexp>
    key message
    pattern /hello/
  </regexp>
</filter>
<match beat.**>
  @type null
  @id away
</match>
`;

const test = base.extend<{ shown: Shown }>({
  shown: async ({ place }, use) => {
    const shown = await startShown(place, CONFIG);
    await use(shown);
    await shown.admin.close();
  },
});

/** The first lines of a tap, as JSON. */
function tapLines(shown: Shown, query: string, count: number): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port: shown.admin.address.port, path: `/api/tap?${query}`, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        const lines = body.split('\n').slice(0, -1);
        if (lines.length < count) return;
        request.destroy();
        resolve(lines.slice(0, count).map((line) => JSON.parse(line) as Record<string, unknown>));
      });
      response.on('error', () => {});
    });
    request.on('error', reject);
  });
}

describe('what is shown', () => {
  test('the status has the whole pipeline, in the order of the configuration', async ({ shown }) => {
    await until(() => shown.agent.graph.steps.some(({ id, received }) => id === 'away' && received > 0));
    const { status, headers, body } = await shown.ask('/api/status');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    const seen = JSON.parse(body) as Status;
    expect(seen.pipeline.filter(({ named }) => named).map(({ kind, type, id, label, pattern }) => [kind, type, id, label, pattern])).toEqual([
      ['input', 'sample', 'beats', '@ROOT', null],
      ['filter', 'grep', 'all', '@ROOT', 'beat.**'],
      ['output', 'null', 'away', '@ROOT', 'beat.**'],
    ]);
    expect(seen.flows).toEqual([{ kind: 'input', from: 'beats', to: '@ROOT', records: expect.any(Number) as number }]);
    expect(seen).toMatchObject({ pid: process.pid, workers: 1, worker: 0, health: { ok: true, alive: true, phase: 'running' }, labels: ['@ROOT'], ledger: { imbalances: [] }, filesTotal: { count: 0, unreadBytes: 0 } });
  });

  test('metrics are in the format of Prometheus', async ({ shown }) => {
    const { status, headers, body } = await shown.ask('/metrics');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4']);
    expect(body).toMatch(/^logferry_output_received_records_total\{plugin_id="away",type="null"\} \d+\.0$/m);
  });

  test('health is JSON with reasons', async ({ shown }) => {
    const expected = { ok: true, reasons: [], phase: 'running', started: true, stalls: [], workers: 1, worker: 0 };
    for (const path of ['/healthz', '/readyz', '/healthz?bearing=destination']) {
      const { status, body } = await shown.ask(path);
      expect([status, JSON.parse(body)]).toEqual([200, expected]);
    }
  });

  test('an agent that ends is alive, and not ready', async ({ shown }) => {
    shown.admin.ending();
    expect((await shown.ask('/healthz')).status).toBe(200);
    const { status, body } = await shown.ask('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ ok: false, reasons: ['the agent is ending'], phase: 'ending', started: true });
  });

  test('warnings of the log are in the status', async ({ shown }) => {
    shown.agent.log.warn('something is odd', { path: '/x' });
    const { log } = JSON.parse((await shown.ask('/api/status')).body) as Status;
    expect(log.lines.map(({ level, text }) => [level, text])).toEqual([['warn', 'something is odd path="/x"']]);
  });
});

describe('the page', () => {
  test('and all that it is made of come from the server', async ({ shown }) => {
    const { status, headers, body } = await shown.ask('/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const parts = [...body.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map((found) => found[1]!);
    expect(new Set(parts)).toEqual(new Set(['/page/icon.svg', '/page/styles.css', '/page/main.js']));
    for (const part of [...parts, ...SCRIPTS.map((name) => `/page/${name}`)]) expect([part, (await shown.ask(part)).status]).toEqual([part, 200]);
  });

  test('every script that another one imports is served', () => {
    const folder = path.resolve(import.meta.dirname, '../../../src/admin/page');
    const imported = SCRIPTS.flatMap((name) => [...readFileSync(path.join(folder, name), 'utf8').matchAll(/from '\.\/([^']+)'/g)].map((found) => found[1]!));
    expect(new Set([...imported, 'main.js'])).toEqual(new Set(SCRIPTS));
  });

  test('has nothing inline and nothing from elsewhere, and its policy says so', async ({ shown }) => {
    const { headers, body } = await shown.ask('/');
    expect(body).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:/);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('what is refused', () => {
  test.for(['/page/../server.ts', '/page/%2e%2e/server.js', '/page/..%2fserver.ts', '//etc/passwd', '/page/', '/page/assets.ts', '/../../etc/passwd', '/page/main.js%00', '/constructor'])('there is nothing at %s', async (wrong, { shown }) => {
    const { status, body } = await shown.ask(wrong);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toEqual({ error: 'there is nothing at this path; there are /healthz, /readyz, /metrics, /api/status, /api/tap, /' });
  });

  test('a name that leads here by someone else’s choice', async ({ shown }) => {
    const { status, body } = await shown.ask('/api/status', { headers: { host: 'evil.example' } });
    expect([status, JSON.parse(body)]).toEqual([421, { error: "the name 'evil.example' is not known here: use an IP address, localhost, or the name that the agent listens on" }]);
  });

  test('methods that change things', async ({ shown }) => {
    const { status, headers } = await shown.ask('/api/status', { method: 'POST' });
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
  });

  test('a HEAD request gets no body', async ({ shown }) => {
    const { status, body } = await shown.ask('/api/status', { method: 'HEAD' });
    expect([status, body]).toEqual([200, '']);
  });

  test('a wrong number of files', async ({ shown }) => {
    expect(await shown.ask('/api/status?files=-1')).toMatchObject({ status: 400, body: `{"error":"files: expected a number from 0 to 10000, found '-1'"}\n` });
  });

  test('a wrong stage', async ({ shown }) => {
    expect(await shown.ask('/api/tap?stage=x')).toMatchObject({ status: 400 });
  });

  test('whoever has no token, where there is one; health is open', async ({ place }) => {
    const shown = await startShown(place, CONFIG, { token: 'abc' });
    const asked = async (path: string, headers = {}) => (await shown.ask(path, { headers })).status;
    expect([await asked('/api/status'), await asked('/metrics'), await asked('/api/tap'), await asked('/nothing')]).toEqual([401, 401, 401, 401]);
    expect([await asked('/'), await asked('/healthz'), await asked('/api/status', { authorization: 'Bearer abc' })]).toEqual([200, 200, 200]);
    await shown.admin.close();
  });
});

describe('a tap', () => {
  test('shows events as lines of JSON after a line that says that it is open', async ({ shown }) => {
    const [opened, first] = await tapLines(shown, 'tag=beat.*&stage=output&rate=5', 2);
    expect(opened).toEqual({ notice: 'open', tag: 'beat.*', stage: ['output'], rate: 5 });
    expect(first).toMatchObject({ stage: 'output', type: 'null', plugin: 'away', label: '@ROOT', tag: 'beat.one', record: { message: 'hello' } });
  });

  test('tells what it left out', async ({ shown }) => {
    const lines = await tapLines(shown, 'rate=1', 3);
    expect(lines[2]).toEqual({ notice: 'dropped', events: expect.any(Number) as number });
  });

  test('is one of eight at most; a reader that leaves makes room', async ({ shown }) => {
    const open = (): Promise<{ status: number; end(): void }> => new Promise((resolve, reject) => {
      const request = http.get({ host: '127.0.0.1', port: shown.admin.address.port, path: '/api/tap', agent: false }, (response) => {
        response.on('error', () => {}).resume();
        resolve({ status: response.statusCode!, end: () => request.destroy() });
      });
      request.on('error', reject);
    });
    const taps = [];
    for (let i = 0; i < 8; i++) taps.push(await open());
    expect(taps.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(await shown.ask('/api/tap')).toMatchObject({ status: 503, body: '{"error":"too many taps are open: end one of them"}\n' });
    taps[0]!.end();
    await expect.poll(async () => {
      const { status, end } = await open();
      end();
      return status;
    }).toBe(200);
    for (const tap of taps) tap.end();
  });

  test('never waits for a reader that does not read', async ({ shown }) => {
    const socket = net.connect(shown.admin.address.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /api/tap?rate=1000&stage=all HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => shown.agent.graph.steps.some(({ id, received }) => id === 'away' && received > 20));
    expect((await shown.ask('/healthz')).status).toBe(200);
    socket.destroy();
  });

  test('ends with the server', async ({ place }) => {
    const shown = await startShown(place, CONFIG);
    const ended = new Promise<void>((resolve) => {
      http.get({ host: '127.0.0.1', port: shown.admin.address.port, path: '/api/tap', agent: false }, (response) => {
        response.on('error', () => {}).on('close', () => resolve()).resume();
        void shown.admin.close();
      }).on('error', () => {});
    });
    await ended;
  });
});

describe('the start', () => {
  test('fails with the address if that is in use', async ({ shown }) => {
    await expect(startAdmin(shown.agent, { address: shown.admin.address, token: undefined, stallAfterMs: 1000 })).rejects.toThrow(`the admin server cannot listen on ${shown.url}`);
  });

  test('warns if others than this machine can reach it without a token', async ({ place }) => {
    const shown = await startShown(place, CONFIG, { address: { host: '0.0.0.0', port: 0 } });
    expect(shown.logged()).toEqual([
      'warn: the admin server listens beyond this machine: whoever reaches it sees what the logs contain; listen on 127.0.0.1, or set LOGFERRY_ADMIN_TOKEN bind="0.0.0.0"',
    ]);
    await shown.admin.close();
  });
});

test('a client that never ends its request is cut off', async ({ place }) => {
  const shown = await startShown(place, CONFIG, { requestMs: 200 });
  const socket = net.connect(shown.admin.address.port, '127.0.0.1');
  socket.write('GET /healthz HTTP/1.1\r\nHost:');
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (part) => (text += part.toString())).on('close', () => resolve(text)).on('error', () => {});
  });
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  await shown.admin.close();
});
