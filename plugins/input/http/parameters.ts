/** Parameters of a request: its path, its query, a form in its body. Texts keep any bytes. */
import { decodeText, encodeText } from '#logferry';

/** The request cannot be understood: the answer is 400 with this message. */
export class BadRequest extends Error {
  override name = 'BadRequest';
}

export interface RequestTarget {
  /** As sent, percent-encoded. */
  readonly path: string;
  readonly query: string | undefined;
}

/** A path as RFC 3986 allows it. */
const PATH = /^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-fA-F]{2})*$/;
const ABSOLUTE = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?\/\/[^/?#]*/;

/** Divides the target of a request: `/a/b?c=d`, or a whole URL. Throws BadRequest. */
export function parseTarget(target: string): RequestTarget {
  const local = target.replace(ABSOLUTE, '').replace(/#.*$/s, '');
  const mark = local.indexOf('?');
  const path = mark < 0 ? local : local.slice(0, mark);
  if (!PATH.test(path)) throw new BadRequest(`bad URI (is not URI?): ${target}`);
  return { path, query: mark < 0 ? undefined : local.slice(mark + 1) };
}

/** The tag that a path stands for: `/a/b` is `a.b`. */
export function tagOfPath(path: string): string {
  return path.slice(1).replace(/\/+$/, '').replaceAll('/', '.');
}

/** What `application/x-www-form-urlencoded` says, pair by pair. Throws BadRequest. */
export function parseForm(bytes: Buffer): [string, string][] {
  if (bytes.some((byte) => byte > 0x7f)) throw new BadRequest('the form must be ASCII only: other characters are percent-encoded');
  const text = bytes.toString('latin1');
  if (text === '') return [];
  const pairs = text.split('&');
  // A separator at the end begins no pair.
  if (pairs.at(-1) === '') pairs.pop();
  return pairs.map((pair) => {
    const equals = pair.indexOf('=');
    return equals < 0 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
  });
}

/** The pairs of a query. Throws BadRequest. */
export function parseQuery(query: string | undefined): [string, string][] {
  return query === undefined ? [] : parseForm(encodeText(query));
}

/** `+` is a blank, `%41` a byte; a `%` without two digits stays. */
function decode(text: string): string {
  if (!/[+%]/.test(text)) return text;
  const bytes = Buffer.from(
    text.replaceAll('+', ' ').replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
  return decodeText(bytes);
}

/** `X-Own-Header` as `HTTP_X_OWN_HEADER`, and alike. */
export function variableName(prefix: 'HTTP' | 'QUERY', name: string): string {
  return `${prefix}_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** A header's value: node gives each byte as one character. */
export function headerText(value: string): string {
  return decodeText(Buffer.from(value, 'latin1'));
}
