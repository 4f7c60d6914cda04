/** Fluentd's gc_stat tells of Ruby's garbage collector, which does not exist here. */
import { defineInput, param } from '#logferry';

export default defineInput({
  type: 'gc_stat',
  doc: "Accepted so that configurations of Fluentd load: there is no garbage collector of Ruby's, so it emits nothing.",
  config: {
    emit_interval: param.time('Has no meaning here: seconds between two events.', { default: 60 }),
    use_symbol_keys: param.bool('Has no meaning here.', { default: true }),
    tag: param.string('Has no meaning here: the tag of the events.'),
  },

  create: (_config, { log }) => ({
    start: () => log.warn("gc_stat emits nothing: it tells of Ruby's garbage collector; remove this source, metrics of the agent are in monitor_agent and prometheus"),
  }),
});
