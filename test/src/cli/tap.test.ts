import { expect } from 'vitest';
import { run } from '../../../src/cli/tap.ts';
import { startShown, type Shown } from '../../support/admin.ts';
import { test as base } from '../../support/e2e.ts';

const CONFIG = `
<source>
  @type sample
  @id beats
  tag beat.one
  rate 20
  sample {"message":"hello","big":12345678901234567890}
</source>
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

async function tap(argv: string[], signal?: AbortSignal): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await run(argv, { stdout: { write: (part) => (out += part) }, stderr: { write: (part) => (err += part) }, signal });
  return { code, out, err };
}

test('prints events as JSON until the limit', async ({ shown }) => {
  const { code, out } = await tap(['--url', shown.url, '--tag', 'beat.*', '--stage', 'output', '--limit', '3']);
  const lines = out.trimEnd().split('\n');
  expect([code, lines.length]).toEqual([0, 3]);
  expect(JSON.parse(lines[0]!)).toMatchObject({ stage: 'output', plugin: 'away', tag: 'beat.one', record: { message: 'hello' } });
});

test('prints events as text with their records as they came', async ({ shown }) => {
  const { out } = await tap(['--url', shown.url, '--format', 'text', '--limit', '1']);
  expect(out).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z input beat\.one: \{"message":"hello","big":12345678901234567890\}\n$/);
});

test('tells on standard error what passed unseen', async ({ shown }) => {
  const { err } = await tap(['--url', shown.url, '--rate', '1', '--limit', '2']);
  expect(err).toMatch(/^logferry: \d+ more events passed and are not shown\n/);
});

test('ends with its signal', async ({ shown }) => {
  const ending = new AbortController();
  const running = tap(['--url', shown.url, '--tag', 'nothing'], ending.signal);
  ending.abort();
  expect((await running).code).toBe(0);
});

test('ends with the agent', async ({ shown }) => {
  const running = tap(['--url', shown.url, '--tag', 'nothing']);
  await expect.poll(async () => {
    await shown.admin.close();
    return true;
  }).toBe(true);
  await running.catch(() => {});
});

test('passes on what the server refuses', async ({ shown }) => {
  await expect(tap(['--url', shown.url, '--stage', 'x'])).rejects.toThrow("stage: expected input, before, after, output, emit, error, unmatched or all, found 'x'");
});

test.each([
  [['--limit', '0'], "--limit: expected a number from 1, found '0'"],
  [['--format', 'xml'], "--format: expected json or text, found 'xml'"],
  [['--url', 'x'], "--url: expected host:port, found 'x' (such as 127.0.0.1:24230)"],
])('refuses %j', async (argv, message) => {
  await expect(tap(argv)).rejects.toThrow(message);
});
