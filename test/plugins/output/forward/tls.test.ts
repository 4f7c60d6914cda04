import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { makeCertificate, type MadeCertificate } from '../../../../src/net/certificate.ts';
import type { BufferedOutput } from '../../../../src/plugin.ts';
import { chunkOf, createOutput } from '../../../support/forward-output.ts';
import { startForwardServer, type ForwardServer } from '../../../support/forward-server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'logferry-tls-'));
let made: MadeCertificate;
let server: ForwardServer;
let output: BufferedOutput | undefined;

beforeAll(async () => {
  made = await makeCertificate({
    keyLength: 2048,
    subject: { country: 'US', state: 'CA', locality: 'X', commonName: 'collector' },
    notAfter: Date.UTC(2049, 0) / 1000,
    digest: 'sha256',
  });
  writeFileSync(path.join(folder, 'cert.pem'), made.cert);
  writeFileSync(path.join(folder, 'key.pem'), made.key);
  server = await startForwardServer({ tls: { cert: made.cert, key: made.key, requestCert: true, rejectUnauthorized: false } });
});
afterEach(async () => {
  await output?.close?.();
  output = undefined;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function send(more: string, name = 'collector'): Promise<void> {
  output = await createOutput(`@type forward\nheartbeat_type none\nrequire_ack_response true\ntransport tls\n${more}\n<server>\nhost 127.0.0.1\nname ${name}\nport ${server.port}\n</server>`);
  await output.start!();
  const result = await output.write(chunkOf('a', 1), new AbortController().signal);
  await result!.committed;
}

it.each([
  ['a CA that vouches for the server', 'tls_cert_path DIR/cert.pem', 'collector'],
  ['the old name of that parameter', 'tls_ca_cert_path DIR/cert.pem', 'collector'],
  ['a self-signed certificate that is allowed', 'tls_allow_self_signed_cert true', 'collector'],
  ['a name that is not checked', 'tls_cert_path DIR/cert.pem\ntls_verify_hostname false', 'other'],
  ['no check at all', 'tls_insecure_mode true', 'other'],
  ['a certificate of its own', 'tls_cert_path DIR/cert.pem\ntls_client_cert_path DIR/cert.pem\ntls_client_private_key_path DIR/key.pem', 'collector'],
  ['one version of TLS', 'tls_cert_path DIR/cert.pem\ntls_version TLSv1_3', 'collector'],
])('events are sent with %s', async (_name, more, name) => {
  const before = server.events().length;
  await send(more.replaceAll('DIR', folder), name);
  await vi.waitFor(() => expect(server.events()).toHaveLength(before + 1));
});

it.each([
  ['a certificate that nobody knows', '', 'collector', 'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)'],
  ['a certificate for another name', 'tls_cert_path DIR/cert.pem', 'other', "Hostname/IP does not match certificate's altnames"],
  ['a self-signed certificate for another name', 'tls_allow_self_signed_cert true', 'other', "Hostname/IP does not match certificate's altnames"],
])('nothing is sent to a server with %s', async (_name, more, name, problem) => {
  const before = server.events().length;
  await expect(send(more.replaceAll('DIR', folder), name)).rejects.toThrow(problem);
  expect(server.events()).toHaveLength(before);
});

it.each([
  ['tls_cert_path /nonexistent/x.pem', "tls_cert_path is wrong: '/nonexistent/x.pem' cannot be read"],
  ['tls_ciphers NOPE', 'the TLS settings cannot be used'],
])('%s is a configuration error', async (more, problem) => {
  await expect(send(more)).rejects.toThrow(problem);
});
