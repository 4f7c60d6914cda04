/** Who is told what an output would do. */
import type { EventBatch } from '../event.ts';
import type { Output, Step } from '../plugin.ts';
import type { Delivery, OutputPlanning } from '../planning.ts';

export interface StandInListener {
  readonly nowMs: number;
  /** So many events of each destination are shown. */
  readonly samples: number;
  /** Chunks are planned as soon as there is an event in them. */
  readonly eager: boolean;
  delivered(step: Step, deliveries: readonly Delivery[]): void;
  /** Events of the batch were refused or changed; 0: they will be. `batch` is undefined where it is not known which. */
  trouble(step: Step, id: string, events: number, batch: EventBatch | undefined): void;
}

export interface OutputStandIn extends Output {
  /** Plans what is staged. */
  finish(): Promise<void>;
}

/** Tells of what the output's running totals of refused and changed events grew by. */
export function watchTroubles(planning: OutputPlanning | undefined, step: Step, listener: StandInListener) {
  const known = new Map<string, number>();
  return {
    look(batch: EventBatch): void {
      for (const id of planning?.look?.(batch, listener.nowMs) ?? []) listener.trouble(step, id, 0, batch);
    },
    check(batch: EventBatch | undefined): void {
      for (const [id, total] of planning?.troubles?.() ?? []) {
        const more = total - (known.get(id) ?? 0);
        if (more === 0) continue;
        known.set(id, total);
        listener.trouble(step, id, more, batch);
      }
    },
  };
}
