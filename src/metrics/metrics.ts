/** Counters and gauges of the agent: one registry, named and labelled as Prometheus wants them. */

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  readonly value: number;
  add(n?: number): void;
}

export interface Gauge {
  readonly value: number;
  set(value: number): void;
}

interface Series {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: Labels;
  read(): number;
}

/** What a plugin uses: its own labels are added to each metric. */
export interface Metrics {
  counter(name: string, help: string, labels?: Labels): Counter;
  gauge(name: string, help: string, labels?: Labels): Gauge;
  /** A gauge that is computed when somebody looks. */
  observe(name: string, help: string, read: () => number, labels?: Labels): void;
}

export class MetricsRegistry implements Metrics {
  readonly #series = new Map<string, Series>();
  readonly #counters = new Map<string, { value: number }>();

  counter(name: string, help: string, labels: Labels = {}): Counter {
    const cell = this.#cell(name, help, 'counter', labels);
    return {
      get value() {
        return cell.value;
      },
      add: (n = 1) => {
        cell.value += n;
      },
    };
  }

  gauge(name: string, help: string, labels: Labels = {}): Gauge {
    const cell = this.#cell(name, help, 'gauge', labels);
    return {
      get value() {
        return cell.value;
      },
      set: (value) => {
        cell.value = value;
      },
    };
  }

  observe(name: string, help: string, read: () => number, labels: Labels = {}): void {
    this.#series.set(seriesKey(name, labels), { name, help, type: 'gauge', labels, read });
  }

  /** A view that adds labels to everything. */
  labelled(extra: Labels): Metrics {
    return {
      counter: (name, help, labels) => this.counter(name, help, { ...extra, ...labels }),
      gauge: (name, help, labels) => this.gauge(name, help, { ...extra, ...labels }),
      observe: (name, help, read, labels) => this.observe(name, help, read, { ...extra, ...labels }),
    };
  }

  /** Every series as it stands now. */
  *read(): Generator<{ name: string; help: string; type: 'counter' | 'gauge'; labels: Labels; value: number }> {
    for (const { name, help, type, labels, read } of this.#series.values()) yield { name, help, type, labels, value: read() };
  }

  #cell(name: string, help: string, type: 'counter' | 'gauge', labels: Labels): { value: number } {
    const key = seriesKey(name, labels);
    const known = this.#counters.get(key);
    if (known) return known;
    const cell = { value: 0 };
    this.#counters.set(key, cell);
    this.#series.set(key, { name, help, type, labels, read: () => cell.value });
    return cell;
  }
}

function seriesKey(name: string, labels: Labels): string {
  return JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
