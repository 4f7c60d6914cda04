/** A Kubernetes API that knows the pods and namespaces of the sample node, for demonstrations. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SampleObject } from './sample-objects.ts';
import { readSampleObjects } from './sample-objects.ts';

/** A running API server. */
export interface SampleKubernetes {
  /** Without `/api`: what goes in front of it as `kubernetes_url`. */
  readonly url: string;
  readonly port: number;
  /** How many requests were answered. */
  requests(): number;
  stop(): Promise<void>;
}

/**
 * Serves the objects in `file` (a Kubernetes List as JSON) on 127.0.0.1, read-only and without
 * authentication: GET /api, /api/v1, /api/v1/namespaces/NS and /api/v1/namespaces/NS/pods/POD.
 * Rejects if the file cannot be read.
 * @param port 0, the default, takes any free one
 */
export async function startSampleKubernetes(file: string, port: number = 0): Promise<SampleKubernetes> {
  const answers = new Map<string, string>([
    ['/api', JSON.stringify({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] })],
    ['/api/v1', JSON.stringify({
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [resource('namespaces', 'Namespace'), resource('pods', 'Pod')],
    })],
  ]);
  for (const object of await readSampleObjects(file)) answers.set(pathOf(object), JSON.stringify(object));
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    request.resume();
    const path = (request.url ?? '/').split('?', 1)[0].replace(/(.)\/$/, '$1');
    const found = request.method === 'GET' ? answers.get(path) : undefined;
    const status = found !== undefined ? 200 : request.method === 'GET' ? 404 : 405;
    const body = found ?? failure(status, path);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    requests: () => requests,
    async stop() {
      const closed = new Promise((resolve) => { server.close(resolve); });
      server.closeAllConnections();
      await closed;
    },
  };
}

function pathOf({ kind, metadata }: SampleObject): string {
  return kind === 'Namespace' ? `/api/v1/namespaces/${metadata.name}`
    : `/api/v1/namespaces/${metadata.namespace}/${kind.toLowerCase()}s/${metadata.name}`;
}

function resource(name: string, kind: string): object {
  return { name, singularName: kind.toLowerCase(), namespaced: kind === 'Pod', kind, verbs: ['get'] };
}

function failure(code: number, path: string): string {
  const [, , , , name, plural, pod] = path.split('/');
  const message = code === 405 ? 'this API is read-only'
    : pod === undefined ? `${JSON.stringify(name ?? path)} not found` : `${plural} ${JSON.stringify(pod)} not found`;
  const reason = code === 405 ? 'MethodNotAllowed' : 'NotFound';
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code });
}
