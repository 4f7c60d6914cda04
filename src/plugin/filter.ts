/** Filters: what a `<filter>` makes. */
import type { EventBatch } from '../event.ts';
import type { Awaitable, Lifecycle } from './lifecycle.ts';

/** Changes events on their way, or keeps them back. */
export interface Filter extends Lifecycle {
  /**
   * The batch that goes on: the same object if nothing changed, fewer or other events otherwise.
   * The result carries the batch's ack. Events kept for later need `ack.retain()`.
   * A promise delays later batches of the same tag, so that their order holds.
   */
  filter(batch: EventBatch): Awaitable<EventBatch>;
  /**
   * Gives on what is held for more lines to come, as after a timeout, and goes on: an input before it is about to be
   * replaced, and its successor reads again what was not acknowledged.
   */
  release?(): Awaitable<void>;
}
