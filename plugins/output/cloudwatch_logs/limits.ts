/**
 * Limits of CloudWatch Logs, as the API reference of PutLogEvents states them.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */

/** Events in one PutLogEvents call. */
export const MAX_BATCH_EVENTS = 10_000;
/** Bytes of one call: the messages in UTF-8 plus {@link EVENT_OVERHEAD} each. */
export const MAX_BATCH_BYTES = 1_048_576;
/** What each event counts besides its message. */
export const EVENT_OVERHEAD = 26;
/** The largest message that fits into a call at all. */
export const MAX_MESSAGE_BYTES = MAX_BATCH_BYTES - EVENT_OVERHEAD;
/** Milliseconds between the first and the last event of a call. */
export const MAX_BATCH_SPAN_MS = 24 * 3600 * 1000;
