/** An endpoint and an SDK client for tests; both are closed after each test. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { onTestFinished } from 'vitest';
import type { LocalCloudWatch, LocalCloudWatchOptions } from '../../../src/local-cloudwatch/local-cloudwatch.ts';
import { startLocalCloudWatch } from '../../../src/local-cloudwatch/local-cloudwatch.ts';

/** The endpoint's clock stands at this time: 2024-06-01T12:00:00Z. */
export const NOW = Date.UTC(2024, 5, 1, 12);

export async function start(options: LocalCloudWatchOptions = {}): Promise<LocalCloudWatch> {
  const endpoint = await startLocalCloudWatch({ now: () => NOW, ...options });
  onTestFinished(() => endpoint.stop());
  return endpoint;
}

export function connect(
  { url }: LocalCloudWatch, credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }, maxAttempts = 1,
): CloudWatchLogsClient {
  const client = new CloudWatchLogsClient({
    endpoint: url, region: 'us-east-1', credentials, maxAttempts, retryMode: 'standard',
  });
  onTestFinished(() => client.destroy());
  return client;
}

/** A request without the SDK, signed for show. */
export async function call(
  url: string, operation: string, body: string | Uint8Array | object, headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${operation}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=AKID/20240601/us-east-1/logs/aws4_request, '
        + `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
      ...headers,
    },
    body: typeof body === 'string' || body instanceof Uint8Array ? body as string : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
