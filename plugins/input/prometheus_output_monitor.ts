/** What outputs and their buffers do as metrics, under the names of fluent-plugin-prometheus. */
import { constantLabels, defineInput, labelsSection, OUTPUT_STATUS, outputStatus, param, showSnapshots } from '#logferry';

export default defineInput({
  type: 'prometheus_output_monitor',
  doc: 'Shows what outputs did and what their buffers hold as metrics, on the page of the input prometheus.',
  config: {
    interval: param.time('How often it is looked.', { default: 5 }),
    gauge_all: param.bool('All metrics are gauges; false: totals are counters.', { default: true }),
    labels: labelsSection,
  },

  create({ interval, gauge_all: gaugeAll }, context) {
    const labels = constantLabels(context);
    return {
      start() {
        const names = [...Object.keys(labels), 'plugin_id', 'type'];
        const families = OUTPUT_STATUS.map(([, family]) => family);
        showSnapshots(context, families, { intervalSec: interval, labels: names, counters: !gaugeAll }, () => outputStatus(context.agent, labels, !gaugeAll));
      },
    };
  },
});
