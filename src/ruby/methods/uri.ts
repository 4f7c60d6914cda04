/** URI, CGI, IPAddr. */
import { decodeText, encodeText } from '../../lib/text.ts';
import { toInteger } from '../../lib/value.ts';
import { integerArgument, textArgument } from '../arguments.ts';
import { equals } from '../equality.ts';
import { inspect, toText, uriText } from '../inspect.ts';
import { ipFullText, ipIncludes, ipText, masked, parseIp } from '../ip.ts';
import { listOf } from '../list.ts';
import { aliasMethods, ANY, defineMethods, defineModule } from '../method.ts';
import { argumentError, rubyError } from '../ruby-error.ts';
import { RubyIp, RubyRange, RubyUri, type RubyHash, type RubyValue } from '../values.ts';

const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21, ldap: 389, ldaps: 636, ws: 80, wss: 443 };
// RFC 3986, appendix B, with the characters that a URI may have
const URI = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const AUTHORITY = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/;

/** A URI in its parts. Throws URI::InvalidURIError. */
function parseUri(text: string): RubyUri {
  const found = URI.exec(text);
  if (!found || /[\s<>"{}|\\^`\0-\x20]|[^\0-\x7f]/.test(text)) {
    throw rubyError('URI::InvalidURIError', /[^\0-\x7f]/.test(text) ? `URI must be ascii only ${inspect(text)}` : `bad URI (is not URI?): ${inspect(text)}`);
  }
  const [, scheme, authority, path, query, fragment] = found as unknown as (string | undefined)[];
  const parts = authority === undefined ? undefined : AUTHORITY.exec(authority);
  if (authority !== undefined && !parts) throw rubyError('URI::InvalidURIError', `bad URI (is not URI?): ${inspect(text)}`);
  const lower = scheme?.toLowerCase() ?? null;
  const isOpaque = scheme !== undefined && authority === undefined && !path!.startsWith('/') && path !== '';
  return new RubyUri({
    scheme: lower,
    userinfo: parts?.[1] ?? null,
    host: parts ? parts[2]! : null,
    port: parts?.[3] ? Number(parts[3]) : null,
    path: isOpaque ? '' : path!,
    query: query ?? null,
    fragment: fragment ?? null,
    opaque: isOpaque ? path! + (query === undefined ? '' : '?' + query) : null,
  });
}

function defaultPort(self: RubyUri): number | null {
  return PORTS[self.parts.scheme ?? ''] ?? null;
}

defineMethods<RubyUri>('URI', {
  scheme: [0, 0, (self) => self.parts.scheme],
  host: [0, 0, (self) => self.parts.host],
  hostname: [0, 0, (self) => self.parts.host?.replace(/^\[(.*)\]$/, '$1') ?? null],
  port: [0, 0, (self) => self.parts.port ?? defaultPort(self)],
  path: [0, 0, (self) => (self.parts.opaque === null ? self.parts.path : null)],
  query: [0, 0, (self) => self.parts.query],
  fragment: [0, 0, (self) => self.parts.fragment],
  userinfo: [0, 0, (self) => self.parts.userinfo],
  user: [0, 0, (self) => self.parts.userinfo?.split(':')[0] ?? null],
  password: [0, 0, (self) => self.parts.userinfo?.split(':')[1] ?? null],
  opaque: [0, 0, (self) => self.parts.opaque],
  request_uri: [0, 0, (self) => (self.parts.path || '/') + (self.parts.query === null ? '' : '?' + self.parts.query)],
  'absolute?': [0, 0, (self) => self.parts.scheme !== null],
  'relative?': [0, 0, (self) => self.parts.scheme === null],
  to_s: [0, 0, (self) => uriText(self)],
  '==': [1, 1, (self, _, other) => equals(self, other)],
});

/** Percent-encodes the bytes of what `keep` does not match. */
function percentEncode(text: string, keep: RegExp): string {
  let out = '';
  for (const byte of encodeText(text)) {
    const c = String.fromCharCode(byte);
    out += byte < 0x80 && keep.test(c) ? c : '%' + byte.toString(16).toUpperCase().padStart(2, '0');
  }
  return out;
}

function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const bytes: number[] = [];
  const source = encodeText(text);
  for (let i = 0; i < source.length; i++) {
    const hex = source[i] === 0x25 ? source.subarray(i + 1, i + 3).toString('latin1') : '';
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(parseInt(hex, 16));
      i += 2;
    } else bytes.push(source[i]!);
  }
  return decodeText(Buffer.from(bytes));
}

const UNRESERVED_FORM = /[A-Za-z0-9*\-._]/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;

function formEncode(text: string): string {
  return percentEncode(text, /[A-Za-z0-9*\-._ ]/).replaceAll(' ', '+');
}

function encodeForm(value: RubyValue): string {
  const pairs = value instanceof Map ? [...value] : listOf(value);
  return pairs
    .flatMap((pair) => {
      const [key, item] = Array.isArray(pair) ? pair : [pair, undefined];
      const name = formEncode(toText(key!));
      if (item === undefined || item === null) return [name];
      return (Array.isArray(item) ? item : [item]).map((one) => `${name}=${formEncode(toText(one))}`);
    })
    .join('&');
}

function decodeForm(text: string): RubyValue[] {
  if (text === '') return [];
  return text.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const [key, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    return [percentDecode(key.replaceAll('+', ' ')), percentDecode(value.replaceAll('+', ' '))];
  });
}

function decodeComponent(text: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw argumentError(`invalid %-encoding (${text})`);
  return percentDecode(text.replaceAll('+', ' '));
}

defineMethods<RubyValue>('Kernel', { URI: [1, 1, (_, __, text) => (text instanceof RubyUri ? text : parseUri(textArgument(text)))] });
defineModule('URI', {
  parse: [1, 1, (_, __, text) => parseUri(textArgument(text))],
  encode_www_form_component: [1, 2, (_, __, text) => formEncode(toText(text))],
  decode_www_form_component: [1, 2, (_, __, text) => decodeComponent(textArgument(text))],
  encode_uri_component: [1, 2, (_, __, text) => percentEncode(toText(text), UNRESERVED_FORM)],
  decode_uri_component: [1, 2, (_, __, text) => percentDecode(textArgument(text))],
  encode_www_form: [1, 1, (_, __, value) => encodeForm(value)],
  decode_www_form: [1, 2, (_, __, text) => decodeForm(textArgument(text))],
  join: [1, ANY, (_, __, ...parts) => {
    const joined = parts.filter((p) => p !== undefined).map(toText).reduce((base, next) => new URL(next, base).href);
    return parseUri(joined);
  }],
});

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeHtml(text: string): string {
  return text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d+)|#[xX]([0-9a-fA-F]+));/g, (whole, name: string, decimal: string, hex: string) => {
    if (name !== undefined) return NAMED[name]!;
    const point = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);
const cgiEscape = (text: string): string => percentEncode(text, /[A-Za-z0-9\-._~* ]/).replaceAll(' ', '+');

/** `CGI.parse`: each name with the list of its values. */
function formLists(text: string): RubyHash {
  const hash: RubyHash = new Map();
  for (const pair of decodeForm(text.replaceAll(';', '&'))) {
    const [name, value] = pair as [string, string];
    const list = hash.get(name);
    if (Array.isArray(list)) list.push(value);
    else hash.set(name, [value]);
  }
  return hash;
}

defineModule('CGI', {
  parse: [1, 1, (_, __, text) => formLists(textArgument(text))],
  escape: [1, 1, (_, __, text) => cgiEscape(textArgument(text))],
  unescape: [1, 2, (_, __, text) => percentDecode(textArgument(text).replaceAll('+', ' '))],
  escapeHTML: [1, 1, (_, __, text) => escapeHtml(textArgument(text))],
  escape_html: [1, 1, (_, __, text) => escapeHtml(textArgument(text))],
  unescapeHTML: [1, 1, (_, __, text) => unescapeHtml(textArgument(text))],
  unescape_html: [1, 1, (_, __, text) => unescapeHtml(textArgument(text))],
  escapeURIComponent: [1, 1, (_, __, text) => percentEncode(textArgument(text), UNRESERVED)],
  unescapeURIComponent: [1, 1, (_, __, text) => percentDecode(textArgument(text))],
});

defineModule('IPAddr', { new: [1, 2, (_, __, text) => parseIp(textArgument(text))] });

function ipArgument(value: RubyValue): RubyIp {
  return value instanceof RubyIp ? value : parseIp(textArgument(value));
}

function ipRange(self: RubyIp): RubyRange {
  const size = (1n << BigInt(self.bits - self.prefix)) - 1n;
  return new RubyRange(new RubyIp(self.address, self.bits, self.bits), new RubyIp(self.address + size, self.bits, self.bits), false);
}

/** Whether the address lies in one of the networks. */
function isWithin(self: RubyIp, networks: readonly string[]): boolean {
  return networks.some((network) => ipIncludes(parseIp(network), self));
}

defineMethods<RubyIp>('IPAddr', {
  'ipv4?': [0, 0, (self) => self.bits === 32],
  'ipv6?': [0, 0, (self) => self.bits === 128],
  to_s: [0, 0, (self) => ipText(self)],
  to_string: [0, 0, (self) => ipFullText(self)],
  to_i: [0, 0, (self) => toInteger(self.address)],
  prefix: [0, 0, (self) => self.prefix],
  cidr: [0, 0, (self) => `${ipText(self)}/${self.prefix}`],
  mask: [1, 1, (self, _, prefix) => {
    const length = typeof prefix === 'number' ? integerArgument(prefix) : parseIp(`${ipText(self)}/${textArgument(prefix)}`).prefix;
    return new RubyIp(masked(self.address, self.bits, length), self.bits, length);
  }],
  'include?': [1, 1, (self, _, other) => ipIncludes(self, ipArgument(other))],
  '==': [1, 1, (self, _, other) => equals(self, typeof other === 'string' ? parseIp(other) : other)],
  to_range: [0, 0, (self) => ipRange(self)],
  succ: [0, 0, (self) => new RubyIp(self.address + 1n, self.bits, self.prefix)],
  family: [0, 0, (self) => (self.bits === 32 ? 2 : 10)],
  'private?': [0, 0, (self) => isWithin(self, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'])],
  'loopback?': [0, 0, (self) => isWithin(self, ['127.0.0.0/8', '::1/128'])],
  'link_local?': [0, 0, (self) => isWithin(self, ['169.254.0.0/16', 'fe80::/10'])],
  inspect: [0, 0, (self) => inspect(self)],
});
aliasMethods('IPAddr', { '===': 'include?' });
