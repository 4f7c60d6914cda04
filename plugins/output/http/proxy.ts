/** Which proxy a request goes through. */
import { BlockList, isIP } from 'node:net';
import { ConfigError, type Location } from '#logferry';

/** The proxy for a host, or undefined for a direct connection. */
export type FindProxy = (host: string, port: number) => URL | undefined;

/** What is read of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

const HINT = 'write http://host:port';

/** The proxy of the configuration is used for every host; an empty text is none. Throws a ConfigError if it is no URL. */
export function fixedProxy(text: string, place?: Location): FindProxy {
  const proxy = text === '' ? undefined : parseProxy(text);
  if (proxy === null) throw new ConfigError('proxy: expected the URL of an HTTP proxy', place, HINT);
  return () => proxy;
}

/** The proxy of the environment, but for hosts that NO_PROXY lists. Throws a ConfigError if it is no URL. */
export function environmentProxy(env: Environment): FindProxy {
  const text = env['HTTP_PROXY'] || env['http_proxy'];
  if (!text) return () => undefined;
  const proxy = parseProxy(text);
  if (proxy === null) throw new ConfigError('HTTP_PROXY of the environment: expected the URL of an HTTP proxy', undefined, HINT);
  const excepted = (env['NO_PROXY'] || env['no_proxy'] || '').split(/[\s,]+/).filter(Boolean).map(readException);
  return (host, port) => (excepted.some((matches) => matches(host.toLowerCase(), port)) ? undefined : proxy);
}

/** null if it is none; `host:port` is taken as http. The text may have a password: it is in no message. */
function parseProxy(text: string): URL | null {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  return url && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : null;
}

/** `*`, `example.com` (and all below it), `.example.com`, an address, `10.0.0.0/8`; each name perhaps with a port. */
function readException(text: string): (host: string, port: number) => boolean {
  if (text === '*') return () => true;
  const network = /^(.+)\/(\d+)$/.exec(text);
  if (network) return inNetwork(network[1]!, Number(network[2]));
  const parts = isIP(text) === 6 ? [text, text] : /^(.*?)(?::(\d+))?$/.exec(text)!;
  const wantedPort = parts[2] === undefined ? undefined : Number(parts[2]);
  const bare = parts[1]!.replace(/^\*?\./, '').replace(/^\[|\]$/g, '').toLowerCase();
  return (host, port) => (host === bare || host.endsWith(`.${bare}`)) && (wantedPort === undefined || wantedPort === port);
}

function inNetwork(address: string, prefix: number): (host: string) => boolean {
  const family = (ip: string) => (isIP(ip) === 6 ? 'ipv6' : 'ipv4');
  if (isIP(address) === 0 || prefix > (family(address) === 'ipv6' ? 128 : 32)) return () => false;
  const list = new BlockList();
  list.addSubnet(address, prefix, family(address));
  return (host) => isIP(host) !== 0 && list.check(host, family(host));
}
