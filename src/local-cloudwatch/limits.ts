/**
 * The limits of Amazon CloudWatch Logs, as its API reference states them (actions PutLogEvents,
 * CreateLogGroup, CreateLogStream, PutRetentionPolicy, GetLogEvents, FilterLogEvents, TagResource;
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/) at the time of
 * @aws-sdk/client-cloudwatch-logs 3.1169. The limit of one event was 256 KB until 2025 and is 1 MB now.
 */
export interface Limits {
  /** Events in one PutLogEvents request. */
  readonly batchEvents: number;
  /** Size of one PutLogEvents request in bytes: all messages in UTF-8 plus {@link eventOverheadBytes} each. */
  readonly batchBytes: number;
  /** What the service adds to every message when it counts bytes. */
  readonly eventOverheadBytes: number;
  /** Size of one event in bytes, its overhead included. */
  readonly eventBytes: number;
  /** Span from the oldest to the newest accepted event of one request. */
  readonly batchSpanMs: number;
  /** Events older than this are rejected one by one. */
  readonly maxAgeMs: number;
  /** Events further in the future than this are rejected one by one. */
  readonly maxFutureMs: number;
}

/** The service's limits on PutLogEvents. */
export const AWS_LIMITS: Limits = {
  batchEvents: 10_000,
  batchBytes: 1_048_576,
  eventOverheadBytes: 26,
  eventBytes: 1_048_576,
  batchSpanMs: 24 * 3_600_000,
  maxAgeMs: 14 * 86_400_000,
  maxFutureMs: 2 * 3_600_000,
};

/** Milliseconds in a day of retention. */
export const DAY_MS = 86_400_000;

/** Days that PutRetentionPolicy accepts. */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Longest name of a log group or log stream, in characters. */
export const MAX_NAME_LENGTH = 512;

/** Most events in an answer of GetLogEvents or FilterLogEvents. */
export const MAX_PAGE_EVENTS = 10_000;

/** Most bytes in an answer of GetLogEvents or FilterLogEvents, counted as for PutLogEvents. */
export const MAX_PAGE_BYTES = 1_048_576;

/** Most groups or streams in an answer of DescribeLogGroups or DescribeLogStreams, and the default. */
export const MAX_DESCRIBE_ITEMS = 50;

/** Tags of one log group. */
export const MAX_TAGS = 50;

/** Longest key of a tag, in characters. */
export const MAX_TAG_KEY_LENGTH = 128;

/** Longest value of a tag, in characters. */
export const MAX_TAG_VALUE_LENGTH = 256;

/** Names that `keyAttributes` of an entity may have, what `Type` may be, and how many of them there have to be. */
export const ENTITY_KEYS: readonly string[] = ['Type', 'ResourceType', 'Identifier', 'Name', 'Environment'];
export const ENTITY_TYPES: readonly string[] = ['Service', 'RemoteService', 'AWS::Service', 'Resource', 'AWS::Resource'];
export const MIN_ENTITY_KEYS = 2;
export const MAX_ENTITY_KEYS = 4;

/** Further attributes of an entity. */
export const MAX_ENTITY_ATTRIBUTES = 10;

/** Longest value of an attribute of either kind, in characters. */
export const MAX_ENTITY_VALUE_LENGTH = 512;

/** Longest filter pattern, in characters. */
export const MAX_FILTER_PATTERN_LENGTH = 1024;

/**
 * Largest request body, unpacked, in bytes. The service documents none; ours leaves room for a full
 * batch whose every byte is written as `\u00xx`, and keeps a gzip bomb out of memory.
 */
export const MAX_BODY_BYTES = 16 * 1_048_576;
