import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  createHelo, createPing, createPong, digestsEqual, encodeAs, readHelo, readPing, readPong, readValues, sharedKeyDigest, userDigest,
} from '../../../src/forward-protocol/index.ts';
import { encodeValue } from '../../../src/lib/msgpack.ts';

const nonce = Buffer.from('00ff10203040506070809000aabbccdd', 'hex');
const values = (bytes: Buffer) => readValues({ kind: 'message', format: 'msgpack', bytes });

it('a HELO keeps bytes that are no text', () => {
  const helo = { nonce, auth: Buffer.from([0x80, 0xff]), keepalive: false };
  expect(readHelo(values(createHelo(helo)))).toEqual(helo);
});

it('a HELO of an old server without options is one', () => {
  expect(readHelo(values(encodeValue(['HELO', null])))).toEqual({ nonce: Buffer.alloc(0), auth: Buffer.alloc(0), keepalive: true });
  expect(readHelo(values(encodeValue(['HELLO', null])))).toBeUndefined();
  expect(readHelo(values(encodeValue(1)))).toBeUndefined();
});

it('a PING keeps its salt', () => {
  const ping = { hostname: 'h', salt: nonce, digest: 'd', username: 'u', passwordDigest: 'p' };
  expect(readPing(values(createPing(ping)))).toEqual(ping);
});

it.each([['PONG', 'a', 'b'], ['PING', 'a', 'b', 'c', 'd'], ['PING', 1, 'b', 'c', 'd', 'e'], ['PING', 'a', null, 'c', 'd', 'e'], 'PING'])(
  'what is no PING is none (%#)',
  (...items) => expect(readPing(values(encodeValue(items.length === 1 ? items[0]! : items)))).toBeUndefined(),
);

it('a PONG accepts or refuses', () => {
  const read = (pong: Parameters<typeof createPong>[0]) => readPong(values(encodeAs(createPong(pong), 'msgpack')));
  expect(read({ accepted: true, hostname: 'h', digest: 'd' })).toEqual({ accepted: true, hostname: 'h', digest: 'd' });
  expect(read({ accepted: false, reason: 'no' })).toEqual({ accepted: false, reason: 'no' });
  expect(readPong(values(encodeValue(['PONG', true])))).toBeUndefined();
});

it('digests are SHA-512 over the parts in their order', () => {
  const hash = (...parts: (string | Buffer)[]) => parts.reduce((sum, part) => sum.update(part), createHash('sha512')).digest('hex');
  expect(sharedKeyDigest(Buffer.from('salt'), 'host', nonce, 'geheim ß')).toBe(hash('salt', 'host', nonce, 'geheim ß'));
  expect(userDigest(nonce, 'me', 'pass')).toBe(hash(nonce, 'me', 'pass'));
});

it('digests are equal or not, of any length', () => {
  expect(digestsEqual('abc', 'abc')).toBe(true);
  expect(digestsEqual('abc', 'abd')).toBe(false);
  expect(digestsEqual('abc', 'ab')).toBe(false);
  expect(digestsEqual('', '')).toBe(true);
});
