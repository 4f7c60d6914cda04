/** What expressions may see of the machine they run on. */
import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import type { EventTime } from '../event.ts';
import { systemClock } from '../lib/clock.ts';

export interface RubyHost {
  /** Environment variables, only ever read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  hostname(): string;
  /** Number of this worker, from 0. */
  readonly workerId: number;
  now(): EventTime;
  /** For configurations only. Throws as node's `readFileSync` does. */
  readFile(path: string): Buffer;
  /** What is at a path, or undefined; for configurations only. */
  fileKind(path: string): { readonly kind: 'file' | 'directory' | 'other'; readonly size: number } | undefined;
}

/** This process: its environment, host name, clock and files. */
export const systemHost: RubyHost = {
  env: process.env,
  hostname,
  workerId: 0,
  now: () => systemClock.time(),
  readFile: (path) => readFileSync(path),
  fileKind(path) {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat && { kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other', size: stat.size };
  },
};
