import { describe, expect, test } from 'vitest';
import { compileEndpoint } from '../../../../plugins/output/http/endpoint.ts';
import { UnrecoverableError } from '../../../../src/errors.ts';
import { NO_KEYS } from '../../../support/buffering.ts';

const read = (url: string) => compileEndpoint('http://h/', NO_KEYS, [])(url);

describe('the endpoint', () => {
  test.each([
    ['a port', 'http://h:81/p', { secure: false, host: 'h', port: 81, path: '/p', hostHeader: 'h:81' }],
    ["the scheme's port", 'https://h/p', { secure: true, host: 'h', port: 443, path: '/p', hostHeader: 'h' }],
    ['the scheme\'s port, written', 'http://h:80', { secure: false, host: 'h', port: 80, path: '/', hostHeader: 'h' }],
    ['a query without a path', 'http://h?a=b', { secure: false, host: 'h', port: 80, path: '/?a=b', hostHeader: 'h' }],
    ['an IPv6 address', 'http://[::1]:9/x', { secure: false, host: '::1', port: 9, path: '/x', hostHeader: '[::1]:9' }],
    ['letters of either case in the scheme', 'HTTPS://H/', { secure: true, host: 'H', port: 443, path: '/', hostHeader: 'H' }],
    ['no fragment', 'http://h/p?a#b', { secure: false, host: 'h', port: 80, path: '/p?a', hostHeader: 'h' }],
    ['dots in the path as they are', 'http://h/a/../b/./', { secure: false, host: 'h', port: 80, path: '/a/../b/./', hostHeader: 'h' }],
    ['what a URL cannot have, encoded', 'http://h/ä b|%zz%2fſ?q="<>', { secure: false, host: 'h', port: 80, path: '/%C3%A4%20b%7C%25zz%2f%C5%BF?q=%22%3C%3E', hostHeader: 'h' }],
    ['line breaks and invalid bytes, encoded', 'http://h/\r\n\udcff', { secure: false, host: 'h', port: 80, path: '/%0D%0A%FF', hostHeader: 'h' }],
    ['all that a URL may have', "http://h/-._~:@!$&'()*+,;=[]%20?/?", { secure: false, host: 'h', port: 80, path: "/-._~:@!$&'()*+,;=[]%20?/?", hostHeader: 'h' }],
  ])('has %s', (_name, url, expected) => {
    expect(read(url)).toMatchObject(expected);
  });

  test('is shown without name, password and query', () => {
    expect(read('http://user:secret@h:81/p?key=secret').shown).toBe('http://h:81/p');
  });

  test.each([
    ['ftp://h/', "endpoint must begin with http:// or https://, found 'ftp://h/' (write http://host:port/path or https://host:port/path)"],
    ['h:80/x', "endpoint must begin with http:// or https://, found 'h:80/x' (write http://host:port/path or https://host:port/path)"],
    ['http:///x', "endpoint must have a host, and a port only as a number up to 65535, found 'http:///x' (write http://host:port/path or https://host:port/path)"],
    ['http://h:99999/', "endpoint must have a host, and a port only as a number up to 65535, found 'http://h:99999/' (write http://host:port/path or https://host:port/path)"],
  ])('that is wrong is an error of the configuration: %s', (url, message) => {
    expect(() => compileEndpoint(url, NO_KEYS, [], { file: 'f', line: 2, column: 3 })).toThrow(`f:2:3: ${message}`);
  });

  test.each(['http://${tag}/x', 'http://h${tag[1]}', 'http://h:${port}/', 'http://%Y.h/', '${url}', 'http://${chunk_id}/'])(
    'needs allowed_hosts where the chunk gives the host: %s',
    (template) => {
      const keys = { ...NO_KEYS, tag: true, time: true, fields: ['port', 'url'] };
      expect(() => compileEndpoint(template, keys, [])).toThrow(`endpoint has a placeholder in its host, found '${template}': allowed_hosts is required then`);
    },
  );

  test('needs no allowed_hosts for placeholders of path and query', () => {
    const keys = { ...NO_KEYS, tag: true, time: true, fields: ['k'] };
    expect(compileEndpoint('http://h/${tag}/%Y?k=${k}', keys, [])('http://h/a?k=v').path).toBe('/a?k=v');
  });

  describe('whose host is a placeholder', () => {
    const dynamic = compileEndpoint('http://${tag}/x', { ...NO_KEYS, tag: true }, ['A.example', 'b.example:81', '[::1]']);

    test.each(['http://a.example/x', 'http://a.EXAMPLE:99/x', 'http://b.example:81/', 'http://[::1]:7/'])('goes to %s, which is allowed', (url) => {
      expect(dynamic(url).path).toMatch(/^\//);
    });

    test.each([
      ['http://evil.example/x', "the host 'evil.example:80' of the endpoint is not in allowed_hosts"],
      ['http://b.example/x', "the host 'b.example:80' of the endpoint is not in allowed_hosts"],
      ['http://a.example@evil/x', "the host 'evil:80' of the endpoint is not in allowed_hosts"],
      ['http://evil\\@a.example/x', "the host 'evil:80' of the endpoint is not in allowed_hosts"],
      ['http://a.example\r\n/x', "endpoint must have a host, and a port only as a number up to 65535, found 'http://a.example\r\n/x'"],
    ])('never goes to %j', (url, message) => {
      expect(() => dynamic(url)).toThrow(new UnrecoverableError(message));
    });
  });
});
