import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorText, RetryLaterError, UnrecoverableError } from '../../../../src/errors.ts';
import type { BufferedOutput, ChunkKeys } from '../../../../src/plugin.ts';
import type { TestContext } from '../../../support/context.ts';
import { startLoopback, type Loopback } from '../../../support/loopback.ts';
import { createHttp, textChunk, type Given } from './support.ts';

let server: Loopback;
const opened: TestContext[] = [];
beforeEach(async () => {
  server = await startLoopback();
});
afterEach(async () => {
  for (const context of opened.splice(0)) await context.close();
  await server.close();
});

const signal = new AbortController().signal;

async function start(given: Given = {}, keys: Partial<ChunkKeys> = {}): Promise<BufferedOutput & { context: TestContext }> {
  const { output, context } = createHttp({ endpoint: `http://127.0.0.1:${server.port}/in`, ...given }, keys);
  opened.push(context);
  await output.start!();
  return Object.assign(output, { context });
}

describe('a request', () => {
  test('is a POST of the chunk as it is', async () => {
    await (await start()).write(textChunk('{"a":1}\n'), signal);
    const [{ method, url, headers, body }] = server.requests as [Loopback['requests'][number]];
    expect({ method, url, body: body.toString() }).toEqual({ method: 'POST', url: '/in', body: '{"a":1}\n' });
    expect(headers).toEqual({
      host: `127.0.0.1:${server.port}`, accept: '*/*', 'user-agent': 'logferry', 'content-type': 'application/x-ndjson', 'content-length': '8',
      connection: 'close',
    });
  });

  test('is a PUT if http_method says so', async () => {
    await (await start({ http_method: 'put' })).write(textChunk('x'), signal);
    expect(server.requests[0]?.method).toBe('PUT');
  });

  test.each([
    ['{"a":1}\n,{"b":2}\n,', '[{"a":1}\n,{"b":2}\n]'],
    ['', '[]'],
  ])('with json_array makes an array of %j', async (chunk, expected) => {
    const output = await start({ json_array: true });
    await output.write(textChunk(chunk), signal);
    expect(server.requests[0]?.body.toString()).toBe(expected);
    expect(server.requests[0]?.headers['content-type']).toBe('application/json');
  });

  test('with json_array has chunks with a comma behind each event', async () => {
    const output = await start({ json_array: true });
    expect(output.format!('t', { sec: 0, nsec: 0 }, new Map([['a', 1]]))).toBe('{"a":1}\n,');
  });

  test('is compressed with compress gzip', async () => {
    await (await start({ compress: 'gzip', json_array: true })).write(textChunk('1,2,'), signal);
    const [{ headers, body }] = server.requests as [Loopback['requests'][number]];
    expect(headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(body).toString()).toBe('[1,2]');
  });

  test('has the headers of the configuration, the later one of equal names, whatever their case', async () => {
    const output = await start({
      headers: new Map<string, string | number | null>([['X-A', 'b'], ['X-Number', 1], ['user-agent', 'mine'], ['ACCEPT', null], ['content-type', 'lost'], ['X-T', 'lost'], ['X-U', 'ü']]),
      headers_from_placeholders: new Map([['x-t', '${tag}-${k}']]),
    }, { tag: true, fields: ['k'] });
    await output.write(textChunk('', { tag: 'a.b', variables: new Map([['k', 'ä']]) }), signal);
    const { headers } = server.requests[0]!;
    expect(headers).toMatchObject({ 'x-a': 'b', 'x-number': '1', 'user-agent': 'mine', 'content-type': 'application/x-ndjson' });
    expect(headers.accept).toBeUndefined();
    expect(Buffer.from(headers['x-t'] as string, 'latin1').toString()).toBe('a.b-ä');
    expect(Buffer.from(headers['x-u'] as string, 'latin1').toString()).toBe('ü');
  });

  test('goes where the placeholders of the endpoint lead', async () => {
    const output = await start({ endpoint: `http://127.0.0.1:${server.port}/\${tag[1]}/%Y?k=\${k}` }, { tag: true, time: true, fields: ['k'] });
    await output.write(textChunk('', { tag: 'a.b', timekey: 1_664_755_200, variables: new Map([['k', 'ä b']]) }), signal);
    expect(server.requests[0]?.url).toBe('/b/2022?k=%C3%A4%20b');
  });

  test('has basic authentication in UTF-8', async () => {
    await (await start({ auth: { method: 'basic', username: 'user', password: 'pass:ä' } })).write(textChunk(''), signal);
    expect(server.requests[0]?.headers.authorization).toBe('Basic dXNlcjpwYXNzOsOk');
  });

  test('has a connection of its own, or the last one with reuse_connections', async () => {
    const own = await start();
    for (let i = 0; i < 2; i++) await own.write(textChunk(''), signal);
    const kept = await start({ reuse_connections: true });
    for (let i = 0; i < 2; i++) await kept.write(textChunk(''), signal);
    const [a, b, c, d] = server.requests.map(({ socket }) => socket);
    expect(a).not.toBe(b);
    expect(c).toBe(d);
  });

  test('is sent again at once if the server has ended the connection that was kept', async () => {
    const output = await start({ reuse_connections: true });
    await output.write(textChunk('1'), signal);
    server.reactions.push('reset');
    await output.write(textChunk('2'), signal);
    expect(server.requests.map(({ body }) => body.toString())).toEqual(['1', '2', '2']);
  });
});

describe('an answer', () => {
  test.each([200, 201, 204, 299])('%d is a success', async (status) => {
    server.reactions.push({ status });
    await expect((await start()).write(textChunk('x'), signal)).resolves.toBeUndefined();
  });

  test('503 is tried again, when the server wants it', async () => {
    const output = await start();
    const tried = async (headers: Record<string, string>) => {
      server.reactions.push({ status: 503, headers, body: ' later\n' });
      return output.write(textChunk('x'), signal) as Promise<void>;
    };
    const message = `503 Service Unavailable later (POST http://127.0.0.1:${server.port}/in)`;
    await expect(tried({})).rejects.toEqual(new RetryLaterError(message));
    await expect(tried({ 'retry-after': '7' })).rejects.toMatchObject({ name: 'RetryLaterError', delayMs: 7000 });
    await expect(tried({ 'retry-after': '99999999' })).rejects.toMatchObject({ delayMs: 300_000 });
    await expect(tried({ 'retry-after': 'Mon, 03 Oct 2022 10:00:09 GMT' })).rejects.toMatchObject({ delayMs: 9000 });
    await expect(tried({ 'retry-after': 'soon' })).rejects.toMatchObject({ delayMs: undefined });
  });

  test.each([302, 400, 429, 500])('%d is unrecoverable', async (status) => {
    server.reactions.push({ status, body: 'why' });
    await expect((await start()).write(textChunk('x'), signal)).rejects.toBeInstanceOf(UnrecoverableError);
  });

  test('of retryable_response_codes is tried again, 503 is not then', async () => {
    const output = await start({ retryable_response_codes: [429, 500] });
    server.reactions.push({ status: 429 }, { status: 503 });
    await expect(output.write(textChunk('x'), signal)).rejects.toBeInstanceOf(RetryLaterError);
    await expect(output.write(textChunk('x'), signal)).rejects.toBeInstanceOf(UnrecoverableError);
  });

  test('is logged and counted, and the chunk thrown away, if errors are not unrecoverable', async () => {
    const output = await start({ error_response_as_unrecoverable: false });
    server.reactions.push({ status: 400, body: 'why' });
    await output.write(textChunk('x'), signal);
    expect(output.context.log.lines.filter(({ level }) => level === 'error')).toEqual([{
      level: 'error',
      message: 'got error response, the chunk is thrown away as error_response_as_unrecoverable is false',
      fields: { method: 'POST', url: `http://127.0.0.1:${server.port}/in`, response: '400 Bad Request why', records: 3 },
    }]);
    expect([...output.context.metrics.read()].find(({ name }) => name === 'http_lost_records_total')?.value).toBe(3);
  });

  test('that is long is not waited for, and only its beginning is shown', async () => {
    server.reactions.push({ status: 400, body: 'y'.repeat(1_000_000) });
    const error = await Promise.resolve((await start()).write(textChunk('x'), signal)).catch((caught: Error) => caught);
    expect((error as Error).message).toMatch(/^400 Bad Request y{1000} \(POST/);
  });
});

describe('a request without an answer', () => {
  const failure = async (output: BufferedOutput, by = signal): Promise<string> =>
    Promise.resolve(output.write(textChunk('x'), by)).then(() => 'no error', (error: unknown) => errorText(error));

  test('names the address and what happened', async () => {
    server.reactions.push('reset');
    expect(await failure(await start())).toBe(`no answer from http://127.0.0.1:${server.port}/in: socket hang up`);
  });

  test('that cannot connect says so', async () => {
    const output = await start();
    await server.close();
    expect(await failure(output)).toBe(`no answer from http://127.0.0.1:${server.port}/in: connect ECONNREFUSED 127.0.0.1:${server.port}`);
  });

  test('ends after read_timeout', async () => {
    server.reactions.push('hang');
    expect(await failure(await start({ read_timeout: 0.02 }))).toBe(
      `no answer from http://127.0.0.1:${server.port}/in: no data within 20 ms (read_timeout)`,
    );
  });

  test('ends when the delivery is aborted', async () => {
    server.reactions.push('hang');
    const aborter = new AbortController();
    const failed = failure(await start({ read_timeout: 0 }), aborter.signal);
    await server.received(1);
    aborter.abort(new Error('time is up'));
    expect(await failed).toBe(`no answer from http://127.0.0.1:${server.port}/in: the delivery was aborted: time is up`);
  });

  test('does not begin when the delivery is aborted already', async () => {
    const aborter = new AbortController();
    aborter.abort(new Error('time is up'));
    expect(await failure(await start(), aborter.signal)).toContain('the delivery was aborted: time is up');
    expect(server.requests).toEqual([]);
  });

  test('never happens for headers that no request can have: the chunk is unrecoverable', async () => {
    const output = await start({ headers_from_placeholders: new Map([['X-K', '${k}']]) }, { fields: ['k'] });
    const write = output.write(textChunk('', { variables: new Map([['k', 'a\r\nX-Evil: 1']]) }), signal);
    await expect(write).rejects.toThrow(new UnrecoverableError("a header cannot have what the placeholders of 'X-K' became"));
  });
});

describe('the configuration', () => {
  const configured = (given: Given) => () => createHttp({ endpoint: 'http://h/', ...given });

  test.each<[string, Given, string]>([
    ['json_array with another format', { json_array: true, format: 'csv' }, "json_array option could be used with json formatter only, found 'csv'"],
    ['a format of unknown type', { format: 'own' }, "can't determine Content-Type from formatter type 'own'"],
    ['a header that is no name', { headers: new Map([['a b', 'c']]) }, "headers: expected names of headers, found 'a b'"],
    ['a header with a line break', { headers: new Map([['a', 'b\nc']]) }, "headers: the value of 'a' has a line break or another control character"],
    ['a timeout below zero', { open_timeout: -1 }, 'open_timeout: expected a number of seconds, found -1'],
    ['a signature without a service', { auth: { method: 'aws_sigv4', aws_region: 'r' } }, 'aws_service is required for aws_sigv4 auth'],
    ['a signature without a region', { auth: { method: 'aws_sigv4', aws_service: 's' } }, 'aws_region is required for aws_sigv4 auth'],
    ['a host from the chunk', { endpoint: 'http://${chunk_id}/' }, 'allowed_hosts is required then'],
  ])('cannot have %s', (_name, given, message) => {
    expect(configured(given)).toThrow(message);
  });

  test('is told of all mistakes at once', () => {
    const given: Given = { endpoint: 'ftp://h/', format: 'own', auth: { method: 'aws_sigv4' }, proxy: 'socks://p', read_timeout: -1, json_array: true };
    expect(configured(given)).toThrow(expect.objectContaining({
      problems: [
        'endpoint must begin with http:// or https://',
        "can't determine Content-Type from formatter type 'own'",
        'aws_service is required for aws_sigv4 auth',
        'proxy: expected the URL of an HTTP proxy',
        'read_timeout: expected a number of seconds, found -1',
        'json_array option could be used with json formatter only',
      ].map((message) => expect.objectContaining({ message: expect.stringContaining(message) as string }) as object),
    }) as Error);
  });

  test('may have any format if it says the content type', () => {
    expect(configured({ format: 'own', content_type: 'text/x-own' })).not.toThrow();
  });
});
