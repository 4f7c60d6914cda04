/**
 * Whether the agent does its work. Alive: its event loop turns (else nobody answers) and it is not stuck. Ready: it has started, does not
 * end, and is not stuck. Stuck: data wait, and for some time nothing of them moved (see {@link StallWatch}).
 */
import type { AgentView } from '../plugin.ts';
import { StallWatch, type BufferState, type Stall } from './stall.ts';

export type Phase = 'starting' | 'running' | 'ending';

export interface Health {
  readonly ok: boolean;
  /** What is wrong, as sentences; empty if all is well. */
  readonly reasons: readonly string[];
  readonly phase: Phase;
  /** Whether all plugins were started; stays true while the agent ends. */
  readonly started: boolean;
  readonly stalls: readonly Stall[];
  /** Number of worker processes; each has an admin server of its own. */
  readonly workers: number;
  readonly worker: number;
}

export interface HealthOptions {
  readonly view: AgentView;
  /** So long nothing may move while something waits, milliseconds. */
  readonly stallAfterMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly workers: number;
  readonly worker: number;
}

/** Looks are at least so often; and five times within the time that makes a stall. Milliseconds. */
const LOOK_MS = 5000;

export class HealthWatch {
  readonly #options: HealthOptions;
  readonly #stalls: StallWatch;
  #phase: Phase = 'starting';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#stalls = new StallWatch({ afterMs: options.stallAfterMs });
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** All plugins run: from now on progress is watched. */
  started(): void {
    this.#phase = 'running';
    this.look();
    this.#timer = setInterval(() => this.look(), Math.min(LOOK_MS, Math.max(50, this.#options.stallAfterMs / 5)));
    this.#timer.unref();
  }

  /** The agent was told to end. */
  ending(): void {
    this.#phase = 'ending';
    clearInterval(this.#timer);
  }

  look(): void {
    const { view, now } = this.#options;
    if (this.#phase === 'running') this.#stalls.look(view.ledger(), view.metrics(), now(), bufferStates(view));
  }

  /** With `bearing: 'destination'` stalls that a new start would not end are told, and are no reason. */
  alive(bearing?: 'destination'): Health {
    return this.#health(this.#stalls.stalls.filter(({ cause }) => cause !== bearing).map(({ message }) => message));
  }

  ready(): Health {
    const reasons = this.#stalls.stalls.map(({ message }) => message);
    if (this.#phase === 'starting') reasons.unshift('the agent is starting');
    if (this.#phase === 'ending') reasons.unshift('the agent is ending');
    return this.#health(reasons);
  }

  #health(reasons: readonly string[]): Health {
    const { workers, worker } = this.#options;
    return { ok: reasons.length === 0, reasons, phase: this.#phase, started: this.#phase !== 'starting', stalls: this.#stalls.stalls, workers, worker };
  }
}

function bufferStates(view: AgentView): Map<string, BufferState> {
  const states = new Map<string, BufferState>();
  for (const { kind, id, buffered, statistics } of view.plugins()) {
    if (kind !== 'output' || !buffered) continue;
    const { buffer_queue_byte_size: due, retry } = statistics() ?? {};
    states.set(id, { dueBytes: typeof due === 'number' ? due : 0, retrying: typeof retry === 'object' && retry !== null && 'next_time' in retry });
  }
  return states;
}
