/** Credentials as a stand-in of STS, IMDS or a pod identity agent gives them out; the newest ones are those that a service accepts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Given to the local CloudWatch Logs as its credentials, as it is: what is issued next counts there, too. */
export interface Issued {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export class Issuer {
  readonly accepted: Issued = { accessKeyId: 'none', secretAccessKey: 'none', sessionToken: 'none' };
  /** How long what is issued lasts. */
  lifetimeMs = 3_600_000;
  /** How many times something was issued. */
  count = 0;
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** New credentials; the old ones are not accepted any more. */
  issue(): Issued & { readonly expiration: string } {
    const n = ++this.count;
    Object.assign(
      this.accepted,
      {
        accessKeyId: `ASIA${this.#prefix}${n}`, secretAccessKey: `secret-${this.#prefix}-${n}`,
        sessionToken: `token-${this.#prefix}-${n}`,
      },
    );
    return { ...this.accepted, expiration: new Date(Date.now() + this.lifetimeMs).toISOString().replace(/\.\d+Z/, 'Z') };
  }
}

/** An HTTP server on the loopback interface until the test is over. */
export async function serveUntilDone(
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<{ readonly url: string; readonly port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => answer(request, Buffer.concat(parts).toString('utf8'), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  onTestFinished(stop);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, stop };
}
