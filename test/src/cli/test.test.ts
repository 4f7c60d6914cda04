import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCases } from '../../../src/cli/test-cases.ts';
import { run } from '../../../src/cli/test.ts';
import { say, type Said } from '../../support/check.ts';

const FOLDER = mkdtempSync(path.join(tmpdir(), 'logferry-cases-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const CONFIG = `<source>
  @type tail
  path /var/log/app/*.log
  tag app.*
  pos_file /var/lib/app.pos
  <parse>
    @type regexp
    expression /^(?<level>[A-Z]+) (?<message>.*)$/
  </parse>
</source>
<filter app.**>
  @type grep
  <exclude>
    key level
    pattern /DEBUG/
  </exclude>
</filter>
<filter app.**>
  @type concat
  key message
  multiline_start_regexp /^\\S/
  flush_interval 1
  timeout_label @OUT
</filter>
<match app.**>
  @type relabel
  @label @OUT
</match>
<match raw.**>
  @type http
  endpoint http://127.0.0.1:1/
</match>
<label @OUT>
  <match **>
    @type cloudwatch_logs
    @id out
    region eu-west-1
    log_group_name "/apps/#{ENV['TESTED_CLUSTER'] || 'none'}"
    use_tag_as_stream true
    <buffer>
      @type memory
    </buffer>
  </match>
</label>
`;
writeFileSync(path.join(FOLDER, 'fluent.conf'), CONFIG);

function write(cases: string, name = 'cases.yaml'): string {
  const file = path.join(FOLDER, name);
  writeFileSync(file, `config: fluent.conf\ncases:\n${cases}`);
  return file;
}

async function runCases(cases: string, ...options: string[]): Promise<Said> {
  return say(run, ...options, write(cases));
}

const LINES = `  - name: lines
    input:
      - path: /var/log/app/web.log
        lines: [INFO one, DEBUG two, 'INFO three', 'INFO   more']
    expect:
      - group: /apps/none
        stream: app.var.log.app.web.log
        events: [{message: one}, {message: "three\\n  more", level: INFO}]
`;

test('lines pass the parser and filters of the source that reads their path, to group and stream', async () => {
  const { code, out } = await runCases(LINES);
  expect(out).toBe(`${path.join(FOLDER, 'cases.yaml')}\n  ✔ lines\n\n✔ 1 of 1 cases pass\n`);
  expect(code).toBe(0);
});

test('events of a tag come to outputs of any type', async () => {
  const { code } = await runCases(`  - name: events
    input:
      - tag: raw.a
        time: 2024-05-14T10:00:00Z
        events: [{a: 1}, text]
    expect:
      - tag: raw.a
        compare: exact
        events: [{a: 1, $time: 2024-05-14T10:00:00Z}, {message: text}]
`);
  expect(code).toBe(0);
});

test('what differs is shown field by field', async () => {
  const { code, out } = await runCases(`  - name: wrong
    input:
      - path: /var/log/app/web.log
        lines: [INFO one, not a line]
    expect:
      - group: /apps/none
        stream: app.var.log.app.web.log
        events: [{message: two, level: INFO, other: {a: 1}, $without: [level]}, {message: three}]
`);
  expect(code).toBe(2);
  expect(out.split('\n').slice(2, -2)).toEqual([
    '      group /apps/none, stream app.var.log.app.web.log',
    '        event 1',
    '      -   message: "two"',
    '      +   message: "one"',
    '      -   other: {"a":1}',
    '      +   level: "INFO"',
    '      - event 2: {"message":"three"}',
    '      lost: unmatched-line',
    '      - 0',
    '      + 1',
    '          line 2: not a line',
    '',
  ]);
});

test('exact records have no other fields, and nothing may leave that is not expected', async () => {
  const { code, out } = await runCases(`  - name: exact
    compare: exact
    input: [{path: /var/log/app/web.log, lines: INFO one}]
    expect:
      - {group: /apps/none, stream: app.var.log.app.web.log, events: [{message: one}]}
  - name: unexpected
    input: [{path: /var/log/app/web.log, lines: INFO one}]
    expect: []
`);
  expect(code).toBe(2);
  expect(out).toContain('+   level: "INFO"');
  expect(out).toContain('      group /apps/none, stream app.var.log.app.web.log: nothing was expected there\n      + {"level":"INFO","message":"one"}\n');
});

test('what is lost is expected by its id', async () => {
  const { code, out } = await runCases(`  - name: lost
    input:
      - {path: /var/log/app/web.log, lines: [not a line]}
      - {tag: nobody, events: [{a: 1}]}
    expect: []
    lost: {unmatched-line: 1, no-match: 1}
`);
  expect(out).toContain('✔ lost');
  expect(code).toBe(0);
});

test('the age of events counts where the case says what time it is', async () => {
  const aged = (now: string) => runCases(`  - name: old
${now}    input: [{tag: app.a, label: '@OUT', time: 2024-01-01T00:00:00Z, events: [{message: x}]}]
    expect: [{group: /apps/none, stream: app.a, events: [{message: x}]}]
`);
  expect((await aged('')).code).toBe(0);
  const { code, out } = await aged('    now: 2024-05-14T10:00:00Z\n');
  expect(code).toBe(2);
  expect(out).toContain('lost: too-old');
});

test('each case has its own environment, and leaves none behind', async () => {
  const { code } = await runCases(`  - name: with
    env: {TESTED_CLUSTER: demo}
    input: [{tag: a, label: '@OUT', events: [x]}]
    expect: [{group: /apps/demo, stream: a, events: [{message: x}]}]
  - name: without
    input: [{tag: a, label: '@OUT', events: [x]}]
    expect: [{group: /apps/none, stream: a, events: [{message: x}]}]
`);
  expect(code).toBe(0);
  expect(process.env['TESTED_CLUSTER']).toBeUndefined();
});

test('--filter runs cases by name, --junit writes their results', async () => {
  const junit = path.join(FOLDER, 'junit.xml');
  const { code } = await runCases(`${LINES}  - name: a <failing> one
    input: [{tag: raw.a, events: [{a: "<"}]}]
    expect: []
`, '--junit', junit);
  expect(code).toBe(2);
  const xml = readFileSync(junit, 'utf8');
  expect(xml).toContain('<testsuites tests="2" failures="1" errors="0"');
  expect(xml).toContain('name="a &lt;failing&gt; one"');
  expect(xml).toContain('<failure message="tag raw.a in http: nothing was expected there">');
  expect((await runCases(LINES, '--filter', 'other')).out).toBe('no case fits\n');
});

test('--update writes what left into the file, and keeps its comments', async () => {
  const file = write(`  # a comment\n${LINES.replace('message: one', 'message: two')}`, 'update.yaml');
  expect((await say(run, '--update', file)).out).toContain('✎ lines: expectations written anew');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('# a comment');
  expect(text).toContain('message: one');
  expect((await say(run, file)).code).toBe(0);
});

test('everything that is wrong with a file of cases is told with its place', async () => {
  const { code, err } = await runCases(`  - name: a
    inputs: []
    expect: [{streams: x, events: 1}]
    lost: {x: many}
  - input: [{path: relative.log, lines: [a], tag: x}, {path: relative.log}]
    expect: {}
    now: today
`);
  expect(code).toBe(1);
  const file = path.join(FOLDER, 'cases.yaml');
  expect(err.split('\n').map((line) => line.replace(`${file}:`, ''))).toEqual([
    "4:5: a case has no key 'inputs' (did you mean 'input'?)",
    '3:5: a case needs an input: a list with path and lines, or tag and events',
    "5:15: an expectation has no key 'streams' (did you mean 'stream'?)",
    '5:14: an expectation has group and stream, or tag',
    '5:35: events: expected a list',
    '6:15: lost: expected how many, found "many"',
    "9:10: expected a time such as 2024-05-14T10:00:00Z, found 'today'",
    '7:5: a case needs a name',
    '7:13: an input has either path, for lines of a file, or tag, for events',
    '7:62: path: expected an absolute path as the configuration has it, found relative.log',
    '7:55: an input with path needs lines: a list, or a text',
    '8:13: expect: expected a list',
    '',
  ]);
});

test('a path that no source reads, and a label that is not there, are errors', async () => {
  const { code, err } = await runCases(`  - name: nowhere
    input:
      - {path: /var/log/other.log, lines: a}
      - {tag: a, label: '@NONE', events: []}
    expect: []
`);
  expect(code).toBe(1);
  expect(err).toContain(':5:9: no source reads /var/log/other.log');
  expect(err).toContain(':6:9: there is no label @NONE (there are @ROOT, @OUT)');
});

test('a wrong configuration is told as such', async () => {
  writeFileSync(path.join(FOLDER, 'wrong.conf'), '<match a>\n  @type nothing\n</match>\n');
  const { code, err } = await runCases(LINES, '-c', path.join(FOLDER, 'wrong.conf'));
  expect(code).toBe(1);
  expect(err).toContain("wrong.conf:2:3: Unknown output plugin 'nothing'");
});

test('broken YAML has a place', () => {
  expect(() => readCases('cases: [', 'x.yaml')).toThrow(/^x\.yaml:1:9: invalid YAML/);
});
