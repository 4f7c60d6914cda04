import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { mainCommand } from '../../../src/cli/main-command.ts';
import type { ComparisonReport } from '../../../src/dry-run/compare-report.ts';
import { Registry } from '../../../src/registry.ts';

const NOW = '2024-05-14T10:00:00Z';
const SOURCE = `<source>
  @type tail
  path /var/log/app/*.log
  pos_file /var/log/app.pos
  tag app.*
  read_from_head true
  <parse>
    @type json
    time_key t
    time_type unixtime
  </parse>
</source>
`;
const CONCAT = `<filter **>
  @type concat
  key m
  multiline_start_regexp /^\\S/
  separator ""
  use_first_timestamp true
  timeout_label @OUT
</filter>
`;
const match = (group: string) => `<match **>
  @type relabel
  @label @OUT
</match>
<label @OUT>
  <match **>
    @type cloudwatch_logs
    log_group_name ${group}
    log_stream_name s
    region eu-west-1
  </match>
</label>
`;

function node() {
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-compare-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);
  mkdirSync(at('root/var/log/app'), { recursive: true });
  const log = (name: string, texts: readonly string[]) =>
    writeFileSync(at(`root/var/log/app/${name}.log`), texts.map((m, i) => `${JSON.stringify({ t: Date.parse(NOW) / 1000 - 60 + i, m })}\n`).join(''));
  log('a', ['one', 'two', ' joined', 'three']);
  log('b', ['</script>\u2028\u202e']);
  const run = async (conf: string, ...argv: string[]) => {
    writeFileSync(at('fluent.conf'), conf);
    const written = { stdout: '', stderr: '' };
    const io = { stdout: { write: (text: string) => void (written.stdout += text) }, stderr: { write: (text: string) => void (written.stderr += text) } };
    const code = await mainCommand(['dry-run', '-c', at('fluent.conf'), '--root', at('root'), '--now', NOW, ...argv], new Registry(plugins), io);
    return { code, ...written };
  };
  const compare = async (conf: string, ...argv: string[]) => (JSON.parse((await run(conf, '--json', '-', ...argv)).stdout) as { comparison: ComparisonReport }).comparison;
  return { at, log, run, compare };
}

test('a plan that is compared with itself has no changes', async () => {
  const { at, run, compare } = node();
  await run(SOURCE + CONCAT + match('g'), '--out', at('plan.json'));
  const found = await compare(SOURCE + CONCAT + match('g'), '--compare', at('plan.json'), '--fail-on-change');
  expect(found).toMatchObject({ differs: false, sameLogs: true, events: { same: 4, moved: 0, changed: 0, appeared: 0, vanished: 0 }, followed: { complete: true } });
  expect((await run(SOURCE + CONCAT + match('g'), '--compare', at('plan.json'), '--fail-on-change')).code).toBe(0);
});

test('events that move, change and vanish are named by their file and line', async () => {
  const { at, run, compare } = node();
  writeFileSync(at('old.conf'), SOURCE + match('g'));
  const found = await compare(SOURCE + CONCAT + match('g'), '--compare-config', at('old.conf'));
  expect(found.events).toEqual({ same: 3, moved: 0, changed: 1, appeared: 0, vanished: 1 });
  expect(found.changes).toEqual([
    { kind: 'changed', from: 'g', to: 'g', events: 1, samples: [{ origin: { path: '/var/log/app/a.log', line: 2 }, from: 'g s', to: 'g s', before: '{"m":"two"}', after: '{"m":"two joined"}', beforeTime: '2024-05-14T09:59:01.000Z', afterTime: '2024-05-14T09:59:01.000Z' }] },
    { kind: 'vanished', from: 'g', to: null, events: 1, samples: [{ origin: { path: '/var/log/app/a.log', line: 3 }, from: 'g s', to: null, before: '{"m":" joined"}', after: null, beforeTime: '2024-05-14T09:59:02.000Z', afterTime: null }] },
  ]);
  expect((await run(SOURCE + CONCAT + match('g'), '--compare-config', at('old.conf'))).code).toBe(0);
  expect((await run(SOURCE + CONCAT + match('g'), '--compare-config', at('old.conf'), '--fail-on-change')).code).toBe(2);
});

test('a plan and the other configuration itself find the same changes', async () => {
  const { at, run, compare } = node();
  await run(SOURCE + match('g'), '--out', at('plan.json'));
  writeFileSync(at('old.conf'), SOURCE + match('g'));
  const saved = await compare(SOURCE + CONCAT + match('h'), '--compare', at('plan.json'));
  const direct = await compare(SOURCE + CONCAT + match('h'), '--compare-config', at('old.conf'));
  const bare = ({ changes }: ComparisonReport) => changes.map(({ samples, ...change }) => ({ ...change, at: samples.map(({ origin }) => origin) }));
  expect(bare(saved)).toEqual(bare(direct));
  expect(saved.places).toEqual(direct.places);
  expect(saved.events).toMatchObject({ same: 0, moved: 4, vanished: 1 });
});

test('lines of a file output are compared, too', async () => {
  const { at, compare } = node();
  const file = (format: string) => `<match **>\n  @type file\n  path /var/out\n  ${format}\n  <buffer>\n    @type memory\n  </buffer>\n</match>\n`;
  writeFileSync(at('old.conf'), SOURCE + file('<format>\n@type json\n</format>'));
  const found = await compare(SOURCE + file('<format>\n@type out_file\n</format>'), '--compare-config', at('old.conf'));
  expect(found.events).toMatchObject({ same: 0, changed: 5 });
  expect(found.changes[0]!.samples[0]).toMatchObject({ origin: { path: '/var/log/app/a.log', line: 1 }, before: '{"m":"one"}' });
});

test('logs that are not those of the plan are told', async () => {
  const { at, log, run } = node();
  await run(SOURCE + match('g'), '--out', at('plan.json'));
  log('a', ['one']);
  const { stdout } = await run(SOURCE + match('g'), '--compare', at('plan.json'));
  expect(stdout).toContain('the logs are not those of the plan');
  expect(stdout).toContain('- 3 events vanish');
});

test('a wrong plan or configuration to compare with is an error that names it', async () => {
  const { at, run } = node();
  const fails = async (...argv: string[]) => {
    const { code, stderr } = await run(SOURCE + match('g'), ...argv);
    expect(code).toBe(1);
    return stderr;
  };
  expect(await fails('--compare', at('none.json'))).toMatch(/^logferry: --compare: .*none\.json/);
  writeFileSync(at('old.conf'), '<match **>\n  @type nope\n</match>\n');
  expect(await fails('--compare-config', at('old.conf'))).toMatch(/^logferry: --compare-config: .*old\.conf is not valid: .*nope/);
  expect(await fails('--compare', 'a', '--compare-config', 'b')).toContain('--compare and --compare-config: one of them, not both');
});

test('the same input gives the same page and the same JSON, byte for byte', async () => {
  const { at, run } = node();
  writeFileSync(at('old.conf'), SOURCE + match('g'));
  const once = async (name: string) => {
    await run(SOURCE + CONCAT + match('h'), '--html', at(`${name}.html`), '--json', at(`${name}.json`), '--out', at(`${name}.plan`), '--compare-config', at('old.conf'));
    return ['html', 'json', 'plan'].map((kind) => readFileSync(at(`${name}.${kind}`), 'utf8'));
  };
  expect(await once('x')).toEqual(await once('y'));
});

test('the page has no other file, a policy that allows none, and hostile lines as text', async () => {
  const { at, run } = node();
  await run(SOURCE + match('g'), '--html', at('r.html'));
  const html = readFileSync(at('r.html'), 'utf8');
  expect(html).toMatch(/http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'"/);
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  expect(html).not.toMatch(/[\u2028\u202e]| style=| on[a-z]+=|<link|src=|url\(/);
  expect(html).toContain('&lt;/script&gt;[U+2028][U+202E]');
  const [, embedded] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(html)!;
  expect(JSON.parse(embedded!)).toMatchObject({ verdict: { status: 'clean', totals: { events: 5 } } });
});
