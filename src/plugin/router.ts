/** The way of events out of a plugin. */
import type { Ack, EventBatch, LogEvent, Tag } from '../event.ts';

/** Where an emitted batch goes. */
export interface Router {
  /**
   * Takes the batch and one claim of its ack. Returns undefined when all is done, a promise where
   * the caller should wait before it emits more (back-pressure). Throws (or rejects with)
   * BufferOverflowError when the events were not taken: then the claim is still the caller's.
   */
  emit(batch: EventBatch): void | Promise<void>;
  /** To the `@ERROR` label, or into the agent's log if there is none. Takes one claim of the ack. */
  emitError(tag: Tag, event: LogEvent, error: unknown, ack?: Ack): void;
}
