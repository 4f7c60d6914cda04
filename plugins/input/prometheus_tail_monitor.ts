/** The files that in_tail follows as metrics, under the names of fluent-plugin-prometheus. */
import { constantLabels, defineInput, labelsSection, param, showSnapshots, TAIL_STATUS, tailStatus } from '#logferry';

export default defineInput({
  type: 'prometheus_tail_monitor',
  doc: 'Shows position and inode of each file that in_tail follows as metrics, on the page of the input prometheus. Files that are not followed any more go away.',
  config: {
    interval: param.time('How often it is looked.', { default: 5 }),
    labels: labelsSection,
  },

  create({ interval }, context) {
    const labels = constantLabels(context);
    return {
      start() {
        const names = [...Object.keys(labels), 'plugin_id', 'type', 'path'];
        showSnapshots(context, TAIL_STATUS.map(([, family]) => family), { intervalSec: interval, labels: names }, () => tailStatus(context.agent, labels));
      },
    };
  },
});
