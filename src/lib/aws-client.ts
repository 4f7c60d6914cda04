/** Clients of CloudWatch Logs as Fluentd's parameters describe them: region, credentials, proxies and certificates. For every plugin the same. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { createCredentialSource, type AwsCredentialConfig, type CredentialSource } from './aws-credentials.ts';
import { trustFromEnvironment } from './aws-trust.ts';
import { isRefusal, type AwsCredentials } from './fresh-credentials.ts';

/** A connection that takes longer than this to come about has failed. */
const CONNECT_MS = 10_000;

/** What of a plugin's parameters a client needs. */
export interface AwsClientConfig extends AwsCredentialConfig {
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly ssl_verify_peer: boolean;
  readonly http_proxy: string | undefined;
}

export interface AwsClientOptions {
  /** Connections at a time. */
  readonly connections: number;
  /** How long an answer may take; 0: without end. */
  readonly requestMs: number;
  /** Tries of the SDK for one request. */
  readonly maxAttempts: number;
}

export interface LogsService {
  readonly sdk: typeof import('@aws-sdk/client-cloudwatch-logs');
  readonly client: CloudWatchLogsClient;
  readonly credentials: CredentialSource;
}

/**
 * Loads the SDK (which takes a moment and some memory: only when it is needed) and makes a client. A request whose credentials the service
 * refuses is tried once more with new ones, if there are others.
 */
export async function createLogsService(
  config: AwsClientConfig, { connections, requestMs, maxAttempts }: AwsClientOptions,
): Promise<LogsService> {
  silenceSdk();
  const sdk = await import('@aws-sdk/client-cloudwatch-logs');
  const region = config.region ?? regionFromEnvironment();
  const credentials = createCredentialSource(config, region);
  const client = new sdk.CloudWatchLogsClient({
    ...(region === undefined ? {} : { region }),
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
    credentials,
    maxAttempts,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      ...(await awsAgents(config, connections)),
    },
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      const before = credentials.held;
      try {
        return await next(args);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const used = before ?? credentials.held;
        // Without an answer from where credentials come, the service's own sentence says more.
        const isReplaced = used && (await credentials.replace(used, { callerClientConfig: client.config }).catch(() => false));
        if (!isReplaced) throw error;
        return next(args);
      }
    },
    { step: 'initialize', name: 'renewRefusedCredentials' },
  );
  return { sdk, client, credentials };
}

/** Who signs a request that is not the SDK's. */
export interface SigningCredentials {
  /** The credentials of now. Throws what loading throws. */
  current(): Promise<AwsCredentials>;
  /** The service refused the credentials that were given last; true: there are others, and the request is worth another try. */
  refused(): Promise<boolean>;
}

/**
 * Credentials for requests that are sent by other means than the SDK's: those of a role, or of the chain of AWS's tools. STS is asked over
 * connections that trust `AWS_CA_BUNDLE`. Throws if that cannot be used.
 */
export async function createSigningCredentials(
  { region, role, sessionName }: { readonly region: string; readonly role: string | undefined; readonly sessionName: string },
): Promise<SigningCredentials> {
  silenceSdk();
  const source = createCredentialSource({
    aws_key_id: undefined, aws_sec_key: undefined, aws_use_sts: role !== undefined, aws_sts_role_arn: role, aws_sts_session_name: sessionName,
    aws_sts_external_id: undefined, aws_sts_policy: undefined, aws_sts_duration_seconds: undefined, aws_sts_endpoint_url: undefined,
    aws_ecs_authentication: false, web_identity_credentials: undefined,
  }, region);
  const requestHandler = { connectionTimeout: CONNECT_MS, ...(await awsAgents({ ssl_verify_peer: true, http_proxy: undefined }, 1)) };
  const properties = { callerClientConfig: { region: () => Promise.resolve(region), requestHandler } };
  let used: AwsCredentials | undefined;
  return {
    current: async () => (used = await source(properties)),
    refused: async () => used !== undefined && (await source.replace(used, properties).catch(() => false)),
  };
}

/** The SDK announces on standard error which versions of Node its future releases need; the lock file pins this one. */
function silenceSdk(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}

/** The region as Fluentd's SDK reads it from variables; profile and instance metadata come behind. */
export function regionFromEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  return env['AWS_REGION'] || env['AMAZON_REGION'] || env['AWS_DEFAULT_REGION'] || undefined;
}

/** Connections for HTTP and for HTTPS; the latter through the proxy, if there is one. Throws if `AWS_CA_BUNDLE` cannot be used. */
export async function awsAgents(config: Pick<AwsClientConfig, 'ssl_verify_peer' | 'http_proxy'>, connections: number) {
  const options = { keepAlive: true, maxSockets: connections };
  const secureContext = trustFromEnvironment();
  const tls = { ...options, rejectUnauthorized: config.ssl_verify_peer, ...(secureContext && { secureContext }) };
  const httpAgent = new HttpAgent(options);
  if (config.http_proxy === undefined) return { httpAgent, httpsAgent: new HttpsAgent(tls) };
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const httpsAgent = new HttpsProxyAgent(config.http_proxy, tls);
  // What it is made with counts for the connection to the proxy; these are for the one that leads through it.
  Object.assign(httpsAgent.options, { rejectUnauthorized: tls.rejectUnauthorized, ...(secureContext && { secureContext }) });
  return { httpAgent, httpsAgent };
}
