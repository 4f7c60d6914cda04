/**
 * Whether the identity may do what outputs and inputs do, by calls that cannot change anything.
 *
 * AWS decides on permission from the names in a request before the service looks whether what they name exists. So a well-formed request for
 * something that does not exist proves it: AccessDenied means no, ResourceNotFound means yes.
 *
 * - PutLogEvents: to a stream with a random name. Nothing is stored, as streams are not made by it.
 * - CreateLogStream: in a group that exists, with the name of a stream that exists (ResourceAlreadyExists means yes); in one
 *   that does not exist, with any name.
 * - PutRetentionPolicy: for a group that does not exist. It is only needed for those.
 * - CreateLogGroup: has no such call for a group that is not there yet, as it would be made. That stays unknown.
 *
 * A malformed request proves nothing: services may look at the form first.
 */
import { errorText } from '../errors.ts';
import type { LogsService } from '../lib/aws-client.ts';
import type { OpenGroup, WantedGroup } from './log-groups.ts';
import { networkFailure } from './network-error.ts';
import type { Check } from './report.ts';

type Verdict =
  | { readonly is: 'allowed'; readonly missing: 'group' | 'stream' | undefined }
  | { readonly is: 'denied'; readonly message: string }
  | { readonly is: 'unknown'; readonly message: string };

/** What an answer says about permission. */
async function verdictOf(call: () => Promise<unknown>): Promise<Verdict> {
  try {
    await call();
    return { is: 'allowed', missing: undefined };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    const text = errorText(error);
    switch (name) {
      case 'ResourceNotFoundException':
        return { is: 'allowed', missing: /stream/i.test(text) ? 'stream' : 'group' };
      case 'ResourceAlreadyExistsException':
        return { is: 'allowed', missing: undefined };
      case 'ThrottlingException':
      case 'LimitExceededException':
        return { is: 'unknown', message: `the service throttles: ${text}` };
      case 'AccessDeniedException':
      case 'AccessDenied':
        return { is: 'denied', message: text };
      case 'CredentialsProviderError':
        return { is: 'unknown', message: 'there are no credentials (see aws.credentials)' };
      case 'ExpiredTokenException':
      case 'UnrecognizedClientException':
      case 'InvalidSignatureException':
        return { is: 'unknown', message: `the service does not accept the credentials: ${name}: ${text}` };
      default:
        return { is: 'unknown', message: isService(error) ? `${name}: ${text}` : networkFailure(error, false).message };
    }
  }
}

function isService(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== undefined;
}

/** What the output does with this group. */
export async function examineGroup(wanted: WantedGroup, abortSignal: AbortSignal): Promise<readonly Check[]> {
  const { account, group: logGroupName, stream, standsFor, creates, retentionInDays, setsTags, users } = wanted;
  const service = await account.service();
  const { client, sdk } = service;
  const subject = standsFor === undefined ? logGroupName : `${standsFor} (asked as ${logGroupName})`;
  const details = [`for ${users.join(', ')}`];
  const put = await verdictOf(() => {
    const logEvents = [{ timestamp: Date.now(), message: 'logferry doctor' }];
    return client.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName: stream, logEvents }), { abortSignal });
  });
  const checks: Check[] = [toCheck('aws.put-log-events', subject, 'logs:PutLogEvents', put, details, `the identity needs logs:PutLogEvents on log-group:${logGroupName}:*; `
    + 'if the policy names streams, the made-up stream of this test may be what it does not allow')];
  if (put.is !== 'allowed') return checks;
  const isMissing = put.missing === 'group';
  if (!creates) {
    if (isMissing && standsFor === undefined) {
      checks.push({
        id: 'aws.log-group', subject, status: 'problem', message: 'the log group does not exist, and auto_create_stream is off',
        hint: 'make the group, or set auto_create_stream true',
      });
    }
    return checks;
  }
  checks.push(await streamCheck(service, wanted, subject, isMissing, abortSignal));
  if (!isMissing) return checks;
  const rights = ['logs:CreateLogGroup', ...(setsTags ? ['logs:TagResource'] : [])].join(' and ');
  checks.push({
    id: 'aws.create-log-group', subject, status: 'unknown', message: `the log group does not exist yet; whether ${rights} is allowed cannot be tried without making it`,
    hint: 'make the group beforehand, or see that the policy allows it',
  });
  if (retentionInDays !== undefined) {
    // With the configured days: should another node make the group just now, it gets what it would get anyway.
    const retention = await verdictOf(() => client.send(
      new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays }), { abortSignal },
    ));
    const hint = `allow logs:PutRetentionPolicy on log-group:${logGroupName}, or leave out retention_in_days`;
    checks.push(toCheck('aws.put-retention-policy', subject, 'logs:PutRetentionPolicy', retention, [], hint));
  }
  return checks;
}

async function streamCheck(
  { client, sdk }: LogsService, { group: logGroupName, stream }: WantedGroup, subject: string, isMissing: boolean,
  abortSignal: AbortSignal,
): Promise<Check> {
  const id = 'aws.create-log-stream';
  const hint = `the identity needs logs:CreateLogStream on log-group:${logGroupName}:*, or all streams have to exist`;
  let logStreamName = stream;
  if (!isMissing) {
    // The name of one that is there: a new one would be made.
    let found: string | undefined;
    const listed = await verdictOf(async () => {
      found = (await client.send(
        new sdk.DescribeLogStreamsCommand({ logGroupName, limit: 1 }), { abortSignal },
      )).logStreams?.[0]?.logStreamName;
    });
    if (found === undefined) {
      const denied = 'logs:DescribeLogStreams, which only this test needs, is denied';
      const why = listed.is === 'allowed' ? 'the group has no stream yet' : listed.is === 'denied' ? denied : listed.message;
      return { id, subject, status: 'unknown', message: `logs:CreateLogStream could not be tried without making a stream: ${why}` };
    }
    logStreamName = found;
  }
  return toCheck(
    id, subject, 'logs:CreateLogStream',
    await verdictOf(() => client.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName }), { abortSignal })), [],
    hint,
  );
}

function toCheck(id: string, subject: string, action: string, verdict: Verdict, details: readonly string[], hint: string): Check {
  switch (verdict.is) {
    case 'allowed':
      return {
        id, subject, status: 'ok',
        message: `${action} is allowed${verdict.missing === 'group' ? '; the log group does not exist' : ''}`, details,
      };
    case 'denied':
      return { id, subject, status: 'problem', message: `${action} is denied: ${verdict.message}`, details, hint };
    case 'unknown':
      return { id, subject, status: 'unknown', message: `whether ${action} is allowed is not known: ${verdict.message}`, details };
  }
}

/** Outputs whose groups depend on their events. */
export function openGroupCheck({ user, reason }: OpenGroup): Check {
  return {
    id: 'aws.put-log-events', subject: user, status: 'unknown', message: `${reason}: permissions are not known`,
    hint: "'logferry dry-run' lists the groups that the logs lead to; give them with --group NAME",
  };
}

interface InputConfig {
  readonly log_group_name: string;
  readonly log_stream_name: string | undefined;
  readonly use_log_group_name_prefix: boolean;
  readonly use_log_stream_name_prefix: boolean;
  readonly use_todays_log_stream: boolean;
}

/** What an input cloudwatch_logs reads; reading changes nothing. */
export async function examineReading(
  service: LogsService, config: InputConfig, user: string, abortSignal: AbortSignal,
): Promise<readonly Check[]> {
  const { client, sdk } = service;
  const { log_group_name: logGroupName, log_stream_name: stream } = config;
  const needs = (action: string): string => `the identity needs ${action} on log-group:${logGroupName}${config.use_log_group_name_prefix ? '*' : ''}`;
  if (config.use_log_group_name_prefix) {
    const listed = await verdictOf(() => client.send(
      new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName, limit: 1 }), { abortSignal },
    ));
    return [toCheck(
      'aws.describe-log-groups', `${logGroupName}*`, 'logs:DescribeLogGroups', listed, [`for ${user}`],
      needs('logs:DescribeLogGroups'),
    )];
  }
  const isListed = config.use_log_stream_name_prefix || config.use_todays_log_stream || stream === undefined;
  const read = await verdictOf(() => client.send(
    new sdk.GetLogEventsCommand({ logGroupName, logStreamName: isListed ? 'logferry-doctor' : stream, limit: 1 }),
    { abortSignal },
  ));
  const checks = [toCheck('aws.get-log-events', logGroupName, 'logs:GetLogEvents', read, [`for ${user}`], needs('logs:GetLogEvents'))];
  if (read.is === 'allowed' && read.missing !== undefined && !isListed) {
    checks.push({
      id: 'aws.log-group', subject: logGroupName, status: 'warning',
      message: `the ${read.missing === 'group' ? 'log group' : `stream ${stream}`} does not exist: there is nothing to read`,
    });
  }
  if (isListed) {
    const listed = await verdictOf(() => client.send(new sdk.DescribeLogStreamsCommand({ logGroupName, limit: 1 }), { abortSignal }));
    checks.push(toCheck(
      'aws.describe-log-streams', logGroupName, 'logs:DescribeLogStreams', listed, [`for ${user}`],
      needs('logs:DescribeLogStreams'),
    ));
  }
  return checks;
}
