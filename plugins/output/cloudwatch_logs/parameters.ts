/** The parameters: those of Fluentd's plugin, and our own (`extra`), which are off by default. */
import { awsFields, injectSection, owned, param, section } from '#logferry';
import { MAX_BATCH_EVENTS } from './limits.ts';

export const parameters = {
  time_as_integer: param.bool('Times as whole seconds.', { default: false, noEffect: 'CloudWatch Logs takes times in milliseconds' }),
  slow_flush_log_threshold: param.float('A flush that takes longer, in seconds, is logged.', { default: 20 }),
  ...awsFields,
  aws_instance_profile_credentials_retries: param.integer('Tries to get credentials from the instance metadata service.', { optional: true }),
  log_group_name: param.string('Name of the log group; may have placeholders of chunk keys.', { optional: true }),
  log_stream_name: param.string('Name of the log stream; may have placeholders of chunk keys.', { optional: true }),
  auto_create_stream: param.bool('Make groups and streams that do not exist.', { default: false }),
  message_keys: param.array('Send the values of these fields, joined by blanks, instead of JSON.', { default: [], valueType: 'string' }),
  max_message_length: param.integer('Characters at which a message is cut.', { optional: true }),
  max_events_per_batch: param.integer('Events in one request; the service takes 10,000.', { default: MAX_BATCH_EVENTS }),
  use_tag_as_group: param.bool('The tag is the name of the log group.', { default: false }),
  use_tag_as_stream: param.bool('The tag is the name of the log stream.', { default: false }),
  log_group_name_key: param.string('Field that names the log group.', { optional: true }),
  log_stream_name_key: param.string('Field that names the log stream.', { optional: true }),
  remove_log_group_name_key: param.bool('Do not send the field log_group_name_key.', { default: false }),
  remove_log_stream_name_key: param.bool('Do not send the field log_stream_name_key.', { default: false }),
  put_log_events_retry_wait: param.time('First wait after throttling, in seconds; doubles.', { default: 1 }),
  put_log_events_retry_limit: param.integer('Tries after throttling before events are given up.', { default: 17 }),
  put_log_events_disable_retry_limit: param.bool('Never give up.', { default: false }),
  concurrency: param.integer('Requests at the same time within one flush.', { default: 1 }),
  log_group_aws_tags: param.hash('Tags of new log groups; values may have placeholders.', { optional: true }),
  log_group_aws_tags_key: param.string('Field that has the tags of a new log group.', { optional: true }),
  remove_log_group_aws_tags_key: param.bool('Do not send the field log_group_aws_tags_key.', { default: false }),
  retention_in_days: param.integer('Retention of new log groups.', { optional: true }),
  retention_in_days_key: param.string('Field that has the retention of a new log group.', { optional: true }),
  remove_retention_in_days_key: param.bool('Do not send the field retention_in_days_key.', { default: false }),
  json_handler: param.enum(['yajl', 'json'], 'Whose JSON is imitated: they differ in the case of \\u escapes.', { default: 'yajl' }),
  log_rejected_request: param.bool('Log each answer that refuses single events.', { default: false }),
  oversized_events: param.enum(
    ['truncate', 'split', 'fluentd'],
    'What happens to a message beyond the limit of the service (1 MiB with 26 bytes of overhead): `truncate` cuts the longest text of its record, or the message, ' +
      'and puts a mark there; `split` sends it in pieces, one event each; `fluentd` discards it.',
    { default: 'truncate', extra: true },
  ),
  check_event_age: param.bool(
    'Do not send what the service would refuse for its time: older than 14 days (or than the retention of a group that was made here), or more than 2 hours ahead.',
    { default: false, extra: true },
  ),
  dead_letter_path: param.string(
    'File that gets the events that could not be delivered, as lines of JSON with reason, group, stream, time and message. ' +
      'Without it they go to the label @ERROR if there is one.',
    { optional: true, extra: true },
  ),
  dead_letter_limit_size: param.size('Size of that file, in bytes, at which a new one is begun.', { default: 64 * 1024 * 1024, extra: true }),
  dead_letter_rotate_age: param.integer('How many full files are kept beside it, as FILE.1 and so on.', { default: 4, extra: true }),
  request_timeout: param.time('A request that gets no answer for so many seconds has failed, and is tried again; 0 waits for ever.', {
    default: 60,
    extra: true,
  }),
  requests_per_second: param.float('At most so many PutLogEvents in a second, over all groups; the account has a quota, too.', {
    optional: true,
    extra: true,
  }),
  log_group_class: param.enum(
    ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'],
    'Class of new log groups; the service takes STANDARD if absent.',
    { optional: true, extra: true },
  ),
  kms_key_id: param.string('ARN of the KMS key that encrypts new log groups.', { optional: true, extra: true }),
  logs_format: param.enum(
    ['json/emf'],
    'Sent as header x-amzn-logs-format: tells the service that messages are in the embedded metric format. It finds metrics without it, too.',
    { optional: true, extra: true },
  ),
  entity: section(
    'What the events are about, so that CloudWatch shows the telemetry of a service together. ' +
      'Values are texts that may have ${tag}, or record accessors such as $.kubernetes.labels.app; where a key attribute has no value, the events are sent without an entity.',
    {
      key_attributes: param.hash('What identifies it: 2 to 4 of Type, ResourceType, Identifier, Name, Environment.'),
      attributes: param.hash('Up to 10 more, such as {"K8s.Namespace":"$.kubernetes.namespace_name"}.', { optional: true }),
    },
    { extra: true },
  ),
  format: owned('formatter', 'Form of a message; JSON by json_handler if absent.'),
  inject: injectSection,
};
