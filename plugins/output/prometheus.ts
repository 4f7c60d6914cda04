/** Counts records as Prometheus metrics, and keeps none of them. */
import { compileRecordMetrics, ConfigError, defineOutput, recordMetricFields } from '#logferry';

export default defineOutput({
  type: 'prometheus',
  doc: 'Counts records and the values of their fields as Prometheus metrics; the records themselves end here. The input prometheus shows the metrics.',
  config: recordMetricFields,

  create(config, context) {
    const buffer = context.element.elements.find(({ name }) => name === 'buffer');
    if (buffer) throw new ConfigError("<buffer> section is configured, but plugin 'prometheus' doesn't support buffering", buffer.at, 'remove it: records are counted at once');
    const metrics = compileRecordMetrics(config, context);
    return {
      start: () => metrics.start(),
      emit: (batch) => metrics.count(batch),
    };
  },
});
