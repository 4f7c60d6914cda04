import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkSignature } from '../../../../src/local-cloudwatch/signature.ts';
import type { TestContext } from '../../../support/context.ts';
import { startLoopback, type Loopback, type Received } from '../../../support/loopback.ts';
import { createHttp, textChunk, type Given } from './support.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'token' };
const signal = new AbortController().signal;

let server: Loopback;
const opened: TestContext[] = [];
beforeEach(async () => {
  server = await startLoopback();
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', credentials.sessionToken);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const context of opened.splice(0)) await context.close();
  await server.close();
});

async function sent(path: string, given: Given = {}): Promise<Received> {
  const { output, context } = createHttp({
    endpoint: `http://127.0.0.1:${server.port}${path}`,
    // The local endpoint whose check is used here knows this one service.
    auth: { method: 'aws_sigv4', aws_service: 'logs', aws_region: 'eu-west-1' },
    ...given,
  });
  opened.push(context);
  await output.start!();
  await output.write(textChunk('{"a":1}\n'), signal);
  return server.requests[0]!;
}

describe('aws_sigv4', () => {
  test.each([
    ['', {}],
    ['/a/b', {}],
    ['/with%20space/ü/', {}],
    ['/p?b=2&a=1&a=0&empty&plus=%2B&sp=a%20b', {}],
    ['/gzip', { compress: 'gzip' as const, json_array: true }],
    ['/put', { http_method: 'put' as const, headers: new Map([['X-Other', 'not signed']]) }],
  ])('signs a request for %j so that AWS accepts it', async (path, given) => {
    const request = await sent(path, given);
    const check = () => checkSignature(request as unknown as IncomingMessage, request.body, credentials, Date.now());
    expect(check).not.toThrow();
    expect(request.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/logs\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, /,
    );
  });
});
