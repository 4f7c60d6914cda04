import { describe, expect, test } from 'vitest';
import { generateJson } from '../../../src/lib/json.ts';
import { decodeText } from '../../../src/lib/text.ts';
import type { Parsed } from '../../../src/plugin.ts';
import { testContext } from '../../support/context.ts';
import { createParser } from './recorded.ts';

/** Records of the events of a text as JSON; null for a part that does not fit. */
async function records(config: string, text: string): Promise<(string | null)[]> {
  const found = (await createParser(config)).parse(text);
  const list = Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined];
  return list.map((event) => (event ? generateJson(event.record) : null));
}

describe('mistakes in a configuration are told with their place', () => {
  test.each([
    ['@type regexp\nexpression /(/', "test.conf:3:1: 'expression' parameter: invalid regular expression /(/"],
    ['@type regexp\nexpression /(a)/', "test.conf:3:1: No named captures in 'expression' parameter."],
    ['@type regexp', "test.conf:1:1: 'expression' parameter is required"],
    ['@type json\ntypes a:number', "test.conf:3:1: unknown value conversion for key:'a', type:'number'"],
    ['@type json\nnull_value_pattern /(/', "test.conf:3:1: 'null_value_pattern' parameter: invalid regular expression"],
    ['@type none\ntimezone Asia/Tokyo', 'specifying timezone requires time format'],
    ['@type none\ntime_type mixed', 'time_type is :mixed but time_format and time_format_fallbacks is empty.'],
    ['@type multiline\nformat1 a', "test.conf:3:1: format should be Regexp, need //, in format1: 'a'"],
    ['@type multiline\nformat1 /(?<a>b)/\nformat3 /c/', 'test.conf:4:1: Jump of format index found. format2 is missing.'],
    ['@type multiline\nformat1 /(?<a>b)/\nformat21 /c/', 'Invalid formatN found. N should be 1 - 20: format21'],
    ['@type multiline\nformat1 /b/', "Invalid regexp 'b': No named captures"],
    ['@type multiline\nformat_firstline /(/\nformat1 /(?<a>b)/', 'Invalid regexp in format_firstline: '],
    ['@type csv\nkeys a\ndelimiter ""', "'delimiter' of csv is empty"],
    ['@type grok', 'no grok patterns. Check configuration'],
    ['@type grok\ngrok_pattern %{NOPE:a}', 'grok pattern not found: %{NOPE} (in %{NOPE:a})'],
    ['@type multi_format', 'multi_format has no formats'],
    ['@type multi_format\n<pattern>\nformat jsn\n</pattern>', "Unknown parser plugin 'jsn' (did you mean 'json'?)"],
  ])('%s', async (config, message) => {
    await expect(createParser(config)).rejects.toThrow(message);
  });
});

describe('texts that are read', () => {
  test.each([
    ['@type none\nmessage_key m', 'x', ['{"m":"x"}']],
    ['@type json', '[1,{"a":1}]', [null, '{"a":1}']],
    ['@type json', '{"a":', [null]],
    ['@type json\nnull_empty_string true\nnull_value_pattern /^-$/', '{"a":"","b":"-","c":"x"}', ['{"a":null,"b":null,"c":"x"}']],
    ['@type csv\nkeys a,b', '"x ""y""\nz",', ['{"a":"x \\"y\\"\\nz","b":null}']],
    ['@type csv\nkeys a,b\nparser_type fast', '1,"2,3",4,5\n', ['{"a":"1","b":"2,3","":"5"}']],
    ['@type tsv\nkeys a,b', '', ['{"a":null,"b":null}']],
    ['@type ltsv\ndelimiter " "', ' a:1  b:2 c', ['{"a":"1","b":"2"}']],
    ['@type regexp\nexpression /(?<a>x)|(?<b>y)/', 'y', ['{"b":"y"}']],
    ['@type regexp\nexpression /(?<a>.*)/\nignorecase true', 'Y', ['{"a":"Y"}']],
    ['@type grok\ngrok_pattern %{IPV6:ip} %{WORD:[log][level]}', '2001:db8::1:0 x', ['{"ip":"2001:db8::1:0","log.level":"x"}']],
    ['@type grok\ngrok_pattern ^%{IPV6:ip}$', '::ffff:192.0.2.1', ['{"ip":"::ffff:192.0.2.1"}']],
    ['@type grok\ngrok_pattern %{SYSLOGLINE}', 'Oct  3 00:00:04 h sshd[7]: x', ['{"timestamp":"Oct  3 00:00:04","logsource":"h","program":"sshd","pid":"7","message":"x"}']],
    ['@type grok\ngrok_pattern %{QS:q} %{NUMBER:n:float}', '"a \\" b" 1.5', ['{"q":"\\"a \\\\\\" b\\"","n":1.5}']],
    ['@type multiline_grok\ngrok_pattern (?<all>.*)', 'a\nb', ['{"all":"a\\nb"}']],
  ] as [string, string, (string | null)[]][])('%s', async (config, text, expected) => {
    expect(await records(config, text)).toEqual(expected);
  });
});

test('a time that cannot be read is an error, not a text that does not fit', async () => {
  const parser = await createParser('@type json\ntime_type string\ntime_format %s');
  expect(() => parser.parse('{"time":"x"}')).toThrow('invalid time format: value = x');
});

test('text that is not UTF-8 is an error to a regular expression, unless its encoding is unknown', async () => {
  const parser = await createParser('@type regexp\nexpression /^(?<a>.)(?<b>.*)$/');
  const text = decodeText(Buffer.from([0xff, 0xc3, 0xa4]));
  expect(() => parser.parse(text)).toThrow('invalid byte sequence in UTF-8');
  const found = parser.parse(text, true) as Parsed;
  expect([...found.record.values()]).toEqual([text[0], 'ä']);
});

test('a text that takes too long does not fit, and is logged', async () => {
  const context = testContext({ kind: 'parser' });
  const parser = await createParser('@type regexp\nexpression /^(?<x>(?<a>a|aa)+)\\k<a>b$/\ntimeout 0.05', context);
  expect(parser.parse('a'.repeat(60) + '!')).toBeUndefined();
  expect(context.log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['warn parsing timed out']);
});

test('MessagePack may come in pieces', async () => {
  const parser = await createParser('@type msgpack');
  const bytes = Buffer.from('81a1610181a16102', 'hex');
  expect(parser.parseBytes!(bytes.subarray(0, 6)).map((event) => event && generateJson(event.record))).toEqual(['{"a":1}']);
  expect(parser.parseBytes!(bytes.subarray(6)).map((event) => event && generateJson(event.record))).toEqual(['{"a":2}']);
});

test('multi_format names the format that did fit', async () => {
  const config = '@type multi_format\nformat_key f\n<pattern>\nformat json\n</pattern>\n<pattern>\nformat none\nformat_name rest\n</pattern>';
  expect(await records(config, '{"a":1}')).toEqual(['{"a":1,"f":"json#0"}']);
  expect(await records(config, 'x')).toEqual(['{"message":"x","f":"rest"}']);
});
