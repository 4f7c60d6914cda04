/** Outputs that hand events on to a router instead of delivering them. */
import type { EventBatch } from '../event.ts';
import type { Router } from '../plugin.ts';

/**
 * Emits a batch from within an output's `emit`: the router gets a claim of its own, as the core
 * settles the output's afterwards. A claim that the router did not take goes back.
 */
export function handOn(router: Router, batch: EventBatch): void | Promise<void> {
  batch.ack?.retain();
  const refused = (error: unknown): never => {
    batch.ack?.settle();
    throw error;
  };
  let result;
  try {
    result = router.emit(batch);
  } catch (error) {
    return refused(error);
  }
  return result ? result.catch(refused) : undefined;
}
