/** The AWS SDK's client, made from the configuration, and a PutLogEvents whose body is bytes already. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { CloudWatchLogsClient, PutLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';

/** What of the configuration the client needs. */
export interface ClientConfig {
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly ssl_verify_peer: boolean;
  /** Seconds; 0: without end. */
  readonly request_timeout: number;
  readonly logs_format: string | undefined;
  readonly http_proxy: string | undefined;
  readonly aws_key_id: string | undefined;
  readonly aws_sec_key: string | undefined;
  readonly aws_instance_profile_credentials_retries: number | undefined;
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

/** A connection that takes longer than this to come about has failed. */
const CONNECT_MS = 10_000;
/** What a new log group may be given. */
export interface GroupOptions {
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly logGroupClass?: 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY' | undefined;
  readonly kmsKeyId?: string | undefined;
}

/** The operations that the output uses. Errors are the SDK's: their `name` is the service's. */
export interface LogsClient {
  putLogEvents(body: Buffer, signal: AbortSignal): Promise<PutLogEventsCommandOutput>;
  createLogGroup(group: string, options: GroupOptions, signal: AbortSignal): Promise<void>;
  createLogStream(group: string, stream: string, signal: AbortSignal): Promise<void>;
  putRetentionPolicy(group: string, days: number, signal: AbortSignal): Promise<void>;
  destroy(): void;
}

/** Loads the SDK (which takes a moment and some memory: only when it is needed) and makes a client. */
export async function createLogsClient(config: ClientConfig): Promise<LogsClient> {
  // The SDK announces on standard error which versions of Node its future releases need; the lock file pins this one.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = await import('@aws-sdk/client-cloudwatch-logs');
  const client = new sdk.CloudWatchLogsClient({
    ...(config.region === undefined ? {} : { region: config.region }),
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
    ...(await credentials(config)),
    // Retries are the output's: they are counted, logged and configured there.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: config.request_timeout * 1000,
      throwOnRequestTimeout: true,
      ...(await agents(config)),
    },
  });
  const bodies = useByteBodies(client, config.logs_format);
  return {
    async putLogEvents(body, abortSignal) {
      const input = { logGroupName: '-', logStreamName: '-', logEvents: [] };
      bodies.set(input, body);
      return client.send(new sdk.PutLogEventsCommand(input), { abortSignal });
    },
    async createLogGroup(group, { tags, logGroupClass, kmsKeyId }, abortSignal) {
      const options = { ...(tags ? { tags } : {}), ...(logGroupClass ? { logGroupClass } : {}), ...(kmsKeyId ? { kmsKeyId } : {}) };
      await client.send(new sdk.CreateLogGroupCommand({ logGroupName: group, ...options }), { abortSignal });
    },
    async createLogStream(group, stream, abortSignal) {
      await client.send(new sdk.CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }), { abortSignal });
    },
    async putRetentionPolicy(group, days, abortSignal) {
      await client.send(new sdk.PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: days }), { abortSignal });
    },
    destroy: () => client.destroy(),
  };
}

/** Bodies by command input: put in place of the serialized one before it is measured and signed; and the header for the format. */
function useByteBodies(client: CloudWatchLogsClient, format: string | undefined): WeakMap<object, Buffer> {
  const bodies = new WeakMap<object, Buffer>();
  client.middlewareStack.add(
    (next) => async (args) => {
      const body = bodies.get(args.input);
      if (body) {
        const request = args.request as { body: unknown; headers: Record<string, string> };
        request.body = body;
        if (format !== undefined) request.headers['x-amzn-logs-format'] = format;
      }
      return next(args);
    },
    { step: 'build', priority: 'high', name: 'byteBody' },
  );
  return bodies;
}

/** Connections at a time: destinations that do not answer must not take those of others. */
const MAX_CONNECTIONS = 128;

async function agents(config: ClientConfig) {
  const options = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  const tls = { ...options, rejectUnauthorized: config.ssl_verify_peer };
  const httpAgent = new HttpAgent(options);
  if (config.http_proxy === undefined) return { httpAgent, httpsAgent: new HttpsAgent(tls) };
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  return { httpAgent, httpsAgent: new HttpsProxyAgent(config.http_proxy, tls) };
}

/** Nothing where the SDK's own chain decides: environment, profile, web identity, container, instance. */
async function credentials(config: ClientConfig) {
  const clientConfig = config.region === undefined ? undefined : { region: config.region };
  if (config.aws_use_sts) {
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    return {
      credentials: fromTemporaryCredentials({
        ...staticKeys(config, 'masterCredentials'),
        params: {
          RoleArn: config.aws_sts_role_arn!,
          RoleSessionName: config.aws_sts_session_name,
          ...(config.aws_sts_external_id === undefined ? {} : { ExternalId: config.aws_sts_external_id }),
          ...(config.aws_sts_policy === undefined ? {} : { Policy: config.aws_sts_policy }),
          ...(config.aws_sts_duration_seconds === undefined ? {} : { DurationSeconds: config.aws_sts_duration_seconds }),
        },
        clientConfig: { ...clientConfig, ...(config.aws_sts_endpoint_url === undefined ? {} : { endpoint: config.aws_sts_endpoint_url }) },
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
        ...(web.web_identity_token_file === undefined ? {} : { webIdentityTokenFile: web.web_identity_token_file }),
        ...(web.policy === undefined ? {} : { policy: web.policy }),
        ...(web.duration_seconds === undefined ? {} : { durationSeconds: web.duration_seconds }),
        ...(clientConfig === undefined ? {} : { clientConfig }),
      }),
    };
  }
  if (config.aws_ecs_authentication) {
    const { fromContainerMetadata } = await import('@aws-sdk/credential-providers');
    return { credentials: fromContainerMetadata() };
  }
  if (config.aws_key_id !== undefined) return staticKeys(config, 'credentials');
  if (config.aws_instance_profile_credentials_retries !== undefined) {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    return { credentials: fromNodeProviderChain({ maxRetries: config.aws_instance_profile_credentials_retries }) };
  }
  return {};
}

function staticKeys<N extends string>(config: ClientConfig, name: N) {
  if (config.aws_key_id === undefined || config.aws_sec_key === undefined) return {};
  const keys = { accessKeyId: config.aws_key_id, secretAccessKey: config.aws_sec_key };
  return { [name]: keys } as Record<N, typeof keys>;
}
