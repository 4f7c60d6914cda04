import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run } from '../../../src/cli/check.ts';
import { say } from '../../support/check.ts';

const FOLDER = mkdtempSync(path.join(tmpdir(), 'logferry-check-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function config(name: string, text: string): string {
  const file = path.join(FOLDER, name);
  writeFileSync(file, text);
  return file;
}

const CLEAN = config('clean.conf', '<source>\n  @type forward\n</source>\n<match **>\n  @type stdout\n</match>\n');
const DOUBTFUL = config('doubtful.conf', '<source>\n  @type forward\n</source>\n<match **>\n  @type stdout\n</match>\n<match a>\n  @type stdout\n  @include more.conf\n</match>\n');
config('more.conf', 'nonsense 1\n');
const WRONG = config('wrong.conf', '<match a>\n  @type nothing\n</match>\n<match b>\n  @type stdout\n  output_type none\n</match>\n');

test('a clean configuration is said to be valid', async () => {
  expect(await say(run, '-c', CLEAN)).toEqual({ code: 0, out: `✔ ${CLEAN} is valid (1 source, 0 filters, 1 output)\n`, err: '' });
});

test('findings have file, line, column, id and what to do', async () => {
  const { code, out } = await say(run, '-c', DOUBTFUL);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    `${DOUBTFUL}:7:1: warning: <match a> gets nothing: <match **> (line 4) takes all of its tags before it [unreachable-match]`,
    '    put the more special pattern first, or use @type copy where both should get the events',
    `${path.join(FOLDER, 'more.conf')}:1:1: warning: parameter 'nonsense' in <match a> is not used. [unused-parameter]`,
    '',
    `✔ ${DOUBTFUL} is valid (1 source, 0 filters, 2 outputs): 2 warnings`,
    '',
  ]);
});

test('warnings fail with --strict, unless they are ignored', async () => {
  expect((await say(run, '-c', DOUBTFUL, '--strict')).code).toBe(2);
  const ignored = await say(run, '-c', DOUBTFUL, '--strict', '--ignore', 'unreachable-match', '--ignore', 'unused-parameter');
  expect(ignored.code).toBe(0);
  expect(ignored.out).toContain(': 2 ignored');
  await expect(say(run, '-c', DOUBTFUL, '--ignore', 'unreachable-mach')).rejects.toThrow("--ignore: there is no rule 'unreachable-mach'; did you mean unreachable-match?");
});

test('all errors come at once, and the code is 1', async () => {
  const { code, out } = await say(run, '-c', WRONG);
  expect(code).toBe(1);
  expect(out).toContain(`${WRONG}:2:3: error: Unknown output plugin 'nothing' [invalid-configuration]`);
  expect(out).toContain(`✘ ${WRONG} is not valid: 1 error, 1 warning`);
});

test('JSON has everything for editors', async () => {
  const { out } = await say(run, '-c', WRONG, '--format', 'json');
  expect(JSON.parse(out)).toMatchObject({
    version: 1, config: WRONG, valid: false, errors: 1, warnings: 1, hints: 0, suppressed: 0,
    findings: [
      { id: 'invalid-configuration', severity: 'error', message: "Unknown output plugin 'nothing'", file: WRONG, line: 2, column: 3 },
      { id: 'unused-parameter', severity: 'warning', file: WRONG, line: 6, column: 3, hint: null },
    ],
  });
});

test('annotations of a workflow are one line each', async () => {
  const { out } = await say(run, '-c', WRONG, '--format', 'github');
  expect(out.split('\n')).toHaveLength(3);
  expect(out).toContain(`::warning file=${WRONG},line=6,col=3,title=unused-parameter::parameter 'output_type' in <match b> is not used.\n`);
});

test('variables that are missing are errors, and can be given', async () => {
  const file = config('variable.conf', `<source>\n  @type forward\n  port "#{ENV.fetch('CHECKED_PORT')}"\n</source>\n<match **>\n  @type stdout\n</match>\n`);
  const { code, out } = await say(run, '-c', file);
  expect(code).toBe(1);
  expect(out).toContain(`${file}:3:`);
  expect(out).toContain('error: the environment variable CHECKED_PORT is not set [missing-variable]');
  try {
    expect((await say(run, '-c', file, '--env', 'CHECKED_PORT=24224')).code).toBe(0);
  } finally {
    delete process.env['CHECKED_PORT'];
  }
});

test('rules explain themselves', async () => {
  const { out } = await say(run, '--explain', 'no-pos-file');
  expect(out).toMatch(/^no-pos-file \(warning\)\nA tail source does not save how far it has read\.\n/);
  expect((await say(run, '--explain')).out).toMatch(/^unreachable-match +warning +A <match> gets nothing/);
});
