/** Counters and gauges of the agent: one registry, named and labelled as Prometheus wants them. */

export type Labels = Readonly<Record<string, string>>;

/** A number that only grows. */
export interface Counter {
  readonly value: number;
  add(n?: number): void;
}

/** A number that goes up and down. */
export interface Gauge {
  readonly value: number;
  set(value: number): void;
}

/** A series that goes away when what it speaks of does: nobody sees it any more, and it takes no memory. */
export interface Ending {
  end(): void;
}

/** One of the series of a family: what tells it from the others, and its value now. */
export interface Member {
  readonly labels: Labels;
  readonly value: number;
}

interface Series {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: Labels;
  /** One value, or those of a family. */
  read(): number | Iterable<Member>;
}

/** One series as it stands when somebody looks. */
export interface Sample {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** Of histograms and summaries: what this one of several is, behind the name. */
  readonly suffix?: '_bucket' | '_sum' | '_count' | undefined;
  readonly labels: Labels;
  readonly value: number;
}

/** What a plugin uses: its own labels are added to each metric. */
export interface Metrics {
  counter(name: string, help: string, labels?: Labels): Counter & Ending;
  gauge(name: string, help: string, labels?: Labels): Gauge & Ending;
  /** A gauge that is computed when somebody looks. */
  observe(name: string, help: string, read: () => number, labels?: Labels): Ending;
  /** Series that come and go (one for each open file): `read` says which there are when somebody looks. */
  family(name: string, help: string, type: 'counter' | 'gauge', read: () => Iterable<Member>): Ending;
}

export class MetricsRegistry implements Metrics {
  readonly #series = new Map<string, Series>();
  readonly #counters = new Map<string, { value: number }>();
  #common: Labels = {};

  /** Labels that all series have when they are read, besides their own (`<system> <metrics> labels`). */
  labelAll(labels: Labels): void {
    this.#common = labels;
  }

  counter(name: string, help: string, labels: Labels = {}): Counter & Ending {
    const cell = this.#cell(name, help, 'counter', labels);
    return {
      end: () => this.#end(name, labels, cell),
      get value() {
        return cell.value;
      },
      add: (n = 1) => {
        cell.value += n;
      },
    };
  }

  gauge(name: string, help: string, labels: Labels = {}): Gauge & Ending {
    const cell = this.#cell(name, help, 'gauge', labels);
    return {
      end: () => this.#end(name, labels, cell),
      get value() {
        return cell.value;
      },
      set: (value) => {
        cell.value = value;
      },
    };
  }

  observe(name: string, help: string, read: () => number, labels: Labels = {}): Ending {
    return this.#add({ name, help, type: 'gauge', labels, read });
  }

  family(name: string, help: string, type: 'counter' | 'gauge', read: () => Iterable<Member>, labels: Labels = {}): Ending {
    return this.#add({ name, help, type, labels, read });
  }

  /** A view that adds labels to everything; `opened` is told of series that have to end with whoever computes them. */
  labelled(extra: Labels, opened: (series: Ending) => void = () => {}): Metrics {
    const noted = (series: Ending): Ending => {
      opened(series);
      return series;
    };
    return {
      counter: (name, help, labels) => this.counter(name, help, { ...extra, ...labels }),
      gauge: (name, help, labels) => this.gauge(name, help, { ...extra, ...labels }),
      observe: (name, help, read, labels) => noted(this.observe(name, help, read, { ...extra, ...labels })),
      family: (name, help, type, read) => noted(this.family(name, help, type, read, extra)),
    };
  }

  /** Every series as it stands now. */
  *read(): Generator<Sample> {
    for (const { name, help, type, labels: own, read } of this.#series.values()) {
      const labels = { ...this.#common, ...own };
      const now = read();
      if (typeof now === 'number') yield { name, help, type, labels, value: now };
      else for (const member of now) yield { name, help, type, labels: { ...labels, ...member.labels }, value: member.value };
    }
  }

  #add(series: Series): Ending {
    const key = seriesKey(series.name, series.labels);
    this.#series.set(key, series);
    return {
      end: () => {
        if (this.#series.get(key) === series) this.#series.delete(key);
      },
    };
  }

  /** Does nothing if the series ended already and began anew. */
  #end(name: string, labels: Labels, cell: { value: number }): void {
    const key = seriesKey(name, labels);
    if (this.#counters.get(key) !== cell) return;
    this.#counters.delete(key);
    this.#series.delete(key);
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
