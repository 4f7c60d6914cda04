/** What clients of AWS services are made with: credentials, proxies and certificates as Fluentd's parameters name them. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** A connection that takes longer than this to come about has failed. */
const CONNECT_MS = 10_000;

export interface AwsClientConfig {
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly ssl_verify_peer: boolean;
  readonly http_proxy: string | undefined;
  readonly aws_key_id: string | undefined;
  readonly aws_sec_key: string | undefined;
  readonly aws_use_sts: boolean;
  readonly aws_sts_role_arn: string | undefined;
  readonly aws_sts_session_name: string;
  readonly aws_sts_external_id: string | undefined;
  readonly aws_sts_policy: string | undefined;
  readonly aws_sts_duration_seconds: number | undefined;
  readonly aws_sts_endpoint_url: string | undefined;
  readonly aws_ecs_authentication: boolean;
  readonly web_identity_credentials:
    | {
        readonly role_arn: string;
        readonly role_session_name: string;
        readonly web_identity_token_file: string | undefined;
        readonly policy: string | undefined;
        readonly duration_seconds: number | undefined;
      }
    | undefined;
}

/** The part of a client's settings that every AWS client takes; `requestMs` is how long an answer may take. */
export async function awsClientSettings(config: AwsClientConfig, connections: number, requestMs: number) {
  return {
    ...(config.region === undefined ? {} : { region: config.region }),
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
    ...(await credentials(config)),
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      ...(await agents(config, connections)),
    },
  };
}

async function agents(config: AwsClientConfig, connections: number) {
  const options = { keepAlive: true, maxSockets: connections };
  const tls = { ...options, rejectUnauthorized: config.ssl_verify_peer };
  const httpAgent = new HttpAgent(options);
  if (config.http_proxy === undefined) return { httpAgent, httpsAgent: new HttpsAgent(tls) };
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  return { httpAgent, httpsAgent: new HttpsProxyAgent(config.http_proxy, tls) };
}

/** Nothing where the SDK's own chain decides: environment, profile, web identity, container, instance. */
async function credentials(config: AwsClientConfig) {
  const clientConfig = config.region === undefined ? undefined : { region: config.region };
  if (config.aws_use_sts) {
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    const master = staticKeys(config);
    return {
      credentials: fromTemporaryCredentials({
        ...(master && { masterCredentials: master }),
        params: {
          RoleArn: config.aws_sts_role_arn!,
          RoleSessionName: config.aws_sts_session_name,
          ...given({ ExternalId: config.aws_sts_external_id, Policy: config.aws_sts_policy, DurationSeconds: config.aws_sts_duration_seconds }),
        },
        clientConfig: { ...clientConfig, ...given({ endpoint: config.aws_sts_endpoint_url }) },
      }),
    };
  }
  const web = config.web_identity_credentials;
  if (web) {
    const { fromTokenFile } = await import('@aws-sdk/credential-providers');
    return {
      credentials: fromTokenFile({
        roleArn: web.role_arn,
        roleSessionName: web.role_session_name,
        ...given({ webIdentityTokenFile: web.web_identity_token_file, policy: web.policy, durationSeconds: web.duration_seconds }),
        ...(clientConfig === undefined ? {} : { clientConfig }),
      }),
    };
  }
  if (config.aws_ecs_authentication) {
    const { fromContainerMetadata } = await import('@aws-sdk/credential-providers');
    return { credentials: fromContainerMetadata() };
  }
  const keys = staticKeys(config);
  return keys ? { credentials: keys } : {};
}

function staticKeys(config: AwsClientConfig) {
  if (config.aws_key_id === undefined || config.aws_sec_key === undefined) return undefined;
  return { accessKeyId: config.aws_key_id, secretAccessKey: config.aws_sec_key };
}

/** The members that have a value. */
function given<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> };
}
