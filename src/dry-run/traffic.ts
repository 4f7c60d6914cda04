/** What goes through each place of the graph, by source: counted per batch. */
import type { Observer, Step } from '../plugin.ts';

/** Events at one step. */
export interface Passage {
  received: number;
  passed: number;
  failed: number;
}

/** More tags than this are counted together. */
const MAX_TAGS = 10_000;

export class Traffic implements Observer {
  /** By source (-1: unknown), then by step in the order in which events came by. */
  readonly bySource = new Map<number, Map<Step, Passage>>();
  /** By label, then by tag. */
  readonly unmatchedTags = new Map<string, Map<string, number>>();
  /** The source whose events are on their way. */
  source = -1;

  filtered(step: Step, before: { readonly size: number }, after: { readonly size: number }): void {
    const passage = this.#at(step);
    passage.received += before.size;
    passage.passed += after.size;
  }

  received(step: Step, batch: { readonly size: number }): void {
    this.#at(step).received += batch.size;
  }

  emitted(step: Step, _label: string, batch: { readonly size: number }): void {
    this.#at(step).passed += batch.size;
  }

  failed(step: Step): void {
    this.#at(step).failed++;
  }

  unmatched(label: string, batch: { readonly tag: string; readonly size: number }): void {
    let tags = this.unmatchedTags.get(label);
    if (!tags) this.unmatchedTags.set(label, (tags = new Map()));
    const tag = tags.has(batch.tag) || tags.size < MAX_TAGS ? batch.tag : '(other tags)';
    tags.set(tag, (tags.get(tag) ?? 0) + batch.size);
  }

  /** Sums over all sources. */
  total(step: Step): Passage {
    const sum: Passage = { received: 0, passed: 0, failed: 0 };
    for (const steps of this.bySource.values()) {
      const passage = steps.get(step);
      if (!passage) continue;
      sum.received += passage.received;
      sum.passed += passage.passed;
      sum.failed += passage.failed;
    }
    return sum;
  }

  #at(step: Step): Passage {
    let steps = this.bySource.get(this.source);
    if (!steps) this.bySource.set(this.source, (steps = new Map()));
    let passage = steps.get(step);
    if (!passage) steps.set(step, (passage = { received: 0, passed: 0, failed: 0 }));
    return passage;
  }
}
