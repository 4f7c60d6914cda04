/** One buffer as the status shows it. */
import type { Ledger } from '../metrics/ledger.ts';
import type { PluginView } from '../plugin.ts';

export interface BufferStatus {
  /** Of the output. */
  readonly id: string;
  readonly type: string;
  readonly stageChunks: number;
  readonly stageBytes: number;
  /** Chunks that wait for a flush thread; those being delivered are not among them, but their bytes are. */
  readonly queueChunks: number;
  readonly queueBytes: number;
  /** Percent of total_limit_size that is free. */
  readonly availablePercent: number;
  /** Held in memory, as far as it counts against the agent's limit. */
  readonly memoryBytes: number;
  /** Events that are not delivered. */
  readonly waiting: number;
  readonly delivered: number;
  readonly lost: number;
  readonly backedUp: number;
  readonly flushFailures: number;
  /** Age of the oldest chunk, seconds; 0 without chunks. */
  readonly oldestSeconds: number;
  /** The series of failures that goes on; times in milliseconds since 1970. */
  readonly retry: { readonly steps: number; readonly since: number; readonly nextAt: number } | null;
}

/** Undefined for what is no output with a buffer. `total` gives the sum of a metric of this plugin. */
export function bufferStatus({ kind, id, type, buffered, statistics }: PluginView, ledger: Ledger, total: (name: string) => number): BufferStatus | undefined {
  const facts = kind === 'output' && buffered ? statistics() : undefined;
  if (!facts) return undefined;
  const number = (name: string): number => (typeof facts[name] === 'number' ? facts[name] : 0);
  const account = ledger.outputs.find((output) => output.id === id);
  return {
    id, type,
    stageChunks: number('buffer_stage_length'),
    stageBytes: number('buffer_stage_byte_size'),
    queueChunks: number('buffer_queue_length'),
    queueBytes: number('buffer_queue_byte_size'),
    availablePercent: number('buffer_available_buffer_space_ratios'),
    memoryBytes: total('buffer_memory_bytes'),
    waiting: Math.max(0, account?.waiting ?? 0),
    delivered: account?.delivered ?? 0,
    lost: account?.lost ?? 0,
    backedUp: account?.backedUp ?? 0,
    flushFailures: total('buffer_flush_failures_total'),
    oldestSeconds: total('buffer_oldest_chunk_seconds'),
    retry: retryStatus(facts['retry']),
  };
}

function retryStatus(retry: unknown): BufferStatus['retry'] {
  if (typeof retry !== 'object' || retry === null) return null;
  const { start, steps, next_time: next } = retry as Readonly<Record<string, unknown>>;
  if (typeof start !== 'string' || typeof next !== 'string') return null;
  return { steps: Number(steps ?? 0), since: Date.parse(start), nextAt: Date.parse(next) };
}
