/** to_s and inspect, as Ruby 3.4 writes them. */
import { Float } from '../lib/value.ts';
import { civilText, timeText } from './calendar.ts';
import { className } from './class-name.ts';
import { MAX_TEXT } from './machine.ts';
import { type RubyError, RubyLimitError } from './ruby-error.ts';
import { ipText } from './ip.ts';
import { isInteger, isFloat, type RubyMatch, type RubyRegexp, type RubyUri, type RubyValue } from './values.ts';

/** `value.to_s` */
export function toText(value: RubyValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isInteger(value) ? `${value}` : floatText(value);
    case 'bigint':
    case 'boolean':
      return `${value}`;
    default:
  }
  if (value === null) return '';
  if (value instanceof Float) return floatText(value.value);
  if (Array.isArray(value) || value instanceof Map) return inspect(value);
  switch (value.type) {
    case 'Symbol':
    case 'Module':
      return value.name;
    case 'Exception':
      return value.message;
    case 'Range':
      return toText(value.first) + (value.exclusive ? '...' : '..') + toText(value.last);
    case 'Regexp':
      return regexpText(value);
    case 'MatchData':
      return value.result[0];
    case 'Time':
      return timeText(value);
    case 'Date':
      return civilText(value.days);
    case 'EventTime':
      return `${value.sec}`;
    case 'Rational':
      return `${value.numerator}/${value.denominator}`;
    case 'URI':
      return uriText(value);
    case 'IPAddr':
      return ipText(value);
    default:
      return `#<${className(value)}>`;
  }
}

/** `value.inspect` */
export function inspect(value: RubyValue): string {
  return write(value, 0);
}

function write(value: RubyValue, depth: number): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return inspectText(value);
  if (isInteger(value) || isFloat(value) || typeof value === 'boolean') return toText(value);
  if (depth > 100) return '...';
  if (Array.isArray(value)) {
    let out = '[';
    for (let i = 0; i < value.length; i++) {
      out += (i > 0 ? ', ' : '') + write(value[i], depth + 1);
      checkLength(out);
    }
    return out + ']';
  }
  if (value instanceof Map) {
    if (value.size === 0) return '{}';
    let out = '{';
    for (const [key, item] of value) {
      if (out.length > 1) out += ', ';
      out += inspectKey(key, depth) + write(item, depth + 1);
      checkLength(out);
    }
    return out + '}';
  }
  switch (value.type) {
    case 'Symbol':
      return inspectSymbol(value.name);
    case 'Range':
      return (value.first === null ? '' : write(value.first, depth)) + (value.exclusive ? '...' : '..') +
        (value.last === null ? '' : write(value.last, depth));
    case 'Regexp':
      return `/${value.source.replace(/(\\.)|\//gs, (_, escaped?: string) => escaped ?? '\\/')}/${inspectOptions(value.options)}`;
    case 'MatchData':
      return inspectMatch(value, depth);
    case 'Rational':
      return `(${value.numerator}/${value.denominator})`;
    case 'Exception':
      return inspectError(value);
    case 'Date':
      return `#<Date: ${civilText(value.days)}>`;
    case 'Time':
      return value.isDateTime ? `#<DateTime: ${timeText(value)}>` : timeText(value, true);
    case 'EventTime':
      return `${value.sec}.${`${value.nsec}`.padStart(9, '0')}`;
    case 'URI':
      return `#<URI::Generic ${uriText(value)}>`;
    case 'IPAddr':
      return `#<IPAddr: ${value.bits === 32 ? 'IPv4' : 'IPv6'}:${ipText(value)}>`;
    default:
      return toText(value);
  }
}

function checkLength(text: string): void {
  if (text.length > MAX_TEXT) throw new RubyLimitError(`the expression builds a text of more than ${MAX_TEXT} characters`);
}

/** Ruby's order: mix. */
function inspectOptions(options: string): string {
  return ['m', 'i', 'x'].filter((o) => options.includes(o)).join('');
}

function inspectError(error: RubyError): string {
  return error.message === '' ? error.rubyClass : `#<${error.rubyClass}: ${error.message}>`;
}

function inspectKey(key: RubyValue, depth: number): string {
  if (typeof key === 'object' && key !== null && 'type' in key && key.type === 'Symbol') {
    return (/^[a-zA-Z_\u0080-\uffff][\w\u0080-\uffff]*[?!]?$/.test(key.name) ? key.name : inspectText(key.name)) + ': ';
  }
  return write(key, depth + 1) + ' => ';
}

function inspectMatch(match: RubyMatch, depth: number): string {
  const { names } = match;
  let groups = '';
  for (let n = 1; n <= match.groups; n++) groups += ` ${names[n - 1] ?? n}:${write(match.group(n), depth)}`;
  return `#<MatchData ${inspectText(match.result[0])}${groups}>`;
}

const OPERATOR_SYMBOL = /^(?:[a-zA-Z_\u0080-\uffff][\w\u0080-\uffff]*[?!=]?|\[\]=?|\*\*|<=>|===?|=~|![=~]?|<<|>>|<=|>=|[-+]@|[-+*/%<>&|^~]|@\w+|\$\w+)$/;

function inspectSymbol(name: string): string {
  return ':' + (OPERATOR_SYMBOL.test(name) ? name : inspectText(name));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\v': '\\v', '\b': '\\b', '\x07': '\\a', '\x1b': '\\e', '"': '\\"', '\\': '\\\\',
};

/** A text in double quotes. */
export function inspectText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what has to be escaped
  if (!/["\\#\u0000-\u001f\u007f-\u00a0\u00ad\u0378-\uffff]/.test(text)) return `"${text}"`;
  let out = '"';
  for (let i = 0; i < text.length; ) {
    const point = text.codePointAt(i)!;
    const c = String.fromCodePoint(point);
    i += c.length;
    const escape = ESCAPES[c];
    if (escape !== undefined) out += escape;
    else if (c === '#') out += /[{$@]/.test(text[i] ?? '') ? '\\#' : '#';
    else if (point >= 0xdc80 && point <= 0xdcff) out += '\\x' + hex(point - 0xdc00, 2);
    else if (point < 0x20 || point === 0x7f) out += '\\x' + hex(point, 2);
    else if (point > 0x7f && /[\p{C}\p{Zl}\p{Zp}]/u.test(c)) out += point > 0xffff ? `\\u{${hex(point, 1)}}` : '\\u' + hex(point, 4);
    else out += c;
  }
  return out + '"';
}

function hex(value: number, width: number): string {
  return value.toString(16).toUpperCase().padStart(width, '0');
}

/** `(?i-mx:source)` */
export function regexpText(regexp: RubyRegexp): string {
  const on = inspectOptions(regexp.options);
  const off = ['m', 'i', 'x'].filter((o) => !regexp.options.includes(o)).join('');
  return `(?${on}${off ? '-' + off : ''}:${regexp.source})`;
}

export function uriText({ parts }: RubyUri): string {
  let out = parts.scheme === null ? '' : parts.scheme + ':';
  if (parts.opaque !== null) return out + parts.opaque;
  if (parts.host !== null) {
    out += '//' + (parts.userinfo === null ? '' : parts.userinfo + '@') + parts.host + (parts.port === null ? '' : `:${parts.port}`);
  }
  return out + parts.path + (parts.query === null ? '' : '?' + parts.query) + (parts.fragment === null ? '' : '#' + parts.fragment);
}

/**
 * `Float#to_s`: the fewest digits that give the number again; an exponent below 0.0001 and from
 * 10^15 on (recorded from the reference).
 */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e15) return Number.isInteger(value) ? `${value}.0` : `${value}`;
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return `${value}`;
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  return `${digits.includes('.') ? digits : digits + '.0'}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}
