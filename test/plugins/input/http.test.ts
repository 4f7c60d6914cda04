import http from 'node:http';
import { gzipSync, deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { BufferOverflowError } from '../../../src/errors.ts';
import { encodeValue } from '../../../src/lib/msgpack.ts';
import { testContext } from '../../support/context.ts';
import { connect, createInput, received, startInput, type RunningInput } from '../../support/network-input.ts';

let input: RunningInput;
const agent = new http.Agent({ keepAlive: true });
afterEach(async () => {
  agent.destroy();
  await input?.stop();
});

const source = (more = '', parse?: string) => `@type http\nport 0\nbind 127.0.0.1\n${more}\n${parse === undefined ? '' : `<parse>\n${parse}\n</parse>`}`;
const JSON_TYPE = { 'content-type': 'application/json' };

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly raw: string[];
  readonly body: Buffer;
}

function ask(path: string, body: string | Buffer = '', headers: Record<string, string | string[]> = JSON_TYPE, method = 'POST'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: input.port, path, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, raw: response.rawHeaders, body: Buffer.concat(parts) }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const NOW = '1664791200.000000000';

describe('bodies of the http input', () => {
  it.each<[string, string | Buffer, string, string[]]>([
    ['application/json', '{"a":1}', '', ['{"a":1}']],
    ['application/json; charset=utf-8', '[{"a":1},2,{"b":2}]', '', ['{"a":1}', '{"b":2}']],
    ['application/csp-report', '{"a":1}', '', ['{"a":1}']],
    ['application/x-ndjson', '{"a":1}\r\n\n{"b":2}\nbad\n{"c":3}\n\n', '', ['{"a":1}', '{"b":2}', '{"c":3}']],
    ['application/msgpack', encodeValue(new Map([['a', 1]])), '', ['{"a":1}']],
    ['application/msgpack', Buffer.concat([encodeValue([new Map([['a', 1]])]), encodeValue(new Map([['b', 2]]))]), '', ['{"a":1}', '{"b":2}']],
    ['application/x-www-form-urlencoded', 'x=1&json=%7B%22a%22%3A%22b+c%26%C3%BC%22%7D', '', ['{"a":"b c&ü"}']],
    ['application/x-www-form-urlencoded', Buffer.from(`msgpack=${[...encodeValue(new Map([['a', 300]]))].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('')}`), '', ['{"a":300}']],
    ['multipart/form-data; boundary="a b"', '--a b\r\nContent-Disposition: form-data; name="json"\r\n\r\n{"a":"--a b"}\r\n--a b--\r\n', '', ['{"a":"--a b"}']],
    ['multipart/form-data; boundary=X', 'preamble\r\n--X\r\nContent-Disposition: form-data; name="time"\r\n\r\n0\r\n--X\r\ncontent-disposition: form-data; filename="f"; name=json\r\nContent-Type: x\r\n\r\n{"a":\r\n1}\r\n--X--', '', ['{"a":1}']],
    ['text/plain', '', '?json=%7B%22a%22%3A1%7D', ['{"a":1}']],
    ['application/json', '', '', []],
    ['application/json', 'no json', '', []],
  ])('%s: %s', async (type, body, query, records) => {
    input = await startInput(source());
    expect(await ask(`/t${query}`, body, { 'content-type': type })).toMatchObject({ status: 200 });
    expect(input.events()).toEqual(records.map((record) => `t ${record}`));
  });

  it('are decompressed', async () => {
    input = await startInput(source('decompression_size_limit 1k'));
    for (const [encoding, compress] of [['gzip', gzipSync], ['deflate', deflateSync]] as const) {
      expect((await ask('/t', compress('{"a":1}'), { ...JSON_TYPE, 'content-encoding': encoding })).status).toBe(200);
      expect((await ask('/t', compress(`{"a":"${'x'.repeat(2000)}"}`), { ...JSON_TYPE, 'content-encoding': encoding })).status).toBe(400);
      expect((await ask('/t', 'bad', { ...JSON_TYPE, 'content-encoding': encoding })).status).toBe(400);
    }
    expect(input.events()).toEqual(['t {"a":1}', 't {"a":1}']);
  });

  it.each<[string, string | Buffer, string, string]>([
    ['text/plain', '{"a":1}', '/t', "'json', 'ndjson' or 'msgpack' parameter is required"],
    ['application/json', '{"time":"yesterday"}', '/t', "can't convert String into an exact number"],
    ['application/json', '{"time":[1]}', '/t', "can't convert Array into an exact number"],
    ['application/msgpack', encodeValue(new Map([['a', 'bcdef']])).subarray(0, -2), '/t', 'the MessagePack ends within a value: its last 7 bytes'],
    ['application/x-www-form-urlencoded', 'json=ü', '/t', 'the form must be ASCII only: other characters are percent-encoded'],
    ['application/json', '{"a":1}', '/a|b', 'bad URI (is not URI?): /a|b'],
  ])('that are wrong are answered with 400: %s %s', async (type, body, path, message) => {
    input = await startInput(source());
    const answer = await ask(path, body, { 'content-type': type });
    expect([answer.status, answer.body.toString()]).toEqual([400, `400 Bad Request\n${message}\n`]);
    expect(answer.headers['content-type']).toBe('text/plain');
    expect(input.events()).toEqual([]);
    expect(input.logged('error')).toEqual(['failed to process request']);
  });

  it('beyond body_size_limit are refused before they are kept, and the client sees the answer', async () => {
    input = await startInput(source('body_size_limit 100'));
    const answer = await ask('/t', 'x'.repeat(5_000_000));
    expect([answer.status, answer.body.toString(), answer.headers['content-type']]).toEqual([413, 'Too large', 'text/plain']);
    const chunked = await ask('/t', 'x'.repeat(300), { ...JSON_TYPE, 'transfer-encoding': 'chunked' });
    expect(chunked.status).toBe(413);
    expect((await ask('/t', '{}'.padEnd(100))).status).toBe(200);
  });
});

describe('tags and times of the http input', () => {
  it.each([['/', ''], ['/a', 'a'], ['/a/b/', 'a.b'], ['/a//b', 'a..b'], ['/a%20b', 'a%20b'], ['http://host/a/b', 'a.b'], ['/a.b#c', 'a.b']])('the path %s is the tag %j', async (path, tag) => {
    input = await startInput(source());
    await ask(path, '{}');
    expect(input.events()).toEqual([`${tag} {}`]);
  });

  it('a prefix comes before the tag', async () => {
    input = await startInput(source('add_tag_prefix x'));
    await ask('/a/b', '{}');
    expect(input.events()).toEqual(['x.a.b {}']);
  });

  it.each([
    ['?time=1700000000.25', '{}', '1700000000.250000000 t {}'],
    ['?time=12abc', '{}', '12.000000000 t {}'],
    ['?time=0', '{"time":5}', `${NOW} t {"time":5}`],
    ['?time=soon', '{}', `${NOW} t {}`],
    ['', '{"time":1700000000}', '1700000000.000000000 t {}'],
    ['', '{"time":1700000000.1}', '1700000000.099999904 t {}'],
    ['', '{"time":-1.5}', '-2.500000000 t {}'],
    ['', '{"time":null,"a":1}', `${NOW} t {"a":1}`],
    ['', '{"time":false,"a":1}', `${NOW} t {"a":1}`],
  ])('%s %s', async (query, body, event) => {
    input = await startInput(source());
    await ask(`/t${query}`, body);
    expect(input.timed()).toEqual([event]);
  });

  it.each([
    ['@type in_http\ntime_key at\nkeep_time_key true', '{"at":5,"time":6}', '5.000000000 t {"at":5,"time":6}'],
    ['@type in_http\ntime_format %Y-%m-%d %z', '{"time":"2024-02-03 +0000"}', '1706918400.000000000 t {}'],
    ['time_type unixtime', '{"time":"17"}', '17.000000000 t {}'],
  ])('the parser in_http says how times are read: %j', async (parse, body, event) => {
    input = await startInput(source('', parse));
    await ask('/t', body);
    expect(input.timed()).toEqual([event]);
  });

  it('a time that <parse> cannot read is answered with 400', async () => {
    input = await startInput(source('', 'time_format %Y-%m-%d'));
    const answer = await ask('/t', '{"time":"x"}');
    expect([answer.status, answer.body.toString()]).toEqual([400, expect.stringMatching(/^400 Bad Request\ninvalid time format: value = x/)]);
  });

  it('other parsers get the whole body', async () => {
    input = await startInput(source('', '@type none'));
    await ask('/t', Buffer.from([0x61, 0x0a, 0xff]), { 'content-type': 'application/x-www-form-urlencoded' });
    expect(input.context.router.batches[0]!.events[0]!.record.get('message')).toBe('a\n\udcff');
  });
});

describe('fields that the http input adds', () => {
  it('headers, in order, and as lists where they are repeated', async () => {
    input = await startInput(source('add_http_headers true'));
    await ask('/t?HTTP_X=forged&HTTP_Z=1', Buffer.from('{}'), { 'x-a-b': ['1', '2'], host: 'h', 'content-type': 'application/json', 'x-u': 'Ã¼' });
    expect(input.events()).toEqual([
      't {"HTTP_X":"forged","HTTP_Z":"1","HTTP_X_A_B":["1","2"],"HTTP_HOST":"h","HTTP_CONTENT_TYPE":"application/json","HTTP_X_U":"ü","HTTP_CONNECTION":"close","HTTP_CONTENT_LENGTH":"2"}',
    ]);
  });

  it('parameters of the query', async () => {
    input = await startInput(source('add_query_params true'));
    await ask('/t?a-b=1&c=%ff+x&a-b=2&d', '{}');
    expect(input.events()).toHaveLength(1);
    expect([...input.context.router.batches[0]!.events[0]!.record]).toEqual([['QUERY_A_B', '2'], ['QUERY_C', '\udcff x'], ['QUERY_D', '']]);
  });

  it.each([[{}, '"127.0.0.1"'], [{ 'x-forwarded-for': '203.0.113.9, 10.0.0.1' }, '"203.0.113.9"'], [{ 'x-forwarded-for': '' }, 'null']])('the address of the client: %j', async (headers, address) => {
    input = await startInput(source('add_remote_addr true'));
    await ask('/t', '{}', { ...JSON_TYPE, ...headers });
    expect(input.events()).toEqual([`t {"REMOTE_ADDR":${address}}`]);
  });
});

describe('answers of the http input', () => {
  async function raw(...requests: readonly string[]): Promise<string> {
    const socket = await connect(input.port);
    const answer = received(socket);
    for (const request of requests) socket.write(request);
    return answer;
  }
  const post = (path: string, body: string, headers = '') => `POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;

  it('are byte for byte those of Fluentd, and the connection is used again', async () => {
    input = await startInput(source());
    expect(await raw(post('/a', '{}'), post('/b', '{}'), post('/c', '{}', 'Connection: close\r\n'))).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n'.repeat(2) +
        'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n',
    );
    expect(input.events()).toEqual(['a {}', 'b {}', 'c {}']);
  });

  it.each([
    ['use_204_response true', 'HTTP/1.1 204 No Content\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\nContent-Type: text/plain\r\n\r\n'],
    ['respond_with_empty_img true\nuse_204_response true', 'HTTP/1.1 200 OK\r\nContent-Type: image/gif; charset=utf-8\r\nConnection: Keep-Alive\r\nContent-Length: 35\r\n\r\nGIF89a'],
    ['cors_allow_origins ["*"]', 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nAccess-Control-Allow-Origin: *\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n'],
  ])('with %j', async (more, start) => {
    input = await startInput(source(more));
    expect(await raw(post('/a', '{}'), 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')).toSatisfy((text: string) => text.startsWith(start));
  });

  it('GET is answered with 200, and the connection is closed', async () => {
    input = await startInput(source());
    expect(await raw('GET /any HTTP/1.1\r\nHost: h\r\n\r\n')).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nContent-Type: text/plain\r\n\r\n');
    expect(await raw('GET /any HTTP/1.0\r\n\r\n')).toBe('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: text/plain\r\n\r\n');
  });

  it('Expect: 100-continue is answered before the body, unless that is too large; other expectations are not met', async () => {
    input = await startInput(source('body_size_limit 50'));
    expect(await raw(post('/a', '{}', 'Expect: 100-continue\r\nConnection: close\r\n'))).toBe('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n');
    expect(await raw('POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n')).toMatch(/^HTTP\/1\.1 413 Request Entity Too Large\r\n.*Too large$/s);
    expect(await raw(post('/a', '{}', 'Expect: more\r\n'))).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\n/);
  });

  it('what is no HTTP is answered with 400, and harms nobody', async () => {
    input = await startInput(source());
    expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(await raw('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello')).toMatch(/^HTTP\/1\.1 400/);
    expect((await ask('/t', '{}')).status).toBe(200);
  });

  it('come when the events are taken', async () => {
    const context = testContext({ kind: 'input' });
    input = await startInput(source(), context);
    let taken = (): void => {};
    context.router.emit = () => new Promise((resolve) => (taken = resolve));
    let isAnswered = false;
    const answer = ask('/t', '{}').then((found) => {
      isAnswered = true;
      return found.status;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    const stopping = input.stop();
    await new Promise((resolve) => setTimeout(resolve, 150));
    taken();
    expect(await answer).toBe(200);
    await stopping;
  });

  it('are 500 if they are not', async () => {
    const context = testContext({ kind: 'input' });
    input = await startInput(source(), context);
    context.router.fail = new BufferOverflowError('buffer space has too many data');
    const answer = await ask('/t', '{}');
    expect([answer.status, answer.body.toString()]).toEqual([500, '500 Internal Server Error\nbuffer space has too many data\n']);
    expect(input.logged('error')).toEqual(['failed to emit data']);
  });

  it('are not logged with dump_error_log false', async () => {
    input = await startInput(source('dump_error_log false'));
    expect((await ask('/t', '{}', {})).status).toBe(400);
    expect(input.logged('error')).toEqual([]);
  });
});

describe('CORS of the http input', () => {
  const list = 'cors_allow_origins ["https://a.example","https://*.b.example",""]';
  it.each<[string, string, number, string | undefined]>([
    [list, 'https://a.example', 200, 'https://a.example'],
    [list, 'https://x.b.example', 200, 'https://x.b.example'],
    [list, 'https://a.example.evil', 403, undefined],
    [list, 'http://x.b.example', 403, undefined],
    [`${list}\ncors_allow_credentials true`, 'https://a.example', 200, 'https://a.example'],
    ['cors_allow_origins ["*"]', 'https://any', 200, '*'],
    ['', 'https://any', 200, undefined],
  ])('%s: %s', async (more, origin, status, allowed) => {
    input = await startInput(source(more));
    const answer = await ask('/t', '{}', { ...JSON_TYPE, origin });
    expect([answer.status, answer.headers['access-control-allow-origin'], answer.headers['access-control-allow-credentials']]).toEqual([
      status, allowed, more.includes('credentials') ? 'true' : undefined,
    ]);
    const request = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'X-A, X-B' };
    const preflight = await ask('/t', '', request, 'OPTIONS');
    const may = status === 200 && more !== '';
    expect([preflight.status, preflight.headers['access-control-allow-headers'], preflight.headers['access-control-allow-origin']]).toEqual(
      may ? [200, 'X-A, X-B', allowed] : [403, undefined, undefined],
    );
    expect((await ask('/t', '', { ...request, 'access-control-request-method': 'PUT' }, 'OPTIONS')).status).toBe(403);
  });

  it.each([
    ['cors_allow_credentials true', 'Cannot enable cors_allow_credentials without specific origins'],
    ['cors_allow_credentials true\ncors_allow_origins ["*"]', 'Cannot enable cors_allow_credentials without specific origins'],
    ['add_tag_prefix ""', "'add_tag_prefix' parameter must not be empty"],
  ])('%j is a configuration error', async (more, message) => {
    await expect(createInput(source(more))).rejects.toThrow(message);
  });
});

it('counts what came and what was left out', async () => {
  input = await startInput(source());
  await ask('/t', '[{"a":1},2,{"b":2}]');
  expect(input.metric('input_lines_total')).toBe(3);
  expect(input.metric('input_bytes_total')).toBe(19);
  expect(input.metric('input_dropped_lines_total', { reason: 'unparsed' })).toBe(1);
  expect(input.metric('input_http_requests_total', { code: '200' })).toBe(1);
});

it('closes connections on which nothing comes for keepalive_timeout', async () => {
  input = await startInput(source('keepalive_timeout 1'));
  const socket = await connect(input.port);
  socket.write('POST /t HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nslow');
  expect(await received(socket)).toBe('');
});
