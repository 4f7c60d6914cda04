/** AWS credentials that are kept until it is time to renew them: in the background before they expire, and at once when a service refuses them. */

/** As the SDK has them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** What the SDK tells of the client that asks; handed through to providers that call STS with that client's connections. */
export type ProviderProperties = Record<string, unknown> & { readonly forceRefresh?: boolean };

/** Finds credentials, each time anew. */
export type LoadCredentials = (properties?: ProviderProperties) => Promise<AwsCredentials>;

/** A provider of credentials for AWS clients that remembers what it got. */
export interface FreshCredentials {
  /** Throws what loading throws, if there is nothing that still serves. */
  (properties?: ProviderProperties): Promise<AwsCredentials>;
  /** What the last loading gave. */
  readonly held: AwsCredentials | undefined;
  /** The service does not take these. Loads again, if they are still the held ones; false: nothing else is to be had for now. Throws as loading does. */
  replace(refused: AwsCredentials, properties?: ProviderProperties): Promise<boolean>;
  /** The SDK does not put a memory of its own around it. */
  readonly memoized: true;
}

/** Answers that say that the credentials, not the request, are what is wrong; new ones may be there already. */
const REFUSED = new Set([
  'ExpiredTokenException', 'ExpiredToken', 'UnrecognizedClientException', 'InvalidClientTokenId', 'InvalidAccessKeyId',
]);

/** Whether an error is such an answer. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && REFUSED.has(error.name);
}

/** Credentials are renewed when this much is left of them, or half of the time that they had when they came, whichever is less. */
const RENEW_MS = 5 * 60_000;
/** Pause after a renewal that failed, while the old credentials are still good. */
const PAUSE_MS = 10_000;

/** Remembers credentials until it is time to renew them. */
export function keepFresh(load: LoadCredentials, now: () => number): FreshCredentials {
  let current: AwsCredentials | undefined;
  let renewAt = Infinity;
  let replaceAt = -Infinity;
  let pending: Promise<AwsCredentials> | undefined;
  const renew = (properties: ProviderProperties | undefined): Promise<AwsCredentials> =>
    (pending ??= load(properties)
      .then((loaded) => {
        current = loaded;
        const end = loaded.expiration?.getTime();
        renewAt = end === undefined ? Infinity : end - Math.min(RENEW_MS, Math.max(0, end - now()) / 2);
        return loaded;
      })
      .finally(() => {
        pending = undefined;
      }));
  const source = async (properties?: ProviderProperties): Promise<AwsCredentials> => {
    const isOver = current?.expiration !== undefined && current.expiration.getTime() <= now();
    if (!current || isOver || properties?.forceRefresh) return renew(properties);
    if (now() >= renewAt && !pending) {
      renew(properties).catch(() => {
        renewAt = now() + PAUSE_MS;
      });
    }
    return current;
  };
  const replace = async (refused: AwsCredentials, properties?: ProviderProperties): Promise<boolean> => {
    if (current && !isSame(current, refused)) return true;
    if (now() < replaceAt) return false;
    const isOther = !isSame(await renew(properties), refused);
    if (!isOther) replaceAt = now() + PAUSE_MS;
    return isOther;
  };
  return Object.defineProperty(Object.assign(
    source, { replace, memoized: true as const, held: undefined as AwsCredentials | undefined },
  ), 'held', {
    get: () => current,
  });
}

function isSame(a: AwsCredentials, b: AwsCredentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey && a.sessionToken === b.sessionToken;
}
