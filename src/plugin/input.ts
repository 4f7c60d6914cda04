/** Inputs: what a `<source>` makes. */
import type { Scan } from '../planning.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Emits batches through `context.router` between `start` and `stop`. */
export interface Input extends Lifecycle {
  /** SIGUSR1 and the like: state that a user may want to see (monitor_agent). */
  status?(): Readonly<Record<string, unknown>>;
  /** Of inputs with a position: how much was read that is not safe yet, in pieces of any size; 0 when the position covers all of it. */
  unacknowledged?(): number;
  /** For a dry run, instead of `start`: reads once all that is there, to its end, without positions. Absent: it waits for others. */
  scan?(scan: Scan): Promise<void>;
}
