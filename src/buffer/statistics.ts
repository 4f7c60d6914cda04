/** What an output with a buffer tells about itself; the names are those of Fluentd's monitor_agent. */
import type { ChunkBuffer } from './chunk-buffer.ts';
import type { FlushLoop } from './flush-loop.ts';

export interface BufferStatistics {
  readonly buffer_queue_length: number;
  readonly buffer_timekeys: readonly number[];
  readonly buffer_total_queued_size: number;
  readonly retry_count: number;
  readonly emit_records: number;
  readonly emit_size: number;
  readonly emit_count: number;
  readonly write_count: number;
  readonly write_secondary_count: number;
  readonly rollback_count: number;
  readonly slow_flush_count: number;
  readonly flush_time_count: number;
  readonly drop_oldest_chunk_count: number;
  readonly buffer_stage_length: number;
  readonly buffer_stage_byte_size: number;
  readonly buffer_queue_byte_size: number;
  /** Percent of total_limit_size that is free. */
  readonly buffer_available_buffer_space_ratios: number;
  readonly buffer_newest_timekey?: number;
  readonly buffer_oldest_timekey?: number;
  /** The series of failures that goes on, or an empty object. */
  readonly retry: { readonly start?: string; readonly steps?: number; readonly next_time?: string };
}

/** Counted by the output around the buffer. */
export interface BufferCounts {
  readonly emit: number;
  readonly emitRecords: number;
  readonly emitBytes: number;
  readonly write: number;
  readonly writeSecondary: number;
  readonly slowFlush: number;
  readonly flushTimeMs: number;
  readonly dropOldest: number;
}

export function readStatistics(buffer: ChunkBuffer, loop: FlushLoop, counts: BufferCounts): BufferStatistics {
  const total = buffer.stageBytes + buffer.queueBytes;
  const { retry } = loop;
  const timekeys = new Set<number>();
  for (const { metadata } of [...buffer.staged, ...buffer.queued]) if (metadata.timekey !== undefined) timekeys.add(metadata.timekey);
  const sorted = [...timekeys].sort((a, b) => a - b);
  const free = 1 - total / buffer.limits.totalLimitSize;
  return {
    buffer_queue_length: buffer.queueLength,
    buffer_timekeys: sorted,
    buffer_total_queued_size: total,
    retry_count: loop.failures,
    emit_records: counts.emitRecords,
    emit_size: counts.emitBytes,
    emit_count: counts.emit,
    write_count: counts.write,
    write_secondary_count: counts.writeSecondary,
    rollback_count: loop.takebacks,
    slow_flush_count: counts.slowFlush,
    flush_time_count: Math.floor(counts.flushTimeMs),
    drop_oldest_chunk_count: counts.dropOldest,
    buffer_stage_length: buffer.stageLength,
    buffer_stage_byte_size: buffer.stageBytes,
    buffer_queue_byte_size: buffer.queueBytes,
    buffer_available_buffer_space_ratios: Math.round(free * 1000) / 10,
    ...(sorted.length > 0 ? { buffer_newest_timekey: sorted.at(-1)!, buffer_oldest_timekey: sorted[0]! } : {}),
    retry: retry
      ? { start: new Date(retry.startedAt).toISOString(), steps: retry.steps, next_time: new Date(retry.nextAt).toISOString() }
      : {},
  };
}
