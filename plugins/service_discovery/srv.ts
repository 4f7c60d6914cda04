/** Servers that the DNS names in SRV records (RFC 2782). */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ConfigError, defineServiceDiscovery, param, type ServiceDiscovery } from '#logferry';

type Service = ReturnType<ServiceDiscovery['services']>[number];

/** Stands in where all records have the weight 0, which means: no preference. */
const EQUAL_WEIGHT = 1;

export default defineServiceDiscovery({
  type: 'srv',
  doc: 'Servers from SRV records of the DNS, asked for again and again.',
  config: {
    service: param.string('Name of the service, without underscore.'),
    proto: param.string('Name of the protocol, without underscore.', { default: 'tcp' }),
    hostname: param.string('Domain of the service.'),
    dns_server_host: param.string('The DNS server to ask, with a port if it is not 53 (`127.0.0.1:8600`); those of the system if absent.', { optional: true }),
    interval: param.integer('Seconds between two questions.', { default: 60 }),
    dns_lookup: param.bool('Asks for the addresses of the hosts, too.', { default: true }),
    shared_key: param.string('Key of the servers.', { optional: true, secret: true }),
    username: param.string('User for servers with user_auth.', { default: '' }),
    password: param.string('Password of that user.', { default: '', secret: true }),
  },

  create(config, context): ServiceDiscovery {
    if (config.interval < 1) throw new ConfigError(`interval: expected 1 or more seconds, found ${config.interval}`, context.place('interval'));
    const target = `_${config.service}._${config.proto}.${config.hostname}`;
    const { shared_key: sharedKey, username, password, dns_lookup: withAddresses } = config;
    const listeners: (() => void)[] = [];
    const resolver = new Resolver();
    let services: readonly Service[] = [];
    let isAsking = false;

    const addressOf = async (host: string): Promise<string> => {
      const [first] = await resolver.resolve4(host).catch(() => resolver.resolve6(host));
      return first ?? host;
    };
    const ask = async (): Promise<readonly Service[]> => {
      const records = (await resolver.resolveSrv(target)).toSorted((a, b) => a.priority - b.priority);
      const isEqual = records.every(({ weight }) => weight === 0);
      return Promise.all(records.map(async ({ name, port, weight }) => ({
        host: withAddresses ? await addressOf(name) : name,
        port,
        name,
        weight: isEqual ? EQUAL_WEIGHT : weight,
        standby: false,
        username,
        password,
        sharedKey,
      })));
    };
    const refresh = async (): Promise<void> => {
      if (isAsking) return;
      isAsking = true;
      try {
        const found = await ask();
        // An answer without servers is more likely a fault of the DNS than the end of them all.
        if (found.length > 0) {
          services = found;
          for (const listener of listeners) listener();
        }
      } catch (error) {
        context.log.error('sd_srv: the servers could not be asked for; those that are known stay', { target, error });
      } finally {
        isAsking = false;
      }
    };

    return {
      async start() {
        if (config.dns_server_host !== undefined) resolver.setServers([await serverAddress(config.dns_server_host)]);
        await refresh();
        const timer = setInterval(() => void refresh(), config.interval * 1000);
        timer.unref();
        context.defer(() => {
          clearInterval(timer);
          resolver.cancel();
        });
      },
      services: () => services,
      onChange: (listener) => void listeners.push(listener),
    };
  },
});

/** `10.0.0.1`, `127.0.0.1:8600`, `[::1]:53` or a name, as an address with its port. */
async function serverAddress(text: string): Promise<string> {
  if (isIP(text) !== 0 || text.startsWith('[')) return text;
  const [host, port] = text.split(':', 2);
  const { address, family } = await lookup(host!);
  const bracketed = family === 6 ? `[${address}]` : address;
  return port === undefined ? address : `${bracketed}:${port}`;
}
