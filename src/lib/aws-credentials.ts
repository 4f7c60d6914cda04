/** Where AWS credentials come from, in the order of AWS's own tools; what was tried, and why it did not serve, can be told. */
import { readFileSync } from 'node:fs';
import { errorText } from '../errors.ts';
import {
  isRefusal, keepFresh, type AwsCredentials, type FreshCredentials, type LoadCredentials as Load, type ProviderProperties,
} from './fresh-credentials.ts';

/** What of a plugin's parameters is about credentials; the names are Fluentd's. */
export interface AwsCredentialConfig {
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
  /** Further tries at the instance metadata service. */
  readonly aws_instance_profile_credentials_retries?: number | undefined;
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

/** One place where credentials may be; tried in order. */
interface Place {
  readonly name: string;
  /** Why there is nothing to try; undefined: it is tried. */
  readonly absent?: () => string | undefined;
  readonly load: Load;
}

/** What became of one place when credentials were loaded last. `detail` has no secrets. */
export interface CredentialAttempt {
  readonly place: string;
  readonly outcome: 'used' | 'failed' | 'absent' | 'not-tried';
  readonly detail: string;
}

/** Credentials with the story of how they were found. */
export interface CredentialSource extends FreshCredentials {
  /** What the last loading did, in order; before the first one: nothing. */
  attempts(): readonly CredentialAttempt[];
}

/** The source that the parameters name, or the chain of AWS's tools: environment, profile, web identity, container, instance. */
export function createCredentialSource(
  config: AwsCredentialConfig, region: string | undefined, now: () => number = () => Date.now(),
): CredentialSource {
  const places = placesOf(config, region);
  let attempts: readonly CredentialAttempt[] = [];
  const load: Load = (properties) =>
    tryInOrder(places, properties, (made) => {
      attempts = made;
    });
  return Object.defineProperty(keepFresh(load, now) as FreshCredentials as CredentialSource, 'attempts', { value: () => attempts });
}

async function tryInOrder(
  places: readonly Place[], properties: ProviderProperties | undefined, done: (attempts: CredentialAttempt[]) => void,
): Promise<AwsCredentials> {
  const attempts: CredentialAttempt[] = [];
  let found: AwsCredentials | undefined;
  let failure: unknown;
  for (const { name, absent, load } of places) {
    const reason = found || failure ? undefined : absent?.();
    if (found || failure) attempts.push({ place: name, outcome: 'not-tried', detail: found ? 'not needed' : 'not asked after the failure above' });
    else if (reason !== undefined) attempts.push({ place: name, outcome: 'absent', detail: reason });
    else {
      try {
        found = await load(properties);
        attempts.push({ place: name, outcome: 'used', detail: lifetime(found) });
      } catch (error) {
        attempts.push({ place: name, outcome: 'failed', detail: failureText(error) });
        // What is set up and does not work ends the search, as in AWS's tools: another identity would be a surprise.
        if ((error as { tryNextLink?: boolean } | undefined)?.tryNextLink !== true) failure = error;
      }
    }
  }
  done(attempts);
  if (found) return found;
  const tried = attempts.filter(({ outcome }) => outcome !== 'not-tried').map(({ place, detail }) => `${place}: ${detail}`);
  throw Object.assign(new Error(tried.join('; '), { cause: failure }), { name: 'CredentialsProviderError' });
}

function lifetime({ expiration }: AwsCredentials): string {
  return expiration === undefined ? 'without an end' : `until ${expiration.toISOString()}`;
}

/** `AccessDenied: Not authorized ...`; of connections that failed for every address, the first reason. */
function failureText(error: unknown): string {
  const { name, errors } = error as { name?: string; errors?: readonly unknown[] };
  const text = errorText(errors?.[0] ?? error);
  // The command and what it printed may hold secrets.
  if (text.startsWith('Command failed')) return 'the credential_process of the profile failed';
  return name === undefined || name === 'Error' || name === 'CredentialsProviderError' || name === 'ProviderError' || text.startsWith(name) ? text : `${name}: ${text}`;
}

function placesOf(config: AwsCredentialConfig, region: string | undefined): readonly Place[] {
  const keys = config.aws_key_id === undefined || config.aws_sec_key === undefined ? undefined
    : { accessKeyId: config.aws_key_id, secretAccessKey: config.aws_sec_key };
  const clientConfig = region === undefined ? {} : { region };
  if (config.aws_use_sts) return [assumedRole(config, keys, clientConfig)];
  const web = config.web_identity_credentials;
  if (web) {
    return [{
      name: `web_identity_credentials (${web.role_arn})`,
      load: async (properties) => {
        const { fromTokenFile } = await import('@aws-sdk/credential-providers');
        checkTokenFile(web.web_identity_token_file ?? process.env['AWS_WEB_IDENTITY_TOKEN_FILE']);
        const options = { webIdentityTokenFile: web.web_identity_token_file, policy: web.policy, durationSeconds: web.duration_seconds };
        return fromTokenFile({
          roleArn: web.role_arn, roleSessionName: web.role_session_name, ...given(options), clientConfig,
        })(properties as never);
      },
    }];
  }
  if (config.aws_ecs_authentication) return [{ ...container(), name: 'aws_ecs_authentication' }];
  if (keys) return [{ name: 'aws_key_id and aws_sec_key', load: async () => keys }];
  return chain(config.aws_instance_profile_credentials_retries, clientConfig);
}

function assumedRole(config: AwsCredentialConfig, keys: AwsCredentials | undefined, clientConfig: { readonly region?: string }): Place {
  // The identity that assumes the role is found like any other; it is asked for as rarely as the role's own credentials.
  const master = keys ? undefined : createMaster(config, clientConfig);
  let provider: Load | undefined;
  return {
    name: `aws_use_sts (${config.aws_sts_role_arn})`,
    load: async (properties) => {
      const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
      const { aws_sts_external_id: ExternalId, aws_sts_policy: Policy, aws_sts_duration_seconds: DurationSeconds } = config;
      provider ??= fromTemporaryCredentials({
        masterCredentials: master ?? keys!,
        params: {
          RoleArn: config.aws_sts_role_arn!, RoleSessionName: config.aws_sts_session_name, ...given({ ExternalId, Policy, DurationSeconds }),
        },
        clientConfig: { ...clientConfig, ...given({ endpoint: config.aws_sts_endpoint_url }) },
      }) as Load;
      try {
        return await provider(properties);
      } catch (error) {
        const used = master?.held;
        if (!used || !isRefusal(error) || !(await master.replace(used, properties))) throw error;
        return provider(properties);
      }
    },
  };
}

function createMaster(config: AwsCredentialConfig, clientConfig: { readonly region?: string }) {
  const places = chain(config.aws_instance_profile_credentials_retries, clientConfig);
  return keepFresh((properties) => tryInOrder(places, properties, () => {}), () => Date.now());
}

/** Where AWS's tools look, in their order. */
function chain(instanceRetries: number | undefined, clientConfig: { readonly region?: string }): readonly Place[] {
  const { env } = process;
  const isContainer = () => Boolean(env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] || env['AWS_CONTAINER_CREDENTIALS_FULL_URI']);
  let instance: Load | undefined;
  return [
    {
      name: 'environment',
      absent: () => {
        const unset = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].filter((name) => !env[name]);
        if (unset.length > 0) return unset.length === 1 ? `${unset[0]} is not set` : `${unset.join(' and ')} are not set`;
        return env['AWS_PROFILE'] ? 'AWS_PROFILE is set and goes first' : undefined;
      },
      load: async () => (await import('@aws-sdk/credential-providers')).fromEnv()(),
    },
    {
      name: `profile ${env['AWS_PROFILE'] || 'default'}`,
      // The files are read anew each time: whoever rotates keys writes them there.
      load: async (properties) => (await import('@aws-sdk/credential-providers')).fromIni({ ignoreCache: true, clientConfig })(properties as never),
    },
    {
      name: 'web identity (IRSA)',
      absent: () => {
        const unset = ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_ROLE_ARN'].filter((name) => !env[name]);
        return unset.length === 0 ? undefined : unset.length === 1 ? `${unset[0]} is not set` : `${unset.join(' and ')} are not set`;
      },
      load: async (properties) => {
        const { fromTokenFile } = await import('@aws-sdk/credential-providers');
        checkTokenFile(env['AWS_WEB_IDENTITY_TOKEN_FILE']);
        return fromTokenFile({ clientConfig })(properties as never);
      },
    },
    container(),
    {
      name: 'instance metadata (IMDS)',
      absent: () => {
        if (isContainer()) return 'not asked where there are container credentials';
        const off = env['AWS_EC2_METADATA_DISABLED'];
        return off && off !== 'false' ? 'AWS_EC2_METADATA_DISABLED is set' : undefined;
      },
      load: async () => {
        const { fromInstanceMetadata } = await import('@aws-sdk/credential-providers');
        // One for all loads: it goes on with old credentials while the metadata service is away.
        instance ??= fromInstanceMetadata({ logger: SILENT, ...given({ maxRetries: instanceRetries }) }) as Load;
        return instance();
      },
    },
  ];
}

/** ECS tasks and EKS Pod Identity: an endpoint near by that the environment names. */
function container(): Place {
  const { env } = process;
  return {
    name: 'container (ECS, EKS Pod Identity)',
    absent: () =>
      env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] || env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ? undefined
        : 'AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI are not set',
    load: async () => {
      const { fromHttp } = await import('@aws-sdk/credential-providers');
      const tokenFile = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
      if (tokenFile) checkTokenFile(tokenFile);
      return (fromHttp({ logger: SILENT, maxRetries: 1 }) as Load)();
    },
  };
}

/** Throws what the system says of a file that cannot be read, and not the SDK's generic sentence. */
function checkTokenFile(file: string | undefined): void {
  if (file === undefined || file === '') throw new Error('there is no token file: AWS_WEB_IDENTITY_TOKEN_FILE is not set');
  if (readFileSync(file, 'latin1').trim() === '') throw new Error(`the token file ${file} is empty`);
}

const nothing = (): void => {};
/** What the SDK has to say comes as errors, too. */
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The members that have a value. */
export function given<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> };
}
