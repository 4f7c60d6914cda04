/** What outputs and their buffers do as metrics, under the names of fluent-plugin-prometheus. */
import { createMonitor, defineInput, monitorFields, OUTPUT_STATUS, outputStatus, param } from '#logferry';

export default defineInput({
  type: 'prometheus_output_monitor',
  doc: 'Shows what outputs did and what their buffers hold as metrics, on the page of the input prometheus.',
  config: {
    ...monitorFields,
    gauge_all: param.bool('All metrics are gauges; false: totals are counters.', { default: true }),
  },

  create({ interval, gauge_all: gaugeAll }, context) {
    return createMonitor(context, {
      intervalSec: interval,
      families: OUTPUT_STATUS.map(([, family]) => family),
      labels: ['plugin_id', 'type'],
      counters: !gaugeAll,
      look: (labels) => outputStatus(context.agent, labels, !gaugeAll),
    });
  },
});
