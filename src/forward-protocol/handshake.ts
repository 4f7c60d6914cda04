/**
 * How two sides prove to each other that they know the shared key, and one of them who it is:
 *
 *   server  [HELO, {nonce, auth, keepalive}]
 *   client  [PING, hostname, salt, sha512(salt hostname nonce key), user, sha512(auth user password)]
 *   server  [PONG, true, '', hostname, sha512(salt hostname nonce key)], or [PONG, false, reason, '', '']
 *
 * Nonce, auth and salt are random bytes, digests are hexadecimal text.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { MsgpackWriter, type Unpacked } from '../lib/msgpack.ts';
import { decodeText, encodeText } from '../lib/text.ts';
import { isHash, type Value } from '../lib/value.ts';

/** Random bytes of a nonce, of `auth` and of a salt. */
export const HELO_BYTES = 16;

/** What a server says first. */
export interface Helo {
  readonly nonce: Buffer;
  /** Salt of the password's digest; empty if the server asks for no user. */
  readonly auth: Buffer;
  readonly keepalive: boolean;
}

/** What a client answers. */
export interface Ping {
  readonly hostname: string;
  readonly salt: Buffer;
  /** Hexadecimal. */
  readonly digest: string;
  readonly username: string;
  /** Hexadecimal, or empty. */
  readonly passwordDigest: string;
}

/** What the server makes of it; `reason` is for the log of the client. */
export type Pong =
  | { readonly accepted: true; readonly hostname: string; readonly digest: string }
  | { readonly accepted: false; readonly reason: string };

/** What proves the key: SHA-512 over salt, the sender's host name, nonce and key, as hexadecimal text. */
export function sharedKeyDigest(salt: Buffer, hostname: string, nonce: Buffer, key: string): string {
  return createHash('sha512').update(salt).update(encodeText(hostname)).update(nonce).update(encodeText(key)).digest('hex');
}

/** What proves the password: SHA-512 over the server's `auth`, user and password, as hexadecimal text. */
export function userDigest(auth: Buffer, username: string, password: string): string {
  return createHash('sha512').update(auth).update(encodeText(username)).update(encodeText(password)).digest('hex');
}

/** Whether two digests are the same, in a time that does not depend on where they differ. */
export function digestsEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The bytes of a HELO. */
export function createHelo({ nonce, auth, keepalive }: Helo): Buffer {
  return new MsgpackWriter()
    .arrayHeader(2).text('HELO')
    .mapHeader(3).text('nonce').binary(nonce).text('auth').binary(auth).text('keepalive').value(keepalive)
    .take();
}

/** The bytes of a PING. */
export function createPing({ hostname, salt, digest, username, passwordDigest }: Ping): Buffer {
  return new MsgpackWriter().arrayHeader(6).text('PING').text(hostname).binary(salt).text(digest).text(username).text(passwordDigest).take();
}

/** A PONG as a value: it is written as the client writes, in MessagePack or JSON. */
export function createPong(pong: Pong): readonly Value[] {
  return pong.accepted ? ['PONG', true, '', pong.hostname, pong.digest] : ['PONG', false, pong.reason, '', ''];
}

/** Undefined if the value is no HELO. */
export function readHelo(value: Unpacked): Helo | undefined {
  if (!isList(value) || value.length !== 2 || value[0] !== 'HELO') return undefined;
  const option = isHash(value[1]) ? (value[1] as ReadonlyMap<string, Value>) : new Map<string, Value>();
  return {
    nonce: bytesOf(option.get('nonce') ?? ''),
    auth: bytesOf(option.get('auth') ?? ''),
    keepalive: option.get('keepalive') !== false,
  };
}

/** Undefined if the value is no PING. */
export function readPing(value: Unpacked): Ping | undefined {
  if (!isList(value) || value.length !== 6 || value[0] !== 'PING') return undefined;
  const [, hostname, salt, digest, username, passwordDigest] = value;
  if (![hostname, salt, digest].every(isText)) return undefined;
  return {
    hostname: textOf(hostname!),
    salt: bytesOf(salt!),
    digest: textOf(digest!),
    username: textOf(username!),
    passwordDigest: textOf(passwordDigest!),
  };
}

/** Undefined if the value is no PONG. */
export function readPong(value: Unpacked): Pong | undefined {
  if (!isList(value) || value.length !== 5 || value[0] !== 'PONG') return undefined;
  const [, accepted, reason, hostname, digest] = value;
  if (accepted === null || accepted === false) return { accepted: false, reason: textOf(reason!) };
  return { accepted: true, hostname: textOf(hostname!), digest: textOf(digest!) };
}

function isList(value: Unpacked): value is readonly Unpacked[] {
  return Array.isArray(value);
}

function isText(value: Unpacked | undefined): boolean {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function textOf(value: Unpacked): string {
  return typeof value === 'string' ? value : Buffer.isBuffer(value) ? decodeText(value) : '';
}

function bytesOf(value: Unpacked): Buffer {
  return Buffer.isBuffer(value) ? value : encodeText(textOf(value));
}
