/** Runs an agent until a signal ends it. */
import { Agent } from '../app.ts';
import { ConfigError, problemText } from '../errors.ts';
import type { CommandIo } from './io.ts';
import { version } from './version.ts';

/** Long enough to cost nothing. */
const KEEP_ALIVE_MS = 2 ** 30;

export interface ServeOptions {
  /** How long the end may take to deliver what is held, milliseconds. */
  readonly shutdownMs: number;
  readonly io: CommandIo;
}

/** Starts the agent, which was loaded, and ends it in order. The result is the exit code. */
export async function serve(agent: Agent, { shutdownMs, io }: ServeOptions): Promise<number> {
  const { log, workerId } = agent;
  log.info(`starting logferry-${version()} pid=${process.pid} node="${process.versions.node}"`);
  const starting = agent.start();
  const ended = endSignal(io, agent, starting);
  try {
    await starting;
  } catch (error) {
    log.error('unexpected error at the start, shutting down', { error });
    if (error instanceof ConfigError) for (const problem of error.problems) log.error(`config error: ${problemText(problem)}`);
    await agent.stop(shutdownMs);
    return 1;
  }
  // Without an input that waits for something, nothing else keeps the process.
  const alive = setInterval(() => {}, KEEP_ALIVE_MS);
  const reason = await ended;
  clearInterval(alive);
  log.info(`received ${reason}, shutting down`);
  await agent.stop(shutdownMs);
  log.info('worker finished', { worker: workerId, status: 0 });
  return 0;
}

/** Settles at the first signal to end; a second one ends the process at once. */
function endSignal(io: CommandIo, agent: Agent, starting: Promise<void>): Promise<string> {
  const reload = reloader(agent, starting);
  return new Promise((resolve) => {
    let ending = false;
    const end = (name: string) => {
      if (ending) {
        agent.log.warn(`received ${name} again: ending without a flush; what was not acknowledged is read again at the next start`);
        process.exit(1);
      }
      ending = true;
      resolve(name);
    };
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => end(name));
    io.signal?.addEventListener('abort', () => end('the end of the run'), { once: true });
    process.on('SIGUSR1', () => {
      agent.log.info('force flushing buffered events');
      agent.flushBuffers().catch((error: unknown) => agent.log.warn('flush failed', { error }));
    });
    for (const name of ['SIGHUP', 'SIGUSR2'] as const) process.on(name, () => reload(name));
  });
}

/** Reloads as signals ask, one after the other; a configuration that is wrong changes nothing. */
function reloader(agent: Agent, starting: Promise<void>): (signal: string) => void {
  const { log } = agent;
  let wanted: string | undefined;
  let running = false;
  const work = async (): Promise<void> => {
    await starting.catch(() => {});
    while (wanted !== undefined) {
      log.info(`received ${wanted}, reloading the configuration`);
      wanted = undefined;
      try {
        await agent.reload();
      } catch (error) {
        if (error instanceof ConfigError) for (const problem of error.problems) log.error(`config error: ${problemText(problem)}`);
        log.error('the new configuration is refused; the old one runs on', error instanceof ConfigError ? {} : { error });
      }
    }
    running = false;
  };
  return (signal) => {
    wanted = signal;
    if (running) return;
    running = true;
    void work();
  };
}
