/** Runs a command line by the shell, in a process group of its own, so that all of it can be ended together. */
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** How a command ended. */
export interface CommandEnd {
  /** The exit status; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ShellCommandOptions {
  /** Whether its standard input is written to; otherwise it is empty. */
  readonly input?: boolean;
  /** Whether its standard output is read; otherwise it goes where the agent's goes. */
  readonly output?: boolean;
  /** Whether what it writes to standard error is read as part of its output. */
  readonly mergeErrors?: boolean;
}

export interface ShellCommand {
  readonly pid: number | undefined;
  /** There with `input`. Errors of it (a closed pipe) are for its user to handle. */
  readonly input: Writable | undefined;
  /** There with `output`. */
  readonly output: Readable | undefined;
  /** How it ended; rejects if the shell could not be started. Resolved as soon as it is gone, even if others hold its pipes. */
  readonly ended: Promise<CommandEnd>;
  /** Sends a signal to the command and all that it started; nothing if they are gone. */
  signal(name: NodeJS.Signals): void;
  /** Asks it to end, and ends it by force if that takes longer than `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** How long pipes stay open that a process outside of the group holds, in milliseconds. */
const ORPHAN_MS = 500;

/** Process groups whose command has not ended: they must not outlive the agent, however it ends. */
const groups = new Set<number>();
let watchesExit = false;

function watch(pid: number): void {
  groups.add(pid);
  if (watchesExit) return;
  watchesExit = true;
  process.once('exit', () => {
    for (const group of groups) signalGroup(group, 'SIGKILL');
  });
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // The group is gone.
  }
}

/** Starts a command line with `/bin/sh -c`. */
export function startShellCommand(command: string, options: ShellCommandOptions = {}): ShellCommand {
  const line = options.mergeErrors ? `exec 2>&1\n${command}` : command;
  const child = spawn('/bin/sh', ['-c', line], {
    detached: true,
    stdio: [options.input ? 'pipe' : 'ignore', options.output ? 'pipe' : 'inherit', 'inherit'],
  });
  const { pid } = child;
  if (pid !== undefined) watch(pid);
  let isOver = false;
  const ended = new Promise<CommandEnd>((resolve, reject) => {
    child.once('error', (error) => {
      isOver = true;
      reject(error);
    });
    child.once('exit', (code, signal) => {
      isOver = true;
      if (pid !== undefined) groups.delete(pid);
      resolve({ code, signal });
    });
  });
  // Whoever waits for the end gets the error; nobody has to.
  ended.catch(() => {});
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });

  const signal = (name: NodeJS.Signals): void => {
    if (pid !== undefined) signalGroup(pid, name);
  };
  return {
    pid,
    input: child.stdin ?? undefined,
    output: child.stdout ?? undefined,
    ended,
    signal,
    async stop(graceMs) {
      if (!isOver) signal('SIGTERM');
      await within(ended.then(() => {}, () => {}), graceMs);
      // What the command left running goes with it.
      signal('SIGKILL');
      await within(closed, ORPHAN_MS);
      child.stdin?.destroy();
      child.stdout?.destroy();
    },
  };
}

/** Waits for something, but not longer than that. */
async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, over]);
  clearTimeout(timer);
}

/** `exited with status 3`, `was ended by SIGKILL`: for messages. */
export function describeEnd({ code, signal }: CommandEnd): string {
  return signal === null ? `exited with status ${code}` : `was ended by ${signal}`;
}
