import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TestContext } from '../../../support/context.ts';
import { startLoopback, type Loopback } from '../../../support/loopback.ts';
import { createHttp, textChunk } from './support.ts';

const signal = new AbortController().signal;
let folder: string;
let server: Loopback;
const opened: TestContext[] = [];

function writeKeys(id: string): void {
  writeFileSync(path.join(folder, 'credentials'), `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\n`);
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'http-credentials-'));
  server = await startLoopback();
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_CA_BUNDLE']) vi.stubEnv(name, '');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(folder, 'credentials'));
  vi.stubEnv('AWS_CONFIG_FILE', path.join(folder, 'config'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const context of opened.splice(0)) await context.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

async function started() {
  const made = createHttp({ endpoint: `http://127.0.0.1:${server.port}/`, auth: { method: 'aws_sigv4', aws_service: 'es', aws_region: 'eu-west-1' } });
  opened.push(made.context);
  await made.output.start!();
  return made.output;
}

const keyIds = () => server.requests.map(({ headers }) => /Credential=(\w+)\//.exec(String(headers['authorization']))![1]);

test('a request whose token is refused is signed once more with new keys, if there are any', async () => {
  writeKeys('FIRST');
  const output = await started();
  await output.write(textChunk('{"a":1}\n'), signal);
  writeKeys('SECOND');
  server.reactions.push({ status: 403, body: '{"message":"The security token included in the request is expired"}' });
  await output.write(textChunk('{"a":2}\n'), signal);
  expect(keyIds()).toEqual(['FIRST', 'FIRST', 'SECOND']);
});

test('a refusal without other keys, or for another reason, is the answer', async () => {
  writeKeys('FIRST');
  const output = await started();
  server.reactions.push({ status: 403, body: '{"message":"The security token included in the request is invalid"}' });
  await expect(output.write(textChunk('{"a":1}\n'), signal)).rejects.toThrow('403');
  server.reactions.push({ status: 403, body: '{"message":"no permissions for [indices:data/write/bulk]"}' });
  await expect(output.write(textChunk('{"a":1}\n'), signal)).rejects.toThrow('403');
  expect(keyIds()).toEqual(['FIRST', 'FIRST']);
});

test('where no credentials are found, every place that was tried is told', async () => {
  const output = await started();
  await expect(output.write(textChunk('{"a":1}\n'), signal)).rejects.toThrow(/environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; profile default: /);
});
