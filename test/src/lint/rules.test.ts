import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createEnvironment } from '../../../src/dry-run/environment.ts';
import { checkConfig, rules } from '../../../src/lint/index.ts';
import { checkText, findings, registry } from '../../support/check.ts';

const TAIL = `<source>
  @type tail
  path /var/log/app.log
  pos_file /var/lib/app.pos
  tag app.web
  read_from_head true
  <parse>
    @type none
  </parse>
</source>
`;
/** Line of the first line behind {@link TAIL}. */
const AFTER = 11;

const CONTAINERS = (more: string, parse = '@type cri') => `<source>
  @type tail
  path /var/log/containers/*.log
  pos_file /var/lib/containers.pos
  tag kube.*
  ${more}
  <parse>
    ${parse}
  </parse>
</source>
`;

const CLOUDWATCH = (more = '', buffer = '') => `<match **>
  @type cloudwatch_logs
  region eu-west-1
  log_stream_name s
  ${more.includes('log_group_name') ? '' : 'log_group_name g'}
  oversized_events truncate
  ${more}
  <buffer>
    @type file
    path /var/lib/buffer
    ${buffer}
  </buffer>
</match>
`;

/** An output that nothing is said about. */
const OUT = (pattern: string) => `<match ${pattern}>\n  @type stdout\n</match>\n`;

test('a configuration without anything doubtful has no findings', async () => {
  expect(await findings(`${TAIL}${CLOUDWATCH('auto_create_stream true\nretention_in_days 14')}`)).toEqual([]);
});

test.each<readonly [id: string, config: string, line: number]>([
  ['unreachable-match', `${TAIL}${OUT('app.**')}${OUT('app.web')}`, AFTER + 3],
  ['unreachable-match', `${TAIL}${OUT('app.* app')}${OUT('app.*.**')}${OUT('app.**')}`, AFTER + 6],
  ['unreachable-filter', `${TAIL}${OUT('app.**')}<filter app.web>\n  @type stdout\n</filter>\n`, AFTER + 3],
  ['unmatchable-pattern', `${TAIL}<filter app>\n  @type stdout\n</filter>\n${OUT('**')}`, AFTER],
  ['unmatched-source', `${TAIL}${OUT('application.**')}`, 1],
  ['unused-label', `${TAIL}${OUT('**')}<label @A>\n${OUT('**')}</label>\n`, AFTER + 3],
  ['label-loop', `${TAIL}<match **>\n  @type relabel\n  @label @A\n</match>\n<label @A>\n<match **>\n  @type relabel\n  @label @A\n</match>\n</label>\n`, AFTER + 5],
  ['rewrite-loop', `${TAIL}<match app.**>\n  @type rewrite_tag_filter\n  <rule>\n    key message\n    pattern /x/\n    tag app.other\n  </rule>\n</match>\n`, AFTER],
  ['single-store-copy', `${TAIL}<match **>\n  @type copy\n  <store>\n    @type null\n  </store>\n</match>\n`, AFTER],
  ['hidden-agent-log', `${TAIL}${OUT('fluent.**').replace('stdout', 'null')}${OUT('**')}`, AFTER],
  ['memory-buffer', `${TAIL}${CLOUDWATCH().replace('@type file', '@type memory').replace('path /var/lib/buffer', '')}`, AFTER + 8],
  ['endless-retries-in-memory', `${TAIL}${CLOUDWATCH('', 'retry_forever true').replace('@type file', '@type memory').replace('path /var/lib/buffer', '')}`, AFTER + 10],
  ['volatile-path', `${TAIL.replace('/var/lib/app.pos', '/tmp/app.pos')}${OUT('**')}`, 4],
  ['volatile-path', `${TAIL.replace('/var/lib/app.pos', 'app.pos')}${OUT('**')}`, 4],
  ['volatile-path', `${TAIL}${CLOUDWATCH().replace('/var/lib/buffer', '/run/buffer')}`, AFTER + 9],
  ['no-pos-file', `${TAIL.replace('pos_file /var/lib/app.pos', '')}${OUT('**')}`, 1],
  ['no-saved-cursor', `<source>\n  @type systemd\n  tag a\n</source>\n${OUT('**')}`, 1],
  ['skipped-beginnings', `${CONTAINERS('', '@type json')}${OUT('**')}`, 1],
  ['concat-without-timeout-label', `${TAIL}<filter **>\n  @type concat\n  key message\n  n_lines 2\n</filter>\n${OUT('**')}`, AFTER],
  ['chunk-exceeds-total', `${TAIL}${CLOUDWATCH('', 'chunk_limit_size 8m\n    total_limit_size 4m')}`, AFTER + 11],
  ['oversized-events', `${TAIL}${CLOUDWATCH().replace('oversized_events truncate', '')}`, AFTER],
  ['overlapping-tails', `${TAIL}${TAIL.replace('app.pos', 'app2.pos')}${OUT('**')}`, AFTER + 2],
  ['concat-without-stream-identity', `${CONTAINERS('read_from_head true', '@type json')}<filter **>\n  @type concat\n  key log\n  n_lines 2\n  flush_interval 0\n</filter>\n${OUT('**')}`, AFTER],
  ['unjoined-cri-parts', `${CONTAINERS('read_from_head true', '@type regexp\n    expression /^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$/')}${OUT('**')}`, 7],
  ['metadata-without-watch', `${TAIL}<filter **>\n  @type kubernetes_metadata\n  watch false\n</filter>\n${OUT('**')}`, AFTER + 2],
  ['no-retention', `${TAIL}${CLOUDWATCH('auto_create_stream true')}`, AFTER],
  ['many-groups', `${CONTAINERS('read_from_head true', '@type json')}${CLOUDWATCH('log_group_name a/${tag}').replace('<buffer>', '<buffer tag>')}`, AFTER + 6],
  ['large-chunks', `${TAIL}${CLOUDWATCH('', 'chunk_limit_size 64m')}`, AFTER + 10],
  ['frequent-flush', `${TAIL}${CLOUDWATCH('', 'flush_interval 0.2')}`, AFTER + 10],
  ['written-secret', `${TAIL}${CLOUDWATCH('aws_sec_key abc')}`, AFTER + 6],
  ['exponential-regexp', `${TAIL.replace('@type none', '@type regexp\n    expression /^(?<a>(x+)+)$/')}${OUT('**')}`, 9],
  ['impossible-grep', `${TAIL}<filter **>\n  @type grep\n  <regexp>\n    key message\n    pattern /a$b/\n  </regexp>\n</filter>\n${OUT('**')}`, AFTER + 2],
  ['deprecated-parameter', `<source>\n  @type systemd\n  tag a\n  filters []\n  <storage>\n    @type local\n    persistent true\n    path /var/lib/a.json\n  </storage>\n</source>\n${OUT('**')}`, 4],
  ['unused-parameter', `${TAIL}<match **>\n  @type stdout\n  nonsense 1\n</match>\n`, AFTER + 2],
  ['odd-value', `${TAIL.replace('read_from_head true', 'read_from_head true\n  rotate_wait 5 seconds')}${OUT('**')}`, 7],
])('%s is found in %j', async (id, config, line) => {
  // What these examples have besides, by necessity.
  const besides: Readonly<Record<string, string>> = { 'endless-retries-in-memory': 'memory-buffer', 'unmatched-source': 'unmatchable-pattern' };
  const found = await findings(config);
  expect(found.filter((one) => !one.startsWith(`${besides[id]} `))).toEqual([`${id} ${line}`]);
});

test.each<readonly [what: string, config: string]>([
  ['a regular expression that takes something else than the pattern behind it', `${TAIL}${OUT('/app\\.w.*/')}${OUT('app.web')}`],
  ['a match behind several that leave a tag over', `<source>\n  @type forward\n</source>\n${OUT('app.a app.b')}${OUT('app.*')}`],
  ['any pattern where a forward source is', `<source>\n  @type forward\n</source>\n${OUT('a.b')}${OUT('c.**')}`],
  ['tags of paths', `${CONTAINERS('read_from_head true', '@type json')}${OUT('kube.var.log.containers.*.log')}${OUT('kube.**')}`],
  ['labels that a filter or a rule names', `${TAIL}<filter **>\n  @type concat\n  key message\n  n_lines 2\n  timeout_label @A\n</filter>\n${OUT('**')}<label @A>\n${OUT('**')}</label>\n`],
  ['@ERROR and @FLUENT_LOG', `${TAIL}${OUT('app.**')}<label @ERROR>\n${OUT('**')}</label>\n<label @FLUENT_LOG>\n<match **>\n  @type stdout\n</match>\n</label>\n`],
  ['a relabel circle that other matches leave', `${TAIL}<match **>\n  @type relabel\n  @label @A\n</match>\n<label @A>\n${OUT('app.**')}<match **>\n  @type relabel\n  @label @B\n</match>\n</label>\n<label @B>\n${OUT('**')}</label>\n`.replace('<match **>\n  @type relabel\n  @label @B', '<match fluent.**>\n  @type relabel\n  @label @B')],
  ['secrets from the environment', `${TAIL}${CLOUDWATCH('aws_key_id "#{ENV[\'K\']}"\n  aws_sec_key "#{ENV[\'S\']}"')}`],
  ['a group for each of a few tags', `${TAIL}${CLOUDWATCH('log_group_name a/${tag}').replace('<buffer>', '<buffer tag>')}`],
  ['parts that are joined', `${CONTAINERS('read_from_head true\n  @label @A', '@type regexp\n    expression /^(?<time>.+) (?<stream>stdout|stderr) (?<logtag>[FP]) (?<log>.*)$/')}<label @A>\n<filter **>\n  @type concat\n  key log\n  use_partial_cri_logtag true\n  partial_cri_logtag_key logtag\n  flush_interval 0\n</filter>\n${OUT('**')}</label>\n`],
])('nothing is said of %s', async (_what, config) => {
  expect(await findings(config, { K: 'k', S: 's' })).toEqual([]);
});

test('a memory buffer is a warning where its events cannot be read again, and a hint where they can', async () => {
  const memory = CLOUDWATCH().replace('@type file', '@type memory').replace('path /var/lib/buffer', '');
  const severities = async (source: string) => (await checkText(`${source}${memory}`)).findings.map(({ severity, message }) => [severity, message]);
  expect(await severities(TAIL)).toEqual([['hint', 'cloudwatch_logs buffers in memory: Fluentd would lose what is in it when it is killed; Logferry reads it again, as positions move only on delivery']]);
  expect(await severities('<source>\n  @type forward\n</source>\n')).toEqual([['warning', 'cloudwatch_logs buffers in memory: a kill or crash loses what forward gave it and was not delivered yet, as that cannot be read again']]);
});

test('a comment silences a finding for a line, or for a section and all in it', async () => {
  const bare = TAIL.replace('pos_file /var/lib/app.pos', '');
  expect(await findings(`# logferry:ignore no-pos-file - read again on purpose\n${bare}${OUT('**')}`)).toEqual([]);
  expect(await findings(bare.replace('<source>', '<source> # logferry:ignore no-pos-file') + OUT('**'))).toEqual([]);
  const secret = CLOUDWATCH('aws_sec_key abc');
  expect(await findings(`${TAIL}${secret.replace('abc', 'abc # logferry:ignore written-secret')}`)).toEqual([]);
  expect(await findings(`${TAIL}# logferry:ignore written-secret, no-retention\n${secret}`)).toEqual([]);
  expect(await findings(`${TAIL}# logferry:ignore no-retention\n${secret}`)).toEqual([`written-secret ${AFTER + 7}`]);
});

test('errors come all at once, with findings of what can be read', async () => {
  const { errors, findings: found } = await checkText(`${TAIL.replace('pos_file /var/lib/app.pos', '')}<match a>\n  @type nothing\n</match>\n<match **>\n  @type cloudwatch_logs\n</match>\n`);
  expect(errors.map(({ at }) => at?.line)).toEqual([AFTER + 1, AFTER + 3]);
  expect(found.map(({ id }) => id)).toContain('no-pos-file');
});

test('a file that is no configuration gives errors alone', async () => {
  const { errors, findings: found, model } = await checkText('<match a>\n');
  expect(errors).toHaveLength(1);
  expect(found).toEqual([]);
  expect(model).toBeUndefined();
});

test('ids are unique, and every rule explains itself', () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  for (const { id, summary, doc } of rules) {
    expect(id).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(summary).toMatch(/\.$/);
    expect(doc.length).toBeGreaterThan(60);
  }
});

test('patterns are not judged where sources are unknown: none is there, or one cannot be read', async () => {
  expect(await findings(OUT('a.b'))).toEqual([]);
  const { findings: found } = await checkText(`<source>\n  @type nothing\n</source>\n${TAIL}${OUT('a.b')}${OUT('**')}`);
  expect(found).toEqual([]);
});

test('YAML configurations are checked and silenced in the same way', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-yaml-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const configFile = path.join(folder, 'fluent.yaml');
  const check = async (comment: string) => {
    writeFileSync(configFile, `config:\n  ${comment}\n  - source:\n      $type: tail\n      path: /var/log/a.log\n      tag: a\n      parse: {$type: none}\n  - match:\n      $tag: '**'\n      $type: stdout\n`);
    const { errors, findings: found } = await checkConfig({ configFile, registry, evaluate: createEnvironment({}).evaluate });
    expect(errors).toEqual([]);
    return found.map(({ id, at }) => `${id} ${at?.line}`);
  };
  expect(await check('#')).toEqual(['no-pos-file 3']);
  expect(await check('# logferry:ignore no-pos-file')).toEqual([]);
});

test('what is not used at the top level, and what plugins warn of, is found too', async () => {
  expect(await findings(`nonsense 1\n${TAIL}<mach **>\n</mach>\n<match **>\n  @type copy\n  <store ignore_error>\n    @type stdout\n  </store>\n  <store ignore_error>\n    @type stdout\n  </store>\n</match>\n`)).toEqual([
    'plugin-warning undefined', 'unused-parameter 1', `unused-parameter ${AFTER + 1}`,
  ]);
});
