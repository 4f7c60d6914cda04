/** Hosts and networks that may send: the `<client>` sections of `<security>`. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { param, type Infer } from '../config/params.ts';
import { ConfigError, type Location } from '../errors.ts';

/** Parameters of a `<client>` section that say whom it is about. */
export const addressFields = {
  host: param.string('Address or name of the client.', { optional: true }),
  network: param.string('Network of clients, such as 192.168.0.0/16.', { optional: true }),
};

/** Values of {@link addressFields}. */
export type ClientConfig = Infer<typeof addressFields>;

/** One `<client>`: an address, a network, or a name that is resolved by {@link AddressList.resolve}. */
export class AddressList {
  readonly #host: string | undefined;
  #list: BlockList | undefined;

  /** Throws a ConfigError unless exactly one of host and network is there and makes sense. */
  constructor(client: ClientConfig, at?: Location) {
    const { host, network } = client;
    if (host !== undefined && network !== undefined) {
      throw new ConfigError("both of 'host' and 'network' are specified for client", at, 'write two <client> sections');
    }
    if (host === undefined && network === undefined) throw new ConfigError("Either of 'host' and 'network' must be specified for client", at);
    this.#host = host;
    if (network !== undefined) this.#list = parseNetwork(network, at);
    else if (isIP(host!) !== 0) this.#list = parseNetwork(host!, at);
  }

  /** Looks up a host that is a name. Rejects with a ConfigError. */
  async resolve(at?: Location): Promise<void> {
    if (this.#list !== undefined) return;
    try {
      const { address } = await lookup(this.#host!);
      this.#list = parseNetwork(address, at);
    } catch {
      throw new ConfigError(`host '${this.#host}' cannot be resolved`, at, 'write its address, or a network');
    }
  }

  /** Whether the address belongs to it; an IPv4 address in its IPv6 form (`::ffff:10.0.0.1`) counts as itself. */
  includes(address: string): boolean {
    const bare = address.replace(/%.*$/s, '');
    const version = isIP(bare);
    return version !== 0 && (this.#list?.check(bare, version === 6 ? 'ipv6' : 'ipv4') ?? false);
  }
}

function parseNetwork(text: string, at: Location | undefined): BlockList {
  const wrong = () => new ConfigError(`network '${text}' address format is invalid`, at, 'such as 192.168.0.0/16 or fd00::/8');
  const [address, suffix, ...more] = text.split('/');
  const version = isIP(address!);
  if (version === 0 || more.length > 0) throw wrong();
  const bits = version === 6 ? 128 : 32;
  const prefix = suffix === undefined ? bits : prefixLength(suffix, bits);
  if (prefix === undefined) throw wrong();
  const list = new BlockList();
  list.addSubnet(address!, prefix, version === 6 ? 'ipv6' : 'ipv4');
  return list;
}

/** `16`, or a mask such as `255.255.0.0`. */
function prefixLength(text: string, bits: number): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= bits ? Number(text) : undefined;
  if (bits !== 32 || isIP(text) !== 4) return undefined;
  const mask = text.split('.').map((part) => Number(part).toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(mask) ? mask.lastIndexOf('1') + 1 : undefined;
}
