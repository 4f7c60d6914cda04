/**
 * Tells whether the agent makes progress. It looks at totals now and then; what waits without any of it moving for some time is a
 * stall, and the sentence says where.
 */
import type { Ledger } from '../metrics/ledger.ts';
import type { Sample } from '../metrics/metrics.ts';

export interface StallOptions {
  /** So long nothing may move while something waits, milliseconds. */
  readonly afterMs: number;
}

export interface Stall {
  /** `input`: bytes of files are not read; `output`: events are not delivered. */
  readonly kind: 'input' | 'output';
  readonly id: string;
  readonly type: string;
  /** Milliseconds since something moved. */
  readonly forMs: number;
  /**
   * `destination`: deliveries of an output fail and are tried again, or an input is kept waiting by such outputs; a new start of the agent
   * would not help. `agent`: nothing explains it.
   */
  readonly cause: 'destination' | 'agent';
  readonly message: string;
}

/** What a buffer tells of itself. */
export interface BufferState {
  /** Bytes of chunks that are due: queued, or being delivered. Those that wait for their time are none. */
  readonly dueBytes: number;
  /** Whether the last delivery failed and is tried again. */
  readonly retrying: boolean;
}

interface Progress {
  readonly kind: Stall['kind'];
  readonly id: string;
  readonly type: string;
  /** What is there to be done: bytes to read, events to deliver. */
  readonly waiting: number;
  /** Grows with all that is done. */
  readonly done: number;
  /** Of outputs: calls and deliveries that failed. */
  readonly failures: number;
}

interface Seen {
  done: number;
  failures: number;
  /** Monotonic milliseconds. */
  movedAt: number;
  waiting: number;
}

/** Keeps what it saw last; `look` is to be called every few seconds. */
export class StallWatch {
  readonly #afterMs: number;
  #seen = new Map<string, Seen>();
  #stalls: readonly Stall[] = [];

  constructor({ afterMs }: StallOptions) {
    this.#afterMs = afterMs;
  }

  /** As of the last look. */
  get stalls(): readonly Stall[] {
    return this.#stalls;
  }

  /** `nowMs` is monotonic; `buffers` goes by the ids of outputs. */
  look(ledger: Ledger, samples: Iterable<Sample>, nowMs: number, buffers: ReadonlyMap<string, BufferState> = new Map()): void {
    const refused = new Set<string>();
    const stalls: Stall[] = [];
    const seenNow = new Map<string, Seen>();
    for (const progress of progressOf(ledger, samples, buffers)) {
      const { kind, id, type, waiting, done, failures } = progress;
      const key = `${kind} ${id}`;
      const before = this.#seen.get(key);
      if (!before || before.done !== done || waiting === 0 || before.waiting === 0) {
        seenNow.set(key, { done, failures, movedAt: nowMs, waiting });
        continue;
      }
      seenNow.set(key, { ...before, waiting });
      const forMs = nowMs - before.movedAt;
      if (kind === 'output' && (failures > before.failures || buffers.get(id)?.retrying === true)) refused.add(id);
      if (forMs < this.#afterMs) continue;
      const cause = kind === 'output' ? refused.has(id) : refused.size > 0;
      stalls.push({ kind, id, type, forMs, cause: cause ? 'destination' : 'agent', message: sentence(progress, forMs, cause) });
    }
    // What a reload took away is forgotten.
    this.#seen = seenNow;
    this.#stalls = stalls;
  }
}

function sentence({ kind, id, type, waiting }: Progress, forMs: number, refused: boolean): string {
  const seconds = Math.floor(forMs / 1000);
  return kind === 'input'
    ? `input ${type} (${id}) has not read anything for ${seconds} s, ${waiting} bytes are waiting${refused ? ' for an output whose deliveries fail' : ''}`
    : `output ${type} (${id}) has not delivered anything for ${seconds} s, ${waiting} events are waiting${refused ? '; its deliveries fail and are tried again' : ''}`;
}

/** Counters of plugins that tell of a destination that answers, and not well; that of the buffer is one of them. */
const FAILURES = /_(?:failures|throttled|failed_requests)_total$/;

/** Outputs first: what keeps them explains what keeps inputs. */
function* progressOf(ledger: Ledger, samples: Iterable<Sample>, buffers: ReadonlyMap<string, BufferState>): Generator<Progress> {
  const unread = new Map<string, number>();
  const failed = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    const id = labels['plugin_id'];
    if (id === undefined) continue;
    if (name === 'input_file_unread_bytes') unread.set(id, (unread.get(id) ?? 0) + value);
    else if (FAILURES.test(name)) failed.set(id, (failed.get(id) ?? 0) + value);
  }
  for (const { id, type, waiting, delivered, backedUp, lost } of ledger.outputs) {
    const due = buffers.get(id)?.dueBytes === 0 ? 0 : Math.max(0, waiting);
    yield { kind: 'output', id, type, waiting: due, done: delivered + backedUp + lost, failures: failed.get(id) ?? 0 };
  }
  for (const { id, type, bytes } of ledger.inputs) yield { kind: 'input', id, type, waiting: unread.get(id) ?? 0, done: bytes, failures: 0 };
}
