/**
 * Waiting for a change of journal files: looks at them in short intervals, and at once when the
 * kernel reports something. Polling alone is enough where watching is not possible (network file
 * systems, no free inotify instances).
 */
import { watch, type FSWatcher } from 'node:fs';

/** Between two looks at the counters of the files. */
const POLL_MS = 250;
/** Between two listings of all directories, whatever their times say. */
const LIST_MS = 5000;
/** After a report of the kernel: writers report several times for one entry. */
const SETTLE_MS = 5;

export class JournalWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  #wake: (() => void) | undefined;
  #isReported = false;
  #listedMs = 0;

  /** Calls `look` until it returns true, the time is over (false) or the signal is aborted (false). */
  async until(
    look: (force: boolean) => boolean, directories: () => Iterable<string>, timeoutMs: number, signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      if (signal?.aborted) return false;
      this.#watchAll(directories());
      this.#isReported = false;
      const isDue = performance.now() - this.#listedMs > LIST_MS;
      if (isDue) this.#listedMs = performance.now();
      if (look(isDue)) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      await this.#sleep(Math.min(POLL_MS, left), signal);
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#wake?.();
  }

  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve();
      };
      let timer = setTimeout(done, this.#isReported ? Math.min(SETTLE_MS, ms) : ms);
      this.#wake = () => {
        clearTimeout(timer);
        timer = setTimeout(done, SETTLE_MS);
        this.#wake = undefined;
      };
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  #watchAll(directories: Iterable<string>): void {
    const wanted = new Set(directories);
    for (const [path, watcher] of this.#watchers) {
      if (wanted.has(path)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
    for (const path of wanted) if (!this.#watchers.has(path)) this.#watchOne(path);
  }

  #watchOne(path: string): void {
    try {
      const watcher = watch(path, { persistent: false }, () => {
        this.#isReported = true;
        this.#wake?.();
      });
      watcher.on('error', () => {
        // Polling goes on.
        watcher.close();
        this.#watchers.delete(path);
      });
      this.#watchers.set(path, watcher);
    } catch {
      // Polling goes on.
    }
  }
}
