import { describe, expect, test } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { ConfigReader, placeOf, type CheckedPlugin } from '../../../src/config/schema.ts';
import { ConfigError } from '../../../src/errors.ts';
import { parseJson } from '../../../src/lib/json.ts';
import type { LogRecord } from '../../../src/lib/value.ts';
import type { Formatter, PluginContext } from '../../../src/plugin.ts';
import type { OwnedPlugin } from '../../../src/config/params.ts';
import { Registry } from '../../../src/registry.ts';
import { testContext } from '../../support/context.ts';

const TIME = { sec: 1664755201, nsec: 123456789 };

async function createFormatter(text: string): Promise<{ formatter: Formatter; warnings: string[] }> {
  const root = parseConfig(`<format>\n${text}\n</format>\n`, { file: 'test.conf' });
  const reader = new ConfigReader({ registry: new Registry(plugins), strict: false });
  const checked = await reader.plugin('formatter', root.elements[0]!);
  if (!checked || reader.problems.length > 0) throw new ConfigError(reader.problems);
  return { formatter: instance(checked), warnings: reader.warnings.map(({ message }) => message) };
}

function instance(checked: CheckedPlugin<'formatter'>): Formatter {
  const context: PluginContext = {
    ...testContext({ kind: 'formatter', type: checked.type }),
    element: checked.element,
    place: (name) => placeOf(checked.config, name),
    create: (inner) => instance(inner as OwnedPlugin as CheckedPlugin<'formatter'>) as never,
  };
  return checked.definition.create(checked.config, context) as Formatter;
}

async function format(config: string, json: string): Promise<string> {
  const { formatter } = await createFormatter(config);
  const out = formatter.format('app.log', TIME, parseJson(json) as LogRecord);
  return typeof out === 'string' ? out : Buffer.from(out).toString('hex');
}

describe('records are written as by Fluentd', () => {
  const nested = '{"a":"text","b":1,"c":null,"d":[1,"x",null]}';
  test.each([
    ['@type json', nested, `${nested}\n`],
    ['@type json\nadd_newline false', nested, nested],
    ['@type json\nnewline crlf', '{}', '{}\r\n'],
    ['@type ltsv', nested, 'a:text\tb:1\tc:\td:[1, "x", nil]\n'],
    ['@type ltsv', '{"a":"tab\\tthere","b":"x\\ny"}', 'a:tab there\tb:x\ny\n'],
    ['@type ltsv\ndelimiter ;\nlabel_delimiter =\nreplacement $&', '{"a":"1;2","b":2.50}', 'a=1$&2;b=2.5\n'],
    ['@type ltsv', '{}', '\n'],
    ['@type csv\nfields a,b,c', nested, '"text","1",""\n'],
    ['@type csv\nfields a,b,c', '{"a":"with, \\"q\\"","c":[]}', '"with, ""q""","","[]"\n'],
    ['@type csv\nfields a,c,b,nope\nforce_quotes false\ndelimiter ;', '{"a":"","b":"x\\ny","c":" s;"}', '"";" s;";"x\ny";\n'],
    ['@type csv\nfields a,b\nforce_quotes false\nadd_newline false', '{"a":"cr\\r","b":1.0}', '"cr\r",1.0'],
    [`@type csv\nfields $.d[0],b,$['d'][1]\ndelimiter TAB`, nested, '"1"\t"1"\t"x"\n'],
    ['@type tsv\nkeys a,b,c', '{"a":"text","b":1}', 'text\t1\t\n'],
    ['@type tsv\nkeys b,nope,a\ndelimiter " | "\nadd_newline false', '{"a":true,"b":""}', ' |  | true'],
    ['@type single_value', '{"message":"m","log":"l"}', 'm\n'],
    ['@type single_value\nmessage_key log\nadd_newline false', '{"message":"m","log":[true]}', '[true]'],
    ['@type single_value', '{}', '\n'],
    ['@type hash', '{"a":1,"b":[null,"x"],"c":{"d":1.0}}', '{"a" => 1, "b" => [nil, "x"], "c" => {"d" => 1.0}}\n'],
    ['@type msgpack', '{"a":1}', '81a16101'],
    ['@type out_file\nutc true', '{"a":1}', '2022-10-03T00:00:01Z\tapp.log\t{"a":1}\n'],
    ['@type out_file\nutc true\ndelimiter comma', '{}', '2022-10-03T00:00:01Z,app.log,{}\n'],
    ['@type out_file\ndelimiter SPACE\noutput_time false', '{}', 'app.log {}\n'],
    ['@type out_file\ndelimiter ;\noutput_time false', '{}', 'app.log\t{}\n'],
    ['@type out_file\noutput_time false\noutput_tag false', '{}', '{}\n'],
    ['@type out_file\ntime_type unixtime\noutput_tag false', '{}', '1664755201\t{}\n'],
    ['@type out_file\ntimezone -03:30\ntime_format %I:%M%p %:z %j\nnewline crlf', '{}', '08:30PM -03:30 275\tapp.log\t{}\r\n'],
    ['@type stdout\ntime_format %s.%3N', '{"a":1}', '1664755201.123 app.log: {"a":1}\n'],
    ['@type stdout\ntime_format %s\noutput_type ltsv\nlabel_delimiter =', '{"a":1,"b":2}', '1664755201 app.log: a=1\tb=2\n'],
    ['@type stdout\ntime_format %s\noutput_type hash', '{"a":1}', '1664755201 app.log: {"a" => 1}\n'],
  ])('%s', async (config, record, expected) => {
    expect(await format(config, record)).toBe(expected);
  });
});

test('what is wrong is said with its place', async () => {
  await expect(createFormatter('@type csv\nfields ,')).rejects.toThrow('test.conf:3:1: empty value is specified in fields parameter');
  await expect(createFormatter('@type csv')).rejects.toThrow("test.conf:1:1: 'fields' parameter is required");
  await expect(createFormatter('@type csv\nfields $.')).rejects.toThrow("test.conf:3:1: 'fields' parameter: ");
  await expect(createFormatter('@type out_file\ntimezone JST')).rejects.toThrow("test.conf:3:1: Unsupported timezone 'JST'");
  await expect(createFormatter('@type stdout\noutput_type jsn')).rejects.toThrow("Unknown formatter plugin 'jsn' (did you mean 'json'?)");
});

test('parameters of the inner formatter are known to stdout, others are not', async () => {
  const { warnings } = await createFormatter('@type stdout\noutput_type ltsv\nlabel_delimiter =\nlabl =');
  expect(warnings).toEqual(["parameter 'labl' in <format> is not used."]);
});
