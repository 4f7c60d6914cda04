/** What to do about plugins of Fluentd that are not here, for `logferry compat`. */
import type { Kind } from '../plugin.ts';

const TO_CLOUDWATCH = "send to CloudWatch Logs (@type cloudwatch_logs) and let a subscription filter pass the logs on, or forward to a Fluentd that has it (@type forward)";
const BY_FORWARD = 'forward to a Fluentd that has it (@type forward)';
const BY_HTTP = 'the output http can post to its HTTP endpoint (endpoint, headers, json_array)';
const NOT_NEEDED = 'it is not needed here: remove the section';

/** `kind/type` -> what to do. */
const ADVICE: Readonly<Record<string, string>> = {
  'output/elasticsearch': `${TO_CLOUDWATCH}`,
  'output/elasticsearch_dynamic': `${TO_CLOUDWATCH}`,
  'output/opensearch': `${TO_CLOUDWATCH}`,
  'output/aws-elasticsearch-service': TO_CLOUDWATCH,
  'output/s3': TO_CLOUDWATCH,
  'output/kinesis_streams': TO_CLOUDWATCH,
  'output/kinesis_streams_aggregated': TO_CLOUDWATCH,
  'output/kinesis_firehose': TO_CLOUDWATCH,
  'output/kafka': BY_FORWARD,
  'output/kafka2': BY_FORWARD,
  'output/kafka_buffered': BY_FORWARD,
  'output/gelf': BY_FORWARD,
  'output/loki': `${BY_HTTP}; or ${BY_FORWARD}`,
  'output/splunk_hec': `${BY_HTTP}; or ${BY_FORWARD}`,
  'output/newrelic': BY_HTTP,
  'output/datadog': BY_HTTP,
  'output/logzio_buffered': BY_HTTP,
  'output/loggly': BY_HTTP,
  'output/slack': BY_HTTP,
  'output/google_cloud': BY_FORWARD,
  'output/mongo': BY_FORWARD,
  'output/cat_sweep': BY_FORWARD,
  'filter/dedot': "record_transformer with enable_ruby renames keys: `${record['kubernetes']['labels'].transform_keys { |k| k.tr('.', '_') }}`",
  'filter/flatten_hash': 'the destination can flatten fields; record_transformer with enable_ruby sets single ones from nested ones',
  'filter/elasticsearch_genid': NOT_NEEDED,
  'filter/throttle': 'the input tail limits files and groups with its <group> section',
  'filter/genhashvalue': NOT_NEEDED,
  'filter/geoip': BY_FORWARD,
  'input/kafka': BY_FORWARD,
  'input/kafka_group': BY_FORWARD,
  'input/heroku_http': 'the input http takes events in JSON; the input syslog takes drains over TCP',
  'output/rewrite': 'rewrite_tag_filter sets tags, record_transformer sets fields',
  'output/retag': 'rewrite_tag_filter sets tags',
  'output/kubernetes_metadata': 'it is a filter: write <filter> in place of <match>',
  'output/record_reformer': 'rewrite_tag_filter sets tags, the filter record_transformer sets fields (with the same placeholders)',
  'output/concat': 'it is a filter: write <filter> in place of <match>',
  'parser/multiline_kubernetes': "it reads klog's lines: @type multiline with format_firstline /^\\w\\d{4}/ and format1 /^(?<severity>\\w)(?<time>\\d{4} [^\\s]*)\\s+(?<pid>\\d+)\\s+(?<source>[^ \\]]+)\\] (?<message>.*)/",
};

/** A sentence for any plugin that is not here. */
export function adviceFor(kind: Kind, type: string): string {
  const known = ADVICE[`${kind}/${type}`];
  const own = `write it (logferry create-plugin ${kind} ${/^[a-z][a-z0-9_]*$/.test(type) ? type : 'NAME'})`;
  return known === undefined ? `${kind === 'output' ? `${BY_FORWARD}, or ` : ''}${own}` : known === NOT_NEEDED ? known : `${known}; or ${own}`;
}
