/** Servers that are written in the configuration. */
import { defineServiceDiscovery, param, section, type ServiceDiscovery } from '#logferry';

const service = section('A server.', {
  host: param.string('Its name or address.'),
  name: param.string('Its name in logs, and in its certificate if host is an address.', { optional: true }),
  port: param.integer('Its port.', { default: 24224 }),
  shared_key: param.string('Its key, in place of the common one.', { optional: true, secret: true }),
  username: param.string('User for servers with user_auth.', { default: '' }),
  password: param.string('Password of that user.', { default: '', secret: true }),
  standby: param.bool('Used only while others are lost.', { default: false }),
  weight: param.integer('Share of the chunks that it gets; 0 is none.', { default: 60 }),
}, { multi: true });

export default defineServiceDiscovery({
  type: 'static',
  doc: 'Servers that are written in the configuration, as `<service>` sections.',
  config: { service },

  create(config): ServiceDiscovery {
    const services = config.service.map(({ shared_key: sharedKey, ...rest }) => ({ ...rest, sharedKey }));
    return { services: () => services };
  },
});
