/** Where the admin server listens, from an option, the environment or `<system> admin_endpoint`. */

/** An address to listen on or to ask. */
export interface AdminAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** What probes and commands ask when nobody says otherwise; the manifests in conf/ use it. */
export const DEFAULT_ENDPOINT = '127.0.0.1:24230';

const MAX_PORT = 65_535;

/** Reads `host:port`, `[address]:port` or a port alone (on the loopback interface). `from` names where the text stands, for the Error. */
export function parseAdminEndpoint(text: string, from: string): AdminAddress {
  const found = /^(?:(?:\[([0-9a-f:.]+)\]|([0-9a-z._-]+)):)?(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3]);
  if (!found || port > MAX_PORT) throw new Error(`${from}: expected host:port, found '${text}' (such as ${DEFAULT_ENDPOINT})`);
  return { host: found[1] ?? found[2] ?? '127.0.0.1', port };
}

/** Each worker listens on the port of the first one plus its own number; port 0 stays 0. Throws an Error beyond the last port. */
export function workerAddress({ host, port }: AdminAddress, workerId: number): AdminAddress {
  if (port !== 0 && port + workerId > MAX_PORT)
    throw new Error(`the admin server of worker ${workerId} would listen on port ${port + workerId}: choose a port of at most ${MAX_PORT - workerId}`);
  return { host, port: port === 0 ? 0 : port + workerId };
}

/** `host:port` as it stands in a URL. */
export function addressText({ host, port }: AdminAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether only this machine (or this pod) reaches the host. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
