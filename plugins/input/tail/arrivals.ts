/**
 * Notices new files sooner than the next look would.
 *
 * Folders of links (`/var/log/containers`) change only when a container comes or goes, so the kernel's reports
 * cost next to nothing there. In folders of ordinary files every write would be reported, and the whole folder
 * looked through for it: those are not watched, the look each second finds what is new. Nothing depends on
 * this: where folders cannot be watched, looks remain.
 */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { Logger } from '#logferry';
import { fsPath } from './file-path.ts';

/** More folders than this are not watched. */
const MOST_FOLDERS = 64;

export class Arrivals {
  readonly #log: Logger;
  readonly #arrived: () => void;
  readonly #folders = new Set<string>();
  #watcher: FSWatcher | undefined;
  #loading: Promise<void> | undefined;
  #closed = false;

  /** `arrived` is called for every link that comes or goes; many in a row are the caller's to put together. */
  constructor(log: Logger, arrived: () => void) {
    this.#log = log;
    this.#arrived = arrived;
  }

  /** Watches the folders of these paths, too, if they are folders of links. Never throws. */
  watch(paths: Iterable<string>): void {
    const fresh: string[] = [];
    for (const file of paths) {
      const folder = path.dirname(file);
      if (this.#folders.has(folder) || this.#folders.size >= MOST_FOLDERS) continue;
      this.#folders.add(folder);
      if (isLink(file)) fresh.push(folder);
    }
    if (fresh.length === 0 || this.#closed) return;
    this.#loading = (this.#loading ?? this.#open()).then(() => void this.#watcher?.add(fresh));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#loading;
    await this.#watcher?.close();
  }

  async #open(): Promise<void> {
    try {
      const { watch } = await import('chokidar');
      if (this.#closed) return;
      this.#watcher = watch([], {
        depth: 0,
        ignoreInitial: true,
        followSymlinks: false,
        persistent: false,
        ignorePermissionErrors: true,
        ignored: (_, stats) => stats?.isFile() ?? false,
      });
      this.#watcher.on('add', this.#arrived).on('unlink', this.#arrived);
      this.#watcher.on('error', (error) => this.#log.debug('a folder is not watched; it is looked at each second', { error }));
    } catch (error) {
      this.#log.debug('folders are not watched; they are looked at each second', { error });
    }
  }
}

function isLink(file: string): boolean {
  try {
    return lstatSync(fsPath(file)).isSymbolicLink();
  } catch {
    return false;
  }
}
