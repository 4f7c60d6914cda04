import { execFileSync } from 'node:child_process';
import http, { Agent, createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLogsService, type AwsClientConfig, type LogsService } from '../../../src/lib/aws-client.ts';
import { startLocalCloudWatch, type LocalCloudWatch } from '../../../src/local-cloudwatch/local-cloudwatch.ts';
import type { Credentials } from '../../../src/local-cloudwatch/signature.ts';
import { awsEnvironment } from '../../support/aws-environment.ts';
import { startLocalImds } from '../../support/local-imds.ts';
import { startLocalPodIdentity } from '../../support/local-pod-identity.ts';
import { startLocalSts } from '../../support/local-sts.ts';

const ROLE = 'arn:aws:iam::111122223333:role/logs';

const PLAIN: AwsClientConfig = {
  region: 'us-east-1', endpoint: undefined, ssl_verify_peer: true, http_proxy: undefined, aws_key_id: undefined, aws_sec_key: undefined, aws_use_sts: false,
  aws_sts_role_arn: undefined, aws_sts_session_name: 'fluentd', aws_sts_external_id: undefined, aws_sts_policy: undefined, aws_sts_duration_seconds: undefined,
  aws_sts_endpoint_url: undefined, aws_ecs_authentication: false, web_identity_credentials: undefined,
};

async function serve(credentials?: Credentials): Promise<LocalCloudWatch> {
  const endpoint = await startLocalCloudWatch({ groups: { g: ['s'] }, credentials });
  onTestFinished(() => endpoint.stop());
  return endpoint;
}

async function open(config: Partial<AwsClientConfig>): Promise<LogsService & { groups(): Promise<number> }> {
  const service = await createLogsService({ ...PLAIN, ...config }, { connections: 4, requestMs: 5000, maxAttempts: 1 });
  onTestFinished(() => service.client.destroy());
  return { ...service, groups: async () => (await service.client.send(new service.sdk.DescribeLogGroupsCommand({}))).logGroups!.length };
}

function folder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'logferry-aws-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

const used = ({ credentials }: LogsService) => credentials.attempts().find(({ outcome }) => outcome === 'used')?.place;

describe('credentials of AWS clients', () => {
  const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

  it('come from the parameters', async () => {
    awsEnvironment({ AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other' });
    const endpoint = await serve(keys);
    const service = await open({ endpoint: endpoint.url, aws_key_id: 'AKID', aws_sec_key: 'secret' });
    expect(await service.groups()).toBe(1);
    expect(used(service)).toBe('aws_key_id and aws_sec_key');
  });

  it('come from the environment', async () => {
    awsEnvironment({ AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'tok' });
    const endpoint = await serve({ ...keys, sessionToken: 'tok' });
    const service = await open({ endpoint: endpoint.url });
    expect(await service.groups()).toBe(1);
    expect(service.credentials.attempts().map(({ place, outcome }) => `${place}: ${outcome}`)).toEqual([
      'environment: used', 'profile default: not-tried', 'web identity (IRSA): not-tried', 'container (ECS, EKS Pod Identity): not-tried',
      'instance metadata (IMDS): not-tried',
    ]);
  });

  it('come from a profile, and from the same file again when the service refuses them', async () => {
    const dir = folder();
    const file = path.join(dir, 'credentials');
    writeFileSync(file, '[app]\naws_access_key_id = OLD\naws_secret_access_key = old\n');
    awsEnvironment({ AWS_PROFILE: 'app', AWS_SHARED_CREDENTIALS_FILE: file, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' });
    const accepted = { accessKeyId: 'OLD', secretAccessKey: 'old' };
    const endpoint = await serve(accepted);
    const service = await open({ endpoint: endpoint.url });
    expect(await service.groups()).toBe(1);
    Object.assign(accepted, { accessKeyId: 'NEW', secretAccessKey: 'new' });
    await expect(service.groups()).rejects.toThrow('The security token included in the request is invalid.');
    writeFileSync(file, '[app]\naws_access_key_id = NEW\naws_secret_access_key = new\n');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await service.groups()).toBe(1);
    expect(service.credentials.attempts().slice(0, 2).map(({ detail }) => detail)).toEqual(['AWS_PROFILE is set and goes first', 'without an end']);
  });

  it('come from a profile that assumes a role with the keys of another one', async () => {
    const dir = folder();
    const sts = await startLocalSts();
    writeFileSync(path.join(dir, 'credentials'), '[base]\naws_access_key_id = BASE\naws_secret_access_key = base\n');
    writeFileSync(path.join(dir, 'config'), `[profile app]\nrole_arn = ${ROLE}\nsource_profile = base\nexternal_id = ext\n`);
    awsEnvironment({
      AWS_PROFILE: 'app', AWS_SHARED_CREDENTIALS_FILE: path.join(dir, 'credentials'), AWS_CONFIG_FILE: path.join(dir, 'config'), AWS_ENDPOINT_URL_STS: sts.url,
    });
    const endpoint = await serve(sts.accepted);
    expect(await (await open({ endpoint: endpoint.url })).groups()).toBe(1);
    expect(sts.requests.map(({ action, accessKeyId, params }) => [action, accessKeyId, params['RoleArn'], params['ExternalId']])).toEqual([['AssumeRole', 'BASE', ROLE, 'ext']]);
  });

  it('come from a credential_process of a profile', async () => {
    const dir = folder();
    const said = JSON.stringify({ Version: 1, AccessKeyId: 'AKID', SecretAccessKey: 'secret' });
    writeFileSync(path.join(dir, 'said.json'), said);
    writeFileSync(path.join(dir, 'config'), `[default]\ncredential_process = cat ${path.join(dir, 'said.json')}\n`);
    awsEnvironment({ AWS_CONFIG_FILE: path.join(dir, 'config') });
    const endpoint = await serve(keys);
    expect(await (await open({ endpoint: endpoint.url })).groups()).toBe(1);
  });

  it('come from STS for the token of a service account, which is read anew each time', async () => {
    const file = path.join(folder(), 'token');
    const sts = await startLocalSts();
    awsEnvironment({ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: ROLE, AWS_ROLE_SESSION_NAME: 'pod', AWS_ENDPOINT_URL_STS: sts.url });
    const endpoint = await serve(sts.accepted);
    writeFileSync(file, 'token-1');
    sts.token = 'token-1';
    const service = await open({ endpoint: endpoint.url });
    expect(await service.groups()).toBe(1);
    sts.token = 'token-2';
    writeFileSync(file, 'token-2');
    endpoint.setFaults([{ action: 'ExpiredTokenException', operation: '*', times: 1 }]);
    expect(await service.groups()).toBe(1);
    expect(sts.requests.map(({ action, accessKeyId, params }) => [action, accessKeyId, params['WebIdentityToken'], params['RoleArn'], params['RoleSessionName']])).toEqual([
      ['AssumeRoleWithWebIdentity', undefined, 'token-1', ROLE, 'pod'], ['AssumeRoleWithWebIdentity', undefined, 'token-2', ROLE, 'pod'],
    ]);
    expect(used(service)).toBe('web identity (IRSA)');
  });

  it('come from web_identity_credentials with all of its parameters', async () => {
    const file = path.join(folder(), 'token');
    writeFileSync(file, 'tok');
    const sts = await startLocalSts();
    awsEnvironment({ AWS_ENDPOINT_URL_STS: sts.url });
    const endpoint = await serve(sts.accepted);
    const web = { role_arn: ROLE, role_session_name: 'mine', web_identity_token_file: file, policy: '{"Version":"2012-10-17"}', duration_seconds: 900 };
    expect(await (await open({ endpoint: endpoint.url, web_identity_credentials: web })).groups()).toBe(1);
    expect(sts.requests[0]!.params).toMatchObject({
      RoleArn: ROLE, RoleSessionName: 'mine', WebIdentityToken: 'tok', Policy: '{"Version":"2012-10-17"}', DurationSeconds: '900',
    });
  });

  it('come from the agent of EKS Pod Identity, with the token of its file as it is at that time', async () => {
    const file = path.join(folder(), 'token');
    writeFileSync(file, 'first');
    const agent = await startLocalPodIdentity();
    awsEnvironment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file });
    const endpoint = await serve(agent.accepted);
    const service = await open({ endpoint: endpoint.url });
    agent.token = 'first';
    expect(await service.groups()).toBe(1);
    agent.token = 'second';
    writeFileSync(file, 'second');
    endpoint.setFaults([{ action: 'ExpiredTokenException', operation: '*', times: 1 }]);
    expect(await service.groups()).toBe(1);
    expect(agent.requests).toEqual([{ path: '/v1/credentials', authorization: 'first' }, { path: '/v1/credentials', authorization: 'second' }]);
  });

  it('come from EKS Pod Identity with aws_ecs_authentication, too', async () => {
    const file = path.join(folder(), 'token');
    writeFileSync(file, 'tok');
    const agent = await startLocalPodIdentity();
    agent.token = 'tok';
    awsEnvironment({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other',
    });
    const endpoint = await serve(agent.accepted);
    expect(await (await open({ endpoint: endpoint.url, aws_ecs_authentication: true })).groups()).toBe(1);
  });

  it('come from the ECS agent, whose address is fixed', async () => {
    const agent = await startLocalPodIdentity();
    const asked: string[] = [];
    const connect = Agent.prototype.createConnection;
    const spy = vi.spyOn(Agent.prototype, 'createConnection').mockImplementation(function (this: Agent, options, callback) {
      if (options.host !== '169.254.170.2') return connect.call(this, options, callback);
      asked.push(`${options.host}:${options.port}`);
      return connect.call(this, { ...options, host: '127.0.0.1', port: agent.port }, callback);
    });
    onTestFinished(() => spy.mockRestore());
    awsEnvironment({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/abc' });
    const endpoint = await serve(agent.accepted);
    expect(await (await open({ endpoint: endpoint.url })).groups()).toBe(1);
    expect(asked).toEqual(['169.254.170.2:80']);
    expect(agent.requests[0]!.path).toBe('/v2/credentials/abc');
  });

  it('come from the instance metadata service, version 2, as does the region', async () => {
    const imds = await startLocalImds();
    awsEnvironment({ AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url });
    delete process.env['AWS_EC2_METADATA_DISABLED'];
    const endpoint = await serve(imds.accepted);
    const service = await open({ endpoint: endpoint.url, region: undefined });
    expect(await service.groups()).toBe(1);
    expect(await service.client.config.region()).toBe('eu-central-1');
    expect(imds.requests.filter((request) => !request.includes('region'))).toEqual([
      'PUT /latest/api/token', 'PUT /latest/api/token', 'GET /latest/meta-data/iam/security-credentials/', 'GET /latest/meta-data/iam/security-credentials/node-role',
    ]);
  });

  it('come from aws_use_sts with all of its parameters, by the identity that is found elsewhere', async () => {
    const sts = await startLocalSts();
    awsEnvironment({ AWS_ACCESS_KEY_ID: 'ENVKEY', AWS_SECRET_ACCESS_KEY: 'x' });
    const endpoint = await serve(sts.accepted);
    const service = await open({
      endpoint: endpoint.url, aws_use_sts: true, aws_sts_role_arn: ROLE, aws_sts_session_name: 'mine', aws_sts_external_id: 'ext',
      aws_sts_policy: '{"Version":"2012-10-17"}', aws_sts_duration_seconds: 1800, aws_sts_endpoint_url: sts.url,
    });
    expect(await service.groups()).toBe(1);
    expect(sts.requests).toHaveLength(1);
    expect(sts.requests[0]).toMatchObject({
      action: 'AssumeRole', accessKeyId: 'ENVKEY',
      params: { RoleArn: ROLE, RoleSessionName: 'mine', ExternalId: 'ext', Policy: '{"Version":"2012-10-17"}', DurationSeconds: '1800' },
    });
  });

  it('assume the role anew when they expire, by an identity that has been renewed meanwhile', async () => {
    const sts = await startLocalSts();
    const agent = await startLocalPodIdentity();
    agent.issuer.lifetimeMs = 1000;
    sts.issuer.lifetimeMs = 1000;
    awsEnvironment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url });
    const endpoint = await serve(sts.accepted);
    const service = await open({ endpoint: endpoint.url, aws_use_sts: true, aws_sts_role_arn: ROLE, aws_sts_endpoint_url: sts.url });
    expect(await service.groups()).toBe(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await service.groups()).toBe(1);
    expect(sts.requests.map(({ accessKeyId }) => accessKeyId)).toEqual(['ASIAPOD1', 'ASIAPOD2']);
  });

  it('assume the role by a renewed identity when STS refuses the old one', async () => {
    const sts = await startLocalSts();
    const agent = await startLocalPodIdentity();
    awsEnvironment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url });
    const endpoint = await serve(sts.accepted);
    const service = await open({ endpoint: endpoint.url, aws_use_sts: true, aws_sts_role_arn: ROLE, aws_sts_endpoint_url: sts.url });
    sts.refused = 'ASIAPOD1';
    expect(await service.groups()).toBe(1);
    expect(sts.requests.map(({ accessKeyId }) => accessKeyId)).toEqual(['ASIAPOD1', 'ASIAPOD2']);
  });

  it('are missing: the error says what was tried, and why it did not serve', async () => {
    awsEnvironment();
    const endpoint = await serve();
    await expect((await open({ endpoint: endpoint.url })).groups()).rejects.toMatchObject({
      name: 'CredentialsProviderError',
      message:
        'environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; '
        + 'profile default: Could not resolve credentials using profile: [default] in configuration/credentials file(s).; '
        + 'web identity (IRSA): AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are not set; '
        + 'container (ECS, EKS Pod Identity): AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI are not set; '
        + 'instance metadata (IMDS): AWS_EC2_METADATA_DISABLED is set',
    });
  });

  it('that are set up and do not work end the search', async () => {
    const file = path.join(folder(), 'token');
    awsEnvironment({ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: ROLE });
    const endpoint = await serve();
    const service = await open({ endpoint: endpoint.url });
    await expect(service.groups()).rejects.toThrow(`web identity (IRSA): ENOENT: no such file or directory, open '${file}'`);
    const sts = await startLocalSts();
    sts.failWith = { code: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' };
    process.env['AWS_ENDPOINT_URL_STS'] = sts.url;
    writeFileSync(file, 'token');
    await expect(service.groups()).rejects.toThrow('web identity (IRSA): AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity');
    expect(service.credentials.attempts().slice(-2).map(({ outcome }) => outcome)).toEqual(['not-tried', 'not-tried']);
  });

  it('are renewed in the background before they expire, and the old ones serve while that fails', async () => {
    const agent = await startLocalPodIdentity();
    agent.issuer.lifetimeMs = 600_000;
    awsEnvironment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: agent.url });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    const endpoint = await serve();
    const { credentials } = await open({ endpoint: endpoint.url });
    expect((await credentials()).accessKeyId).toBe('ASIAPOD1');
    vi.setSystemTime(Date.now() + 290_000);
    expect((await credentials()).accessKeyId).toBe('ASIAPOD1');
    expect(agent.requests).toHaveLength(1);
    agent.token = 'wrong';
    vi.setSystemTime(Date.now() + 20_000);
    expect((await credentials()).accessKeyId).toBe('ASIAPOD1');
    await vi.waitFor(() => expect(agent.requests).toHaveLength(3), 3000);
    agent.token = undefined;
    await vi.waitFor(async () => {
      vi.setSystemTime(Date.now() + 11_000);
      expect((await credentials()).accessKeyId).toBe('ASIAPOD2');
    }, 3000);
  });
});

describe('regions and endpoints', () => {
  it.each([
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' }, 'eu-west-1'],
    [{ AWS_DEFAULT_REGION: 'eu-west-2' }, 'eu-west-2'],
    [{ AMAZON_REGION: 'eu-west-3', AWS_DEFAULT_REGION: 'eu-west-2' }, 'eu-west-3'],
  ])('take the region of %o', async (env, region) => {
    awsEnvironment(env);
    expect(await (await open({ region: undefined })).client.config.region()).toBe(region);
  });

  it('take the region of a profile', async () => {
    const file = path.join(folder(), 'config');
    writeFileSync(file, '[profile app]\nregion = ap-south-1\n');
    awsEnvironment({ AWS_PROFILE: 'app', AWS_CONFIG_FILE: file });
    expect(await (await open({ region: undefined })).client.config.region()).toBe('ap-south-1');
  });

  it.each([
    [{ AWS_USE_FIPS_ENDPOINT: 'true' }, 'logs-fips.us-east-1.amazonaws.com'],
    [{ AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'logs.us-east-1.api.aws'],
    [{}, 'logs.us-east-1.amazonaws.com'],
  ])('with %o the host is %s', async (env, host) => {
    awsEnvironment({ ...env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    const { client, sdk } = await open({});
    const seen: string[] = [];
    client.middlewareStack.add(() => async (args) => {
      seen.push((args.request as { hostname: string }).hostname);
      throw new Error('far enough');
    }, { step: 'finalizeRequest', priority: 'low' });
    await expect(client.send(new sdk.DescribeLogGroupsCommand({}))).rejects.toThrow('far enough');
    expect(seen).toEqual([host]);
  });
});

describe('TLS and proxies', () => {
  /** HTTPS in front of a local CloudWatch Logs, with a certificate that nobody knows; and a proxy that leads there whatever it is asked for. */
  async function setUp() {
    const dir = folder();
    execFileSync('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
      '-keyout', path.join(dir, 'key.pem'), '-out', path.join(dir, 'cert.pem'),
    ], { stdio: 'ignore' });
    const endpoint = await serve();
    const tls = createTlsServer({ key: readFileSync(path.join(dir, 'key.pem')), cert: readFileSync(path.join(dir, 'cert.pem')) }, (request, response) => {
      const to = new URL(endpoint.url);
      const onward = createRequest(to, request.headers, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => tls.listen(0, 'localhost', resolve));
    const { port } = tls.address() as AddressInfo;
    const through: string[] = [];
    const proxy = createHttpServer().on('connect', (request, socket: Socket) => {
      through.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      const onward = net.connect(port, 'localhost', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const one of [socket, onward]) one.on('error', () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      tls.close();
      tls.closeAllConnections();
      proxy.close();
      proxy.closeAllConnections();
    });
    return { cert: path.join(dir, 'cert.pem'), url: `https://localhost:${port}`, port, through, proxy: `http://user:pass@127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  }
  const keys = { aws_key_id: 'a', aws_sec_key: 'b' };

  it('trust the certificates of AWS_CA_BUNDLE, and no others', async () => {
    const { cert, url } = await setUp();
    awsEnvironment();
    await expect((await open({ ...keys, endpoint: url })).groups()).rejects.toThrow('self-signed certificate');
    expect(await (await open({ ...keys, endpoint: url, ssl_verify_peer: false })).groups()).toBe(1);
    process.env['AWS_CA_BUNDLE'] = cert;
    expect(await (await open({ ...keys, endpoint: url })).groups()).toBe(1);
    process.env['AWS_CA_BUNDLE'] = '/nonexistent/bundle.pem';
    await expect(open({ ...keys, endpoint: url })).rejects.toThrow('AWS_CA_BUNDLE: the certificates in /nonexistent/bundle.pem cannot be used: ENOENT');
  });

  it('go through http_proxy, to STS as well', async () => {
    const { cert, url, port, through, proxy } = await setUp();
    awsEnvironment({ AWS_CA_BUNDLE: cert });
    expect(await (await open({ ...keys, endpoint: url, http_proxy: proxy })).groups()).toBe(1);
    expect(through).toEqual([`localhost:${port} Basic ${Buffer.from('user:pass').toString('base64')}`]);
    const role = await open({ ...keys, endpoint: url, http_proxy: proxy, aws_use_sts: true, aws_sts_role_arn: ROLE, aws_sts_endpoint_url: `https://localhost:${port}/sts` });
    // There is no STS behind it: that it was asked is what counts.
    await expect(role.groups()).rejects.toThrow(`aws_use_sts (${ROLE}): `);
    expect(through.length).toBeGreaterThan(1);
    expect(await (await open({ ...keys, endpoint: url, http_proxy: proxy, ssl_verify_peer: false })).groups()).toBe(1);
  });

  it('trust NODE_EXTRA_CA_CERTS beside AWS_CA_BUNDLE', async () => {
    const { cert, url } = await setUp();
    const { cert: other } = await setUp();
    awsEnvironment({ AWS_CA_BUNDLE: other });
    await expect((await open({ ...keys, endpoint: url })).groups()).rejects.toThrow('self-signed certificate');
    const before = process.env['NODE_EXTRA_CA_CERTS'];
    onTestFinished(() => void (before === undefined ? delete process.env['NODE_EXTRA_CA_CERTS'] : (process.env['NODE_EXTRA_CA_CERTS'] = before)));
    process.env['NODE_EXTRA_CA_CERTS'] = cert;
    expect(await (await open({ ...keys, endpoint: url })).groups()).toBe(1);
  });
});

function createRequest(to: URL, headers: import('node:http').IncomingHttpHeaders, done: (answer: import('node:http').IncomingMessage) => void) {
  return http.request({ host: to.hostname, port: to.port, method: 'POST', path: '/', headers }, done);
}
