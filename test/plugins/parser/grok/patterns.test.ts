import { describe, expect, it } from 'vitest';
import { expandGrok } from '../../../../plugins/parser/grok/expand.ts';
import { GROK_PATTERNS } from '../../../../plugins/parser/grok/patterns/index.ts';

/** The fields that a pattern finds in a text from its first to its last character; undefined if it does not match. */
function fields(name: string, text: string): Record<string, string> | undefined {
  const { regexp } = expandGrok(`^%{${name}}$`, GROK_PATTERNS, '');
  const match = regexp.exec(text);
  if (!match) return undefined;
  const found = regexp.groups.flatMap(({ name: field, indices }) => {
    const value = indices.map((index) => match[index]).findLast((part) => part !== undefined);
    return value === undefined ? [] : [[field, value] as const];
  });
  return Object.fromEntries(found);
}

describe('grok patterns', () => {
  it.each([...GROK_PATTERNS.keys()])('%s compiles, alone and for several lines', (name) => {
    expect(() => expandGrok(`%{${name}}`, GROK_PATTERNS, '')).not.toThrow();
    expect(() => expandGrok(`%{${name}:field}`, GROK_PATTERNS, 'm')).not.toThrow();
  });

  it.each<[string, string[], string[]]>([
    ['INT', ['0', '-12', '+7'], ['', '1.5', 'x']],
    ['NUMBER', ['1', '-1.5', '.5', '+3.25'], ['abc', '1.2.3']],
    ['BASE16NUM', ['0xFF', 'ff', '-0x1a'], ['xyz']],
    ['POSINT', ['1', '42'], ['0', '-1']],
    ['WORD', ['abc', 'a_1'], ['a b', '-']],
    ['USERNAME', ['bob', 'b.o_b-1'], ['a b']],
    ['EMAILADDRESS', ['bob.smith+x@example.com'], ['bob']],
    ['UUID', ['123e4567-e89b-12d3-a456-426614174000'], ['123e4567']],
    ['QUOTEDSTRING', ['"a \\" b"', "'x'", '`y`', '""'], ['"open', 'plain']],
    ['MAC', ['00:1a:2B:3c:4d:5e', '00-1A-2B-3C-4D-5E', '001a.2b3c.4d5e'], ['00:1a']],
    ['IPV4', ['0.0.0.0', '255.255.255.255', '192.0.2.7'], ['256.1.1.1', '1.2.3']],
    ['IPV6', ['::1', '2001:db8::1', 'fe80::1%eth0', '1:2:3:4:5:6:7:8', '::ffff:192.0.2.1'], ['12345::', ':::']],
    ['IPORHOST', ['192.0.2.7', 'host-1.example.com', '2001:db8::1'], ['-']],
    ['HOSTPORT', ['example.com:8080'], ['example.com']],
    ['UNIXPATH', ['/var/log/a-b_c.log', '/'], ['var/log']],
    ['WINPATH', ['C:\\Windows\\a.log'], ['Windows']],
    ['URI', ['https://user@example.com:8443/a/b?c=d'], ['example']],
    ['URIPATHPARAM', ['/a/b.html?c=1&d[]=2'], ['a']],
    ['MONTH', ['Jan', 'October', 'Dec'], ['Foo']],
    ['DAY', ['Mon', 'Sunday'], ['Foo']],
    ['TIME', ['23:59:59', '00:00:00.123', '7:05:01,5'], ['25:00:00']],
    ['TIMESTAMP_ISO8601', ['2022-10-03T10:00:01.5+02:00', '2022-10-03 10:00:01,123', '2022-10-03T10:00Z'], ['2022-13-01']],
    ['HTTPDATE', ['03/Oct/2022:10:00:01 +0000'], ['2022-10-03']],
    ['SYSLOGTIMESTAMP', ['Oct  3 10:00:01', 'Oct 13 10:00:01'], ['2022-10-03']],
    ['LOGLEVEL', ['INFO', 'warn', 'Error', 'CRITICAL', 'emergency'], ['verbose']],
    ['JAVACLASS', ['com.example.App$Inner'], ['1x']],
    ['CISCO_REASON', ['TCP SYN without ACK'], ['no: matching']],
  ])('%s takes what it should and nothing else', (name, good, bad) => {
    expect(good.filter((text) => fields(name, text) === undefined)).toEqual([]);
    expect(bad.filter((text) => fields(name, text) !== undefined)).toEqual([]);
  });

  it.each<[string, string, Record<string, string>]>([
    ['COMMONAPACHELOG', '192.0.2.7 - bob [03/Oct/2022:10:00:01 +0000] "GET /a?b=c HTTP/1.1" 200 12', {
      clientip: '192.0.2.7', ident: '-', auth: 'bob', timestamp: '03/Oct/2022:10:00:01 +0000', verb: 'GET', request: '/a?b=c', httpversion: '1.1',
      response: '200', bytes: '12',
    }],
    ['SYSLOGBASE', 'Oct  3 10:00:01 host1 sshd[77]:', { timestamp: 'Oct  3 10:00:01', logsource: 'host1', program: 'sshd', pid: '77' }],
    ['SYSLOG5424BASE', '<34>1 2022-10-03T10:00:01Z host1 su 77 ID47 [a b="c"]', {
      syslog5424_pri: '34', syslog5424_ver: '1', syslog5424_ts: '2022-10-03T10:00:01Z', syslog5424_host: 'host1', syslog5424_app: 'su',
      syslog5424_proc: '77', syslog5424_msgid: 'ID47', syslog5424_sd: '[a b="c"]',
    }],
    ['CRONLOG', 'Oct  3 10:00:01 host1 CRON[9]: (root) CMD (run-parts)', {
      timestamp: 'Oct  3 10:00:01', logsource: 'host1', program: 'CRON', pid: '9', user: 'root', action: 'CMD', message: 'run-parts',
    }],
    ['JAVASTACKTRACEPART', '\tat com.example.App.run(App.java:12)', { class: 'com.example.App', method: 'run', file: 'App.java', line: '12' }],
    ['REDISMONLOG', '1664791201.5 [0 192.0.2.7:6379] "GET" "key"', {
      timestamp: '1664791201.5', database: '0', client: '192.0.2.7', port: '6379', command: 'GET', params: '"key"',
    }],
    ['RUBY_LOGGER', 'I, [2022-10-03T10:00:01.123456 #77]  INFO -- app: started', {
      timestamp: '2022-10-03T10:00:01.123456', pid: '77', loglevel: 'INFO', progname: 'app', message: 'started',
    }],
    ['BIND9', '03-Oct-2022 10:00:01.123 queries: info: client 192.0.2.7#4242 (example.com): query: example.com IN A + (192.0.2.53)', {}],
    ['POSTGRESQL', '2022-10-03 10:00:01 UTC bob 1a2b 77', {}],
    ['HAPROXYTCP', 'Oct  3 10:00:01 localhost haproxy[9]: 192.0.2.7:4242 [03/Oct/2022:10:00:01.123] front back/srv1 1/2/3 212 -- 0/0/0/0/0 0/0', {}],
    ['CISCOFW106023',
      'Deny tcp src outside:192.0.2.7/4242 dst inside:198.51.100.1/80 by access-group "acl" [0x1, 0x2]', {
        action: 'Deny', protocol: 'tcp', src_interface: 'outside', src_ip: '192.0.2.7', src_port: '4242', dst_interface: 'inside', dst_ip: '198.51.100.1',
        dst_port: '80', policy_id: 'acl', hashcode1: '0x1', hashcode2: '0x2',
      }],
    ['MONGO3_LOG', '2022-10-03T10:00:01.123+0000 I NETWORK  [conn1] end connection', {
      timestamp: '2022-10-03T10:00:01.123+0000', severity: 'I', component: 'NETWORK', context: 'conn1', message: 'end connection',
    }],
    ['MAVEN_VERSION', '1.2.3-SNAPSHOT', {}],
    ['SQUID3', '1664791201.123    45 192.0.2.7 TCP_MISS/200 512 GET http://example.com/ - HIER_DIRECT/198.51.100.1 text/html', {}],
  ])('%s finds the fields of its lines', (name, text, expected) => {
    expect(fields(name, text)).toMatchObject(expected);
  });
});
