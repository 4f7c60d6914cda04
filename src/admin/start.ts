/** The admin side of a running agent: what watches it, and the server that shows it. */
import type { Agent } from '../app.ts';
import { systemClock } from '../lib/clock.ts';
import { addressText, isLoopbackHost, workerAddress, type AdminAddress } from './endpoint.ts';
import { countFlows } from './flows.ts';
import { HealthWatch } from './health.ts';
import { RecentLog } from './recent-log.ts';
import { startAdminServer } from './server.ts';

export interface AdminSettings {
  /** Of the first worker. */
  readonly address: AdminAddress;
  /** What readers have to send; undefined: nothing. */
  readonly token: string | undefined;
  /** So long nothing may move while data wait, milliseconds. */
  readonly stallAfterMs: number;
  /** How long a client may take for its request, milliseconds; for tests. */
  readonly requestMs?: number | undefined;
}

/** What is shown of an agent, from before its start until after its end. */
export interface Admin {
  /** As bound. */
  readonly address: AdminAddress;
  /** All plugins run. */
  started(): void;
  /** The agent was told to end: it is not ready any more. */
  ending(): void;
  close(): Promise<void>;
}

/** Begins before the agent starts, so that probes get answers. Rejects if the address cannot be listened on. */
export async function startAdmin(agent: Agent, { address, token, stallAfterMs, requestMs }: AdminSettings): Promise<Admin> {
  const { log, view, workerId: worker, system: { workers } } = agent;
  const now = (): number => systemClock.monotonic();
  const health = new HealthWatch({ view, stallAfterMs, now, workers, worker });
  const flows = countFlows();
  const recent = new RecentLog();
  const parts = { view, health, flows, recent, logCounts: log.counts, now: () => systemClock.now(), workers, worker };
  const server = await startAdminServer({ address: workerAddress(address, worker), token, parts, log, monotonic: now, requestMs });
  const unwatch = view.watch(flows.observer);
  log.onLine = (level, time, text) => recent.add(level, time, text);
  log.info('the live page, health and metrics are served', { url: `http://${addressText(server.address)}/` });
  if (!isLoopbackHost(address.host) && token === undefined)
    log.warn('the admin server listens beyond this machine: whoever reaches it sees what the logs contain; listen on 127.0.0.1, or set LOGFERRY_ADMIN_TOKEN', { bind: address.host });
  return {
    address: server.address,
    started: () => health.started(),
    ending: () => health.ending(),
    async close() {
      unwatch();
      log.onLine = undefined;
      await server.close();
    },
  };
}
