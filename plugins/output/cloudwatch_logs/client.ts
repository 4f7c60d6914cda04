/** The AWS SDK's client, made from the configuration, and a PutLogEvents whose body is bytes already. */
import type { CloudWatchLogsClient, PutLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { createLogsService, type AwsClientConfig } from '#logferry';

/** What of the configuration the client needs. */
export interface ClientConfig extends AwsClientConfig {
  /** Seconds; 0: without end. */
  readonly request_timeout: number;
  readonly logs_format: string | undefined;
}

/** Connections at a time: destinations that do not answer must not take those of others. */
const MAX_CONNECTIONS = 128;

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
  // Retries are the output's: they are counted, logged and configured there.
  const options = { connections: MAX_CONNECTIONS, requestMs: config.request_timeout * 1000, maxAttempts: 1 };
  const { sdk, client } = await createLogsService(config, options);
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
