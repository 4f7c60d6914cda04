import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run } from '../../../src/cli/explain.ts';
import { say } from '../../support/check.ts';

const FOLDER = mkdtempSync(path.join(tmpdir(), 'logferry-explain-'));
const CONFIG = path.join(FOLDER, 'fluent.conf');
afterAll(() => rmSync(FOLDER, { recursive: true }));
writeFileSync(CONFIG, `<source>
  @type sample
  @id numbers
  tag app.web
</source>
<filter other>
  @type stdout
</filter>
<match app.*>
  @type relabel
  @label @OUT
</match>
<label @OUT>
  <match **>
    @type cloudwatch_logs
    region eu-west-1
    log_group_name /logs
    use_tag_as_stream true
  </match>
</label>
`);

test('the way of a tag is told rule by rule', async () => {
  const { code, out } = await say(run, '-c', CONFIG, '--tag', 'app.web');
  expect(code).toBe(0);
  expect(out.split('\n').map((line) => line.replace(/ {2,}(?=fluent\.conf)/, '  '))).toEqual([
    'tag app.web',
    '',
    'SOURCES',
    '  ✔ numbers  fluent.conf:1',
    '      gives it, to the top level',
    '',
    'the top level',
    '  · <filter other> stdout  fluent.conf:6',
    '      part 1 of the tag is app, the pattern wants other',
    '  → <match app.*> relabel  fluent.conf:9',
    '      every part fits',
    '      ⤷ goes on to <label @OUT>',
    '',
    '<label @OUT>  from relabel',
    '  → <match **> cloudwatch_logs  fluent.conf:14',
    '      ** takes every tag',
    '      ✔ log group  /logs',
    '        log stream app.web',
    '',
  ]);
});

test('a tag that nobody takes gives the code 2', async () => {
  const { code, out } = await say(run, '-c', CONFIG, '--tag', 'db');
  expect(code).toBe(2);
  expect(out).toContain('no source gives this tag');
  expect(out).toContain('✘ no <match> takes the tag: its events are dropped');
});

test('JSON has the same', async () => {
  const { out } = await say(run, '-c', CONFIG, '--tag', 'x', '--label', '@OUT', '--json');
  expect(JSON.parse(out)).toMatchObject({ version: 1, tag: 'x', labels: [{ label: '@OUT', taken: true, rules: [{ ends: [{ group: '/logs', stream: 'x', next: null }] }] }] });
});

test('a label that is not there is told', async () => {
  await expect(say(run, '-c', CONFIG, '--tag', 'x', '--label', '@OUTT')).rejects.toThrow('--label: there is no label @OUTT; did you mean @OUT?');
});
