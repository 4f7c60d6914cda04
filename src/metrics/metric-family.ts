/** Series of one name that a configuration defines: counters, gauges, summaries and histograms with the labels of records. */
import type { Labels, Member, Sample } from './metrics.ts';

export type FamilyType = Sample['type'];

/** What a name stands for. */
export interface FamilyDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly labels: readonly string[];
  /** Of histograms: upper limits, ascending, with the text that the label `le` has. */
  readonly buckets?: readonly Bucket[] | undefined;
}

export interface Bucket {
  readonly limit: number;
  readonly text: string;
}

/** Series of one name beyond this many share one whose labels all are `other`. */
export const MAX_SERIES = 10_000;

/** The Ruby client's, with its texts. */
export const DEFAULT_BUCKETS: readonly Bucket[] = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10'].map((text) => ({ limit: Number(text), text }));

/** One set of label values. */
export interface Series {
  readonly labels: Labels;
  /** Of a counter or gauge its value, else the sum of what was observed. */
  value: number;
  /** How many values were observed. */
  count: number;
  /** Of a histogram: how many fell into each bucket, the last is beyond all limits. */
  readonly buckets: Float64Array | undefined;
  /** Monotonic milliseconds of the last change. */
  usedAt: number;
  /** It is not shown any more: whoever kept it asks for a new one. */
  gone: boolean;
}

export class MetricFamily {
  readonly definition: FamilyDefinition;
  readonly #series = new Map<string, Series>();
  readonly #computed = new Set<() => Iterable<Member>>();

  constructor(definition: FamilyDefinition) {
    this.definition = definition;
    // Without labels there is one series, from the beginning.
    if (definition.labels.length === 0) this.at([], 0);
  }

  get size(): number {
    return this.#series.size;
  }

  /** The series with these values of the labels, in their order. */
  at(values: readonly string[], nowMs: number): Series {
    const key = values.length === 1 ? values[0]! : values.join('\0');
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#series.size >= MAX_SERIES && values.some((value) => value !== 'other')) return this.at(values.map(() => 'other'), nowMs);
    const { labels, type, buckets } = this.definition;
    const made: Series = {
      labels: Object.fromEntries(labels.map((name, i) => [name, values[i]!])),
      value: 0,
      count: 0,
      buckets: type === 'histogram' ? new Float64Array((buckets ?? DEFAULT_BUCKETS).length + 1) : undefined,
      usedAt: nowMs,
      gone: false,
    };
    this.#series.set(key, made);
    return made;
  }

  /** Adds `times` observations of a value to a summary or histogram. */
  observe(series: Series, value: number, times: number): void {
    series.value += value * times;
    series.count += times;
    if (!series.buckets) return;
    const limits = this.definition.buckets ?? DEFAULT_BUCKETS;
    const at = limits.findIndex(({ limit }) => limit >= value);
    series.buckets[at === -1 ? limits.length : at]! += times;
  }

  /** Series that did not change since then go away. */
  expire(beforeMs: number): void {
    for (const [key, series] of this.#series) {
      if (series.usedAt >= beforeMs) continue;
      series.gone = true;
      this.#series.delete(key);
    }
  }

  /** Adds series that are computed when somebody looks, until the function that it gives is called. */
  compute(read: () => Iterable<Member>): () => void {
    this.#computed.add(read);
    return () => void this.#computed.delete(read);
  }

  *samples(): Generator<Sample> {
    const { name, help, type } = this.definition;
    for (const read of this.#computed) for (const { labels, value } of read()) yield { name, help, type, labels, value };
    for (const { labels, value, count, buckets } of this.#series.values()) {
      if (type === 'counter' || type === 'gauge') {
        yield { name, help, type, labels, value };
        continue;
      }
      if (buckets) {
        let below = 0;
        for (const [i, bucket] of [...(this.definition.buckets ?? DEFAULT_BUCKETS), { text: '+Inf' }].entries()) {
          below += buckets[i]!;
          yield { name, help, type, suffix: '_bucket', labels: { ...labels, le: bucket.text }, value: below };
        }
      }
      yield { name, help, type, suffix: '_sum', labels, value };
      yield { name, help, type, suffix: '_count', labels, value: count };
    }
  }
}
