/**
 * Limits of CloudWatch Logs, as the API reference states them for PutLogEvents, CreateLogGroup, CreateLogStream
 * and Entity (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/, read in the documentation
 * of @aws-sdk/client-cloudwatch-logs 3.1169).
 */

/** Events in one PutLogEvents call. */
export const MAX_BATCH_EVENTS = 10_000;
/** Bytes of one call: the messages in UTF-8 plus {@link EVENT_OVERHEAD} each. */
export const MAX_BATCH_BYTES = 1_048_576;
/** What each event counts besides its message. */
export const EVENT_OVERHEAD = 26;
/**
 * The largest message that fits into a call at all. The limit of a single event is "1 MB" (256 KB until
 * April 2025), which AWS's own agent reads as 1,048,576 bytes, overhead included: the limit of the call decides.
 */
export const MAX_MESSAGE_BYTES = MAX_BATCH_BYTES - EVENT_OVERHEAD;
/** Milliseconds between the first and the last event of a call. */
export const MAX_BATCH_SPAN_MS = 24 * 3600 * 1000;
/** Older events are refused one by one. */
export const MAX_AGE_MS = 14 * 24 * 3600 * 1000;
/** Events further in the future are refused one by one. */
export const MAX_FUTURE_MS = 2 * 3600 * 1000;
/** Milliseconds in a day of retention. */
export const DAY_MS = 24 * 3600 * 1000;
/** The latest time that is sent; later ones are no dates anywhere. Earlier than 1970 the service refuses the call. */
export const MAX_STAMP_MS = 8.64e15;

const GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const STREAM_NAME = /^[^:*]{1,512}$/;

/** Whether a log group may have this name. */
export function isGroupName(name: string): boolean {
  return GROUP_NAME.test(name);
}

/** Whether a log stream may have this name. */
export function isStreamName(name: string): boolean {
  return STREAM_NAME.test(name);
}

/** `keyAttributes` of an entity: names, least and greatest number. */
export const ENTITY_KEYS: readonly string[] = ['Type', 'ResourceType', 'Identifier', 'Name', 'Environment'];
export const MIN_ENTITY_KEYS = 2;
export const MAX_ENTITY_KEYS = 4;
/** `attributes` of an entity. */
export const MAX_ENTITY_ATTRIBUTES = 10;
/** Characters of a value of either. */
export const MAX_ENTITY_VALUE = 512;
/** Characters of the name of an attribute. */
export const MAX_ENTITY_ATTRIBUTE_NAME = 256;
