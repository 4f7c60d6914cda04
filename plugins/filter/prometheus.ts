/** Counts records as Prometheus metrics; the input `prometheus` shows them. */
import { compileRecordMetrics, defineFilter, recordMetricFields } from '#logferry';

export default defineFilter({
  type: 'prometheus',
  doc: 'Counts records and the values of their fields as Prometheus metrics, and hands the records on unchanged. The input prometheus shows the metrics.',
  config: recordMetricFields,

  create(config, context) {
    const metrics = compileRecordMetrics(config, context);
    return {
      start: () => metrics.start(),
      filter(batch) {
        metrics.count(batch);
        return batch;
      },
    };
  },
});
