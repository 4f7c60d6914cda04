/** Fluentd's debug agent lets others run Ruby in it: there is no Ruby here, and nothing is opened. */
import { defineInput, param } from '#logferry';

export default defineInput({
  type: 'debug_agent',
  doc: 'Accepted so that configurations of Fluentd load: there is no Ruby to be debugged, so it does nothing.',
  config: {
    bind: param.string('Has no meaning here: an address.', { default: '127.0.0.1' }),
    port: param.integer('Has no meaning here: a port.', { default: 24_230 }),
    unix_path: param.string('Has no meaning here: the path of a socket.', { optional: true }),
    object: param.string('Has no meaning here: a Ruby object.', { default: 'Fluent::Engine' }),
  },

  create: (_config, { log }) => ({
    start: () => log.warn('debug_agent does nothing: there is no Ruby to be debugged; remove this source, or use node --inspect'),
  }),
});
