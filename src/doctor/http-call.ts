/** One HTTP request with a deadline and a bounded answer. */
import http from 'node:http';
import https from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Milliseconds since 1970, by the server's Date header; undefined without one. */
  readonly serverMs: number | undefined;
  /** Half way between request and answer, by this machine's clock. */
  readonly hereMs: number;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent: http.Agent | undefined;
  readonly signal: AbortSignal;
}

/** Answers are not kept beyond this, bytes. */
const MAX_BODY = 64 * 1024;

/** Rejects with the system's error if there is no answer. */
export function callHttp(url: URL, { method, headers = {}, body, agent, signal }: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sentMs = Date.now();
    const request = (url.protocol === 'https:' ? https : http).request(url, { method, headers, agent, signal }, (response) => {
      const hereMs = (sentMs + Date.now()) / 2;
      const date = Date.parse(response.headers.date ?? '');
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        if (text.length < MAX_BODY) text += part;
      });
      response.on('error', reject);
      response.on(
        'end',
        () => resolve({ status: response.statusCode ?? 0, body: text, serverMs: Number.isNaN(date) ? undefined : date, hereMs }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
