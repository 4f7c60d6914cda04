/** An agent with its admin server, and requests to it with any header. */
import http, { type IncomingHttpHeaders } from 'node:http';
import { startAdmin, type Admin, type AdminSettings } from '../../src/admin/start.ts';
import type { Place, Running } from './agent.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Shown extends Running {
  readonly admin: Admin;
  /** `host:port`. */
  readonly url: string;
  ask(path: string, options?: { readonly method?: string; readonly headers?: Record<string, string> }): Promise<Answer>;
}

/** Starts an agent as `Place.start` does, with an admin server on a free port; the caller closes `admin`. */
export async function startShown(place: Place, config: string, settings: Partial<AdminSettings> = {}): Promise<Shown> {
  const running = await place.start(config);
  const admin = await startAdmin(running.agent, { address: { host: '127.0.0.1', port: 0 }, token: undefined, stallAfterMs: 60_000, ...settings });
  admin.started();
  const { port } = admin.address;
  return { ...running, admin, url: `127.0.0.1:${port}`, ask: (path, options) => askPort(port, path, options) };
}

/** One request on a connection of its own; the path goes as it is. */
export function askPort(port: number, path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    request.on('error', reject).end();
  });
}
