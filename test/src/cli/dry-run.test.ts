import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { mainCommand } from '../../../src/cli/main-command.ts';
import { copySampleJournal } from '../../../src/cli/sample-journal.ts';
import type { DryRunReport, TraceReport } from '../../../src/dry-run/report.ts';
import { Registry } from '../../../src/registry.ts';

const NOW = '2024-05-14T10:00:00Z';

/** A node's logs and a configuration in a temporary folder, and the command over them. */
function node(conf: string, logs: Readonly<Record<string, string | Buffer>>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-dry-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);
  writeFileSync(at('fluent.conf'), conf);
  mkdirSync(at('root/var/log'), { recursive: true });
  for (const [name, content] of Object.entries(logs)) {
    mkdirSync(path.dirname(at(`root/var/log/${name}`)), { recursive: true });
    writeFileSync(at(`root/var/log/${name}`), content);
  }
  const run = async (...argv: string[]) => {
    const written = { stdout: '', stderr: '' };
    const io = {
      stdout: { write: (text: string) => { written.stdout += text; } },
      stderr: { write: (text: string) => { written.stderr += text; } },
    };
    const code = await mainCommand(['dry-run', '-c', at('fluent.conf'), '--root', at('root'), '--now', NOW, ...argv], new Registry(plugins), io);
    return { code, ...written };
  };
  const report = async (...argv: string[]) => {
    const { stdout, code } = await run('--json', '-', ...argv);
    return { ...(JSON.parse(stdout) as DryRunReport), code };
  };
  return { folder, at, run, report };
}

const APP = `
<source>
  @type tail
  @id in_app
  path /var/log/app/*.log
  exclude_path ["/var/log/app/debug.log"]
  pos_file /var/log/app.pos
  tag app
  read_from_head true
  <parse>
    @type json
    time_key at
    time_type string
    time_format %Y-%m-%dT%H:%M:%SZ
  </parse>
</source>
<match app>
  @type cloudwatch_logs
  @id out_app
  region eu-west-1
  log_group_name /app
  log_stream_name_key stream
  remove_log_stream_name_key true
  auto_create_stream true
  retention_in_days 30
</match>
`;
const line = (record: object) => `${JSON.stringify({ at: '2024-05-14T09:00:00Z', stream: 's', ...record })}\n`;

test('a clean run exits with 0 and counts every line, byte and request', async () => {
  const { report } = node(APP, { 'app/a.log': line({ m: 1 }) + line({ m: 2, stream: 't', at: '2024-05-14T09:30:00Z' }), 'app/debug.log': 'x\n' });
  const { code, verdict, sources, cloudwatch, problems, routes, steps } = await report('--show', '1');
  expect(code).toBe(0);
  expect(problems).toEqual([]);
  expect(verdict).toMatchObject({ status: 'clean', exitCode: 0, totals: { files: 1, lines: 2, bytes: 98, events: 2, delivered: 2, deliveredBytes: 14, lost: 0 } });
  expect(sources).toEqual([{
    step: 0, state: 'read', reason: null, patterns: ['/var/log/app/*.log'], lines: 2, bytes: 98, events: 2,
    files: [{ path: '/var/log/app/a.log', tag: 'app', lines: 2, bytes: 98, events: 2, unmatched: 0, tooLong: 0, unfinished: 0, note: null }],
    excluded: ['/var/log/app/debug.log'], skipped: [],
  }]);
  expect(routes).toEqual([{ source: 0, hops: [{ step: 1, received: 2, passed: 0, destinations: ['/app s', '/app t'], bytes: 14, places: [{ name: '/app', events: 2, bytes: 14 }] }] }]);
  expect(steps.map(({ kind, type, id, received, passed }) => ({ kind, type, id, received, passed }))).toEqual([
    { kind: 'input', type: 'tail', id: 'in_app', received: 0, passed: 2 },
    { kind: 'output', type: 'cloudwatch_logs', id: 'out_app', received: 2, passed: 0 },
  ]);
  const stream = { events: 1, bytes: 7, requests: 1 };
  expect(cloudwatch).toEqual({
    requests: 2,
    groups: [{
      name: '/app', outputs: [1], region: 'eu-west-1', existence: 'created', retentionDays: 30, tags: {}, flushIntervalSec: 60, events: 2, bytes: 14, requests: 2,
      streams: [
        { name: 's', ...stream, first: '2024-05-14T09:00:00.000Z', last: '2024-05-14T09:00:00.000Z', samples: [{ time: '2024-05-14T09:00:00.000Z', text: '{"m":1}', bytes: 7, cut: false }] },
        { name: 't', ...stream, first: '2024-05-14T09:30:00.000Z', last: '2024-05-14T09:30:00.000Z', samples: [{ time: '2024-05-14T09:30:00.000Z', text: '{"m":2}', bytes: 7, cut: false }] },
      ],
    }],
  });
});

test('what would be lost is told with the exact line, and the exit code is 2', async () => {
  const filler = Array.from({ length: 3000 }, (_, i) => line({ m: i })).join('');
  const logs = filler + line({ m: 'no stream', stream: '' }) + 'broken\n' + line({ m: 'old', at: '2024-04-01T00:00:00Z' }) + line({ m: 'late', at: '2024-05-14T13:00:00Z' });
  const { report } = node(APP, { 'app/a.log': logs });
  const { code, problems, verdict } = await report();
  expect(code).toBe(2);
  expect(verdict.totals).toMatchObject({ lines: 3004, events: 3003, delivered: 3000, lost: 4 });
  const found = problems.map(({ id, effect, count, samples }) => ({ id, effect, count, origin: samples[0]?.origin }));
  const origin = (number: number) => ({ path: '/var/log/app/a.log', line: number });
  expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
    { id: 'no-stream', effect: 'lost', count: 1, origin: origin(3001) },
    { id: 'too-new', effect: 'lost', count: 1, origin: origin(3004) },
    { id: 'too-old', effect: 'lost', count: 1, origin: origin(3003) },
    { id: 'unmatched-line', effect: 'lost', count: 1, origin: origin(3002) },
  ]);
  expect(problems.find(({ id }) => id === 'unmatched-line')!.samples[0]!.text).toBe('broken');
});

test('an event that concat joined has the place of its first line', async () => {
  const conf = APP.replace('<match app>', '<filter app>\n@type concat\nkey m\nmultiline_start_regexp /^\\S/\n</filter>\n<match app>');
  const { report } = node(conf, { 'app/a.log': line({ m: 'a' }) + line({ m: 'b', stream: '' }) + line({ m: ' b2', stream: '' }) + line({ m: 'c' }) + line({ m: ' c2' }) });
  const { problems } = await report();
  expect(problems.map(({ id, samples }) => ({ id, line: samples[0]?.origin?.line, text: samples[0]?.text })).toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
    { id: 'no-stream', line: 2, text: '{"stream":"","m":"b\\n b2"}' },
    { id: 'unfinished-event', line: 4, text: '{"stream":"s","m":"c\\n c2"}' },
  ]);
});

test('lines behind one that is too long keep their numbers', async () => {
  const conf = APP.replace('read_from_head true', 'read_from_head true\nmax_line_size 200');
  const { report } = node(conf, { 'app/a.log': line({ m: 1 }) + line({ m: 'x'.repeat(300) }) + line({ m: 2 }) + line({ m: 'y'.repeat(200_000) }) + 'broken\n' });
  const { problems, sources } = await report();
  expect(sources[0]).toMatchObject({ lines: 5, events: 2 });
  const lines = (wanted: string) => problems.find(({ id }) => id === wanted)!.samples.map(({ origin }) => origin!.line);
  expect(lines('line-too-long')).toEqual([2, 4]);
  expect(lines('unmatched-line')).toEqual([5]);
});

test('events that no match takes, and a label that nothing reaches, are named', async () => {
  const { report, run } = node(APP.replace('<match app>', '<match other.**>'), { 'app/a.log': line({ m: 1 }) });
  const { problems, labels, code } = await report();
  expect(code).toBe(2);
  expect(problems).toMatchObject([{ id: 'no-match', count: 1, samples: [{ origin: { path: '/var/log/app/a.log', line: 1 }, tag: 'app' }] }]);
  expect(labels).toMatchObject([{ name: '@ROOT', unmatched: { events: 1, tags: [{ tag: 'app', events: 1 }] } }]);
  expect((await run()).stdout).toContain('no event came to\n  <match other.**>  out_app');
});

test('nothing is written and no connection is made', async () => {
  const connect = vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(() => {
    throw new Error('a dry run must not connect');
  });
  onTestFinished(() => connect.mockRestore());
  const stores = '<store>\n@type file\npath /var/log/out/x\n</store>\n<store>\n@type http\nendpoint http://127.0.0.1:9/x\n</store>\n<store>\n@type stdout\n</store>\n<store>\n@type null\n</store>';
  const conf = APP.replace('@type cloudwatch_logs', '@type cloudwatch_logs\ndead_letter_path /var/log/dead')
    .replace('<match app>', '<match app>\n@type copy\n<store>').replace(/<\/match>\n$/, `</store>\n${stores}\n</match>\n`)
    .replace('@id in_app', '@id in_app\n').replace('<source>', '<filter app>\n@type stdout\n</filter>\n<source>\n@type forward\n</source>\n<source>');
  const { at, report } = node(conf, { 'app/a.log': line({ m: 1 }) + line({ m: 1, stream: '' }) });
  const before = readdirSync(at('.'), { recursive: true }).toSorted();
  const { destinations, sources } = await report();
  expect(readdirSync(at('.'), { recursive: true }).toSorted()).toEqual(before);
  expect(connect).not.toHaveBeenCalled();
  expect(sources.map(({ state }) => state)).toEqual(['waits', 'read']);
  expect(destinations.map(({ type, name, events }) => ({ type, name, events }))).toEqual([
    { type: 'cloudwatch_logs', name: '/app s', events: 1 },
    { type: 'file', name: '/var/log/out/x.20240514_**.log', events: 2 },
    { type: 'http', name: 'POST http://127.0.0.1:9/x', events: 2 },
    { type: 'stdout', name: null, events: 2 },
    { type: 'null', name: null, events: 2 },
  ]);
});

test('two runs give the same report, byte for byte', async () => {
  const { run } = node(APP, { 'app/b.log': line({ m: 1 }) + 'x\n', 'app/a.log': line({ stream: '' }) });
  expect((await run('--json', '-')).stdout).toBe((await run('--json', '-')).stdout);
});

test('all missing variables are listed at once, and can be given', async () => {
  vi.stubEnv('DRY_GROUP', undefined);
  vi.stubEnv('DRY_REGION', undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const conf = APP.replace('log_group_name /app', 'log_group_name "/#{ENV[\'DRY_GROUP\']}"').replace('eu-west-1', '"#{ENV.fetch(\'DRY_REGION\')}"')
    .replace('retention_in_days 30', 'retention_in_days "#{ENV[\'DRY_DAYS\'] || 5}"');
  const { run, report, at } = node(conf, { 'app/a.log': line({ m: 1 }) });
  const { code, stderr } = await run();
  expect(code).toBe(1);
  expect(stderr.replaceAll(at('/'), '')).toBe(`logferry: the configuration needs environment variables that are not set:
  DRY_GROUP   fluent.conf:21
  DRY_REGION  fluent.conf:20
Give them with --env DRY_GROUP=... --env DRY_REGION=..., or with --env-file FILE.
`);
  writeFileSync(at('env'), '# comment\nexport DRY_REGION="eu-north-1"\n');
  const { setup, cloudwatch } = await report('--env', 'DRY_GROUP=g', '--env-file', at('env'));
  expect(setup.environment).toEqual({ given: ['DRY_GROUP', 'DRY_REGION'], unset: ['DRY_DAYS'] });
  expect(cloudwatch.groups).toMatchObject([{ name: '/g', region: 'eu-north-1', retentionDays: 5 }]);
});

test('a configuration that is wrong exits with 1 and tells every problem with its place', async () => {
  const { run, report, at } = node(APP.replace('@type json', '@type jason').replace('auto_create_stream true', 'auto_create_stream maybe'), {});
  const { code, stdout } = await run();
  expect(code).toBe(1);
  expect(stdout).toContain(`${at('fluent.conf')}:11:`);
  expect(stdout).toContain('✘ the configuration is not valid: 2 problems');
  expect((await report()).verdict).toMatchObject({ status: 'invalid', exitCode: 1, configuration: [{ at: { line: 11 } }, { at: { line: 24 } }] });
});

test('odd things in the folder neither stop it nor are taken for logs', async () => {
  const { at, report } = node(APP, { 'app/a.log': line({ m: 1 }), 'app/packed.log': Buffer.from([0x1f, 0x8b, 8, 0, 0, 10]), 'app/empty.log': '' });
  execFileSync('mkfifo', [at('root/var/log/app/pipe.log')]);
  symlinkSync('loop.log', at('root/var/log/app/loop.log'));
  mkdirSync(at('root/var/log/app/folder.log'));
  const { sources, problems } = await report();
  expect(sources[0]!.files.map((file) => file.path)).toEqual(['/var/log/app/a.log', '/var/log/app/empty.log', '/var/log/app/packed.log']);
  expect(sources[0]!.skipped.map((skipped) => `${skipped.path} ${skipped.lost}`)).toEqual(['/var/log/app/folder.log false', '/var/log/app/loop.log true', '/var/log/app/pipe.log false']);
  expect(problems.map(({ id, count }) => `${id} ${count}`)).toEqual(['unmatched-line 1', 'unreadable-file 1', 'not-text 1']);
  expect(problems[2]!.samples[0]!.detail).toBe('it is compressed with gzip: its bytes are read as they are, not unpacked');
});

test('--logs stands for /var/log alone', async () => {
  const { at, folder } = node(APP, {});
  mkdirSync(at('copy/app'), { recursive: true });
  writeFileSync(at('copy/app/a.log'), line({ m: 1 }));
  let stdout = '';
  const io = { stdout: { write: (text: string) => { stdout += text; } }, stderr: { write: () => {} } };
  expect(await mainCommand(['dry-run', '-c', at('fluent.conf'), '--logs', path.join(folder, 'copy'), '--now', NOW, '--json', '-'], new Registry(plugins), io)).toBe(0);
  expect((JSON.parse(stdout) as DryRunReport).sources[0]!.files.map((file) => file.path)).toEqual(['/var/log/app/a.log']);
});

test('--json FILE and --text FILE are all that is written', async () => {
  const { at, run } = node(APP, { 'app/a.log': line({ m: 1 }) });
  const { stdout } = await run('--json', at('r.json'), '--text', at('r.txt'));
  expect(stdout).toBe('');
  expect((JSON.parse(readFileSync(at('r.json'), 'utf8')) as DryRunReport).version).toBe(1);
  expect(readFileSync(at('r.txt'), 'utf8')).toContain('✔ 1 line of 1 file gives 1 event to store');
  expect(statSync(at('r.txt')).size).toBeGreaterThan(0);
});

test('no line of the text is wider than 100 columns', async () => {
  const name = `app/${'long-name-'.repeat(12)}.log`;
  const { run } = node(APP, { [name]: line({ m: 'x'.repeat(500) }) + `${'broken '.repeat(60)}\n` + line({ stream: 'stream-'.repeat(20) }) });
  const { stdout } = await run('--show', '2');
  expect(stdout.split('\n').slice(1).filter((text) => text.length > 100 && !text.startsWith('✘ ') && !text.startsWith('  / '))).toEqual([]);
});

test('--trace shows each stage, what concat joined, and the exact text that is stored', async () => {
  const conf = APP.replace('<match app>', '<filter other>\n@type stdout\n</filter>\n<filter app>\n@type concat\nkey m\nmultiline_start_regexp /^\\S/\n</filter>\n<match app>');
  const { run, at } = node(conf, { 'app/a.log': line({ m: 'a' }) + line({ m: 'b' }) + line({ m: ' b2' }) + line({ m: 'c' }) });
  const { code, stdout } = await run('--trace', `${at('root/var/log/app/a.log')}:3`, '--json', '-');
  const [{ origin, stages, delivered }] = JSON.parse(stdout) as [TraceReport];
  expect(code).toBe(0);
  expect({ origin, delivered }).toEqual({ origin: { path: '/var/log/app/a.log', line: 3 }, delivered: true });
  expect(stages.map(({ kind, message, record }) => [kind, message, record])).toEqual([
    ['parsed', 'parsed', '{"stream":"s","m":" b2"}'],
    ['tried', '<filter other> does not match the tag app', null],
    ['held', 'it is held here for the lines that follow, which may belong to the same event', null],
    ['joined', 'it leaves with the lines that belong to it', '{"stream":"s","m":"b\\n b2"}'],
    ['output', '<match app> takes the tag app', null],
    ['stored', 'log group /app, stream s: 14 bytes', '{"m":"b\\n b2"}'],
  ]);
  expect(stages[3]!.changes).toEqual([{ op: 'change', field: 'm', before: '" b2"', after: '"b\\n b2"' }]);
  // The first line of an event lets the one before it go, which is not its own.
  const first = await run('--trace', '/var/log/app/a.log:2', '--json', '-');
  expect((JSON.parse(first.stdout) as [TraceReport])[0].stages.map(({ kind, record }) => [kind, record])).toEqual([
    ['parsed', '{"stream":"s","m":"b"}'], ['tried', null], ['held', null], ['joined', '{"stream":"s","m":"b\\n b2"}'], ['output', null], ['stored', '{"m":"b\\n b2"}'],
  ]);
  expect((await run('--trace', '/var/log/app/a.log:9')).stderr).toContain('has 4 lines, there is no line 9');
  expect((await run('--trace', '/var/log/app/b.log:1')).stderr).toContain('no source reads /var/log/app/b.log; did you mean /var/log/app/a.log?');
});

test('a line that does not arrive ends the trace with 2', async () => {
  const { run } = node(APP, { 'app/a.log': 'broken\n' + line({ m: 1, stream: '' }) });
  const unmatched = await run('--trace', '/var/log/app/a.log:1');
  expect(unmatched).toMatchObject({ code: 2 });
  expect(unmatched.stdout).toContain('the line does not match <parse>');
  const refused = await run('--trace', '/var/log/app/a.log:2');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stdout).toContain('it is refused: it has no name for a log stream');
});

test.each([
  [['--now', 'yesterday'], "logferry: --now: expected a time such as 2024-05-14T10:00:00Z, found 'yesterday'\n"],
  [['--env', 'X'], "logferry: --env: expected NAME=VALUE, found 'X'\n"],
  [['--show', 'many'], "logferry: --show: expected a whole number, found 'many'\n"],
  [['--root', '/nowhere'], 'logferry: --root: expected a folder, there is no /nowhere\n'],
  [['--trace', 'x'], "logferry: --trace: expected FILE:LINE, such as /var/log/messages:12, found 'x'\n"],
])('%j is refused with a sentence', async (argv, message) => {
  const { run } = node(APP, {});
  expect(await run(...argv)).toEqual({ code: 1, stdout: '', stderr: message });
});

test('a journal is read to its end, and its entries count as lines', async () => {
  const conf = '<source>\n@type systemd\n@id in_journal\ntag j\npath /var/log/journal\n</source>\n<match j>\n@type null\n</match>\n';
  const { report, at } = node(conf, {});
  const copied = await copySampleJournal(path.join(import.meta.dirname, '../../../conf/sample-node/journal'), at('root/var/log/journal'), 0);
  const { sources, destinations, verdict } = await report();
  expect(copied).toBeGreaterThan(0);
  expect(sources).toMatchObject([{ state: 'read', patterns: ['/var/log/journal'], lines: copied, events: copied, files: [{ path: '/var/log/journal', tag: 'j' }] }]);
  expect(destinations).toMatchObject([{ type: 'null', events: copied }]);
  expect(verdict.exitCode).toBe(0);
});

test('Kubernetes fields come from --metadata, and from the names of files without it', async () => {
  vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
  vi.stubEnv('KUBERNETES_SERVICE_PORT', undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const id = 'a'.repeat(64);
  const conf = APP.replace('/var/log/app/*.log', '/var/log/containers/*.log').replace('tag app', 'tag kubernetes.*').replace('<match app>', '<filter **>\n@type kubernetes_metadata\n</filter>\n<match **>');
  const { report, at } = node(conf, { [`containers/web-0_shop_nginx-${id}.log`]: line({ m: 1 }) });
  const text = async (...argv: string[]) => (await report('--show', '1', ...argv)).cloudwatch.groups[0]!.streams[0]!.samples[0]!.text;
  const names = `{"m":1,"docker":{"container_id":"${id}"},"kubernetes":{"container_name":"nginx","namespace_name":"shop","pod_name":"web-0"`;
  expect(await text()).toBe(`${names}}}`);
  const pod = { kind: 'Pod', metadata: { namespace: 'shop', name: 'web-0', uid: 'u1', labels: { app: 'web' } }, spec: { containers: [] }, status: {} };
  writeFileSync(at('pods.json'), JSON.stringify({ kind: 'List', items: [pod] }));
  expect(await text('--metadata', at('pods.json'))).toBe(
    `${names},"pod_id":"u1","labels":{"app":"web"},"master_url":"https://10.100.0.1:443/api","namespace_id":"00000000-0000-0000-0000-000000000000"}}`,
  );
});

test('a source whose folder is missing is no problem, and says what it looked for', async () => {
  const { report, run } = node(APP, {});
  expect(await report()).toMatchObject({ code: 0, sources: [{ state: 'nothing', patterns: ['/var/log/app/*.log'], files: [] }], problems: [] });
  expect((await run()).stdout).toContain('✔ valid, but nothing was found to read');
});

test('requests are divided as the output divides them: 10,000 events at most', async () => {
  const { report } = node(APP, { 'app/a.log': Array.from({ length: 10_001 }, () => line({ m: 1 })).join('') });
  const { cloudwatch } = await report();
  expect(cloudwatch.groups[0]!.streams).toMatchObject([{ name: 's', events: 10_001, bytes: 70_007, requests: 2 }]);
});

test('outputs that hand events on do so, even through a buffer; weights and labels count', async () => {
  const conf = `${APP.replace('<match app>', '<match app>\n@type buffer\n@label @NEXT\n<buffer tag>\n@type memory\n</buffer>\n</match>\n<label @NEXT>\n<match **>').replace(/<\/match>\n$/, '</match>\n</label>\n')}`;
  const { report } = node(conf, { 'app/a.log': line({ m: 1 }) + line({ m: 2 }) });
  const { cloudwatch, labels, routes, problems } = await report();
  expect(cloudwatch.groups).toMatchObject([{ name: '/app', events: 2 }]);
  expect(labels.map(({ name, entered }) => `${name} ${entered}`)).toEqual(['@ROOT 2', '@NEXT 2']);
  expect(routes[0]!.hops.map(({ received }) => received)).toEqual([2, 2]);
  expect(problems).toEqual([]);
});

test('an event that a filter fails for goes to @ERROR if there is such a label, and is a loss otherwise', async () => {
  const filter = '<filter app>\n@type parser\nkey_name m\n<parse>\n@type json\n</parse>\n</filter>\n';
  const logs = { 'app/a.log': line({ m: '{"stream":"s","x":1}' }) + line({ m: 'no json' }) };
  const without = await node(APP.replace('<match app>', `${filter}<match app>`), logs).report();
  expect(without).toMatchObject({ code: 2, problems: [{ id: 'error-event', effect: 'lost', count: 1, samples: [{ origin: { line: 2 }, tag: 'app' }] }] });
  const label = '<label @ERROR>\n<match **>\n@type null\n</match>\n</label>\n';
  const withLabel = await node(APP.replace('<match app>', `${filter}<match app>`) + label, logs).report();
  expect(withLabel).toMatchObject({ code: 0, problems: [{ id: 'error-event', effect: 'note', count: 1 }] });
});

test('lines that do not match and are emitted all the same are altered, not lost', async () => {
  const conf = APP.replace('read_from_head true', 'read_from_head true\nemit_unmatched_lines true').replace('log_stream_name_key stream\n', 'log_stream_name s\n').replace('remove_log_stream_name_key true\n', '');
  const { report } = node(conf, { 'app/a.log': 'broken\n' });
  expect(await report()).toMatchObject({ code: 0, problems: [{ id: 'unmatched-line', effect: 'altered', count: 1, samples: [{ origin: { line: 1 }, text: 'broken' }] }], verdict: { totals: { delivered: 1, lost: 0, altered: 1 } } });
});

test('an event of a multiline parser has the place of its first line', async () => {
  const parse = '<parse>\n@type multiline\nformat_firstline /^\\d/\nformat1 /^(?<n>\\d) (?<m>.*)/\n</parse>';
  const { report } = node(APP.replace(/<parse>[^]*<\/parse>/, parse), { 'app/a.log': '1 a\n more\n2 b\n more\n3 c\n' });
  const { problems } = await report();
  expect(problems).toMatchObject([{ id: 'no-stream', count: 3 }]);
  expect(problems[0]!.samples.map(({ origin }) => origin!.line)).toEqual([1, 3, 5]);
});

test.each([1, 2, 3, 4, 5])('--trace of line %i finds the event that a multiline parser makes of it', async (number) => {
  const parse = '<parse>\n@type multiline\nformat_firstline /^\\d/\nformat1 /^(?<n>\\d) (?<m>.*)/\n</parse>';
  const conf = APP.replace(/<parse>[^]*<\/parse>/, parse).replace('log_stream_name_key stream\n', 'log_stream_name s\n').replace('remove_log_stream_name_key true\n', '');
  const { run } = node(conf, { 'app/a.log': '1 a\n more\n2 b\n more\n3 c\n' });
  const { stdout, code } = await run('--trace', `/var/log/app/a.log:${number}`, '--json', '-');
  const [{ stages }] = JSON.parse(stdout) as [TraceReport];
  expect(code).toBe(0);
  const event = ['{"n":"1","m":"a\\n more"}', '{"n":"2","m":"b\\n more"}', '{"n":"3","m":"c"}'][(number - 1) >> 1];
  expect(stages.filter(({ kind }) => kind !== 'held').map(({ kind, record }) => [kind, record])).toEqual([['parsed', event], ['output', null], ['stored', event]]);
});

test('--trace tells where a filter drops a line', async () => {
  const conf = APP.replace('<match app>', '<filter app>\n@type grep\n<exclude>\nkey m\npattern /^debug/\n</exclude>\n</filter>\n<match app>');
  const { run } = node(conf, { 'app/a.log': line({ m: 'debug x' }) + line({ m: 'b' }) });
  const { stdout, code } = await run('--trace', '/var/log/app/a.log:1');
  expect(code).toBe(2);
  expect(stdout).toContain('  ✘ grep');
  expect(stdout).toContain('      it is dropped here\n\n✘ it does not arrive\n');
});
