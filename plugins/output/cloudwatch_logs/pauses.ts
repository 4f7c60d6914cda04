/** Pauses that end early when the agent ends, and promises to be settled by hand. */
import { setTimeout as sleep } from 'node:timers/promises';

export class Pauses {
  readonly #wakes = new Set<() => void>();

  /** Waits; rejects if the signal is aborted. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const stop = new AbortController();
    const wake = (): void => stop.abort();
    this.#wakes.add(wake);
    signal.addEventListener('abort', wake);
    await sleep(ms, undefined, { signal: stop.signal }).catch(() => {});
    this.#wakes.delete(wake);
    signal.removeEventListener('abort', wake);
    signal.throwIfAborted();
  }

  /** Ends all pauses of now. */
  wake(): void {
    for (const wake of this.#wakes) wake();
  }
}

/** A time of which half is left to chance, so that many that wait do not come back together. */
export function jittered(longestMs: number): number {
  return Math.round(longestMs / 2 + (Math.random() * longestMs) / 2);
}

export interface Deferred<T = void> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

/** The same promise; `onSlow` is called if it takes longer. */
export async function whileSlow<T>(pending: Promise<T>, slowMs: number, onSlow: () => void): Promise<T> {
  const timer = setTimeout(onSlow, slowMs);
  try {
    return await pending;
  } finally {
    clearTimeout(timer);
  }
}

/** The same promise, unless the signal is aborted before it settles: then it rejects with the signal's reason. */
export async function orAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
