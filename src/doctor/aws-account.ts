/** Region, endpoint, clock, credentials and identity: once for all plugins that reach AWS in the same way. */
import { lookup } from 'node:dns/promises';
import { createLogsService, awsAgents, type AwsClientConfig, type LogsService } from '../lib/aws-client.ts';
import type { CredentialAttempt } from '../lib/aws-credentials.ts';
import { errorText } from '../errors.ts';
import { callerIdentity, stsEndpoint } from './caller-identity.ts';
import { callHttp } from './http-call.ts';
import { networkFailure } from './network-error.ts';
import type { Check } from './report.ts';
import type { Subject, Subjects } from './subjects.ts';

/** Plugins that share region, endpoint, proxy and credentials. */
export interface Account {
  readonly config: AwsClientConfig;
  readonly users: readonly Subject[];
  /** Opened at most once; rejects if it cannot be. */
  service(): Promise<LogsService>;
}

const NAMES = [
  'region', 'endpoint', 'ssl_verify_peer', 'http_proxy', 'aws_key_id', 'aws_sec_key', 'aws_use_sts', 'aws_sts_role_arn', 'aws_sts_session_name',
  'aws_sts_external_id', 'aws_sts_policy', 'aws_sts_duration_seconds', 'aws_sts_endpoint_url', 'aws_ecs_authentication',
  'aws_instance_profile_credentials_retries', 'web_identity_credentials',
] as const satisfies readonly (keyof AwsClientConfig)[];
/** A request of the doctor that gets no answer for this long has failed, milliseconds. */
const REQUEST_MS = 5000;
const CONNECTIONS = 8;
/** The service refuses signatures that are further off. */
const MAX_SKEW_MS = 5 * 60_000;
const ODD_SKEW_MS = 60_000;

/** The accounts of the inputs and outputs cloudwatch_logs. */
export function findAccounts(subjects: Subjects): Account[] {
  const byKey = new Map<string, { config: AwsClientConfig; users: Subject[] }>();
  for (const subject of [...subjects.of('output', 'cloudwatch_logs'), ...subjects.of('input', 'cloudwatch_logs')]) {
    const config = subject.checked.config as unknown as AwsClientConfig;
    const key = JSON.stringify(NAMES.map((name) => config[name] ?? null));
    const known = byKey.get(key);
    if (known) known.users.push(subject);
    else byKey.set(key, { config, users: [subject] });
  }
  return [...byKey.values()].map(({ config, users }) => {
    let opened: Promise<LogsService> | undefined;
    return {
      config, users,
      service: () => (opened ??= createLogsService(config, { connections: CONNECTIONS, requestMs: REQUEST_MS, maxAttempts: 1 })),
    };
  });
}

export async function examineRegion({ service, config }: Account, subject: string): Promise<readonly Check[]> {
  const id = 'aws.region';
  try {
    const region = await (await service()).client.config.region();
    return [{
      id, subject, status: 'ok',
      message: `region ${region} (${config.region === undefined ? 'from the environment, a profile or the instance' : 'from the configuration'})`,
    }];
  } catch (error) {
    return [{
      id, subject, status: 'problem', message: `no region is known: ${errorText(error)}`,
      hint: 'set region in the plugin, or AWS_REGION',
    }];
  }
}

/** The URL that requests go to. */
async function endpointOf({ service, config }: Account): Promise<URL> {
  const { env } = process;
  const variable = env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true' ? undefined : env['AWS_ENDPOINT_URL_CLOUDWATCH_LOGS'] || env['AWS_ENDPOINT_URL'];
  const given = config.endpoint ?? variable;
  if (given !== undefined) return new URL(given);
  const { client } = await service();
  const [Region, UseFIPS, UseDualStack] = await Promise.all([
    client.config.region(), client.config.useFipsEndpoint(), client.config.useDualstackEndpoint(),
  ]);
  return client.config.endpointProvider({ Region, UseFIPS, UseDualStack }).url;
}

/** The way to the service: name, connection, TLS, and the clocks at both ends. */
export async function examineEndpoint(account: Account, signal: AbortSignal): Promise<readonly Check[]> {
  const { config } = account;
  const id = 'aws.endpoint';
  let url: URL;
  try {
    url = await endpointOf(account);
  } catch (error) {
    return [{ id, subject: config.endpoint ?? '', status: 'unknown', message: `the endpoint is not known: ${errorText(error)}` }];
  }
  const subject = url.host;
  // As the clients do: plain HTTP goes straight.
  const proxy = config.http_proxy === undefined || url.protocol !== 'https:' ? undefined : new URL(config.http_proxy).host;
  try {
    const details = [proxy === undefined ? `${url.hostname} is ${await addressesOf(url)}` : `through the proxy ${proxy}`];
    const { httpAgent, httpsAgent } = await awsAgents(config, 1);
    const agent = url.protocol === 'https:' ? httpsAgent : httpAgent;
    const { serverMs, hereMs } = await callHttp(
      url, { method: 'GET', agent, signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]) },
    ).finally(() => agent.destroy());
    return [
      { id, subject, status: 'ok', message: `it answers${url.protocol === 'https:' ? ' over TLS' : ''}`, details },
      clockCheck(subject, serverMs, hereMs),
    ];
  } catch (error) {
    const { message, hint } = networkFailure(error, proxy !== undefined);
    const isUnused = proxy === undefined && Boolean(process.env['HTTPS_PROXY'] || process.env['https_proxy']);
    const unused = isUnused ? '; HTTPS_PROXY is set, but counts only as http_proxy of the plugin' : '';
    return [{ id, subject, status: 'problem', message, hint: hint + unused }];
  }
}

/** What the name resolves to. */
async function addressesOf({ hostname }: URL): Promise<string> {
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
  return found.map(({ address }) => address).join(', ');
}

function clockCheck(subject: string, serverMs: number | undefined, hereMs: number): Check {
  const id = 'aws.clock';
  if (serverMs === undefined) return { id, subject, status: 'unknown', message: 'the service does not say what time it is' };
  // The header has whole seconds, cut off.
  const off = hereMs - serverMs - 500;
  const seconds = Math.round(Math.abs(off) / 1000);
  const hint = 'let the node keep its clock by NTP (chrony; 169.254.169.123 on EC2)';
  if (Math.abs(off) < ODD_SKEW_MS) return { id, subject, status: 'ok', message: `the clock of this node is right to ${Math.max(1, seconds)} s` };
  const message = `the clock of this node is ${seconds} s ${off > 0 ? 'ahead' : 'behind'}`;
  if (Math.abs(off) < MAX_SKEW_MS) return { id, subject, status: 'warning', message, hint };
  return {
    id, subject, status: 'problem',
    message: `${message}: the service refuses signatures that are 5 minutes off, and events that are 2 hours ahead`, hint,
  };
}

/** Which credentials are used and why, and whose they are. */
export async function examineCredentials({ service, config }: Account, subject: string, signal: AbortSignal): Promise<readonly Check[]> {
  const opened = await service();
  const id = 'aws.credentials';
  let credentials;
  try {
    credentials = await opened.client.config.credentials();
  } catch (error) {
    const details = attemptLines(opened.credentials.attempts());
    return [
      {
        id, subject, status: 'problem', message: 'there are no AWS credentials',
        details: details.length > 0 ? details : [errorText(error)], hint: credentialHint(opened.credentials.attempts()),
      },
      { id: 'aws.identity', subject, status: 'unknown', message: 'without credentials there is no identity' },
    ];
  }
  const attempts = opened.credentials.attempts();
  const used = attempts.find(({ outcome }) => outcome === 'used');
  const leftMs = credentials.expiration === undefined ? Infinity : credentials.expiration.getTime() - Date.now();
  const details = attemptLines(attempts);
  const check: Check = leftMs <= 0
    ? {
      id, subject, status: 'problem', message: `the credentials of ${used?.place} have expired`, details,
      hint: 'check the clock of the node, and what gives these credentials out',
    }
    : { id, subject, status: 'ok', message: `${used?.place ?? 'credentials'} gives them, ${used?.detail ?? ''}`, details };
  return [check, await identityCheck(opened, config, credentials, subject, signal)];
}

async function identityCheck(
  { client }: LogsService, config: AwsClientConfig, credentials: Parameters<typeof callerIdentity>[0]['credentials'],
  subject: string, signal: AbortSignal,
): Promise<Check> {
  const id = 'aws.identity';
  const { httpAgent, httpsAgent } = await awsAgents(config, 1);
  try {
    const region = await client.config.region();
    const url = stsEndpoint(config.aws_sts_endpoint_url, region);
    const agent = url.protocol === 'https:' ? httpsAgent : httpAgent;
    const found = await callerIdentity({
      url, region, credentials, agent, signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    if (found.error === undefined) return { id, subject, status: 'ok', message: found.arn };
    return {
      id, subject, status: 'problem', message: `STS does not accept the credentials: ${found.error}: ${found.message}`,
      hint: /Expired/.test(found.error)
        ? 'the credentials have expired: renew them where they come from, and check the clock'
        : 'the credentials are wrong or were deleted: replace them where they come from',
    };
  } catch (error) {
    const isProxied = config.http_proxy !== undefined && stsEndpoint(config.aws_sts_endpoint_url, 'us-east-1').protocol === 'https:';
    const { message } = networkFailure(error, isProxied);
    return {
      id, subject, status: 'unknown', message: `STS could not be asked: ${message}`,
      hint: 'this is needed for roles alone; in a closed network a VPC endpoint for STS makes it possible',
    };
  } finally {
    httpAgent.destroy();
    httpsAgent.destroy();
  }
}

function attemptLines(attempts: readonly CredentialAttempt[]): string[] {
  const words = { used: 'used', failed: 'failed', absent: 'no', 'not-tried': 'not asked' } as const;
  return attempts.map(({ place, outcome, detail }) => `${place}: ${words[outcome]}, ${detail}`);
}

/** By the beginning of the place that failed. */
const HINTS: readonly (readonly [place: string, hint: string])[] = [
  ['web', "check the role's trust policy (OIDC provider, namespace and service account), the token file, and the way to STS"],
  ['aws_use_sts', "check the role's trust policy, aws_sts_external_id, and that the node's own identity may call sts:AssumeRole"],
  ['instance', 'pods reach the instance metadata only with a hop limit of 2 or in the host network; better: IRSA or EKS Pod Identity'],
  ['container', 'check that the pod identity agent runs on this node, and the association of the service account'],
  ['aws_ecs_authentication', 'check that the pod identity agent runs on this node, and the association of the service account'],
];

function credentialHint(attempts: readonly CredentialAttempt[]): string {
  // A profile is looked for on every node, and missing on most.
  const failed = attempts.find(({ outcome, place }) => outcome === 'failed' && !place.startsWith('profile'));
  const known = failed && HINTS.find(([beginning]) => failed.place.startsWith(beginning));
  return known?.[1] ?? 'give the pod a role by IRSA or EKS Pod Identity, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
}
