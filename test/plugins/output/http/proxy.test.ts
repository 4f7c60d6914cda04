import { describe, expect, test } from 'vitest';
import { environmentProxy, fixedProxy } from '../../../../plugins/output/http/proxy.ts';

describe('the proxy', () => {
  test('of the configuration is for all hosts', () => {
    expect(fixedProxy('http://p:3128')('localhost', 80)?.href).toBe('http://p:3128/');
    expect(fixedProxy('p:3128')('h', 80)?.href).toBe('http://p:3128/');
  });

  test('is none if the text is empty', () => {
    expect(fixedProxy('')('h', 80)).toBeUndefined();
    expect(environmentProxy({ HTTP_PROXY: '' })('h', 80)).toBeUndefined();
  });

  test('has to be a URL; its password stays out of the message', () => {
    const at = { file: 'f', line: 1, column: 2 };
    expect(() => fixedProxy('socks://user:secret@p', at)).toThrow('f:1:2: proxy: expected the URL of an HTTP proxy (write http://host:port)');
    expect(() => environmentProxy({ http_proxy: 'socks://x' })).toThrow('HTTP_PROXY of the environment: expected the URL of an HTTP proxy');
  });

  test('of the environment comes from HTTP_PROXY before http_proxy', () => {
    expect(environmentProxy({ HTTP_PROXY: 'http://a', http_proxy: 'http://b' })('h', 80)?.host).toBe('a');
    expect(environmentProxy({ http_proxy: 'http://b' })('h', 80)?.host).toBe('b');
  });

  test.each([
    ['*', 'any.example', 80, false],
    ['example.com', 'EXAMPLE.com', 80, false],
    ['example.com', 'a.example.com', 80, false],
    ['.example.com', 'a.example.com', 80, false],
    ['*.example.com', 'a.example.com', 80, false],
    ['example.com', 'notexample.com', 80, true],
    ['example.com:81', 'example.com', 81, false],
    ['example.com:81', 'example.com', 80, true],
    ['a, b c', 'c', 80, false],
    ['10.0.0.0/8', '10.1.2.3', 80, false],
    ['10.0.0.0/8', '11.1.2.3', 80, true],
    ['10.0.0.0/8', 'ten.example', 80, true],
    ['10.0.0.0/99', '10.1.2.3', 80, true],
    ['fd00::/8', 'fd12::1', 80, false],
    ['::1', '::1', 80, false],
    ['[::1]:81', '::1', 81, false],
    ['', 'h', 80, true],
  ])('with NO_PROXY %j and the host %s:%d is used: %s', (excepted, host, port, used) => {
    const find = environmentProxy({ HTTP_PROXY: 'http://p', NO_PROXY: excepted });
    expect(find(host, port) !== undefined).toBe(used);
  });
});
