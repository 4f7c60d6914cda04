/** Names of hosts by their addresses, from the system's resolver (hosts file, DNS), kept for a while. */
import { lookupService } from 'node:dns';
import { isIP } from 'node:net';
import type { PluginContext } from '../plugin.ts';

/** How long an answer is used. */
const KEPT_MS = 5 * 60_000;
/** How long it is used that an address has no name, or that the resolver did not answer. */
const KEPT_MISS_MS = 30_000;
/** Whoever waits longer goes on with the address. */
const TIMEOUT_MS = 5_000;
/** Addresses that are remembered; the oldest ones are forgotten. */
const MAX_ADDRESSES = 4096;

export interface HostNames {
  /** The name, or the address if it has none; a promise while the resolver is asked. Never rejects. */
  readonly find: (address: string) => string | Promise<string>;
}

/** Asks for the name of an address: what the system's resolver says. Rejects if there is none. */
export type NameLookup = (address: string) => Promise<string>;

const systemLookup: NameLookup = (address) => new Promise((resolve, reject) => {
  // The port only decides on the name of the service, which is not used.
  lookupService(address, 0, (error, host) => (error ? reject(error) : resolve(host)));
});

/** A resolver with a memory; one per listening socket is enough. */
export function createHostNames(context: Pick<PluginContext, 'clock'>, lookup: NameLookup = systemLookup): HostNames {
  const known = new Map<string, { readonly host: string | Promise<string>; readonly until: number }>();
  const { clock } = context;

  function ask(address: string): Promise<string> {
    const keep = (host: string, ms: number): string => {
      known.set(address, { host, until: clock.monotonic() + ms });
      return host;
    };
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(keep(address, KEPT_MISS_MS)), TIMEOUT_MS);
      timer.unref();
      const settle = (host: string, ms: number): void => {
        clearTimeout(timer);
        resolve(keep(host, ms));
      };
      lookup(address).then((host) => settle(host, KEPT_MS), () => settle(address, KEPT_MISS_MS));
    });
  }

  return {
    find(address) {
      if (isIP(address) === 0) return address;
      const found = known.get(address);
      if (found && (typeof found.host !== 'string' || found.until > clock.monotonic())) return found.host;
      const host = ask(address);
      known.delete(address);
      known.set(address, { host, until: Infinity });
      if (known.size > MAX_ADDRESSES) known.delete(known.keys().next().value!);
      return host;
    },
  };
}
