/** Parameters of the input `monitor_agent`. */
import { param, transportSection, type Infer } from '#logferry';

export const fields = {
  bind: param.string('The address to listen on; 0.0.0.0 and :: are all of this machine.', { default: '0.0.0.0' }),
  port: param.integer('The port to listen on; worker N listens on the one N beyond it.', { default: 24220 }),
  tag: param.string('Emits what /api/plugins.json shows as events with this tag, too.', { optional: true }),
  emit_interval: param.time('How often these events are emitted.', { default: 60 }),
  include_config: param.bool('Shows the parameters of each plugin, secrets masked.', { default: false }),
  include_retry: param.bool('Shows the retries of each output.', { default: false }),
  include_debug_info: param.bool("Takes the query parameters 'debug' and 'with_ivars': what plugins tell of their state.", { default: false }),
  transport: transportSection(['tcp', 'tls']),
};

export type Config = Infer<typeof fields>;
