/** What went wrong around one buffer, as counters of the agent. */
import type { Metrics } from '../metrics/metrics.ts';
import type { HeldChunk } from './held-chunk.ts';

export interface BufferCounters {
  /** A batch was not taken: the buffer is full, or cannot be written. */
  refused(): void;
  /** A delivery failed. */
  failed(): void;
  /** A chunk that cannot be delivered was moved to the backup folder. */
  backedUp(chunk: HeldChunk): void;
  /** A chunk was thrown away. */
  lost(chunk: HeldChunk): void;
}

export function createBufferCounters(metrics: Metrics): BufferCounters {
  const refused = metrics.counter('buffer_refused_batches_total', 'Batches that were not taken because the buffer was full or could not be written.');
  const failed = metrics.counter('buffer_flush_failures_total', 'Deliveries of chunks that failed.');
  const backedUp = metrics.counter('buffer_backed_up_chunks_total', 'Chunks that cannot be delivered and were moved to the backup folder.');
  const backedUpEvents = metrics.counter('buffer_backed_up_records_total', 'Events in chunks that were moved to the backup folder.');
  const lost = metrics.counter('buffer_lost_chunks_total', 'Chunks that were thrown away without being delivered.');
  const lostEvents = metrics.counter('buffer_lost_records_total', 'Events in chunks that were thrown away.');
  return {
    refused: () => refused.add(),
    failed: () => failed.add(),
    backedUp(chunk) {
      backedUp.add();
      backedUpEvents.add(chunk.eventCount);
    },
    lost(chunk) {
      lost.add();
      lostEvents.add(chunk.eventCount);
    },
  };
}
