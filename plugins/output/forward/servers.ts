/** The servers of an output: those of the configuration and those that service discoveries find. */
import type { Logger, ServiceDiscovery } from '#logferry';
import type { Balancer } from './balancer.ts';
import { ServerNode, type NodeSettings, type Service } from './node.ts';

export interface Servers {
  readonly nodes: () => readonly ServerNode[];
  /** Asks the discoveries for the first time, and listens to them from now on. */
  start(): void;
  close(): void;
}

/** `fixed` are the `<server>` sections. The balancer is kept up to date. */
export function createServers(
  fixed: readonly Service[],
  discoveries: readonly ServiceDiscovery[],
  balancer: Balancer<ServerNode>,
  settings: Omit<NodeSettings, 'onChange'>,
  log: Logger,
): Servers {
  let nodes: readonly ServerNode[] = [];
  const rebuild = (): void => balancer.rebuild(nodes);

  const update = (isFirst: boolean): void => {
    const before = new Map(nodes.map((node) => [identity(node.service), node]));
    const after = new Map<string, ServerNode>();
    for (const service of [...fixed, ...discoveries.flatMap((discovery) => discovery.services())]) {
      const key = identity(service);
      if (after.has(key)) continue;
      const known = before.get(key);
      after.set(key, known ?? new ServerNode(service, { ...settings, onChange: rebuild }));
      if (known) continue;
      const { host, port, weight, name } = service;
      if (isFirst) log.info(`adding forwarding server '${name ?? `${host}:${port}`}'`, { host, port, weight });
      else log.info('Service in', { name, host, port, weight });
    }
    nodes = [...after.values()];
    for (const [key, node] of before) {
      if (after.has(key)) continue;
      log.info('Service out', { name: node.service.name, host: node.host, port: node.port });
      node.retire();
    }
    rebuild();
  };

  return {
    nodes: () => nodes,
    start() {
      update(true);
      for (const discovery of discoveries) discovery.onChange?.(() => update(false));
    },
    close() {
      for (const node of nodes) node.close();
    },
  };
}

/** Two services with the same are one. */
function identity({ host, port, name, weight, standby, username, password, sharedKey }: Service): string {
  return JSON.stringify([host, port, name, weight, standby, username, password, sharedKey]);
}
