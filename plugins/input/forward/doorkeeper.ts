/** Decides by a PING whether a client may send. */
import { randomBytes } from 'node:crypto';
import {
  AddressList, ConfigError, createHelo, digestsEqual, HELO_BYTES, readPing, sharedKeyDigest, userDigest, type PluginContext, type Pong,
} from '#logferry';
import type { SecurityConfig } from './fields.ts';

/** What the PING of one connection is measured with. */
export interface Challenge {
  readonly nonce: Buffer;
  readonly auth: Buffer;
}

/** A refused client: what it is told, and what the log says. */
export interface Verdict {
  readonly pong: Pong;
  /** A fixed sentence for the log; undefined if the client may send. */
  readonly refusal: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Doorkeeper {
  /** Looks up the hosts of `<client>` sections. Rejects with a ConfigError. */
  prepare(): Promise<void>;
  challenge(): Challenge;
  helo(challenge: Challenge): Buffer;
  judge(message: Parameters<typeof readPing>[0], challenge: Challenge, address: string): Verdict;
}

interface Client {
  readonly addresses: AddressList;
  readonly sharedKey: string;
  readonly users: readonly string[];
}

/** Checks `<security>`; throws a ConfigError. */
export function createDoorkeeper(config: SecurityConfig, keepalive: boolean, context: PluginContext): Doorkeeper {
  const element = context.element.elements.find(({ name }) => name === 'security');
  const places = element?.elements.filter(({ name }) => name === 'client').map(({ at }) => at) ?? [];
  if (config.user_auth && config.user.length === 0) throw new ConfigError('<user> sections required if user_auth enabled', element?.at);
  if (!config.allow_anonymous_source && config.client.length === 0)
    throw new ConfigError('<client> sections required if allow_anonymous_source disabled', element?.at);
  const clients = config.client.map((client, i): Client => ({
    addresses: new AddressList(client, places[i]),
    sharedKey: client.shared_key ?? config.shared_key,
    users: client.users,
  }));

  const userFits = (client: Client | undefined, username: string, digest: string, auth: Buffer): boolean => {
    let fits = false;
    for (const user of config.user) {
      if (user.username !== username) continue;
      if (client && client.users.length > 0 && !client.users.includes(username)) continue;
      if (digestsEqual(userDigest(auth, username, user.password), digest)) fits = true;
    }
    return fits;
  };

  return {
    async prepare() {
      for (const [i, { addresses }] of clients.entries()) await addresses.resolve(places[i]);
    },

    challenge: () => ({ nonce: randomBytes(HELO_BYTES), auth: randomBytes(HELO_BYTES) }),

    helo: ({ nonce, auth }) => createHelo({ nonce, auth, keepalive }),

    judge(message, { nonce, auth }, address) {
      const ping = readPing(message);
      if (!ping) return refuse('invalid ping message', 'A client began without a PING', {});
      const { hostname, salt, digest, username, passwordDigest } = ping;
      const client = clients.find(({ addresses }) => addresses.includes(address));
      if (!client && !config.allow_anonymous_source)
        return refuse(`anonymous source host '${address}' denied`, 'Anonymous client disallowed', { hostname });
      const key = client ? client.sharedKey : config.shared_key;
      if (!digestsEqual(sharedKeyDigest(salt, hostname, nonce, key), digest))
        return refuse('shared_key mismatch', 'Shared key mismatch', { hostname });
      if (config.user_auth && !userFits(client, username, passwordDigest, auth))
        return refuse('username/password mismatch', 'Authentication failed', { hostname, username });
      const proof = sharedKeyDigest(salt, config.self_hostname, nonce, key);
      return { pong: { accepted: true, hostname: config.self_hostname, digest: proof }, refusal: undefined, fields: { hostname } };
    },
  };
}

function refuse(reason: string, refusal: string, fields: Readonly<Record<string, string>>): Verdict {
  return { pong: { accepted: false, reason }, refusal, fields };
}
