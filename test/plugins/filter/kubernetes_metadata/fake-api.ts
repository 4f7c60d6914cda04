/** A Kubernetes API on localhost for tests: objects by path, faults, and watches that the test feeds. */
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export interface FakeApi {
  /** With `/api`. */
  readonly url: string;
  /** Below `/api/v1/`, with the query. */
  readonly requests: string[];
  readonly tokens: (string | undefined)[];
  readonly objects: Map<string, Json>;
  /** Answers instead of an object, by path. */
  readonly faults: Map<string, Handler>;
  /** Open watches by resource. */
  readonly watches: Map<string, http.ServerResponse>;
  /** Sends a line to a watch, once it is open. */
  tell(resource: string, event: Json): Promise<void>;
  /** Most requests at one time. */
  readonly most: number;
  close(): Promise<void>;
}

export async function fakeApi(): Promise<FakeApi> {
  const requests: string[] = [];
  const tokens: (string | undefined)[] = [];
  const objects = new Map<string, Json>();
  const faults = new Map<string, Handler>();
  const watches = new Map<string, http.ServerResponse>();
  const sockets = new Set<Socket>();
  let running = 0;
  let most = 0;
  const server = http.createServer((request, response) => {
    const path = request.url!.replace('/api/v1/', '');
    requests.push(path);
    tokens.push(request.headers.authorization);
    most = Math.max(most, ++running);
    response.on('close', () => running--);
    const [plain, query] = path.split('?');
    const fault = faults.get(plain!);
    if (fault) return fault(request, response);
    if (query?.includes('watch=true')) {
      response.writeHead(200);
      response.flushHeaders();
      watches.set(plain!, response);
      response.on('close', () => watches.delete(plain!));
      return;
    }
    const object = objects.get(plain!);
    response.writeHead(object === undefined ? 404 : 200);
    response.end(JSON.stringify(object ?? { kind: 'Status', code: 404 }));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    requests,
    tokens,
    objects,
    faults,
    watches,
    async tell(resource, event) {
      while (!watches.has(resource)) await new Promise((done) => setTimeout(done, 2));
      watches.get(resource)!.write(JSON.stringify(event) + '\n');
    },
    get most() {
      return most;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

export const ID = 'a'.repeat(64);
export const OTHER_ID = 'b'.repeat(64);

export function tagOf(pod = 'web-1', namespace = 'shop', container = 'nginx', id = ID): string {
  return `kubernetes.var.log.containers.${pod}_${namespace}_${container}-${id}.log`;
}

export function pod(changes: { name?: string; uid?: string; id?: string; labels?: Json; annotations?: Json; owners?: Json; status?: Json } = {}): Json {
  const { name = 'web-1', uid = 'pod-uid', id = ID, labels = { app: 'web' }, annotations = {}, owners = [] } = changes;
  return {
    metadata: { name, namespace: 'shop', uid, labels, annotations, ownerReferences: owners },
    spec: { nodeName: 'node-1' },
    status: changes.status ?? {
      podIP: '10.1.0.4',
      containerStatuses: [{ name: 'nginx', image: 'nginx:1', imageID: 'nginx@sha256:1', containerID: `containerd://${id}` }],
    },
  };
}

export function namespace(labels: Json = { env: 'x' }, name = 'shop'): Json {
  return { metadata: { name, uid: `${name}-uid`, creationTimestamp: '2022-09-01T00:00:00Z', labels } };
}

export const POD_PATH = 'namespaces/shop/pods/web-1';
export const NAMESPACE_PATH = 'namespaces/shop';
