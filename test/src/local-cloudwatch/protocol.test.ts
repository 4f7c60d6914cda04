import { deflateSync, gzipSync } from 'node:zlib';
import { CloudWatchLogsClient, DescribeLogGroupsCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { NOW, call, connect, start } from './endpoint.ts';

const body = { logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: NOW, message: 'packed' }] };
const text = JSON.stringify(body);

test('an answer has the content type and a request id of the service', async () => {
  const { url } = await start();
  const { status, headers } = await call(url, 'DescribeLogGroups', '');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/x-amz-json-1.1');
  expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ['identity', Buffer.from(text)],
  ['gzip', gzipSync(text)],
  ['deflate', deflateSync(text)],
])('a body with the content-encoding %s is read', async (encoding, bytes) => {
  const { url, store } = await start({ groups: { g: ['s'] } });
  expect((await call(url, 'PutLogEvents', bytes, { 'content-encoding': encoding })).status).toBe(200);
  expect([...store.events('g', 's')].map((event) => event.message)).toEqual(['packed']);
});

test.each([
  ['br', Buffer.from(text), "expected the content-encoding gzip or deflate, found 'br'"],
  ['gzip', Buffer.from(text), 'The body is not valid gzip: incorrect header check'],
  ['identity', Buffer.from([0x22, 0xff, 0x22]), 'The body is not valid UTF-8.'],
  ['identity', Buffer.from('{"a":'), 'The body is not valid JSON: '],
  ['identity', Buffer.from('[]'), 'The body has to be a JSON object.'],
])('a body that cannot be read as %s (%#) is a SerializationException', async (encoding, bytes, message) => {
  const { url } = await start({ groups: { g: ['s'] } });
  expect(await call(url, 'PutLogEvents', bytes, { 'content-encoding': encoding })).toMatchObject({
    status: 400, body: { __type: 'SerializationException', message: expect.stringContaining(message) },
  });
});

test('a gzip bomb stays packed', async () => {
  const { url } = await start();
  const bomb = gzipSync(Buffer.alloc(17 * 1_048_576));
  expect(await call(url, 'PutLogEvents', bomb, { 'content-encoding': 'gzip' })).toMatchObject({
    status: 413, body: { __type: 'RequestEntityTooLargeException', message: 'The body is larger than 16777216 bytes.' },
  });
});

test('another content type is a SerializationException', async () => {
  const { url } = await start();
  expect((await call(url, 'DescribeLogGroups', {}, { 'content-type': 'application/json' })).body).toEqual({
    __type: 'SerializationException', message: "expected the content-type application/x-amz-json-1.1, found 'application/json'",
  });
});

test('a request that is no call is an UnknownOperationException', async () => {
  const { url } = await start();
  const response = await fetch(url);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    __type: 'UnknownOperationException',
    message: "expected POST with the header x-amz-target: Logs_20140328.OPERATION, found GET and ''",
  });
});

test('a full batch of bytes that JSON writes in six characters fits into the limit of a body', async () => {
  const { url, store } = await start({ groups: { g: ['s'] } });
  const message = '\u0001'.repeat(1_048_550);
  expect((await call(url, 'PutLogEvents', { ...body, logEvents: [{ timestamp: NOW, message }] })).status).toBe(200);
  expect(store.summary()[0].bytes).toBe(1_048_550);
});

test('a request without signature is a MissingAuthenticationTokenException', async () => {
  const { url } = await start();
  const response = await fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.DescribeLogGroups' }, body: '{}',
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token',
  });
});

test.each(['Bearer x', 'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00'])(
  'the Authorization header %j is an IncompleteSignatureException', async (authorization) => {
    const { url } = await start();
    expect((await call(url, 'DescribeLogGroups', {}, { authorization })).body).toMatchObject({ __type: 'IncompleteSignatureException' });
  },
);

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

test('signatures are verified if there are credentials', async () => {
  const endpoint = await start({ credentials, now: Date.now, groups: { g: ['s'] } });
  await connect(endpoint, credentials).send(new PutLogEventsCommand({
    ...body, logEvents: [{ timestamp: Date.now(), message: 'größer' }],
  }));
  const describe = new DescribeLogGroupsCommand({});
  await expect(connect(endpoint, { ...credentials, secretAccessKey: 'other' }).send(describe)).rejects.toMatchObject({
    name: 'InvalidSignatureException', message: expect.stringContaining('does not match the signature you provided'),
  });
  await expect(connect(endpoint, { ...credentials, accessKeyId: 'AKIDOTHER' }).send(describe)).rejects.toMatchObject({
    name: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.',
  });
});

test('a changed body breaks the signature', async () => {
  const endpoint = await start({ credentials, now: Date.now });
  const client = connect(endpoint, credentials);
  client.middlewareStack.add((next) => (args) => {
    (args.request as { body: string }).body = '{"limit":2}';
    return next(args);
  }, { step: 'finalizeRequest', priority: 'low', name: 'tamper' });
  await expect(client.send(new DescribeLogGroupsCommand({ limit: 1 }))).rejects.toThrow(/does not match|InvalidSignature/);
});

test('a session token is demanded if the credentials have one', async () => {
  const session = { ...credentials, sessionToken: 'token' };
  const endpoint = await start({ credentials: session, now: Date.now });
  await connect(endpoint, session).send(new DescribeLogGroupsCommand({}));
  await expect(connect(endpoint, credentials).send(new DescribeLogGroupsCommand({})))
    .rejects.toMatchObject({ name: 'UnrecognizedClientException' });
});

test('a signature of another day or another service is not accepted', async () => {
  const endpoint = await start({ credentials, now: () => Date.now() + 6 * 60_000 });
  const client = new CloudWatchLogsClient({
    endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1,
  });
  await expect(client.send(new DescribeLogGroupsCommand({}))).rejects.toThrow('Signature expired or not yet current');
  client.destroy();
  const { body: answer } = await call(endpoint.url, 'DescribeLogGroups', {}, {
    authorization: `AWS4-HMAC-SHA256 Credential=A/20240601/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  });
  expect(answer).toMatchObject({ __type: 'IncompleteSignatureException' });
});
