import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../../../plugins/filter/kubernetes_metadata/api-client.ts';
import { Credentials } from '../../../../plugins/filter/kubernetes_metadata/credentials.ts';
import { MetricsRegistry } from '../../../../src/metrics/metrics.ts';
import { testLog, type TestLog } from '../../../support/context.ts';
import { fakeApi, POD_PATH, pod, type FakeApi } from './fake-api.ts';

let api: FakeApi;
let client: ApiClient;
let log: TestLog;

beforeEach(async () => {
  api = await fakeApi();
  log = testLog();
  const now = () => performance.now();
  const files = {
    caFile: undefined, tokenFile: undefined, certFile: undefined, keyFile: undefined, secretDir: '/nonexistent', verify: true, partialChain: false,
  };
  const settings = { base: new URL(`${api.url}/v1`), openTimeoutMs: 1000, readTimeoutMs: 80 };
  client = new ApiClient(settings, new Credentials(files, false, now), log, new MetricsRegistry(), now);
  client.acquire();
});
afterEach(async () => {
  client.release();
  await api.close();
});

async function failure(path: string): Promise<string> {
  const answer = await client.get(path);
  return answer.kind === 'failed' ? answer.error.message : answer.kind;
}

describe('ApiClient', () => {
  it.each([
    [403, 'status 403 (the service account needs the verbs get, list and watch for pods and namespaces): no'],
    [401, 'status 401 (the token is not valid: see bearer_token_file and secret_dir): no'],
    [500, 'status 500: no'],
    [200, 'the answer is not JSON'],
    [404, 'missing'],
  ])('says what status %i means', async (status, expected) => {
    api.faults.set('x', (_request, response) => response.writeHead(status).end('no'));
    expect(await failure('x')).toBe(expected);
  });

  it('gives up on an answer that does not come, or does not end', async () => {
    api.faults.set('x', () => {});
    expect(await failure('x')).toBe('no answer within 80 ms (read_timeout)');
    api.faults.set('x', (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{');
      setTimeout(() => response.destroy(), 10);
    });
    expect(await failure('x')).toMatch(/aborted|closed/);
  });

  it('asks again if a connection that was kept turns out to be closed', async () => {
    api.objects.set(POD_PATH, pod());
    expect((await client.get(POD_PATH)).kind).toBe('found');
    api.faults.set(POD_PATH, (request) => {
      api.faults.delete(POD_PATH);
      request.socket.resetAndDestroy();
    });
    expect((await client.get(POD_PATH)).kind).toBe('found');
    expect(api.requests).toHaveLength(3);
  });

  it('counts as down after three failures in a row, and asks one thing at a time then', async () => {
    let running = 0;
    let most = 0;
    let broken = true;
    for (let i = 0; i < 12; i++) {
      api.faults.set(`x${i}`, (_request, response) => {
        most = Math.max(most, ++running);
        setTimeout(() => {
          running--;
          response.writeHead(broken ? 503 : 404).end();
        }, 5);
      });
    }
    for (const path of ['x0', 'x1', 'x2']) await client.get(path);
    expect(client.down).toBe(true);
    most = 0;
    await Promise.all(['x3', 'x4', 'x5', 'x6'].map((path) => client.get(path)));
    expect(most).toBe(1);
    broken = false;
    await client.get('x7');
    expect(client.down).toBe(false);
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn the Kubernetes API could not be read: events go on without its metadata until it can', 'info the Kubernetes API answers again',
    ]);
  });

  it('does not count refusals as being down', async () => {
    api.faults.set('x', (_request, response) => response.writeHead(403).end());
    for (let i = 0; i < 4; i++) await client.get('x');
    expect(client.down).toBe(false);
  });
});
