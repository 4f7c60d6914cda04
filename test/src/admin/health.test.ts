import { describe, expect } from 'vitest';
import type { Health } from '../../../src/admin/health.ts';
import type { Status } from '../../../src/admin/status.ts';
import { startShown, type Shown } from '../../support/admin.ts';
import { tail } from '../../support/agent.ts';
import { test } from '../../support/e2e.ts';
import { startLoopback } from '../../support/loopback.ts';

const http = (port: number, more = ''): string => `
<match **>
  @type http
  @id away
  endpoint http://127.0.0.1:${port}/
  open_timeout 60
  read_timeout 60
  retryable_response_codes 503
  <buffer>
    flush_interval 0.02
    retry_type periodic
    retry_wait 0.05
    retry_forever true
    ${more}
  </buffer>
</match>
`;

async function health(shown: Shown, path: string): Promise<Health & { status: number }> {
  const { status, body } = await shown.ask(path);
  return { ...(JSON.parse(body) as Health), status };
}

describe('health and readiness', () => {
  test('turn bad when the endpoint hangs while events wait, and good when it takes them', async ({ place }) => {
    const endpoint = await startLoopback();
    endpoint.reactions.push('hang');
    place.write('a.log', 'one\ntwo\n');
    const shown = await startShown(place, tail('a.log', 'a') + http(endpoint.port), { stallAfterMs: 300 });
    await expect.poll(async () => (await health(shown, '/readyz')).status, { timeout: 5000 }).toBe(503);
    const bad = await health(shown, '/healthz');
    expect(bad.status).toBe(503);
    expect(bad.reasons).toEqual([expect.stringMatching(/^output http \(away\) has not delivered anything for \d+ s, 2 events are waiting$/)]);
    expect(bad.stalls).toMatchObject([{ kind: 'output', id: 'away', type: 'http', cause: 'agent' }]);
    // Nothing explains it, so that a new start may help.
    expect((await health(shown, '/healthz?bearing=destination')).status).toBe(503);
    const { health: seen, oldestUnsentSeconds, buffers } = JSON.parse((await shown.ask('/api/status')).body) as Status;
    expect(seen).toMatchObject({ ok: false, alive: false });
    expect(oldestUnsentSeconds).toBeGreaterThan(0.2);
    expect(buffers).toMatchObject([{ id: 'away', waiting: 2, delivered: 0, retry: null }]);
    // The connection ends: the chunk is sent again, and taken.
    for (const { socket } of endpoint.requests) socket.destroy();
    await expect.poll(async () => (await health(shown, '/readyz')).status, { timeout: 5000 }).toBe(200);
    expect((await health(shown, '/healthz')).reasons).toEqual([]);
    await shown.stop();
    await shown.admin.close();
    await endpoint.close();
  });

  test('know an endpoint that refuses: a new start would not help, and the status tells of the retry', async ({ place }) => {
    const endpoint = await startLoopback();
    endpoint.reactions.push(...Array.from({ length: 1000 }, () => ({ status: 503 })));
    place.write('a.log', 'one\n');
    const shown = await startShown(place, tail('a.log', 'a') + http(endpoint.port), { stallAfterMs: 300 });
    await expect.poll(async () => (await health(shown, '/healthz')).status, { timeout: 5000 }).toBe(503);
    const bad = await health(shown, '/healthz?bearing=destination');
    expect([bad.status, bad.reasons]).toEqual([200, []]);
    expect(bad.stalls.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^output http \(away\) has not delivered anything for \d+ s, 1 events are waiting; its deliveries fail and are tried again$/),
    ]);
    const { buffers } = JSON.parse((await shown.ask('/api/status')).body) as Status;
    expect(buffers[0]!.retry).toMatchObject({ steps: expect.any(Number) as number, nextAt: expect.any(Number) as number });
    expect(buffers[0]!.flushFailures).toBeGreaterThan(1);
    endpoint.reactions.length = 0;
    await expect.poll(async () => (await health(shown, '/healthz')).status, { timeout: 5000 }).toBe(200);
    await shown.stop();
    await shown.admin.close();
    await endpoint.close();
  });

  test('tell of files whose unread bytes do not shrink', async ({ place }) => {
    const endpoint = await startLoopback();
    endpoint.reactions.push(...Array.from({ length: 10 }, () => 'hang' as const));
    place.write('a.log', `${'x'.repeat(999)}\n`.repeat(3000));
    const config = tail('a.log', 'a', '', '@type none') + http(endpoint.port, 'chunk_limit_size 32k\ntotal_limit_size 64k\noverflow_action block');
    const shown = await startShown(place, config, { stallAfterMs: 300 });
    await expect.poll(async () => (await health(shown, '/readyz')).reasons.some((reason) => /^input tail \(\S+\) has not read anything for \d+ s, \d+ bytes are waiting$/.test(reason)), { timeout: 8000 }).toBe(true);
    const { files, filesTotal } = JSON.parse((await shown.ask('/api/status')).body) as Status;
    expect(files.map(({ path }) => path)).toEqual([place.at('a.log')]);
    expect(filesTotal.unreadBytes).toBe(files[0]!.unreadBytes);
    expect(files[0]!.unreadBytes).toBeGreaterThan(0);
    await shown.stop(0);
    await shown.admin.close();
    await endpoint.close();
  });

  test('leave alone what waits for its time', async ({ place }) => {
    const endpoint = await startLoopback();
    place.write('a.log', 'one\n');
    const shown = await startShown(place, tail('a.log', 'a') + http(endpoint.port).replace('flush_interval 0.02', 'flush_interval 1h'), { stallAfterMs: 100 });
    await expect.poll(() => shown.agent.graph.steps.find(({ id }) => id === 'away')!.received).toBe(1);
    const seen = JSON.parse((await shown.ask('/api/status')).body) as Status;
    await expect.poll(async () => (JSON.parse((await shown.ask('/api/status')).body) as Status).now - seen.now, { timeout: 2000 }).toBeGreaterThan(300);
    expect(await health(shown, '/readyz')).toMatchObject({ status: 200, reasons: [] });
    await shown.stop();
    await shown.admin.close();
    await endpoint.close();
  });
});
