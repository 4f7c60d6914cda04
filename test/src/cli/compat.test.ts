import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { run } from '../../../src/cli/compat.ts';
import type { CompatReport } from '../../../src/cli/compat-examine.ts';
import { Registry } from '../../../src/registry.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'logferry-compat-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function compat(config: string, ...argv: string[]) {
  const file = path.join(folder, 'fluent.conf');
  writeFileSync(file, config);
  let stdout = '';
  const code = await run(['-c', file, ...argv], new Registry(plugins), { stdout: { write: (text: string) => void (stdout += text) }, stderr: { write() {} } });
  return { code, stdout: stdout.replaceAll(`${folder}/`, '') };
}

async function report(config: string, ...argv: string[]): Promise<CompatReport & { readonly code: number }> {
  const { code, stdout } = await compat(config, '--json', ...argv);
  return { ...(JSON.parse(stdout) as CompatReport), code };
}

const found = ({ findings }: CompatReport, level: string): string[] =>
  findings.filter((finding) => finding.level === level).map(({ construct, at, message, todo }) => `${construct} ${at?.line ?? '-'}: ${message}${todo === undefined ? '' : ` -> ${todo}`}`);

const TAIL = '<source>\n@type tail\npath /a\ntag a\npos_file /p\n<parse>\n@type none\n</parse>\n</source>\n';
const OUT = '<match **>\n@type stdout\n</match>\n';

test('what works is said, with exit code 0', async () => {
  const { code, stdout } = await compat(`${TAIL}${OUT}`);
  expect(stdout).toBe(`fluent.conf: 5 different plugins: 5 are here

5 small differences that change nothing of what arrives: --all shows them.

It works as it is.
`);
  expect(code).toBe(0);
});

test('a plugin that is not here is named with each place, and with what to do', async () => {
  const { code, stdout } = await compat(`${TAIL}<match a>\n@type s3\n</match>\n<match b>\n@type s3\n</match>\n${OUT}`);
  expect(code).toBe(1);
  expect(stdout).toContain(`Missing, or not possible here
  fluent.conf:11:1, line 14: there is no output plugin 's3'
      -> send to CloudWatch Logs (@type cloudwatch_logs) and let a subscription filter pass the logs`);
  expect(stdout).toContain('It does not work yet.');
});

test('a difference that somebody should look at gives exit code 2', async () => {
  const result = await report(`<source>\n@type object_space\ntag a\n</source>\n${OUT}`);
  expect(result).toMatchObject({ code: 2, verdict: 'differs' });
  expect(found(result, 'differs')).toEqual(['input object_space 1: <source>: Fluentd: It emits counts of Ruby objects. Here: There are none: it emits nothing. Remove it.']);
});

test('a difference of a parameter is told only where the parameter is written', async () => {
  const filter = (more: string): string => `<match **>\n@type rewrite_tag_filter\n${more}\n<rule>\nkey a\npattern /x/\ntag b\n</rule>\n</match>\n`;
  expect(found(await report(filter('')), 'differs')).toEqual([]);
  expect(found(await report(filter('hostname_command hostname')), 'differs')).toEqual([
    'output rewrite_tag_filter 3: hostname_command in <match **>: Fluentd: It runs in a shell. Here: The program is run without one.',
  ]);
});

test('parameters that nobody reads are notes: Fluentd does not read them either', async () => {
  const result = await report(`${TAIL}<match **>\n@type stdout\nno_such x\n</match>\n`);
  expect(result.code).toBe(0);
  expect(found(result, 'note')).toEqual(["unused 12: parameter 'no_such' in <match **> is not used."]);
});

describe('Ruby', () => {
  test('that is not understood is named with its place, and everything else is examined all the same', async () => {
    const result = await report(`<source>\n@type tail\npath "#{system('ls')}"\ntag a\n<parse>\n@type nosuch\n</parse>\n</source>\n<filter **>\n@type record_transformer\nenable_ruby true\n<record>\na \${record["a"].nosuch}\n</record>\n</filter>\n${OUT}`);
    expect(result.code).toBe(1);
    expect(found(result, 'missing').map((text) => text.replace(/ -> .*/, ''))).toEqual([
      "Ruby 3: Ruby in #{system('ls')}: 'system' is not a known function here",
      "parser nosuch 6: there is no parser plugin 'nosuch'",
      'Ruby 13: Ruby in ${record["a"].nosuch}: the method \'nosuch\' is not known here',
    ]);
  });
});

describe('environment variables that are not set', () => {
  const CONFIG = `<source>\n@type forward\nport "#{ENV['COMPAT_PORT']}"\n</source>\n<match **>\n@type "#{ENV['COMPAT_TYPE']}"\n</match>\n<match x>\n@type http\nendpoint "#{ENV.fetch('COMPAT_URL')}"\n</match>\n`;

  test('do not end the report: they are listed, and what depends on them is not held against the configuration', async () => {
    const result = await report(CONFIG);
    expect(found(result, 'missing')).toEqual([]);
    expect(result.variables.map(({ name, hasDefault, at }) => [name, hasDefault, at.line])).toEqual([['COMPAT_PORT', false, 3], ['COMPAT_TYPE', false, 6], ['COMPAT_URL', false, 10]]);
  });

  test('can be given', async () => {
    const result = await report(CONFIG, '-e', 'COMPAT_PORT=24224', '-e', 'COMPAT_TYPE=stdout', '-e', 'COMPAT_URL=http://a/');
    expect(result.variables).toEqual([]);
    expect(result.plugins.map(({ kind, type }) => `${kind} ${type}`)).toContain('output stdout');
  });
});

test('included files are read; one that is not there is a note', async () => {
  mkdirSync(path.join(folder, 'parts'));
  writeFileSync(path.join(folder, 'parts/a.conf'), '<match a>\n@type kafka2\n</match>\n');
  const result = await report(`@include parts/*.conf\n@include nosuch.conf\n${TAIL}${OUT}`);
  expect(found(result, 'missing').map((text) => text.replace(/ -> .*/, ''))).toEqual(["output kafka2 2: there is no output plugin 'kafka2'"]);
  expect(found(result, 'note')[0]).toContain('include 2: no file matches');
});

test('a syntax error is reported with its place, and what can be read is examined', async () => {
  const result = await report(`${TAIL}<match **>\n@type kafka2\n</match>\n<match b>\n@type stdout\n`);
  expect(result.code).toBe(1);
  expect(found(result, 'missing').map((text) => text.replace(/[:-].*/s, ''))).toEqual(['output kafka2 11', 'syntax 13']);
});

test('what Fluentd refuses, too, is told as such', async () => {
  const result = await report('<match **>\n@type relabel\n@label @NOWHERE\n</match>\n');
  expect(found(result, 'missing')).toEqual(['configuration 3: @NOWHERE label not found -> there are: @ROOT']);
});

test('sections of all workers are examined', async () => {
  const result = await report(`<system>\nworkers 2\n</system>\n<worker 1>\n<match **>\n@type kafka2\n</match>\n</worker>\n`);
  expect(found(result, 'missing').map((text) => text.replace(/ -> .*/, ''))).toEqual(["output kafka2 6: there is no output plugin 'kafka2'"]);
});
