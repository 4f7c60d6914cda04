/** Which way events go between plugins and labels: what is emitted into which label, counted as batches pass. */
import type { Observer, Step } from '../plugin.ts';

/** Events that one input, filter or output emitted into a label. */
export interface Flow {
  readonly kind: Step['kind'];
  /** The id of the plugin. */
  readonly from: string;
  /** The label; `@ROOT` is the top level. */
  readonly to: string;
  readonly records: number;
}

/** An observer, and what it counted. */
export interface FlowCount {
  readonly observer: Observer;
  read(): Flow[];
}

/** Begins at nought. */
export function countFlows(): FlowCount {
  const counts = new Map<Step, Map<string, number>>();
  return {
    observer: {
      emitted(step, label, batch) {
        let labels = counts.get(step);
        if (!labels) counts.set(step, (labels = new Map()));
        labels.set(label, (labels.get(label) ?? 0) + batch.size);
      },
    },
    read: () => [...counts].flatMap(([{ kind, id }, labels]) => [...labels].map(([to, records]) => ({ kind, from: id, to, records }))),
  };
}
