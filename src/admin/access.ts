/**
 * Who may ask the admin server. What it shows may hold anything that logs hold, and it has no users: so a web page that is open in
 * a browser on the same machine must not get at it. Such a page can send requests, but it cannot choose the Host header (a name of its
 * own that leads here, "DNS rebinding", stands in it), and browsers tell where a request comes from.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

export interface AccessRules {
  /** The host that is listened on. */
  readonly host: string;
  /** Whoever reads more than health and the page itself has to send it as `Authorization: Bearer TOKEN`. */
  readonly token: string | undefined;
}

/** What is asked for: health is open to whoever may ask at all, as probes of Kubernetes send no token. */
export type Wanted = 'page' | 'health' | 'data';

export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 421;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a request is refused; undefined if it is welcome. */
export function refusal(method: string, headers: IncomingHttpHeaders, wanted: Wanted, rules: AccessRules): Refusal | undefined {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, message: `expected GET, found ${method}: this server only shows`, headers: { allow: 'GET, HEAD' } };
  const host = hostOf(headers.host);
  if (host === undefined) return { status: 400, message: 'expected a Host header' };
  if (!welcomeHost(host, rules))
    return { status: 421, message: `the name '${host}' is not known here: use an IP address, localhost, or the name that the agent listens on` };
  const site = headers['sec-fetch-site'];
  if (wanted !== 'page' && site !== undefined && site !== 'same-origin' && site !== 'none') return { status: 403, message: 'other web pages may not ask this' };
  if (headers.origin !== undefined && originHost(headers.origin) !== headers.host?.toLowerCase()) return { status: 403, message: 'other web pages may not ask this' };
  if (wanted === 'data' && rules.token !== undefined && !sameToken(headers.authorization, rules.token))
    return { status: 401, message: 'expected the header Authorization: Bearer, with the token in LOGFERRY_ADMIN_TOKEN of the agent', headers: { 'www-authenticate': 'Bearer realm="logferry"' } };
  return undefined;
}

/** An IP address in the header cannot be the name of a page; other names have to be this machine's own. A token is guard enough. */
function welcomeHost(host: string, { host: own, token }: AccessRules): boolean {
  if (isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost')) return true;
  return token !== undefined || host === own.toLowerCase() || host === hostname().toLowerCase();
}

/** Without port, brackets and case; undefined if it is none. */
function hostOf(header: string | undefined): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([0-9a-z._-]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}

function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}

/** Compares digests, so that the time it takes tells nothing. */
function sameToken(header: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (given === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
