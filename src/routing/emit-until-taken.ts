/** For inputs that can let their source wait: an emit that is tried again while buffers are full. */
import { BufferOverflowError } from '../errors.ts';
import type { EventBatch } from '../event.ts';
import type { PluginContext } from '../plugin.ts';

/** Milliseconds between two tries: the first pause, and the longest. */
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;

/**
 * Emits a batch; waits where the receiver says so, and offers the batch again where a buffer is full.
 * Resolves to whether it was taken: false once `signal` is aborted while there was no room (the claim
 * of its ack is still the caller's then). Other errors reject.
 */
export async function emitUntilTaken(
  context: Pick<PluginContext, 'router' | 'log'>,
  batch: EventBatch,
  signal: AbortSignal,
): Promise<boolean> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      const waiting = context.router.emit(batch);
      if (waiting) await waiting;
      return true;
    } catch (error) {
      if (!(error instanceof BufferOverflowError)) throw error;
      if (waitMs === FIRST_WAIT_MS) context.log.warn('a full buffer takes no more events; they are offered again', { tag: batch.tag, error });
      if (signal.aborted) return false;
      await pause(waitMs, signal);
    }
  }
}

/** Ends early when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
