/**
 * `<system> workers N`: one process for each worker and this one that looks after them. Workers share listening sockets (node's
 * cluster); a worker that ends without being asked is started again.
 */
import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type AgentOptions } from '../app.ts';
import { ConfigError, problemText } from '../errors.ts';
import type { ServeOptions } from './serve.ts';

/** Tells a worker which one it is. */
const WORKER_ID = 'LOGFERRY_WORKER_ID';
/** Workers that end sooner than this after their start are started again with growing pauses, milliseconds. */
const STEADY_MS = 10_000;
const MAX_PAUSE_MS = 30_000;
/** A worker gets so long beyond its own deadline before it is killed, milliseconds. */
const GRACE_MS = 3000;

/** The number of the worker that runs in this process; 0 without workers. */
export function workerIdOf(env: NodeJS.ProcessEnv): number {
  return Number(env[WORKER_ID] ?? 0);
}

export interface SuperviseOptions extends ServeOptions {
  /** Loaded, as worker 0, and never started: its log and settings are those of this process. */
  readonly agent: Agent;
  readonly options: AgentOptions;
}

/** Checks the configuration of every worker, then runs them all until a signal ends them. The result is the exit code. */
export async function superviseWorkers({ agent, options, shutdownMs, io }: SuperviseOptions): Promise<number> {
  const { log } = agent;
  const { workers, restart_worker_interval: restartSec } = agent.system;
  if (!(await checkWorkers(agent, options))) return 1;

  const running = new Map<number, Worker>();
  let ending = false;
  const tell = (signal: NodeJS.Signals): void => {
    for (const worker of running.values()) worker.process.kill(signal);
  };
  const run = async (id: number): Promise<void> => {
    for (let quick = 0; ; ) {
      const startedAt = Date.now();
      const worker = cluster.fork({ [WORKER_ID]: String(id) });
      running.set(id, worker);
      const reason = await new Promise<string>((resolve) => worker.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `status ${code}`)));
      running.delete(id);
      if (ending) return;
      quick = Date.now() - startedAt < STEADY_MS ? quick + 1 : 0;
      const pauseMs = Math.max(restartSec * 1000, quick === 0 ? 0 : Math.min(MAX_PAUSE_MS, 500 * 2 ** quick));
      log.error(`worker ${id} ended without being asked (${reason}); it is started again`, { in_ms: pauseMs });
      await sleep(pauseMs);
      if (ending) return;
    }
  };
  /** What the workers run with. */
  let shown = agent;
  // The workers read it once more, each for itself: a mistake is found here, where it can be answered and nothing has changed yet.
  const reload = async (): Promise<void> => {
    const next = await loadAs(0, options);
    for (let workerId = 1; workerId < workers; workerId++) await loadAs(workerId, options);
    if (next.system.workers !== workers) log.warn('<system> workers changes with the next start only', { now: workers, then: next.system.workers });
    shown = next;
    tell('SIGHUP');
  };
  const reloadAsAsked = async (signal: NodeJS.Signals): Promise<void> => {
    log.info(`received ${signal}, reloading the configuration of all workers`);
    try {
      await reload();
    } catch (error) {
      tellProblems(agent, error);
      log.error('the new configuration is refused; the old one runs on');
    }
  };

  const stopRpc = await agent.startRpc({ flushBuffers: () => tell('SIGUSR1'), reload, dump: () => shown.dump() });
  log.info(`starting ${workers} workers`, { pid: process.pid });
  const all = Promise.all(Array.from({ length: workers }, (_, id) => run(id)));
  process.on('SIGUSR1', () => tell('SIGUSR1'));
  process.on('SIGWINCH', () => tell('SIGWINCH'));
  for (const name of ['SIGHUP', 'SIGUSR2'] as const) process.on(name, () => void reloadAsAsked(name));
  const reason = await new Promise<string>((resolve) => {
    const end = (name: string): void => {
      if (ending) tell('SIGTERM');
      ending = true;
      resolve(name);
    };
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => end(name));
    io.signal?.addEventListener('abort', () => end('the end of the run'), { once: true });
  });
  log.info(`received ${reason}, ending all workers`);
  tell('SIGTERM');
  await Promise.race([all, sleep(shutdownMs + GRACE_MS, undefined, { ref: false })]);
  tell('SIGKILL');
  await stopRpc();
  log.info('all workers ended');
  return 0;
}

/** Sections of `<worker N>` are read by worker N alone, so each one's configuration is checked. */
async function checkWorkers(agent: Agent, options: AgentOptions): Promise<boolean> {
  for (let workerId = 1; workerId < agent.system.workers; workerId++) {
    try {
      await loadAs(workerId, options);
    } catch (error) {
      agent.log.error(`the configuration of worker ${workerId} cannot be used`);
      tellProblems(agent, error);
      return false;
    }
  }
  return true;
}

/** The configuration as a worker reads it, without a word in the log. Throws a ConfigError with all problems. */
async function loadAs(workerId: number, options: AgentOptions): Promise<Agent> {
  const agent = new Agent({ ...options, workerId, suppressConfigDump: true, write: () => {}, ownLogFile: true });
  await agent.load();
  return agent;
}

function tellProblems(agent: Agent, error: unknown): void {
  if (!(error instanceof ConfigError)) agent.log.error('unexpected error while reading the configuration', { error });
  else for (const problem of error.problems) agent.log.error(`config error: ${problemText(problem)}`);
}
