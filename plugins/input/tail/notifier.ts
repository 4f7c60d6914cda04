/**
 * Tells once that a file changed.
 *
 * A watch ends with its first event: a busy file is then read without the kernel reporting every
 * single write, and a quiet one is watched again.
 */
import { watch, type FSWatcher } from 'node:fs';
import { errorText, type Logger } from '#logferry';

export class Notifier {
  readonly #log: Logger;
  #failed = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Calls `changed` once; the result ends it early. undefined where it is not possible: somebody else has to look. */
  once(fd: number, changed: () => void): (() => void) | undefined {
    if (this.#failed) return undefined;
    let watcher: FSWatcher;
    try {
      // By way of the descriptor it is this very file, whatever its name has become.
      watcher = watch(`/proc/self/fd/${fd}`, { persistent: false });
    } catch (error) {
      this.#failed = true;
      this.#log.info('files cannot be watched for changes, they are looked at once a second', { reason: errorText(error) });
      return undefined;
    }
    const end = () => watcher.close();
    const first = () => {
      end();
      changed();
    };
    watcher.once('change', first);
    watcher.once('error', first);
    return end;
  }
}
