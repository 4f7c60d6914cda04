/** Which pod and container an event belongs to: from its tag, or from fields that it brings along. */
import { compileRegexp, groupText, isHash } from '#logferry';
import type { LogRecord, Tag } from '#logferry';

export interface Names {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Of the container; empty if the tag has none. */
  readonly containerId: string;
  /** Of the pod, where the tag has it. */
  readonly podId: string | undefined;
}

/** The groups that an expression for tags must have. */
const REQUIRED = ['namespace', 'pod_name', 'container_name'];

/** Compiles the expression; throws an Error that says what is wrong with it. */
export function compileTagNames(source: string): (tag: Tag) => Names | undefined {
  const regexp = compileRegexp(source);
  const group = (name: string) => regexp.groups.find((one) => one.name === name);
  const missing = REQUIRED.filter((name) => !group(name));
  if (missing.length > 0) throw new Error(`has no group ${missing.map((name) => `(?<${name}>…)`).join(', ')}`);
  const namespace = group('namespace')!;
  const pod = group('pod_name')!;
  const container = group('container_name')!;
  const containerId = group('docker_id');
  const podId = group('pod_uuid');
  return (tag) => {
    const match = regexp.exec(tag);
    return match
      ? {
          namespace: groupText(match, namespace) ?? '',
          pod: groupText(match, pod) ?? '',
          container: groupText(match, container) ?? '',
          containerId: (containerId && groupText(match, containerId)) ?? '',
          podId: podId && groupText(match, podId),
        }
      : undefined;
  };
}

/** From `kubernetes` and `docker` of a record, if all four names are there. */
export function recordNames(record: Pick<LogRecord, 'get'>): Names | undefined {
  const kubernetes = record.get('kubernetes');
  if (!isHash(kubernetes)) return undefined;
  const docker = record.get('docker');
  if (!isHash(docker)) return undefined;
  const namespace = kubernetes.get('namespace_name');
  const pod = kubernetes.get('pod_name');
  const container = kubernetes.get('container_name');
  const containerId = docker.get('container_id');
  if (typeof namespace !== 'string' || typeof pod !== 'string' || typeof container !== 'string' || typeof containerId !== 'string') {
    return undefined;
  }
  return { namespace, pod, container, containerId, podId: undefined };
}
