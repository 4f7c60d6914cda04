import { afterEach, expect, it } from 'vitest';
import { createPing, readHelo, sharedKeyDigest, userDigest, type Helo } from '../../../../src/forward-protocol/index.ts';
import { decodeMany, encodeValue, type Unpacked } from '../../../../src/lib/msgpack.ts';
import { connect, createInput, startInput, type RunningInput } from '../../../support/network-input.ts';

let input: RunningInput | undefined;
afterEach(async () => {
  await input?.stop();
  input = undefined;
});

const start = async (security: string, more = ''): Promise<RunningInput> =>
  (input = await startInput(`@type forward\nbind 127.0.0.1\nport 0\n${more}\n<security>\nself_hostname server\nshared_key key\n${security}\n</security>`));

interface Client {
  readonly key?: string;
  readonly user?: string;
  readonly password?: string;
  readonly auth?: Buffer;
  readonly first?: (helo: Helo) => Buffer;
}

const event = encodeValue(['a', 7, new Map([['n', 1]])]);

/** Shakes hands, sends an event, ends; what the server said. */
async function talk(port: number, { key = 'key', user = '', password = '', auth, first }: Client): Promise<Unpacked[]> {
  const socket = await connect(port);
  let bytes = Buffer.alloc(0);
  let isAnswered = false;
  socket.on('data', (more: Buffer) => {
    bytes = Buffer.concat([bytes, more]);
    const helo = readHelo(decodeMany(bytes).values[0] ?? null);
    if (!helo || isAnswered) return;
    isAnswered = true;
    const salt = Buffer.from('salt');
    const passwordDigest = userDigest(auth ?? helo.auth, user, password);
    const ping = createPing({ hostname: 'client', salt, digest: sharedKeyDigest(salt, 'client', helo.nonce, key), username: user, passwordDigest });
    socket.end(Buffer.concat([first?.(helo) ?? ping, event]));
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return decodeMany(bytes).values;
}

const users = 'user_auth true\n<user>\nusername me\npassword secret\n</user>\n<user>\nusername you\npassword other\n</user>';
const clients = 'allow_anonymous_source false\n<client>\nnetwork 127.0.0.0/8\nshared_key special\nusers ["me"]\n</client>';

it('who knows the key may send', async () => {
  const { port, events, logged } = await start('');
  const [helo, pong] = await talk(port, {});
  expect(readHelo(helo!)).toMatchObject({ keepalive: true });
  expect(pong).toEqual(['PONG', true, '', 'server', sharedKeyDigest(Buffer.from('salt'), 'server', readHelo(helo!)!.nonce, 'key')]);
  expect(events()).toEqual(['a {"n":1}']);
  expect(logged('warn')).toEqual([]);
});

it.each<[string, string, Client, string]>([
  ['another key', '', { key: 'wrong' }, 'shared_key mismatch'],
  ['no PING', '', { first: () => event }, 'invalid ping message'],
  ['a PING of numbers', '', { first: () => encodeValue(['PING', 1, 2, 3, 4, 5]) }, 'invalid ping message'],
  ['a PING that is too long', '', { first: () => encodeValue(['PING', 'x'.repeat(100_000), '', '', '', '']) }, 'invalid ping message'],
  ['no user', users, {}, 'username/password mismatch'],
  ['another password', users, { user: 'me', password: 'other' }, 'username/password mismatch'],
  ['a digest of an earlier connection', users, { user: 'me', password: 'secret', auth: Buffer.alloc(16) }, 'username/password mismatch'],
  ['a user that its network may not give', `${users}\n${clients}`, { key: 'special', user: 'you', password: 'other' }, 'username/password mismatch'],
  ['the common key where its network has another', `${users}\n${clients}`, { user: 'me', password: 'secret' }, 'shared_key mismatch'],
  ['an address that is not listed', 'allow_anonymous_source false\n<client>\nnetwork 10.0.0.0/8\n</client>', {}, "anonymous source host '127.0.0.1' denied"],
])('%s is refused, told of once and counted', async (_name, security, client, reason) => {
  const { port, events, logged, metric } = await start(security);
  expect((await talk(port, client))[1]).toEqual(['PONG', false, reason, '', '']);
  await talk(port, client);
  expect(events()).toEqual([]);
  expect(logged('warn')).toHaveLength(1);
  expect(metric('forward_refused_clients_total')).toBe(2);
});

it('users and networks fit together', async () => {
  const { port, events } = await start(`${users}\n${clients}`, 'deny_keepalive true');
  const [helo, pong] = await talk(port, { key: 'special', user: 'me', password: 'secret' });
  expect(readHelo(helo!)).toMatchObject({ keepalive: false });
  expect((pong as Unpacked[])[1]).toBe(true);
  expect(events()).toEqual(['a {"n":1}']);
});

it('garbage in place of a PING ends the connection', async () => {
  const { port, logged } = await start('');
  await talk(port, { first: () => Buffer.from([0xc1]) });
  expect(logged('warn')).toEqual(['incoming data cannot be read: the connection is closed']);
});

it.each([
  ['user_auth true', '<user> sections required if user_auth enabled'],
  ['allow_anonymous_source false', '<client> sections required if allow_anonymous_source disabled'],
  ['<client>\n</client>', "Either of 'host' and 'network' must be specified for client"],
  ['<client>\nhost a\nnetwork 10.0.0.0/8\n</client>', "both of 'host' and 'network' are specified for client"],
  ['<client>\nnetwork 10.0.0.0/99\n</client>', "network '10.0.0.0/99' address format is invalid"],
])('<security> with %j is a configuration error', async (more, problem) => {
  await expect(createInput(`@type forward\n<security>\nself_hostname s\nshared_key k\n${more}\n</security>`)).rejects.toThrow(problem);
});
