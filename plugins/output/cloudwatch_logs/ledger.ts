/** What became of the events, in numbers: delivered, rejected, changed, sent twice; by log group. */
import type { Clock, Counter, Gauge, Metrics } from '#logferry';
import type { Reason } from './reasons.ts';

/** More groups than this share the label `other`. */
const MAX_GROUPS = 200;
/** How long a greatest latency counts. */
const MAX_WINDOW_MS = 60_000;

/** Events in a form other than they came in. */
export type Change = 'truncated' | 'split' | 'invalid_utf8';

interface GroupLedger {
  readonly delivered: Counter;
  readonly bytes: Counter;
  readonly latencySum: Counter;
  readonly latencyCount: Counter;
  readonly latencyMax: Gauge;
  maxSince: number;
  max: number;
}

/** Events that one request delivered. */
export interface Delivered {
  readonly events: number;
  readonly messageBytes: number;
  /** Sum of the events' times and the earliest one, milliseconds since 1970. */
  readonly stampSumMs: number;
  readonly firstStampMs: number;
}

export class Ledger {
  /** Rejected and changed events so far, over all groups. */
  readonly totals = new Map<Reason | Change, number>();
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #groups = new Map<string, GroupLedger>();
  readonly #counters = new Map<string, Counter>();
  readonly #requests: Counter;
  readonly #throttled: Counter;

  constructor(metrics: Metrics, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#requests = metrics.counter('cloudwatch_requests_total', 'PutLogEvents calls that were answered well.');
    this.#throttled = metrics.counter('cloudwatch_throttled_total', 'Calls that were throttled or that met an unavailable service.');
  }

  delivered(group: string, { events, messageBytes, stampSumMs, firstStampMs }: Delivered): void {
    this.#requests.add();
    if (events === 0) return;
    const found = this.#group(group);
    found.delivered.add(events);
    found.bytes.add(messageBytes);
    const now = this.#clock.now();
    found.latencySum.add(Math.max(0, now * events - stampSumMs) / 1000);
    found.latencyCount.add(events);
    const longest = Math.max(0, now - firstStampMs) / 1000;
    const time = this.#clock.monotonic();
    if (longest < found.max && time - found.maxSince < MAX_WINDOW_MS) return;
    found.max = longest;
    found.maxSince = time;
    found.latencyMax.set(longest);
  }

  throttled(): void {
    this.#throttled.add();
  }

  rejected(group: string | undefined, reason: Reason, events: number): void {
    this.totals.set(reason, (this.totals.get(reason) ?? 0) + events);
    const labels = { reason, group: this.#label(group ?? '') };
    this.#counter('cloudwatch_rejected_events_total', 'Events that could not be delivered, by reason.', labels).add(events);
  }

  changed(change: Change, events = 1): void {
    this.totals.set(change, (this.totals.get(change) ?? 0) + events);
    const help = 'Events that were delivered in another form: cut, split, with bytes replaced that are not UTF-8.';
    this.#counter('cloudwatch_changed_events_total', help, { reason: change }).add(events);
  }

  /** A request is sent again though the service may have taken it: its answer was lost. */
  repeated(group: string, events: number): void {
    this.#counter(
      'cloudwatch_repeated_events_total',
      'Events that were sent again because the answer to a request was lost: the service may have them twice.',
      { group: this.#label(group) },
    ).add(events);
  }

  rejectedEntity(type: string): void {
    this.#counter('cloudwatch_rejected_entities_total', 'Answers that refused the entity; the events were taken.', { type }).add();
  }

  deadLetterFailed(): void {
    this.#counter('cloudwatch_dead_letter_failures_total', 'Times that the dead letter file could not be written.', {}).add();
  }

  #group(name: string): GroupLedger {
    const group = this.#label(name);
    const known = this.#groups.get(group);
    if (known) return known;
    const labels = { group };
    const metrics = this.#metrics;
    const made: GroupLedger = {
      delivered: metrics.counter('cloudwatch_delivered_events_total', 'Events that the service accepted.', labels),
      bytes: metrics.counter('cloudwatch_delivered_bytes_total', 'Bytes of their messages in UTF-8.', labels),
      latencySum: metrics.counter('cloudwatch_delivery_latency_seconds_sum', 'From the time of an event until it was accepted, over all events.', labels),
      latencyCount: metrics.counter('cloudwatch_delivery_latency_seconds_count', 'Events in cloudwatch_delivery_latency_seconds_sum.', labels),
      latencyMax: metrics.gauge('cloudwatch_delivery_latency_seconds_max', 'The longest such time of the last minute with deliveries.', labels),
      max: 0,
      maxSince: 0,
    };
    this.#groups.set(group, made);
    return made;
  }

  readonly #labels = new Set<string>();

  /** The group as a label; there is a bound to how many there are. */
  #label(group: string): string {
    if (this.#labels.has(group)) return group;
    if (this.#labels.size >= MAX_GROUPS) return 'other';
    this.#labels.add(group);
    return group;
  }

  #counter(name: string, help: string, labels: Readonly<Record<string, string>>): Counter {
    const key = name + Object.values(labels).join('\n');
    let counter = this.#counters.get(key);
    if (!counter) {
      counter = this.#metrics.counter(name, help, labels);
      this.#counters.set(key, counter);
    }
    return counter;
  }
}
