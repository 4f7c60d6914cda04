/** Digests, Base64, random texts, checksums. */
import { createHash, createHmac, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { decodeText, encodeText } from '../../lib/text.ts';
import { integerArgument, textArgument } from '../arguments.ts';
import { className } from '../class-name.ts';
import { checkText } from '../machine.ts';
import { defineModule, type MethodTable } from '../method.ts';
import { decode64, encode64 } from '../pack.ts';
import { rubyError, typeError } from '../ruby-error.ts';
import { RubyModule, type RubyValue } from '../values.ts';

const ALGORITHMS: Readonly<Record<string, string>> = {
  'Digest::MD5': 'md5', 'Digest::SHA1': 'sha1', 'Digest::SHA2': 'sha256', 'Digest::SHA256': 'sha256', 'Digest::SHA384': 'sha384',
  'Digest::SHA512': 'sha512',
};

for (const [name, algorithm] of Object.entries(ALGORITHMS)) {
  const digest = (text: RubyValue): Buffer => createHash(algorithm).update(encodeText(textArgument(text))).digest();
  defineModule(name, {
    hexdigest: [1, 1, (_, __, text) => digest(text).toString('hex')],
    base64digest: [1, 1, (_, __, text) => digest(text).toString('base64')],
    digest: [1, 1, (_, __, text) => decodeText(digest(text))],
  });
}

/** The algorithm of `OpenSSL::HMAC.hexdigest('SHA256', key, data)`. */
function algorithmOf(value: RubyValue): string {
  const name = (value instanceof RubyModule ? value.name : textArgument(value)).toLowerCase().replace(/^.*::/, '').replace('-', '');
  if (['md5', 'sha1', 'sha256', 'sha384', 'sha512'].includes(name)) return name;
  throw rubyError('RuntimeError', `Unsupported digest algorithm (${name})`);
}

function hmac(algorithm: RubyValue, key: RubyValue, text: RubyValue): Buffer {
  return createHmac(algorithmOf(algorithm), encodeText(textArgument(key))).update(encodeText(textArgument(text))).digest();
}

defineModule('OpenSSL::HMAC', {
  hexdigest: [3, 3, (_, __, algorithm, key, text) => hmac(algorithm, key, text).toString('hex')],
  digest: [3, 3, (_, __, algorithm, key, text) => decodeText(hmac(algorithm, key, text))],
});
defineModule('OpenSSL::Digest', { new: [1, 1, (_, __, name) => algorithmOf(name)] });

const LINE_BYTES = 45;
const base64: MethodTable<never> = {
  encode64: [1, 1, (_, __, text) => encode64(textArgument(text), LINE_BYTES)],
  strict_encode64: [1, 1, (_, __, text) => encode64(textArgument(text), 0)],
  urlsafe_encode64: [1, 2, (_, __, text, options) => {
    const plain = encode64(textArgument(text), 0).replaceAll('+', '-').replaceAll('/', '_');
    const keeps = !(options instanceof Map) || [...options.values()][0] !== false;
    return keeps ? plain : plain.replace(/=+$/, '');
  }],
  decode64: [1, 1, (_, __, text) => decodeText(decode64(textArgument(text), false))],
  strict_decode64: [1, 1, (_, __, text) => decodeText(decode64(textArgument(text), true))],
  urlsafe_decode64: [1, 1, (_, __, text) => decodeText(decode64(textArgument(text).replaceAll('-', '+').replaceAll('_', '/'), false))],
};
defineModule('Base64', base64);

function byteCount(value: RubyValue | undefined): number {
  const count = value === undefined || value === null ? 16 : integerArgument(value);
  checkText(count);
  return count;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
defineModule('SecureRandom', {
  uuid: [0, 0, () => randomUUID()],
  hex: [0, 1, (_, __, count) => randomBytes(byteCount(count)).toString('hex')],
  base64: [0, 1, (_, __, count) => randomBytes(byteCount(count)).toString('base64')],
  urlsafe_base64: [0, 1, (_, __, count) => randomBytes(byteCount(count)).toString('base64url')],
  alphanumeric: [0, 1, (_, __, count) => Array.from({ length: byteCount(count) }, () => LETTERS[randomInt(LETTERS.length)]).join('')],
  random_number: [0, 1, (_, __, limit) => {
    if (limit === undefined || limit === null) return Math.random();
    const size = integerArgument(limit);
    if (size < 1) throw typeError(`no implicit conversion of ${className(limit)}`);
    return randomInt(size);
  }],
});

defineModule('Zlib', { crc32: [0, 1, (_, __, text) => (text === undefined ? 0 : crc32(encodeText(textArgument(text))))] });
