/** Endpoints that cannot be reached or do not take the agent's word: nothing is lost, others are served. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { cloudWatch, messages, tail, until } from '../support/agent.ts';
import { test } from '../support/e2e.ts';

const json = (message: string): string => JSON.stringify({ message });

test('an endpoint that refuses connections: other outputs work on, and everything arrives once it is up', async ({ place }) => {
  const port = await freePort();
  place.write('logs/far.log', 'one\ntwo\n');
  place.write('logs/near.log', '1\n2\n');
  const near = await place.endpoint();
  const running = await place.start(`
    ${tail('logs/far.log', 'far', 'pos_file DIR/far.pos')}
    ${tail('logs/near.log', 'near')}
    ${cloudWatch(`http://127.0.0.1:${port}`, { pattern: 'far' })}
    ${cloudWatch(near.url)}
  `);
  await until(() => running.metric('buffer_flush_failures_total') >= 2 && messages(near, 'near').length === 2);
  place.append('logs/far.log', 'three\n');
  place.append('logs/near.log', '3\n');
  await until(() => messages(near, 'near').length === 3);
  expect(messages(near, 'near')).toEqual(['1', '2', '3'].map(json));
  expect(near.store.summary().map(({ stream }) => stream)).toEqual(['near']);
  const warnings = running.logged();
  expect(warnings.length).toBeGreaterThanOrEqual(2);
  for (const warning of warnings) {
    expect(warning).toMatch(/^warn: failed to flush the buffer\. retry_times=\d+ /);
    expect(warning).toContain(`PutLogEvents to log group \\"logs\\", stream \\"far\\" failed: `);
    expect(warning).toContain(`ECONNREFUSED 127.0.0.1:${port}`);
  }
  expect(place.positions('far.pos')).toEqual([['logs/far.log', 0]]);

  const far = await place.endpoint({ port });
  await until(() => messages(far, 'far').length === 3);
  expect(messages(far, 'far')).toEqual(['one', 'two', 'three'].map(json));
  await until(() => running.logged().some((line) => line.startsWith('warn: retry succeeded. ')));
  expect(running.metric('buffer_lost_chunks_total')).toBe(0);
  await running.stop();
  expect(place.positions('far.pos')).toEqual([['logs/far.log', 14]]);
});

test('wrong credentials: the log says what to look at, positions do not move, and the next start delivers', async ({ place }) => {
  const right = { id: 'AKIDRIGHT', secret: 'right' };
  const strict = await place.endpoint({ credentials: { accessKeyId: right.id, secretAccessKey: right.secret } });
  const other = await place.endpoint();
  place.write('logs/app.log', 'one\ntwo\n');
  place.write('logs/near.log', '1\n2\n');
  const config = (keys: typeof right): string => `
    ${tail('logs/app.log', 'app')}
    ${tail('logs/near.log', 'near', 'pos_file DIR/near.pos')}
    ${cloudWatch(strict.url, { pattern: 'app', keys })}
    ${cloudWatch(other.url)}
  `;
  const wrong = await place.start(config({ ...right, secret: 'wrong' }));
  await until(() => wrong.metric('buffer_flush_failures_total') >= 1 && messages(other, 'near').length === 2);
  expect(messages(other, 'near')).toEqual(['1', '2'].map(json));
  const [first] = wrong.logged();
  expect(first).toMatch(/^warn: failed to flush the buffer\. retry_times=0 /);
  expect(first).toContain('failed: InvalidSignatureException: ');
  expect(first).toContain(
    "(the AWS credentials are wrong or have expired: check the pod's role, or the access key and secret key, and the clock of the node)",
  );
  await wrong.stop(300);
  expect(strict.store.summary()).toEqual([]);
  expect(place.positions()).toEqual([['logs/app.log', 0]]);
  expect(place.positions('near.pos')).toEqual([['logs/near.log', 4]]);
  expect(wrong.metric('buffer_lost_chunks_total')).toBe(0);

  const mended = await place.start(config(right));
  await until(() => messages(strict, 'app').length === 2);
  await mended.stop();
  expect(messages(strict, 'app')).toEqual(['one', 'two'].map(json));
  expect(messages(other, 'near')).toEqual(['1', '2'].map(json));
  expect(mended.logged()).toEqual([]);
  expect(place.positions()).toEqual([['logs/app.log', 8]]);
});

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}
