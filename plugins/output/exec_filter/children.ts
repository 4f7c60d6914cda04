/** The commands that events go through: a fixed number of them, which take turns and are started again as configured. */
import { describeEnd, startShellCommand, type Logger, type ShellCommand } from '#logferry';

/** How long a command may take to end when it is asked to, in milliseconds. */
const GRACE_MS = 2000;
/** Starts that follow each other at once are slowed down: milliseconds between two of them. */
const RESPAWN_PAUSE_MS = 1000;

export interface ChildrenOptions {
  readonly command: string;
  readonly count: number;
  /** How often each is started again; Infinity for always. */
  readonly respawns: number;
  readonly log: Logger;
  /** Reads what a command prints until that ends. */
  read(output: AsyncIterable<Buffer>): Promise<void>;
}

interface Child {
  readonly index: number;
  command: ShellCommand | undefined;
  /** Settled when all that it printed was read. */
  done: Promise<void>;
  respawns: number;
  startedAt: number;
  timer: NodeJS.Timeout | undefined;
}

export class Children {
  readonly #options: ChildrenOptions;
  readonly #children: Child[] = [];
  #next = 0;
  #ending = false;

  constructor(options: ChildrenOptions) {
    this.#options = options;
  }

  start(): void {
    for (let index = 0; index < this.#options.count; index++) {
      const child: Child = { index, command: undefined, done: Promise.resolve(), respawns: this.#options.respawns, startedAt: 0, timer: undefined };
      this.#children.push(child);
      this.#spawn(child);
    }
  }

  /** Gives bytes to the next command that is alive. Rejects if there is none, or if it does not take them. */
  async write(bytes: Buffer, signal: AbortSignal): Promise<void> {
    if (this.#ending) return this.#writeOnce(bytes, signal);
    for (let tries = this.#children.length; tries > 0; tries--) {
      const child = this.#children[this.#next++ % this.#children.length]!;
      if (child.command) return writeTo(child.command, bytes, signal);
    }
    throw new Error(`no command is running: ${this.#options.command}`);
  }

  /** Ends the input of all commands and waits until what they print has been read; by force when `signal` is aborted. */
  async finish(signal: AbortSignal): Promise<void> {
    this.#ending = true;
    await Promise.all(
      this.#children.map(async ({ command, done, timer }) => {
        clearTimeout(timer);
        command?.input?.end();
        await unlessAborted(done, signal);
        await command?.stop(GRACE_MS);
        await done;
      }),
    );
  }

  /** By force, at the very end. */
  kill(): void {
    this.#ending = true;
    for (const { command, timer } of this.#children) {
      clearTimeout(timer);
      command?.signal('SIGKILL');
    }
  }

  #spawn(child: Child): void {
    const { command: line, log } = this.#options;
    const command = startShellCommand(line, { input: true, output: true });
    // A pipe that was closed: whoever writes is told by its own callback.
    command.input!.on('error', (error) => log.debug('a command does not take its input', { command: line, error }));
    child.command = command;
    child.startedAt = performance.now();
    child.done = this.#run(child, command).catch((error: unknown) => log.error('reading from a command failed', { command: line, error }));
  }

  async #run(child: Child, command: ShellCommand): Promise<void> {
    const { command: line, log } = this.#options;
    const reading = this.#options.read(command.output as AsyncIterable<Buffer>).catch((error: unknown) => {
      if (!this.#ending) throw error;
    });
    try {
      const end = await command.ended;
      child.command = undefined;
      if (!this.#ending) log.warn('exec_filter process exited', { command: line, child: child.index, end: describeEnd(end) });
    } catch (error) {
      child.command = undefined;
      log.error('the command could not be run', { command: line, error });
    }
    await reading;
    if (this.#ending || child.respawns <= 0) return;
    child.respawns--;
    const pause = Math.max(0, RESPAWN_PAUSE_MS - (performance.now() - child.startedAt));
    child.timer = setTimeout(() => {
      log.info('exec_filter starts a process again', { command: line, child: child.index, respawns_left: child.respawns });
      this.#spawn(child);
    }, pause);
  }

  /** Events that come when the commands have ended already: a command for them alone. */
  async #writeOnce(bytes: Buffer, signal: AbortSignal): Promise<void> {
    const command = startShellCommand(this.#options.command, { input: true, output: true });
    command.input!.on('error', () => {});
    const reading = this.#options.read(command.output as AsyncIterable<Buffer>);
    try {
      await writeTo(command, bytes, signal);
      command.input!.end();
      await unlessAborted(reading, signal);
    } finally {
      await command.stop(GRACE_MS);
      await reading.catch(() => {});
    }
  }
}

function writeTo(command: ShellCommand, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error('the agent ends and a command did not take its input'));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    command.input!.write(bytes, (error) => {
      signal.removeEventListener('abort', giveUp);
      if (error) reject(new Error('a command does not take its input', { cause: error }));
      else resolve();
    });
  });
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let stop: () => void = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([promise, aborted]);
  signal.removeEventListener('abort', stop);
}
