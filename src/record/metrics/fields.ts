/** What `<metric>` and `<labels>` take: shared by the filter and the output `prometheus`. */
import { param, section, type Infer } from '../../config/params.ts';

/** `<labels>` of an input: the same for all of its metrics. */
export const labelsSection = section('Labels of all metrics: a name and its value in each line. ${hostname} and ${worker_id} are known.', {}, { open: true });

/** Parameters of the filter and the output. */
export const recordMetricFields = {
  labels: section(
    'Labels of all metrics: a name and its value in each line. A value is text with placeholders (${tag}, ${tag_parts[0]}, ${tag_prefix[1]}, ${hostname}, ' +
      '${worker_id}), or a field of the record ($.kubernetes.namespace_name).',
    {},
    { open: true },
  ),
  metric: section('What is counted.', {
    name: param.string('Its name: letters, digits, _ and :.'),
    type: param.enum(['counter', 'gauge', 'summary', 'histogram'], 'counter adds up, gauge keeps the last value, summary and histogram observe values.'),
    desc: param.string('What it means; HELP in the exposition.'),
    key: param.string('The field with the value, also as $.a.b. A counter without it counts records.', { optional: true }),
    buckets: param.string('Of a histogram: upper limits, ascending, with commas between them.', { optional: true }),
    initialized: param.string('true: series are there before the first record, with the values of <initlabels>.', { optional: true }),
    retention: param.time('Series that do not change for so long are no longer shown; if absent they stay.', { optional: true, extra: true }),
    retention_check_interval: param.time('How often it is looked for such series.', { default: 60, extra: true }),
    labels: section('Labels of this metric: they come behind those of all.', {}, { open: true }),
    initlabels: section('Values of variable labels of a series that is there from the beginning.', {}, { open: true, multi: true }),
  }, { multi: true, open: true }),
};

export type RecordMetricConfig = Infer<typeof recordMetricFields>;
export type MetricConfig = RecordMetricConfig['metric'][number];
