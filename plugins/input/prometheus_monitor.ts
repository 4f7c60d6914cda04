/** Buffers and retries of all plugins as metrics, under the names of fluent-plugin-prometheus. */
import { BUFFER_STATUS, bufferStatus, constantLabels, defineInput, labelsSection, param, showSnapshots } from '#logferry';

export default defineInput({
  type: 'prometheus_monitor',
  doc: 'Shows length and size of buffers and the number of retries of all plugins as metrics, on the page of the input prometheus.',
  config: {
    interval: param.time('How often it is looked.', { default: 5 }),
    labels: labelsSection,
  },

  create({ interval }, context) {
    const labels = constantLabels(context);
    return {
      start() {
        const names = [...Object.keys(labels), 'plugin_id', 'plugin_category', 'type'];
        showSnapshots(context, BUFFER_STATUS.values(), { intervalSec: interval, labels: names }, () => bufferStatus(context.agent, labels));
      },
    };
  },
});
