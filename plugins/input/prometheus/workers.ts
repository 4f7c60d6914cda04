/** Asks another worker of this agent for its page. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';

/** A worker that does not answer by then is told of as missing, milliseconds. */
const ANSWER_MS = 5000;

export interface WorkerAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly isTls: boolean;
}

/** Resolves to the page; undefined if the answer is no 200. Rejects if there is no answer. */
export function fetchPage({ host, port, path, isTls }: WorkerAddress): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host, port, path, agent: false, signal: AbortSignal.timeout(ANSWER_MS) };
    // A worker of our own is trusted, and its certificate may be made up.
    const request = isTls ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    request.on('error', reject);
    request.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => void pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        try {
          const bytes = Buffer.concat(pieces);
          if (response.statusCode !== 200) resolve(undefined);
          else resolve((response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8'));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    request.end();
  });
}
