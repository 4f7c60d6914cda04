/** When the core calls a plugin. */

/** A value, now or later. */
export type Awaitable<T> = T | Promise<T>;

/** What the core calls, in this order; each is optional. */
export interface Lifecycle {
  /** Opens and begins; outputs first, inputs last. */
  start?(): Awaitable<void>;
  /** Takes nothing new; inputs first. */
  stop?(): Awaitable<void>;
  /** Delivers what is held; gives up when the signal is aborted. */
  flush?(signal: AbortSignal): Awaitable<void>;
  /** Frees everything; called exactly once, even if `start` failed. */
  close?(): Awaitable<void>;
}
