/** Whether any of some folders changed since they were looked at: then what was found in them may be out of date. */
import { statSync } from 'node:fs';
import { fsPath } from './file-path.ts';

interface Version {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
}

/** A folder that changed so shortly before it was looked at may change once more without another time, milliseconds. */
const UNSURE_MS = 3000;
/** So long what was found is believed at most, milliseconds: not every file system tells of its changes. */
const BELIEVED_MS = 10_000;

export class FolderVersions {
  readonly #versions = new Map<string, Version | undefined>();
  readonly #startedAt = Date.now();
  #sure = true;

  /** To be called before the folder is looked at. Path on this machine. */
  note(folder: string): void {
    if (this.#versions.has(folder)) return;
    const version = versionOf(folder);
    this.#versions.set(folder, version);
    if (version && Number(version.mtimeNs / 1_000_000n) > this.#startedAt - UNSURE_MS) this.#sure = false;
  }

  /** Something could not be looked at. */
  fail(): void {
    this.#sure = false;
  }

  /** Whether all folders are as they were. */
  get isCurrent(): boolean {
    const age = Date.now() - this.#startedAt;
    if (!this.#sure || age < 0 || age >= BELIEVED_MS) return false;
    for (const [folder, then] of this.#versions) {
      const now = versionOf(folder);
      if (now?.mtimeNs !== then?.mtimeNs || now?.ino !== then?.ino || now?.dev !== then?.dev) return false;
    }
    return true;
  }
}

/** undefined if there is no such folder. */
function versionOf(folder: string): Version | undefined {
  try {
    return statSync(fsPath(folder), { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
