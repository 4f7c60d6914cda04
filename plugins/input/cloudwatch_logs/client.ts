/** The operations of Amazon CloudWatch Logs that the input uses, page by page. */
import { createLogsService, type AwsClientConfig } from '#logferry';

/** A request that gets no answer for this long has failed, in milliseconds. */
const REQUEST_MS = 60_000;
/** Tries of the SDK for one request. */
const ATTEMPTS = 3;

export interface FetchedEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

export interface EventsRequest {
  readonly group: string;
  readonly stream: string;
  readonly token: string | undefined;
  /** Milliseconds since 1970. */
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
}

/** Errors are the SDK's: their `name` is the service's. */
export interface ReadingClient {
  /** A page of a stream; `next` is the token of what follows, the same as before at the stream's end. */
  events(request: EventsRequest, signal: AbortSignal): Promise<{ readonly events: readonly FetchedEvent[]; readonly next: string | undefined }>;
  /** Names of all groups with a prefix. */
  groups(prefix: string, signal: AbortSignal): Promise<string[]>;
  /** Names of all streams of a group with a prefix; of all without one. */
  streams(group: string, prefix: string | undefined, signal: AbortSignal): Promise<string[]>;
  destroy(): void;
}

/** Loads the SDK (only when it is needed) and makes a client. */
export async function createReadingClient(config: AwsClientConfig): Promise<ReadingClient> {
  const { sdk, client } = await createLogsService(config, { connections: 1, requestMs: REQUEST_MS, maxAttempts: ATTEMPTS });
  return {
    async events({ group, stream, token, startTime, endTime }, abortSignal) {
      const answer = await client.send(
        new sdk.GetLogEventsCommand({
          logGroupName: group, logStreamName: stream, startFromHead: true,
          ...(token !== undefined && { nextToken: token }),
          ...(startTime !== undefined && { startTime }),
          ...(endTime !== undefined && { endTime }),
        }),
        { abortSignal },
      );
      const events = (answer.events ?? []).map(({ timestamp, message }): FetchedEvent => ({ timestamp: timestamp ?? 0, message: message ?? '' }));
      return { events, next: answer.nextForwardToken };
    },
    groups: (prefix, abortSignal) =>
      allPages(async (nextToken) => {
        const answer = await client.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: prefix, ...(nextToken && { nextToken }) }), { abortSignal });
        return { names: (answer.logGroups ?? []).map(({ logGroupName }) => logGroupName), next: answer.nextToken };
      }),
    streams: (group, prefix, abortSignal) =>
      allPages(async (nextToken) => {
        const command = new sdk.DescribeLogStreamsCommand({
          logGroupName: group, ...(prefix && { logStreamNamePrefix: prefix }), ...(nextToken && { nextToken }),
        });
        const answer = await client.send(command, { abortSignal });
        return { names: (answer.logStreams ?? []).map(({ logStreamName }) => logStreamName), next: answer.nextToken };
      }),
    destroy: () => client.destroy(),
  };
}

type Page = { readonly names: readonly (string | undefined)[]; readonly next: string | undefined };

async function allPages(get: (token: string | undefined) => Promise<Page>): Promise<string[]> {
  const all: string[] = [];
  let token: string | undefined;
  do {
    const { names, next } = await get(token);
    for (const name of names) if (name !== undefined) all.push(name);
    token = next;
  } while (token !== undefined);
  return all;
}
