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
  readonly message: string;
}

interface Progress {
  readonly kind: Stall['kind'];
  readonly id: string;
  readonly type: string;
  /** What is there to be done: bytes to read, events to deliver. */
  readonly waiting: number;
  /** Grows with all that is done. */
  readonly done: number;
}

interface Seen {
  done: number;
  /** Monotonic milliseconds. */
  movedAt: number;
  waiting: number;
}

/** Keeps what it saw last; `look` is to be called every few seconds. */
export class StallWatch {
  readonly #afterMs: number;
  readonly #seen = new Map<string, Seen>();
  #stalls: readonly Stall[] = [];

  constructor({ afterMs }: StallOptions) {
    this.#afterMs = afterMs;
  }

  /** As of the last look. */
  get stalls(): readonly Stall[] {
    return this.#stalls;
  }

  /** `nowMs` is monotonic. */
  look(ledger: Ledger, samples: Iterable<Sample>, nowMs: number): void {
    const stalls: Stall[] = [];
    for (const progress of progressOf(ledger, samples)) {
      const { kind, id, type, waiting, done } = progress;
      const key = `${kind} ${id}`;
      const seen = this.#seen.get(key);
      if (!seen || seen.done !== done || waiting === 0 || seen.waiting === 0) {
        this.#seen.set(key, { done, movedAt: nowMs, waiting });
        continue;
      }
      seen.waiting = waiting;
      const forMs = nowMs - seen.movedAt;
      if (forMs >= this.#afterMs) stalls.push({ kind, id, type, forMs, message: sentence(progress, forMs) });
    }
    this.#stalls = stalls;
  }
}

function sentence({ kind, id, type, waiting }: Progress, forMs: number): string {
  const seconds = Math.floor(forMs / 1000);
  return kind === 'input'
    ? `input ${type} (${id}) has not read anything for ${seconds} s, ${waiting} bytes are waiting`
    : `output ${type} (${id}) has not delivered anything for ${seconds} s, ${waiting} events are waiting`;
}

function* progressOf(ledger: Ledger, samples: Iterable<Sample>): Generator<Progress> {
  const unread = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    const id = labels['plugin_id'];
    if (name === 'input_file_unread_bytes' && id !== undefined) unread.set(id, (unread.get(id) ?? 0) + value);
  }
  for (const { id, type, bytes } of ledger.inputs) yield { kind: 'input', id, type, waiting: unread.get(id) ?? 0, done: bytes };
  for (const { id, type, waiting, delivered, backedUp, lost } of ledger.outputs)
    yield { kind: 'output', id, type, waiting: Math.max(0, waiting), done: delivered + backedUp + lost };
}
