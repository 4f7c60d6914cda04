import { expect, test } from 'vitest';
import { addressText, isLoopbackHost, parseAdminEndpoint, workerAddress } from '../../../src/admin/endpoint.ts';

test.each([
  ['127.0.0.1:24230', { host: '127.0.0.1', port: 24_230 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:80', { host: '::1', port: 80 }],
  ['24230', { host: '127.0.0.1', port: 24_230 }],
])('%s is an address', (text, address) => {
  expect(parseAdminEndpoint(text, '--admin')).toEqual(address);
});

test.each(['', 'localhost', 'localhost:', 'a b:1', '1.2.3.4:65536', '::1:80', 'http://x:1'])("'%s' is no address, and the message says from where it came", (text) => {
  expect(() => parseAdminEndpoint(text, 'LOGFERRY_ADMIN')).toThrow(`LOGFERRY_ADMIN: expected host:port, found '${text}' (such as 127.0.0.1:24230)`);
});

test('each worker has a port of its own, next to the first one', () => {
  expect(workerAddress({ host: 'h', port: 100 }, 3)).toEqual({ host: 'h', port: 103 });
  expect(workerAddress({ host: 'h', port: 0 }, 3)).toEqual({ host: 'h', port: 0 });
  expect(() => workerAddress({ host: 'h', port: 65_534 }, 2)).toThrow('the admin server of worker 2 would listen on port 65536: choose a port of at most 65533');
});

test('loopback is what this machine alone reaches', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopbackHost)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', 'node-1', '127.evil.example'].some(isLoopbackHost)).toBe(false);
});

test('IPv6 addresses stand in brackets', () => {
  expect(addressText({ host: '::1', port: 1 })).toBe('[::1]:1');
  expect(addressText({ host: '10.0.0.1', port: 1 })).toBe('10.0.0.1:1');
});
