/** Why events are not delivered, and what the log says of it. */
export const SENTENCES = {
  no_group: 'event is skipped: it has no log group name, its field is nil or empty',
  no_stream: 'event is skipped: it has no log stream name, its field is nil or empty',
  invalid_group_name: 'event is skipped: a log group cannot have this name: 1 to 512 of A-Z a-z 0-9 . - _ / #',
  invalid_stream_name: 'event is skipped: a log stream cannot have this name: 1 to 512 characters without : and *',
  empty: 'event is skipped: its message is empty',
  too_large: 'the event is discarded because it is too large',
  invalid_time: 'event is skipped: its time is before 1970 or no time at all',
  unformattable: 'event is skipped: its message could not be made',
  too_old: 'CloudWatch Logs rejected events: they are too old (14 days)',
  expired: 'CloudWatch Logs rejected events: they are older than the retention of the log group',
  too_new: 'CloudWatch Logs rejected events: they are too new (more than 2 hours in the future)',
  invalid: 'CloudWatch Logs refused events as invalid',
  retry_limit: 'failed to PutLogEvents and discard logs because retry count exceeded put_log_events_retry_limit',
  missing_stream: 'events are dropped: the log group or log stream does not exist and auto_create_stream is false',
} as const;

/** Why an event is not delivered; the word is a label of counters. */
export type Reason = keyof typeof SENTENCES;
