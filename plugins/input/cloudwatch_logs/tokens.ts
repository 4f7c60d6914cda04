/**
 * Where reading goes on, stream by stream: tokens of the service. A token is kept over restarts only when all events
 * before it are safe.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Logger, Storage } from '#logferry';

/** Where tokens are kept. */
export interface TokenStore {
  get(group: string, stream: string): string | undefined;
  put(group: string, stream: string, token: string): void;
}

/** In a `<storage>`, under the names that Fluentd's input uses. */
export function storageTokens(storage: Storage, stateFile: string | undefined): TokenStore {
  const old = (stream: string): string => `${stateFile ?? ''}_${inName(stream)}`;
  const name = (group: string, stream: string): string => `${stateFile ?? ''}_${inName(group)}_${inName(stream)}`;
  return {
    get(group, stream) {
      const token = storage.get(name(group, stream)) ?? storage.get(old(stream));
      return typeof token === 'string' && token !== '' ? token : undefined;
    },
    put: (group, stream, token) => storage.put(name(group, stream), token),
  };
}

/** In files beside the deprecated `state_file`, one for each stream, as old versions of Fluentd's input had them. */
export function fileTokens(stateFile: string, log: Logger): TokenStore {
  const written = new Map<string, string>();
  const oldFile = (stream: string): string => `${stateFile}_${inName(stream)}`;
  const file = (group: string, stream: string): string => `${stateFile}_${inName(group)}_${inName(stream)}`;
  const read = (name: string): string | undefined => {
    try {
      return readFileSync(name, 'utf8').trim() || undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn('a state file cannot be read, its stream is read from the start', { path: name, error });
      return undefined;
    }
  };
  return {
    get: (group, stream) => written.get(file(group, stream)) ?? read(file(group, stream)) ?? read(oldFile(stream)),
    put(group, stream, token) {
      const name = file(group, stream);
      if (written.get(name) === token) return;
      try {
        mkdirSync(path.dirname(name), { recursive: true });
        writeFileSync(`${name}.tmp`, token);
        renameSync(`${name}.tmp`, name);
        written.set(name, token);
      } catch (error) {
        log.error('a state file cannot be written: after a restart events come again', { path: name, error });
      }
    },
  };
}

function inName(name: string): string {
  return name.replaceAll('/', '-');
}

interface Step {
  readonly token: string;
  isSafe: boolean;
}

/** The tokens of one stream whose events are on their way; a token is kept when it and all before it are safe. */
export class TokenTrail {
  readonly #keep: (token: string) => void;
  #steps: Step[] = [];
  /** Where the next request goes on. */
  current: string | undefined;

  constructor(kept: string | undefined, keep: (token: string) => void) {
    this.current = kept;
    this.#keep = keep;
  }

  /** Reading has gone on to a token; call what it gives when the events before the token are safe. */
  advance(token: string): () => void {
    const step: Step = { token, isSafe: false };
    this.#steps.push(step);
    this.current = token;
    return () => {
      step.isSafe = true;
      let last: string | undefined;
      while (this.#steps[0]?.isSafe) last = this.#steps.shift()!.token;
      if (last !== undefined) this.#keep(last);
    };
  }

  /** The events before the newest token were not taken: they are read again. */
  retreat(token: string | undefined): void {
    this.#steps.pop();
    this.current = token;
  }
}
