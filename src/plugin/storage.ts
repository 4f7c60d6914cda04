/** Storages: what a `<storage>` makes. */
import type { Value } from '../lib/value.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Keeps a few values over restarts (`<storage>`). */
export interface Storage extends Lifecycle {
  get(key: string): Value | undefined;
  put(key: string, value: Value): void;
  delete(key: string): void;
  /** Writes what changed, if it is persistent. */
  save(): void;
}
