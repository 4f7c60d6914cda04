/**
 * The URL of a chunk: the template of `endpoint`, filled in and taken apart.
 *
 * Path and query go out as they were filled in; only what a URL cannot have at all (blanks, letters
 * beyond ASCII) is percent-encoded. Where the host comes from the chunk it must be an allowed one.
 */
import { ConfigError, encodeText, UnrecoverableError, type ChunkKeys, type Location } from '#logferry';

/** Where one request goes. */
export interface Target {
  readonly secure: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** Path and query, as they stand in the request line. */
  readonly path: string;
  /** The value of the Host header. */
  readonly hostHeader: string;
  /** For messages: without name, password and query, which may be secret. */
  readonly shown: string;
}

/** Turns the filled-in endpoint into a target. Throws an UnrecoverableError if it is no URL or not allowed. */
export type ReadEndpoint = (url: string) => Target;

const URL_PARTS = /^(?:(https?):\/\/)?([^/?#\\]*)([^?#]*)(\?[^#]*)?/i;
const AUTHORITY = /^(?:[^@]*@)?(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*))(?::(\d{1,5}))?$/i;
/** What may not stand in a URL, RFC 3986; a percent sign only before two hexadecimal digits. */
const NOT_IN_URL = /[^!#$&-;=?-Z[\]_a-z~%]|%(?![0-9A-Fa-f]{2})/gu;
const HINT = 'write http://host:port/path or https://host:port/path';

/**
 * Checks the template as far as it is known. Throws a ConfigError: another scheme, no host, or a
 * placeholder in the host without `allowedHosts`.
 */
export function compileEndpoint(template: string, keys: ChunkKeys, allowedHosts: readonly string[], place?: Location): ReadEndpoint {
  const [, scheme, authority] = URL_PARTS.exec(template)!;
  const fills = hasPlaceholder(scheme ? authority! : template.split(/[/?#](?!\/)/, 1)[0]!, keys);
  if (!fills) {
    const target = takeApart(template);
    if (typeof target === 'string') throw new ConfigError(`endpoint ${target}, found '${template}'`, place, HINT);
    return (url) => {
      const found = takeApart(url);
      if (typeof found === 'string') throw new UnrecoverableError(`endpoint ${found}, found '${url}'`);
      return found;
    };
  }
  if (allowedHosts.length === 0) {
    const problem = `endpoint has a placeholder in its host, found '${template}': allowed_hosts is required then`;
    throw new ConfigError(problem, place, 'list the hosts that events may choose, such as allowed_hosts a.example,b.example');
  }
  const allowed = new Set(allowedHosts.map((host) => String(host).toLowerCase()));
  return (url) => {
    const found = takeApart(url);
    if (typeof found === 'string') throw new UnrecoverableError(`endpoint ${found}, found '${url}'`);
    const host = found.host.toLowerCase();
    const bracketed = host.includes(':') ? `[${host}]` : host;
    if (!allowed.has(host) && !allowed.has(bracketed) && !allowed.has(`${bracketed}:${found.port}`)) {
      throw new UnrecoverableError(`the host '${found.host}:${found.port}' of the endpoint is not in allowed_hosts`);
    }
    return found;
  };
}

/** The target, or what is wrong. */
function takeApart(url: string): Target | string {
  const [, scheme, authority, path, query] = URL_PARTS.exec(url)!;
  if (!scheme) return 'must begin with http:// or https://';
  const found = AUTHORITY.exec(authority!);
  const secure = scheme.toLowerCase() === 'https';
  const port = found?.[2] === undefined ? (secure ? 443 : 80) : Number(found[2]);
  if (!found || port > 65_535) return 'must have a host, and a port only as a number up to 65535';
  const name = found[1]!;
  const isDefault = port === (secure ? 443 : 80);
  const hostHeader = isDefault ? name : `${name}:${port}`;
  const root = path!.startsWith('/') ? path! : `/${path!}`;
  return {
    secure,
    host: name.replace(/^\[|\]$/g, ''),
    port,
    path: encodeRest(root + (query ?? '')),
    hostHeader,
    shown: `${secure ? 'https' : 'http'}://${hostHeader}${encodeRest(root)}`,
  };
}

function encodeRest(text: string): string {
  return text.replace(NOT_IN_URL, (found) => encodeText(found).reduce((out, byte) => out + '%' + byte.toString(16).toUpperCase().padStart(2, '0'), ''));
}

/** Whether the chunk can change this text. */
function hasPlaceholder(text: string, keys: ChunkKeys): boolean {
  if (keys.time && /%[^%]/.test(text)) return true;
  for (const [, name] of text.matchAll(/\$\{([^}[]+)[^}]*\}/g)) {
    if (name === 'chunk_id' || (name === 'tag' ? keys.tag : keys.fields.includes(name!))) return true;
  }
  return false;
}
