/** What went wrong around one buffer, as counters of the agent. */
import type { Metrics } from '../metrics/metrics.ts';
import type { HeldChunk } from './held-chunk.ts';

/** Why a chunk was dropped on purpose. */
export type DiscardReason = 'overflow' | 'retry_limit';

/** How many events a chunk, or a part of one, has. */
type Counted = Pick<HeldChunk, 'eventCount'>;

export interface BufferCounters {
  /** A batch was not taken: the buffer is full, or cannot be written. */
  refused(): void;
  /** A delivery failed. */
  failed(): void;
  /** Delivered, by the output or its secondary. */
  delivered(chunk: Counted): void;
  /** Found at the start: an earlier run had accepted it. */
  resumed(chunk: Counted): void;
  /** Left in files by an output that a reload closes: its successor finds them. */
  left(chunk: Counted): void;
  /** A chunk that cannot be delivered was moved to the backup folder. */
  backedUp(chunk: Counted): void;
  /** A chunk that cannot be delivered was thrown away. */
  lost(chunk: Counted): void;
  /** A chunk was dropped as the configuration wants it. */
  discarded(chunk: Counted, reason: DiscardReason): void;
}

/** Counters of one buffer; asked for twice they are the same. */
export function createBufferCounters(metrics: Metrics): BufferCounters {
  const refused = metrics.counter('buffer_refused_batches_total', 'Batches that were not taken because the buffer was full or could not be written.');
  const failed = metrics.counter('buffer_flush_failures_total', 'Deliveries of chunks that failed.');
  const delivered = metrics.counter('buffer_delivered_records_total', 'Events in chunks that were delivered, by the output or its secondary.');
  const resumed = metrics.counter('buffer_resumed_records_total', 'Events in chunks that an earlier run had left.');
  const left = metrics.counter('buffer_left_records_total', 'Events in files of an output that a reload has closed; who opens them next counts them as resumed.');
  const backedUp = metrics.counter('buffer_backed_up_chunks_total', 'Chunks that cannot be delivered and were moved to the backup folder.');
  const backedUpEvents = metrics.counter('buffer_backed_up_records_total', 'Events in chunks that were moved to the backup folder.');
  const lost = metrics.counter('buffer_lost_chunks_total', 'Chunks that cannot be delivered and were thrown away.');
  const lostEvents = metrics.counter('buffer_lost_records_total', 'Events in chunks that cannot be delivered and were thrown away.');
  const discarding = (reason: DiscardReason) => ({
    chunks: metrics.counter('buffer_discarded_chunks_total', 'Chunks that were dropped as the configuration wants it.', { reason }),
    records: metrics.counter('buffer_discarded_records_total', 'Events in chunks that were dropped as the configuration wants it.', { reason }),
  });
  const discarded = { overflow: discarding('overflow'), retry_limit: discarding('retry_limit') };
  return {
    refused: () => refused.add(),
    failed: () => failed.add(),
    delivered: ({ eventCount }) => delivered.add(eventCount),
    resumed: ({ eventCount }) => resumed.add(eventCount),
    left: ({ eventCount }) => left.add(eventCount),
    backedUp({ eventCount }) {
      backedUp.add();
      backedUpEvents.add(eventCount);
    },
    lost({ eventCount }) {
      lost.add();
      lostEvents.add(eventCount);
    },
    discarded({ eventCount }, reason) {
      discarded[reason].chunks.add();
      discarded[reason].records.add(eventCount);
    },
  };
}
