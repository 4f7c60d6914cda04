/** Several observers as one; a list that is empty costs a check for each batch. */
import type { Observer } from '../plugin.ts';

export interface ObserverList extends Observer {
  /** The function that it gives takes the observer away again. */
  add(observer: Observer): () => void;
}

/** `first` stays for good, others come and go. One that throws harms nobody: it is told no more. */
export function createObservers(first: Observer | undefined, failed: (error: unknown) => void): ObserverList {
  const all = new Set<Observer>(first ? [first] : []);
  const tell = (call: (observer: Observer) => void): void => {
    for (const observer of all) {
      try {
        call(observer);
      } catch (error) {
        all.delete(observer);
        failed(error);
      }
    }
  };
  return {
    add(observer) {
      all.add(observer);
      return () => void all.delete(observer);
    },
    emitted: (step, label, batch) => all.size > 0 && tell((each) => each.emitted?.(step, label, batch)),
    filtered: (step, before, after) => all.size > 0 && tell((each) => each.filtered?.(step, before, after)),
    received: (step, batch) => all.size > 0 && tell((each) => each.received?.(step, batch)),
    failed: (step, tag, event, error) => all.size > 0 && tell((each) => each.failed?.(step, tag, event, error)),
    unmatched: (label, batch) => all.size > 0 && tell((each) => each.unmatched?.(label, batch)),
  };
}
