/** The Kubernetes objects of the sample node, conf/sample-node/pods.json. */
import { readFile } from 'node:fs/promises';

/** A Pod or a Namespace, as the Kubernetes API gives it; only what the sample needs is named. */
export interface SampleObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string };
  readonly status?: {
    readonly containerStatuses?: readonly { readonly name: string; readonly containerID: string }[];
  };
}

/** A symbolic link below the tree's root: `path` leads to `target`, which is relative to its folder. */
export interface SampleLink {
  readonly path: string;
  readonly target: string;
}

/** Reads the list of objects. Throws an Error that names the file if it is none. */
export async function readSampleObjects(file: string): Promise<readonly SampleObject[]> {
  let list: { items?: unknown };
  try {
    list = JSON.parse(await readFile(file, 'utf8')) as { items?: unknown };
  } catch (error) {
    throw new Error(`${file}: expected a Kubernetes List as JSON`, { cause: error });
  }
  if (!Array.isArray(list.items)) throw new Error(`${file}: expected a Kubernetes List with 'items'`);
  return list.items as readonly SampleObject[];
}

/**
 * The links that the kubelet and Docker make for these pods: var/log/containers/*.log for each container
 * and, for a container of Docker, its 0.log below var/log/pods.
 */
export function containerLinks(objects: readonly SampleObject[]): readonly SampleLink[] {
  const links: SampleLink[] = [];
  for (const { kind, metadata, status } of objects) {
    if (kind !== 'Pod') continue;
    const folder = `${metadata.namespace}_${metadata.name}_${metadata.uid}`;
    for (const { name, containerID } of status?.containerStatuses ?? []) {
      const [runtime, id] = containerID.split('://');
      links.push({
        path: `var/log/containers/${metadata.name}_${metadata.namespace}_${name}-${id}.log`,
        target: `../pods/${folder}/${name}/0.log`,
      });
      if (runtime === 'docker') {
        links.push({
          path: `var/log/pods/${folder}/${name}/0.log`,
          target: `../../../../lib/docker/containers/${id}/${id}-json.log`,
        });
      }
    }
  }
  return links;
}
