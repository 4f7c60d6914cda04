import type { IncomingHttpHeaders } from 'node:http';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { refusal, type Wanted } from '../../../src/admin/access.ts';

const LOCAL = { host: '127.0.0.1', token: undefined };
const SECRET = { host: '0.0.0.0', token: 's3cret' };

function status(headers: IncomingHttpHeaders, { method = 'GET', wanted = 'data' as Wanted, rules = LOCAL as { host: string; token: string | undefined } } = {}): number {
  return refusal(method, headers, wanted, rules)?.status ?? 200;
}

describe('the Host header', () => {
  test.each(['127.0.0.1:24230', '10.1.2.3:24230', '[::1]:24230', 'localhost', 'localhost:1', 'LOCALHOST:1', 'x.localhost:1', hostname()])('may be %s', (host) => {
    expect(status({ host })).toBe(200);
  });

  test.each(['evil.example', 'evil.example:24230', '127.0.0.1.evil.example', 'localhost.evil.example'])('must not be %s, whose owner let it lead here', (host) => {
    expect(status({ host })).toBe(421);
  });

  test.each([undefined, '', 'a b', 'x:y', '[::1', 'user@localhost'])('must not be %s', (host) => {
    expect(status({ host })).toBe(400);
  });

  test('may be the name that the agent listens on', () => {
    expect(status({ host: 'node-7.internal:1' }, { rules: { host: 'Node-7.internal', token: undefined } })).toBe(200);
  });

  test('may be any name where a token is asked for', () => {
    expect(status({ host: 'logferry.logs.svc:1', authorization: 'Bearer s3cret' }, { rules: SECRET })).toBe(200);
  });
});

describe('other web pages', () => {
  test.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost:1' }, 200],
  ])('%j: %i', (headers, expected) => {
    expect(status({ host: 'localhost:1', ...headers })).toBe(expected);
  });

  test('may link to the page, which shows nothing by itself', () => {
    expect(status({ host: 'localhost:1', 'sec-fetch-site': 'cross-site' }, { wanted: 'page' })).toBe(200);
  });
});

describe('the token', () => {
  test.each([
    [undefined, 401],
    ['Bearer wrong', 401],
    ['Bearer s3cret2', 401],
    ['Basic s3cret', 401],
    ['Bearer', 401],
    ['Bearer s3cret', 200],
    ['bearer s3cret', 200],
  ])('%s: %i', (authorization, expected) => {
    expect(status({ host: '10.0.0.1', authorization }, { rules: SECRET })).toBe(expected);
  });

  test('is not asked for health and the page: probes send none', () => {
    expect(status({ host: '10.0.0.1' }, { rules: SECRET, wanted: 'health' })).toBe(200);
    expect(status({ host: '10.0.0.1' }, { rules: SECRET, wanted: 'page' })).toBe(200);
  });
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'])('%s is refused: there is nothing to change', (method) => {
  expect(refusal(method, { host: 'localhost' }, 'page', LOCAL)).toEqual({ status: 405, message: `expected GET, found ${method}: this server only shows`, headers: { allow: 'GET, HEAD' } });
});
