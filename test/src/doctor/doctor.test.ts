import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { plugins } from '../../../plugins/index.ts';
import { mainCommand } from '../../../src/cli/main-command.ts';
import type { Check, DoctorReport } from '../../../src/doctor/report.ts';
import { startLocalCloudWatch, type LocalCloudWatch, type LocalCloudWatchOptions } from '../../../src/local-cloudwatch/local-cloudwatch.ts';
import { Registry } from '../../../src/registry.ts';
import { awsEnvironment } from '../../support/aws-environment.ts';
import { serveUntilDone } from '../../support/issued-credentials.ts';
import { startLocalPodIdentity } from '../../support/local-pod-identity.ts';
import { startLocalSts } from '../../support/local-sts.ts';

async function serve(options: LocalCloudWatchOptions = {}): Promise<LocalCloudWatch> {
  const endpoint = await startLocalCloudWatch(options);
  onTestFinished(() => endpoint.stop());
  return endpoint;
}

/** A folder with a configuration in which `DIR` stands for it, and the doctor over that. */
function patient(conf: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'logferry-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => path.join(folder, name);
  writeFileSync(at('fluent.conf'), conf.replaceAll('DIR', folder));
  const run = async (...argv: string[]) => {
    let stdout = '';
    let stderr = '';
    const io = { stdout: { write: (text: string) => { stdout += text; } }, stderr: { write: (text: string) => { stderr += text; } } };
    const code = await mainCommand(['doctor', '-c', at('fluent.conf'), ...argv], new Registry(plugins), io);
    return { code, stdout: stdout.replaceAll(folder, 'DIR'), stderr };
  };
  const report = async (...argv: string[]) => {
    const { stdout, code } = await run('--json', '-', ...argv);
    const made = JSON.parse(stdout) as DoctorReport;
    const of = (id: string, subject?: string): Check => made.checks.find((check) => check.id === id && (subject === undefined || check.subject === subject))!;
    return { ...made, code, of, text: stdout };
  };
  return { folder, at, run, report };
}

const match = (url: string, more = '', pattern = '**') => `
<match ${pattern}>
  @type cloudwatch_logs
  @id out
  region us-east-1
  endpoint ${url}
  log_group_name g
  log_stream_name s
  ${more}
</match>
`;
const KEYS = 'aws_key_id AKIDKEY\n  aws_sec_key very-secret-value';
const credentials = { accessKeyId: 'AKIDKEY', secretAccessKey: 'very-secret-value' };

describe('logferry doctor about AWS', () => {
  it('finds everything right: identity, clock, endpoint, permissions; and changes nothing', async () => {
    const sts = await startLocalSts();
    awsEnvironment({ AWS_ENDPOINT_URL_STS: sts.url });
    const endpoint = await serve({ credentials, groups: { g: ['s'] } });
    const { code, checks, of, text } = await patient(match(endpoint.url, `${KEYS}\n  auto_create_stream true`)).report();
    expect(checks.filter(({ status, id }) => status !== 'ok' && id.startsWith('aws.'))).toEqual([]);
    expect(code).toBe(0);
    expect(of('aws.identity').message).toBe(sts.arn);
    expect(sts.requests.map(({ action, accessKeyId }) => [action, accessKeyId])).toEqual([['GetCallerIdentity', 'AKIDKEY']]);
    expect(of('aws.put-log-events', 'g')).toEqual({ id: 'aws.put-log-events', subject: 'g', status: 'ok', message: 'logs:PutLogEvents is allowed', details: ['for cloudwatch_logs out'] });
    expect(of('aws.create-log-stream', 'g').message).toBe('logs:CreateLogStream is allowed');
    expect(of('aws.clock').message).toMatch(/^the clock of this node is right to [12] s$/);
    expect(endpoint.store.summary().map(({ group, stream, events }) => [group, stream, events])).toEqual([['g', 's', 0]]);
    expect(text).not.toContain('very-secret-value');
  });

  it('asks the web identity provider, and says why the others did not serve', async () => {
    const sts = await startLocalSts();
    const { at, report } = patient(match('http://127.0.0.1:9'));
    writeFileSync(at('token'), 'web-token-text');
    awsEnvironment({ AWS_ENDPOINT_URL_STS: sts.url, AWS_WEB_IDENTITY_TOKEN_FILE: at('token'), AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/logs' });
    const { of, text } = await report();
    expect(of('aws.credentials').status).toBe('ok');
    expect(of('aws.credentials').message).toMatch(/^web identity \(IRSA\) gives them, until 20/);
    expect(of('aws.credentials').details!.map((line) => line.split(',', 1)[0])).toEqual([
      'environment: no', 'profile default: failed', 'web identity (IRSA): used', 'container (ECS', 'instance metadata (IMDS): not asked',
    ]);
    for (const secret of ['web-token-text', sts.accepted.secretAccessKey, sts.accepted.sessionToken]) expect(text).not.toContain(secret);
  });

  it('has no credentials: each place and why, what to do, and that the rest is not known', async () => {
    awsEnvironment();
    const endpoint = await serve({ groups: { g: ['s'] } });
    const { code, of } = await patient(match(endpoint.url)).report();
    expect(code).toBe(1);
    expect(of('aws.credentials')).toMatchObject({
      status: 'problem', message: 'there are no AWS credentials',
      hint: 'give the pod a role by IRSA or EKS Pod Identity, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    });
    expect(of('aws.credentials').details).toHaveLength(5);
    expect(of('aws.identity').status).toBe('unknown');
    expect(of('aws.put-log-events').message).toBe('whether logs:PutLogEvents is allowed is not known: there are no credentials (see aws.credentials)');
  });

  it('has expired credentials', async () => {
    const sts = await startLocalSts();
    sts.failWith = { code: 'ExpiredToken', message: 'The security token included in the request is expired' };
    const agent = await startLocalPodIdentity();
    agent.issuer.lifetimeMs = -60_000;
    awsEnvironment({ AWS_ENDPOINT_URL_STS: sts.url, AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url });
    const endpoint = await serve({ faults: [{ action: 'ExpiredTokenException', operation: '*', message: 'The security token included in the request is expired' }] });
    const { code, of } = await patient(match(endpoint.url)).report();
    expect(code).toBe(1);
    expect(of('aws.credentials')).toMatchObject({ status: 'problem', message: 'the credentials of container (ECS, EKS Pod Identity) have expired' });
    expect(of('aws.identity')).toMatchObject({ status: 'problem', message: 'STS does not accept the credentials: ExpiredToken: The security token included in the request is expired' });
    expect(of('aws.put-log-events')).toMatchObject({ status: 'unknown' });
    expect(of('aws.put-log-events').message).toContain('ExpiredTokenException');
  });

  it('is denied a group: the sentence of AWS and the right that is missing', async () => {
    awsEnvironment();
    const message = 'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: logs:PutLogEvents because no identity-based policy allows it';
    const endpoint = await serve({
      groups: { g: ['s'], h: ['s'] },
      faults: [{ action: 'AccessDeniedException', operation: 'PutLogEvents', group: 'h', message }, { action: 'AccessDeniedException', operation: 'CreateLogStream', group: 'g' }],
    });
    const conf = match(endpoint.url, `${KEYS}\n  auto_create_stream true`, 'a') + match(endpoint.url, KEYS, 'b').replace('@id out', '@id other').replace('log_group_name g', 'log_group_name h');
    const { code, of } = await patient(conf).report();
    expect(code).toBe(1);
    expect(of('aws.put-log-events', 'g').status).toBe('ok');
    expect(of('aws.put-log-events', 'h')).toMatchObject({ status: 'problem', message: `logs:PutLogEvents is denied: ${message}`, details: ['for cloudwatch_logs other'] });
    expect(of('aws.put-log-events', 'h').hint).toContain('the identity needs logs:PutLogEvents on log-group:h:*');
    expect(of('aws.create-log-stream', 'g').status).toBe('problem');
  });

  it('cannot prove that a group may be made, and makes none', async () => {
    awsEnvironment();
    const endpoint = await serve();
    const { of } = await patient(match(endpoint.url, `${KEYS}\n  auto_create_stream true\n  retention_in_days 3`)).report();
    expect(of('aws.put-log-events')).toMatchObject({ status: 'ok', message: 'logs:PutLogEvents is allowed; the log group does not exist' });
    expect(of('aws.create-log-stream').status).toBe('ok');
    expect(of('aws.put-retention-policy').status).toBe('ok');
    expect(of('aws.create-log-group')).toMatchObject({ status: 'unknown', hint: 'make the group beforehand, or see that the policy allows it' });
    expect(endpoint.store.groups()).toEqual([]);
  });

  it('misses a group that nobody makes', async () => {
    awsEnvironment();
    const endpoint = await serve();
    const { of } = await patient(match(endpoint.url, KEYS)).report();
    expect(of('aws.log-group')).toMatchObject({ status: 'problem', message: 'the log group does not exist, and auto_create_stream is off' });
  });

  it('asks for names with placeholders by a made-up one, and for those of events by --group', async () => {
    awsEnvironment();
    const endpoint = await serve({ groups: { '/x/logferry-doctor': [], given: [] } });
    const conf = match(endpoint.url, KEYS, 'a').replace('log_group_name g', 'log_group_name /x/${tag}').replace('log_stream_name s', 'log_stream_name s\n<buffer tag>\n</buffer>')
      + match(endpoint.url, KEYS, 'b').replace('@id out', '@id other').replace('log_group_name g', 'log_group_name_key group');
    const { report } = patient(conf);
    const first = await report();
    expect(first.of('aws.put-log-events', '/x/${tag} (asked as /x/logferry-doctor)').status).toBe('ok');
    expect(first.of('aws.put-log-events', 'cloudwatch_logs other')).toMatchObject({ status: 'unknown', message: 'the field group of each event is the log group: permissions are not known' });
    expect((await report('--group', 'given')).of('aws.put-log-events', 'given').status).toBe('ok');
  });

  it.each([[10 * 60_000, 'problem', 'behind'], [-2 * 60_000, 'warning', 'ahead']])('has a clock that is %d ms off', async (skewMs, status, word) => {
    awsEnvironment();
    const endpoint = await serve({ now: () => Date.now() + skewMs });
    const clock = (await patient(match(endpoint.url, KEYS)).report()).of('aws.clock');
    expect(clock.status).toBe(status);
    expect(clock.message).toMatch(new RegExp(`^the clock of this node is \\d+ s ${word}`));
  });

  it('cannot reach the endpoint', async () => {
    awsEnvironment({ AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' });
    const { code, of } = await patient(match('http://127.0.0.1:9', KEYS)).report();
    expect(code).toBe(1);
    expect(of('aws.endpoint')).toMatchObject({ subject: '127.0.0.1:9', status: 'problem', message: 'there is no connection to the endpoint: connect ECONNREFUSED 127.0.0.1:9' });
    expect(of('aws.identity').message).toContain('STS could not be asked: ');
    expect(of('aws.put-log-events').status).toBe('unknown');
  });

  it('cannot reach the proxy, and does not show its password', async () => {
    awsEnvironment();
    const { of, text } = await patient(match('https://127.0.0.1:9', `${KEYS}\n  http_proxy http://user:proxy-pass@127.0.0.1:8`)).report();
    expect(of('aws.endpoint').message).toBe('there is no connection to the proxy (http_proxy): connect ECONNREFUSED 127.0.0.1:8');
    expect(text).not.toContain('proxy-pass');
  });

  it('gets no answer in time', async () => {
    awsEnvironment({ AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' });
    const silent = await serveUntilDone(() => {});
    const { of } = await patient(match(silent.url, KEYS)).report('--timeout', '0.3');
    expect(of('aws.endpoint')).toMatchObject({ status: 'unknown', message: 'there was no result within 0.3 s' });
    expect(of('aws.put-log-events').status).toBe('unknown');
    expect(of('limits.open-files').status).toBe('ok');
  });

  it('reads groups for an input', async () => {
    awsEnvironment();
    const endpoint = await serve({ groups: { g: ['s'] }, faults: [{ action: 'AccessDeniedException', operation: 'GetLogEvents' }] });
    const conf = `<source>\n@type cloudwatch_logs\ntag t\nregion us-east-1\nendpoint ${endpoint.url}\nlog_group_name g\nlog_stream_name s\n${KEYS}\n<storage>\n@type local\n</storage>\n</source>\n`;
    const { of } = await patient(`${conf}<match **>\n@type null\n</match>`).report();
    expect(of('aws.get-log-events')).toMatchObject({ status: 'problem', hint: 'the identity needs logs:GetLogEvents on log-group:g' });
  });
});

const TAIL = `
<source>
  @type tail
  @id in_app
  path DIR/logs/*.log
  pos_file DIR/app.pos
  tag app
  <parse>
    @type none
  </parse>
</source>
<match **>
  @type null
</match>
`;

describe('logferry doctor about the node', () => {
  it('counts what is readable and how old the positions are, and needs no AWS', async () => {
    awsEnvironment();
    const { at, report } = patient(TAIL);
    mkdirSync(at('logs'));
    writeFileSync(at('logs/a.log'), '12345\n');
    const { code, checks, of } = await report();
    expect(of('files.readable')).toEqual({ id: 'files.readable', subject: 'tail in_app', status: 'ok', message: '1 file is readable' });
    expect(of('files.pos-file').status).toBe('ok');
    expect(of('positions.age').message).toBe('there are no positions yet');
    expect(checks.some(({ id }) => id.startsWith('aws.'))).toBe(false);
    expect(code).toBe(checks.some(({ status }) => status === 'warning') ? 2 : 0);
    expect(existsSync(at('app.pos'))).toBe(false);
    writeFileSync(at('app.pos'), `${at('logs/a.log')}\t0000000000000002\t0000000000000001\n`);
    utimesSync(at('app.pos'), Date.now() / 1000 - 7200, Date.now() / 1000 - 7200);
    const late = (await report()).of('positions.age');
    expect(late).toMatchObject({ status: 'warning', message: 'the last position was saved 2 h ago; 4 bytes of 1 files lie behind the positions' });
  });

  it.skipIf(process.getuid?.() !== 0)('says which files another user may not read', async () => {
    awsEnvironment();
    const { at, folder, report } = patient(TAIL);
    chmodSync(folder, 0o755);
    mkdirSync(at('logs'), { mode: 0o755 });
    writeFileSync(at('logs/a.log'), '1\n', { mode: 0o600 });
    writeFileSync(at('logs/b.log'), '1\n', { mode: 0o644 });
    onTestFinished(() => process.seteuid!(0));
    process.seteuid!(65534);
    const { of, code } = await report();
    process.seteuid!(0);
    expect(code).toBe(1);
    expect(of('files.readable')).toMatchObject({ status: 'problem', message: '1 of 2 files cannot be read' });
    expect(of('files.readable').details![0]).toContain('EACCES');
    expect(of('files.readable').hint).toContain('run as root or with a group that may read them');
  });

  it('finds no folder, and a link that leads nowhere', async () => {
    awsEnvironment();
    const { at, report } = patient(TAIL);
    expect((await report()).of('files.readable')).toMatchObject({ status: 'warning', details: [expect.stringContaining('only ')] });
    mkdirSync(at('logs'));
    symlinkSync(at('nowhere/x.log'), at('logs/x.log'));
    const { of } = await report();
    expect(of('files.readable').status).not.toBe('ok');
  });

  it('finds what a buffer holds and what room there is', async () => {
    awsEnvironment();
    const { at, report } = patient('<match **>\n@type file\n@id f\npath DIR/out.${tag}\n<buffer tag>\n@type file\npath DIR/buffer\ntotal_limit_size 1000000000g\n</buffer>\n</match>');
    mkdirSync(at('buffer'));
    writeFileSync(at('buffer/buffer.q5f0000000000000000000000000000ab.log'), 'x'.repeat(1500));
    utimesSync(at('buffer/buffer.q5f0000000000000000000000000000ab.log'), Date.now() / 1000 - 7200, Date.now() / 1000 - 7200);
    const { of } = await report();
    expect(of('buffer.disk').status).toBe('warning');
    expect(of('buffer.left')).toMatchObject({ status: 'warning', message: '1 chunks with 1.5 kB wait in it, the oldest for 2 h' });
    expect(readdirSync(at('buffer'))).toEqual(['buffer.q5f0000000000000000000000000000ab.log']);
  });

  it('asks the API of Kubernetes what the service account may do', async () => {
    const asked: string[] = [];
    const api = await serveUntilDone((request, body, response) => {
      if (request.headers.authorization !== 'Bearer account-token') return void response.writeHead(401).end('{"message":"Unauthorized"}');
      const { verb, resource } = (JSON.parse(body) as { spec: { resourceAttributes: { verb: string; resource: string } } }).spec.resourceAttributes;
      asked.push(`${request.url} ${verb} ${resource}`);
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ status: { allowed: verb !== 'watch', reason: 'RBAC' } }));
    });
    awsEnvironment();
    const { at, report } = patient(`<filter **>\n@type kubernetes_metadata\nkubernetes_url ${api.url}/api\nsecret_dir DIR/secret\n</filter>\n<match **>\n@type null\n</match>`);
    expect((await report()).of('kubernetes.api')).toMatchObject({ status: 'problem', message: `the API at ${new URL(api.url).host} answers 401: Unauthorized` });
    mkdirSync(at('secret'));
    writeFileSync(at('secret/token'), 'account-token\n');
    const { of, text } = await report();
    expect(of('kubernetes.api').status).toBe('ok');
    expect(of('kubernetes.rbac')).toMatchObject({ status: 'problem', message: 'the service account may not watch pods, watch namespaces' });
    expect(asked).toHaveLength(6);
    expect(asked).toContain('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews list namespaces');
    expect(text).not.toContain('account-token');
  });

  it('names variables that are missing, and asks nothing of AWS then', async () => {
    awsEnvironment();
    const { code, of, checks } = await patient(match('http://127.0.0.1:9', KEYS).replace('log_group_name g', `log_group_name "/x/#{ENV.fetch('DOCTOR_TEST_NAME')}"`)).report();
    expect(code).toBe(1);
    expect(of('config.environment')).toMatchObject({ subject: 'DOCTOR_TEST_NAME', status: 'problem' });
    expect(checks.some(({ id }) => id.startsWith('aws.'))).toBe(false);
  });

  it('shows every problem of a configuration that is wrong', async () => {
    awsEnvironment();
    const { code, checks } = await patient('<match a>\n@type nothing_such\n</match>\n<match b>\n@type cloudwatch_logs\n</match>').report();
    expect(code).toBe(1);
    expect(checks.length).toBeGreaterThanOrEqual(2);
    expect(new Set(checks.map(({ id, status }) => `${id} ${status}`))).toEqual(new Set(['config.valid problem']));
  });

  it('writes a text that fits into 100 columns', async () => {
    awsEnvironment();
    const long = 'x'.repeat(300);
    const { run } = patient(match('http://127.0.0.1:9').replace('log_group_name g', `log_group_name ${long}`) + TAIL.replace(/<match[^]*/, ''));
    const { stdout, code } = await run();
    expect(code).toBe(1);
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(stdout).toContain('  PROBLEM  aws.credentials\n             there are no AWS credentials\n');
    expect(stdout).toMatch(/\n\d+ problems, .*\d+ ok\n$/);
  });
});
