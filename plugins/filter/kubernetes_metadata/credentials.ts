/** What the API server asks for: its CA, a token, a certificate of the client. Files are read again as they rotate. */
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';

/** Paths lie on this machine already. */
export interface CredentialFiles {
  readonly caFile: string | undefined;
  readonly tokenFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** Has `ca.crt` and `token` where no files are named. */
  readonly secretDir: string;
  readonly verify: boolean;
  readonly partialChain: boolean;
}

export interface Access {
  readonly agent: http.Agent | https.Agent;
  readonly token: string | undefined;
}

/** The kubelet renews tokens long before they end; its own clients look every minute as well. */
const READ_AGAIN_MS = 60_000;

export class Credentials {
  readonly #files: CredentialFiles;
  readonly #secure: boolean;
  readonly #now: () => number;
  #agent: http.Agent | https.Agent | undefined;
  /** What the agent was made with. */
  #tls = '';
  #token: string | undefined;
  #readAt = -Infinity;

  /** `now`: monotonic milliseconds. */
  constructor(files: CredentialFiles, secure: boolean, now: () => number) {
    this.#files = files;
    this.#secure = secure;
    this.#now = now;
  }

  /** Throws an Error that names the file that cannot be read. */
  access(): Access {
    const now = this.#now();
    if (!this.#agent || now - this.#readAt >= READ_AGAIN_MS) {
      this.#read();
      this.#readAt = now;
    }
    return { agent: this.#agent!, token: this.#token };
  }

  /** The next request reads the files again: what they said was refused. */
  expire(): void {
    this.#readAt = -Infinity;
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  #read(): void {
    const { secretDir, certFile, keyFile, verify, partialChain } = this.#files;
    const tokenFile = this.#files.tokenFile ?? existing(join(secretDir, 'token'));
    this.#token = tokenFile === undefined ? undefined : read('bearer_token_file', tokenFile).trim();
    if (!this.#secure) {
      this.#agent ??= new http.Agent({ keepAlive: true });
      return;
    }
    const caFile = this.#files.caFile ?? existing(join(secretDir, 'ca.crt'));
    const tls = {
      ca: caFile === undefined ? undefined : read('ca_file', caFile),
      cert: certFile === undefined ? undefined : read('client_cert', certFile),
      key: keyFile === undefined ? undefined : read('client_key', keyFile),
      rejectUnauthorized: verify,
      allowPartialTrustChain: partialChain,
    };
    const text = JSON.stringify(tls);
    if (this.#agent && text === this.#tls) return;
    // Requests under way keep their sockets: they belong to the old agent until they end.
    const old = this.#agent;
    this.#agent = new https.Agent({ keepAlive: true, ...tls });
    this.#tls = text;
    if (old) for (const sockets of Object.values(old.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

function read(param: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${param} '${file}' cannot be read`, { cause: error });
  }
}
