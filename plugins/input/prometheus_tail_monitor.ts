/** The files that in_tail follows as metrics, under the names of fluent-plugin-prometheus. */
import { createMonitor, defineInput, monitorFields, TAIL_STATUS, tailStatus } from '#logferry';

export default defineInput({
  type: 'prometheus_tail_monitor',
  doc: 'Shows position and inode of each file that in_tail follows as metrics, on the page of the input prometheus. Files that are not followed any more go away.',
  config: monitorFields,

  create({ interval }, context) {
    return createMonitor(context, {
      intervalSec: interval,
      families: TAIL_STATUS.map(([, family]) => family),
      labels: ['plugin_id', 'type', 'path'],
      look: (labels) => tailStatus(context.agent, labels),
    });
  },
});
