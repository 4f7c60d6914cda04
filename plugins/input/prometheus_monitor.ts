/** Buffers and retries of all plugins as metrics, under the names of fluent-plugin-prometheus. */
import { BUFFER_STATUS, bufferStatus, createMonitor, defineInput, monitorFields } from '#logferry';

export default defineInput({
  type: 'prometheus_monitor',
  doc: 'Shows length and size of buffers and the number of retries of all plugins as metrics, on the page of the input prometheus.',
  config: monitorFields,

  create({ interval }, context) {
    return createMonitor(context, {
      intervalSec: interval,
      families: [...BUFFER_STATUS.values()],
      labels: ['plugin_id', 'plugin_category', 'type'],
      look: (labels) => bufferStatus(context.agent, labels),
    });
  },
});
