/** The client's side of the handshake with a server that demands a key. */
import { randomBytes } from 'node:crypto';
import { createPing, digestsEqual, HELO_BYTES, readHelo, readPong, sharedKeyDigest, userDigest } from '#logferry';
import type { ForwardConnection } from './connection.ts';

/** Who this host says it is, to one server. */
export interface Credentials {
  readonly hostname: string;
  readonly sharedKey: string;
  readonly username: string;
  readonly password: string;
}

/** The server did not let this host in, or could not prove that it knows the key. */
export class HandshakeError extends Error {
  override name = 'HandshakeError';
}

/** Rejects with a HandshakeError, or with what happened to the connection. */
export async function shakeHands(connection: ForwardConnection, who: Credentials, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const { hostname, sharedKey, username, password } = who;
  const helo = readHelo(await connection.receive(timeoutMs, 'HELO (is there a <security> on the server?)', signal));
  if (!helo) throw new HandshakeError('received invalid helo message');
  const { nonce, auth } = helo;
  // As text, so that servers that know no binary values take it.
  const salt = Buffer.from(randomBytes(HELO_BYTES).toString('hex'));
  const passwordDigest = auth.length > 0 ? userDigest(auth, username, password) : '';
  const digest = sharedKeyDigest(salt, hostname, nonce, sharedKey);
  await connection.send([createPing({ hostname, salt, digest, username: auth.length > 0 ? username : '', passwordDigest })], signal);

  const pong = readPong(await connection.receive(timeoutMs, 'PONG', signal));
  if (!pong) throw new HandshakeError('invalid format for PONG message');
  if (!pong.accepted) throw new HandshakeError(`authentication failed: ${pong.reason}`);
  if (pong.hostname === hostname)
    throw new HandshakeError(`same hostname between input and output: invalid configuration (self_hostname ${hostname})`);
  if (!digestsEqual(pong.digest, sharedKeyDigest(salt, pong.hostname, nonce, sharedKey))) throw new HandshakeError('shared key mismatch');
}
