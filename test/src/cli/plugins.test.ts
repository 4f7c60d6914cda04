import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { run } from '../../../src/cli/plugins.ts';
import { wrapText } from '../../../src/cli/wrap-text.ts';
import { owned, param, section } from '../../../src/config/params.ts';
import { defineFilter, defineInput, defineOutput, defineParser } from '../../../src/plugin.ts';
import { Registry } from '../../../src/registry.ts';

const never = (): never => {
  throw new Error('the reference creates nothing');
};

const tail = defineInput({
  type: 'tail',
  doc: 'Reads lines that are appended to files. Follows rotation.',
  singleWorker: true,
  config: {
    path: param.string('Files, with wildcards.'),
    path_key: param.string('Field that gets the path.', { optional: true }),
    follow_inodes: param.bool('Tells files apart by inode.', { default: false, alias: 'inodes' }),
    parse: owned('parser', 'How lines are read.', { required: true }),
  },
  create: never,
});
const send = defineOutput({
  type: 'send',
  doc: 'Sends events somewhere.',
  buffer: { mode: 'always', chunkKeys: ['tag'], defaults: { '@type': 'file', flush_interval: 5, chunk_limit_size: 1024 } },
  legacy: ['buffer', 'inject'],
  config: {
    level: param.enum(['low', 'high'], 'How much.', { default: 'low' }),
    key: param.string('Who asks.', { optional: true, secret: true }),
    old: param.string('Once of use.', { optional: true, deprecated: 'use `level`' }),
    own: param.array('What only we have.', { default: [], valueType: 'string', extra: true }),
    server: section('Where to.', { host: param.string('Its name.') }, { multi: true, required: true, argument: { name: param.string('What it is called.', { optional: true }) } }),
  },
  create: never,
});
const parserFilter = defineFilter({ type: 'parser', doc: 'Parses a field.', config: {}, create: never });
const json = defineParser({ type: 'json', doc: 'Reads JSON.', config: {}, create: never });

const registry = () => new Registry({
  'input/tail': async () => ({ default: tail }),
  'output/send': async () => ({ default: send }),
  'output/sendmail': async () => ({ default: { ...send, type: 'sendmail' } as typeof send }),
  'filter/parser': async () => ({ default: parserFilter }),
  'parser/json': async () => ({ default: json }),
});

async function command(argv: readonly string[], plugins = registry(), terminal: object = {}) {
  const written = { stdout: '', stderr: '' };
  const io = {
    stdout: { ...terminal, write: (text: string) => { written.stdout += text; } },
    stderr: { write: (text: string) => { written.stderr += text; } },
  };
  return { code: await run(argv, plugins, io), ...written };
}

test('without arguments it lists all plugins by kind', async () => {
  expect(await command([])).toEqual({
    code: 0,
    stderr: '',
    stdout: `Inputs  <source>
  tail      Reads lines that are appended to files.

Parsers  <parse>
  json      Reads JSON.

Filters  <filter PATTERN>
  parser    Parses a field.

Outputs  <match PATTERN>
  send      Sends events somewhere.
  sendmail  Sends events somewhere.

'logferry plugins output send' shows all that one takes.
`,
  });
});

test('a kind that is the name of a plugin as well lists the kind and points at the plugin', async () => {
  const { stdout, code } = await command(['parser']);
  expect(code).toBe(0);
  expect(stdout).toBe(`Parsers  <parse>
  json  Reads JSON.

'logferry plugins parser json' shows all that one takes.
'logferry plugins filter parser' shows the filter of that name.
`);
});

test('a type alone shows all that the plugin takes', async () => {
  const { stdout, code } = await command(['tail']);
  expect(code).toBe(0);
  expect(stdout).toBe(`input tail

  Reads lines that are appended to files. Follows rotation.

  <source>
    @type tail
    path STRING
    <parse>
      ...
    </parse>
  </source>

  Runs in one worker only: put it into <worker N> where there are several.

Parameters

  path                            string, required
      Files, with wildcards.
  path_key                        string
      Field that gets the path.
  follow_inodes                   bool, default false, also inodes
      Tells files apart by inode.

<parse>                           holds a parser plugin, required
    How lines are read. See 'logferry plugins parser'.

Like every plugin it takes @id (its name in logs, metrics and buffer folders), @label
(the label that gets its events), and @log_level (how much of its log is shown).
`);
});

test('an output shows its buffer with its own defaults', async () => {
  const { stdout } = await command(['output', 'send']);
  for (const part of [
    '  level                           low | high, default low\n',
    '  key                             string, secret\n',
    '      Once of use. Deprecated: use `level`\n',
    '  own                             array of string, default [], not in Fluentd\n',
    '<server NAME>                     required, may be repeated\n    Where to.\n\n  NAME                            string\n      What it is called.\n',
    '  <match PATTERN>\n    @type send\n    <server NAME>\n      ...\n    </server>\n  </match>\n',
    '<buffer CHUNK_KEYS>               holds a buffer plugin, @type file by default,\n                                  chunk_limit_size 1k by default\n',
    '  overflow_action                 throw_exception | block | drop_oldest_chunk,\n                                  default throw_exception\n',
    '  CHUNK_KEYS                      array of string, default tag\n',
    '  flush_interval                  time, default 5s\n',
    '  timekey_wait                    time, default 10m\n',
    '<secondary>                       holds an output plugin\n',
    'in place of <buffer> and\n  <inject>.',
  ]) expect(stdout).toContain(part);
});

test('no line is longer than the terminal is wide', async () => {
  for (const columns of [70, 80, 100, 300]) {
    const { stdout } = await command(['output', 'send'], registry(), { columns });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(Math.min(columns, 100));
  }
});

test('a terminal gets names in bold', async () => {
  vi.stubEnv('NO_COLOR', '');
  onTestFinished(() => { vi.unstubAllEnvs(); });
  const { stdout } = await command(['json'], registry(), { isTTY: true });
  expect(stdout.startsWith('\u001b[1mparser json\u001b[22m\n')).toBe(true);
});

test.each([
  [['tial'], "there is no plugin 'tial'; did you mean 'tail' (input)?"],
  [['zzzzzz'], "there is no plugin 'zzzzzz'. 'logferry plugins' lists all."],
  [['output', 'sned'], "there is no output plugin 'sned'; did you mean 'send' (output)?"],
  [['output', 'tail'], "there is no output plugin 'tail'; there is one of the kind input."],
  [['storage'], "there are no plugins of the kind 'storage'"],
  [['imput', 'tail'], "there is no kind 'imput'; did you mean 'input'? Kinds are input, parser, filter, output, formatter, buffer, storage, service_discovery."],
])('%j is explained', async (argv, message) => {
  expect(await command(argv)).toEqual({ code: 1, stdout: '', stderr: `logferry plugins: ${message}\n` });
});

test.each([[['--xml']], [['--json', '--markdown']], [['a', 'b', 'c']]])('%j are wrong arguments', async (argv) => {
  const { code, stderr } = await command(argv);
  expect(code).toBe(2);
  expect(stderr).toContain("See 'logferry plugins --help'.");
});

test('--json gives descriptions as data', async () => {
  const { stdout } = await command(['--json', 'output', 'send']);
  const [description] = JSON.parse(stdout) as { parameters: { name: string }[]; sections: { name: string; parameters: { name: string }[] }[] }[];
  expect(description).toMatchObject({ kind: 'output', type: 'send', buffered: 'always', legacy: ['buffer', 'inject'] });
  expect(description!.parameters).toEqual([
    { name: 'level', type: 'enum', required: false, default: 'low', defaultText: 'low', values: ['low', 'high'], doc: 'How much.' },
    { name: 'key', type: 'string', required: false, secret: true, doc: 'Who asks.' },
    { name: 'old', type: 'string', required: false, deprecated: 'use `level`', doc: 'Once of use.' },
    { name: 'own', type: 'array', valueType: 'string', required: false, default: [], defaultText: '[]', extra: true, doc: 'What only we have.' },
  ]);
  expect(description!.sections.map(({ name }) => name)).toEqual(['server', 'buffer', 'secondary']);
  expect(description!.sections[1]!.parameters.find(({ name }) => name === 'flush_interval')).toMatchObject({ default: 5, defaultText: '5s' });
});

test('--markdown gives a page', async () => {
  const { stdout } = await command(['--markdown', 'tail']);
  expect(stdout).toContain('## input tail\n\nReads lines that are appended to files. Follows rotation.\n\n```\n<source>\n  @type tail\n');
  expect(stdout).toContain('| `path` | string | **required** | Files, with wildcards. |\n');
  expect(stdout).toContain('### `<parse>`\n\n*holds a parser plugin, required*\n');
});

test('several plugins in Markdown begin with their contents', async () => {
  const { stdout } = await command(['--markdown']);
  expect(stdout.startsWith('**Inputs** `<source>`\n\n| | |\n| --- | --- |\n| [tail](#input-tail) | Reads lines that are appended to files. |\n')).toBe(true);
});

test('a plugin that cannot be loaded does not hide the others', async () => {
  const plugins = registry();
  for (const name of ['broken', 'faulty']) plugins.add(`filter/${name}`, () => Promise.reject(new Error('no such module')));
  const { code, stdout, stderr } = await command(['filter'], plugins);
  expect(code).toBe(1);
  expect(stdout).toContain('parser  Parses a field.');
  expect(stderr).toBe('logferry plugins: cannot load filter broken, filter faulty: no such module\n');
});

test("plugins of a user's folder are in the reference", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'logferry-plugins-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'own.mjs'), "export default { kind: 'filter', type: 'own', doc: 'Does it.', config: {}, create() {} };");
  const { stdout } = await command(['-p', folder, 'filter', 'own']);
  expect(stdout.startsWith('filter own\n\n  Does it.\n')).toBe(true);
});

test.each([
  ['one two three', 9, '', 'one two\nthree'],
  ['a `b c` d', 5, '', 'a\n`b c`\nd'],
  ['(`a b`) or (`c d`)', 12, '', '(`a b`) or\n(`c d`)'],
  ['unbreakable', 4, '  ', '  unbreakable'],
  ['first\nsecond', 80, '> ', '> first\n> second'],
])('%j breaks into lines of %i', (text, width, indent, expected) => {
  expect(wrapText(text, width, indent)).toBe(expected);
});
