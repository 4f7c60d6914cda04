/** Runs an agent until a signal ends it. */
import { startAdmin, type Admin, type AdminSettings } from '../admin/start.ts';
import type { Agent } from '../app.ts';
import { ConfigError, problemText } from '../errors.ts';
import type { CommandIo } from './io.ts';
import { version } from './version.ts';

/** Long enough to cost nothing. */
const KEEP_ALIVE_MS = 2 ** 30;

export interface ServeOptions {
  /** How long the end may take to deliver what is held, milliseconds. */
  readonly shutdownMs: number;
  readonly io: CommandIo;
  /** Health, metrics and the live page; none if absent. */
  readonly admin?: AdminSettings | undefined;
}

/** Starts the agent, which was loaded, and ends it in order. The result is the exit code. */
export async function serve(agent: Agent, { shutdownMs, io, admin: settings }: ServeOptions): Promise<number> {
  const { log, workerId } = agent;
  log.info(`starting logferry-${version()} pid=${process.pid} node="${process.versions.node}"`);
  let admin: Admin | undefined;
  try {
    admin = settings && (await startAdmin(agent, settings));
  } catch (error) {
    log.error('unexpected error at the start, shutting down', { error });
    return 1;
  }
  const starting = agent.start();
  const ended = endSignal(io, agent, starting);
  try {
    await starting;
    admin?.started();
  } catch (error) {
    log.error('unexpected error at the start, shutting down', { error });
    if (error instanceof ConfigError) for (const problem of error.problems) log.error(`config error: ${problemText(problem)}`);
    await agent.stop(shutdownMs);
    await admin?.close();
    return 1;
  }
  // Without an input that waits for something, nothing else keeps the process.
  const alive = setInterval(() => {}, KEEP_ALIVE_MS);
  const crash = strayError(agent);
  const reason = await Promise.race([ended, crash]);
  clearInterval(alive);
  if (reason instanceof StrayError) log.info('shutting down, so that the agent is started again');
  else log.info(`received ${reason}, shutting down`);
  admin?.ending();
  await agent.stop(shutdownMs);
  await admin?.close();
  const status = reason instanceof StrayError ? 1 : 0;
  log.info('worker finished', { worker: workerId, status });
  return status;
}

/** An error that no call of the agent could catch. */
class StrayError extends Error {}

/**
 * Settles when something threw outside of every call: in a plugin's timer, or in a promise that nobody waits for. What is
 * in order then is not known any more, so the agent ends as at a signal, and whoever looks after it starts it again.
 */
function strayError(agent: Agent): Promise<StrayError> {
  return new Promise((resolve) => {
    const stray = (error: unknown): void => {
      const stack = error instanceof Error ? error.stack : undefined;
      agent.log.fatal('unexpected error outside of any call, in a timer or a promise of a plugin', { error, stack });
      resolve(new StrayError());
    };
    process.on('uncaughtException', stray);
    process.on('unhandledRejection', stray);
  });
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
    // A failure leaves a part of the plugins without a start: it ends the agent as one at the start does.
    process.on('SIGWINCH', () => void starting.then(() => agent.endSourceOnly(), () => {}));
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
