/** The constants that an expression can name. */
import { Float } from '../lib/value.ts';
import type { RubyScope } from './machine.ts';
import { EXCEPTION_CLASSES } from './ruby-error.ts';
import { RubyModule, type RubyValue } from './values.ts';

const CLASSES =
  'Array BasicObject Class Date DateTime Digest::MD5 Digest::SHA1 Digest::SHA2 Digest::SHA256 Digest::SHA384 Digest::SHA512 Encoding ' +
  'Enumerator FalseClass File Float Fluent::EventTime Hash IO IPAddr Integer MatchData Module NilClass Numeric Object ' +
  'OpenSSL::Digest OpenSSL::HMAC Proc Random Range Rational Regexp Socket String Symbol Time TrueClass URI::Generic URI::HTTP URI::HTTPS';
const MODULES =
  'Base64 CGI Comparable Digest Dir ENV Enumerable Fluent Fluent::Engine JSON Kernel Math OpenSSL Process SecureRandom URI Zlib';

const values = new Map<string, RubyValue>([
  ...CLASSES.split(' ').map((name) => [name, new RubyModule(name, 'class')] as const),
  ...MODULES.split(' ').map((name) => [name, new RubyModule(name, 'module')] as const),
  ...EXCEPTION_CLASSES.map((name) => [name, new RubyModule(name, 'class')] as const),
  ['Float::INFINITY', new Float(Number.POSITIVE_INFINITY)],
  ['Float::NAN', new Float(Number.NaN)],
  ['Float::EPSILON', Number.EPSILON],
  ['Float::MAX', new Float(Number.MAX_VALUE)],
  ['Float::MIN', 2.2250738585072014e-308],
  ['Float::DIG', 15],
  ['Math::PI', Math.PI],
  ['Math::E', Math.E],
  ['Encoding::UTF_8', 'UTF-8'],
  ['Encoding::ASCII_8BIT', 'ASCII-8BIT'],
  ['Encoding::BINARY', 'ASCII-8BIT'],
  ['Encoding::US_ASCII', 'US-ASCII'],
  ['Encoding::ISO_8859_1', 'ISO-8859-1'],
  ['Encoding::UTF_16LE', 'UTF-16LE'],
  ['Encoding::UTF_16BE', 'UTF-16BE'],
  ['Encoding::Windows_1252', 'Windows-1252'],
  ['Regexp::IGNORECASE', 1],
  ['Regexp::EXTENDED', 2],
  ['Regexp::MULTILINE', 4],
  ['File::SEPARATOR', '/'],
  ['Process::CLOCK_REALTIME', 0],
  ['Process::CLOCK_MONOTONIC', 1],
]);

/** What only configurations may name. */
const CONFIG_ONLY = new Set(['Dir', 'IO']);

/** The value of a constant, undefined if there is none of that name. */
export function constantValue(path: string, scope: RubyScope): RubyValue | undefined {
  if (scope === 'event' && CONFIG_ONLY.has(path)) return undefined;
  return values.get(path);
}

export function constantNames(): string[] {
  return [...values.keys()];
}

/** The module or class of a name that is known. */
export function moduleNamed(name: string): RubyModule {
  const known = values.get(name);
  return known instanceof RubyModule ? known : new RubyModule(name, 'class');
}
