/** Fluentd's object_space counts Ruby's objects, which do not exist here. */
import { defineInput, param } from '#logferry';

export default defineInput({
  type: 'object_space',
  doc: 'Accepted so that configurations of Fluentd load: there are no objects of Ruby to be counted, so it emits nothing.',
  config: {
    emit_interval: param.time('Has no meaning here: seconds between two events.', { default: 60 }),
    tag: param.string('Has no meaning here: the tag of the events.'),
    top: param.integer('Has no meaning here: how many classes are counted.', { default: 15 }),
  },

  create: (_config, { log }) => ({
    start: () => log.warn("object_space emits nothing: it counts Ruby's objects; remove this source, metrics of the agent are in monitor_agent and prometheus"),
  }),
});
