/** Kubernetes objects from a file, in place of the API: what `kubectl get pods -A -o json` wrote. */
import { parseJson } from '../lib/json.ts';
import { isHash, type Value } from '../lib/value.ts';

/** Objects by their paths below `/api/v1/`; undefined if there is none. */
export interface SavedObjects {
  readonly pods: number;
  readonly namespaces: number;
  get(path: string): Value | undefined;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Reads a `List` of pods (and namespaces), or one object. Throws an Error that says what is wrong with the text. */
export function readObjects(text: string, file: string): SavedObjects {
  let root: Value;
  try {
    root = parseJson(text);
  } catch (error) {
    throw new Error(`${file}: expected JSON, as kubectl get pods -A -o json writes it: ${(error as Error).message}`, { cause: error });
  }
  const items = isHash(root) ? root.get('items') : undefined;
  const all = Array.isArray(items) ? (items as readonly Value[]) : [root];
  const found = new Map<string, Value>();
  let pods = 0;
  let namespaces = 0;
  for (const item of all) {
    const kind = field(item, 'kind') ?? field(root, 'kind');
    const metadata = isHash(item) ? item.get('metadata') : undefined;
    const name = field(metadata, 'name');
    const namespace = field(metadata, 'namespace');
    if (name === undefined) continue;
    if (kind === 'Namespace' || kind === 'NamespaceList') {
      found.set(`namespaces/${encodeURIComponent(name)}`, item);
      namespaces++;
    } else if (namespace !== undefined && (kind === 'Pod' || kind === 'PodList' || kind === 'List')) {
      found.set(`namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`, item);
      pods++;
    }
  }
  // Pods alone: their namespaces exist, with an id as long as a real one.
  for (const path of [...found.keys()]) {
    const name = path.split('/', 2).join('/');
    if (!found.has(name)) found.set(name, namespaceNamed(decodeURIComponent(name.slice('namespaces/'.length))));
  }
  if (pods === 0) throw new Error(`${file}: found no pods in it; write it with: kubectl get pods,namespaces -A -o json`);
  return { pods, namespaces, get: (path) => found.get(path) };
}

function namespaceNamed(name: string): Value {
  return new Map<string, Value>([['kind', 'Namespace'], ['metadata', new Map<string, Value>([['name', name], ['uid', NO_ID]])]]);
}

function field(value: Value | undefined, name: string): string | undefined {
  const found = isHash(value) ? value.get(name) : undefined;
  return typeof found === 'string' ? found : undefined;
}
