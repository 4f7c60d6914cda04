/** What an error of the service, or of the way to it, means for the output. */
import { errorText } from '#logferry';

/**
 * - `throttled`: later, and slower
 * - `missing`: the group or the stream does not exist
 * - `accepted`: it had been delivered before
 * - `again`: at once, the cause is gone
 * - `invalid`: never, as it is
 * - `broken`: the connection failed; the request may have been taken
 * - `failed`: something that a person or time has to mend
 */
export type Meaning = 'throttled' | 'missing' | 'accepted' | 'again' | 'invalid' | 'broken' | 'failed';

/** The connection failed, not the request: it is tried again at once, as AWS's own clients do. */
const NETWORK_ERRORS = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EAI_AGAIN']);

/** Errors whose cause may be the clock of the node. */
const SIGNATURE_ERRORS = new Set(['InvalidSignatureException', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'RequestExpired', 'AuthFailure']);

export function meaningOf(error: unknown): Meaning {
  // The SDK compared the clocks: the next request is signed with the service's time.
  const corrected = (error as { $metadata?: { clockSkewCorrected?: boolean } } | undefined)?.$metadata?.clockSkewCorrected;
  if (corrected && error instanceof Error && SIGNATURE_ERRORS.has(error.name)) return 'again';
  switch (error instanceof Error ? error.name : '') {
    case 'ThrottlingException':
    case 'TooManyRequestsException':
    case 'LimitExceededException':
    case 'ServiceUnavailableException':
      return 'throttled';
    case 'ResourceNotFoundException':
      return 'missing';
    case 'DataAlreadyAcceptedException':
      return 'accepted';
    case 'InvalidSequenceTokenException':
      return 'again';
    case 'InvalidParameterException':
    case 'SerializationException':
    case 'ValidationException':
    case 'RequestEntityTooLargeException':
      return 'invalid';
    case 'InternalFailure':
    case 'InternalServerException':
    case 'TimeoutError':
      return 'broken';
    default:
      return NETWORK_ERRORS.has((error as { code?: string } | undefined)?.code ?? '') ? 'broken' : 'failed';
  }
}

export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** What went wrong and, where that is known, what to do about it. */
export function describe(error: unknown): string {
  const text = `${error instanceof Error ? error.name + ': ' : ''}${errorText(error)}`;
  switch (error instanceof Error ? error.name : '') {
    case 'CredentialsProviderError':
      // A place that had something to try, and failed, is the cause; its own sentence says what to mend.
      return (error as Error).cause === undefined
        ? `${text} (no AWS credentials were found: give the pod a role by IRSA or EKS Pod Identity, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)`
        : `${text} (what was to give AWS credentials failed: check the role, who may assume it, and the way to STS or the metadata service)`;
    case 'AccessDeniedException':
      return `${text} (the identity needs logs:PutLogEvents, logs:CreateLogStream and logs:CreateLogGroup on this log group)`;
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'ExpiredTokenException':
      return `${text} (the AWS credentials are wrong or have expired: check the pod's role, or the access key and secret key, and the clock of the node)`;
    case 'TimeoutError':
      return `${text} (there was no answer in time: check the way to the endpoint, or raise request_timeout)`;
    default:
      return text;
  }
}
