/** What CloudWatch Logs would cost in a month if logs came on as they did in the time that was read. Pure. */
import { byteText } from './layout.ts';
import { FALLBACK_REGION, PRICES, PRICES_DATE, PRICING_PAGE, type LogPrices } from './prices.ts';
import type { CloudWatchPlan, CostReport, GroupReport, NamespaceCost, PodCost, StreamReport } from './report.ts';

/** The service adds these to each event when it bills. */
const EVENT_OVERHEAD_BYTES = 26;
/** What is kept is compressed: to this part of its size, says the pricing page. */
const COMPRESSION = 0.15;
const HOUR_SEC = 3600;
/** AWS counts a month as 730 hours. */
const MONTH_SEC = 730 * HOUR_SEC;
const GB = 1e9;
/** Without a retention what is kept grows for ever: counted is what a year leaves. */
const MONTHS_KEPT_FOREVER = 12;
/** Logs of so long a time that were written in a small part of it are of several times. */
const LONG_SPAN_SEC = 60 * 24 * HOUR_SEC;
const MIN_COVERED = 0.05;
/** Shorter spans say nothing about a month. */
const MIN_SPAN_SEC = 60;
/** Bytes of one request. */
const REQUEST_BYTES = 1024 * 1024;

export type LogClass = 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY';

export interface CostOptions {
  /** Prices that win over those of the table. */
  readonly prices?: Partial<LogPrices> | undefined;
  /** Class of the groups that an output makes, by its step; STANDARD if absent. */
  readonly classes?: ReadonlyMap<number, LogClass> | undefined;
}

export function estimateCost({ groups }: CloudWatchPlan, options: CostOptions = {}): CostReport {
  const span = spanOf(groups);
  const usable = span !== null && span >= MIN_SPAN_SEC && !hasGaps(groups, span) ? span : null;
  const events = sum(groups, (group) => group.events);
  const bytes = sum(groups, billed);
  const items = usable === null ? [] : groups.flatMap((group) => itemsOf(group, usable, options));
  const perSec = (value: number) => (usable === null ? null : round(value / usable, 3));
  return {
    spanSec: span,
    eventsPerSec: perSec(events),
    bytesPerSec: perSec(bytes),
    requestsPerSec: usable === null ? null : round(sum(groups, (group) => requestsPerSec(group, usable)), 3),
    currency: 'USD',
    assumptions: assumptionsOf(groups, span, options),
    items,
    totalPerMonth: usable === null ? null : round(sum(items, ({ perMonth }) => perMonth ?? 0), 2),
    ...shares(groups, usable, options),
  };
}

/** By names of streams of the form POD_NAMESPACE_CONTAINER-ID. */
function shares(groups: readonly GroupReport[], span: number | null, options: CostOptions): Pick<CostReport, 'byNamespace' | 'byPod'> {
  const pods = new Map<string, PodCost>();
  for (const group of groups)
    for (const stream of group.streams) {
      const { namespace, pod } = podOf(stream.name);
      const key = `${namespace}/${pod}`;
      const { events = 0, bytes = 0, perMonth = 0 } = pods.get(key) ?? {};
      const cost = span === null ? null : (perMonth ?? 0) + streamPerMonth(group, stream, span, options);
      pods.set(key, { namespace, pod, events: events + stream.events, bytes: bytes + billed(stream), perMonth: cost });
    }
  const namespaces = new Map<string | null, NamespaceCost>();
  for (const { namespace, pod, events, bytes, perMonth } of pods.values()) {
    const known = namespaces.get(namespace);
    namespaces.set(namespace, {
      namespace, pods: (known?.pods ?? 0) + (pod === null ? 0 : 1), events: (known?.events ?? 0) + events, bytes: (known?.bytes ?? 0) + bytes,
      perMonth: perMonth === null ? null : (known?.perMonth ?? 0) + perMonth,
    });
  }
  return { byNamespace: dearestFirst([...namespaces.values()], ({ namespace }) => `${namespace}`), byPod: dearestFirst([...pods.values()], ({ namespace, pod }) => `${namespace}/${pod}`) };
}

function dearestFirst<T extends { readonly bytes: number; readonly perMonth: number | null }>(all: T[], name: (one: T) => string): T[] {
  return all
    .sort((a, b) => (b.perMonth ?? 0) - (a.perMonth ?? 0) || b.bytes - a.bytes || (name(a) < name(b) ? -1 : 1))
    .map((one) => ({ ...one, perMonth: one.perMonth === null ? null : round(one.perMonth, 2) }));
}

/** The pod that a container's stream is named by; nulls if the name is another one. */
export function podOf(stream: string): { readonly namespace: string | null; readonly pod: string | null } {
  const [, pod = null, namespace = null] = /(?:var\.log\.(?:containers|pods)\.)?([a-z0-9][-a-z0-9.]*)_([a-z0-9][-a-z0-9]*)_[^_]+-[0-9a-f]{64}/.exec(stream) ?? [];
  return { namespace, pod };
}

function itemsOf(group: GroupReport, span: number, options: CostOptions): CostReport['items'] {
  const monthly = (billed(group) / span) * MONTH_SEC;
  const { ingestion, storage } = priceOf(group, options);
  const months = monthsKept(group);
  const kept = monthly * COMPRESSION * months;
  return [
    { what: `ingestion into ${group.name}`, perMonth: round((monthly / GB) * ingestion, 2), quantity: `${byteText(monthly)} a month` },
    { what: `storage of ${group.name}`, perMonth: round((kept / GB) * storage, 2), quantity: `${byteText(kept)} compressed, ${group.retentionDays === null ? 'after a year' : `kept ${group.retentionDays} days`}` },
  ];
}

function streamPerMonth(group: GroupReport, stream: StreamReport, span: number, options: CostOptions): number {
  const monthly = (billed(stream) / span) * MONTH_SEC;
  const { ingestion, storage } = priceOf(group, options);
  return (monthly / GB) * (ingestion + COMPRESSION * monthsKept(group) * storage);
}

function priceOf({ region, outputs }: GroupReport, { prices, classes }: CostOptions): { readonly ingestion: number; readonly storage: number } {
  const all = { ...(PRICES[region ?? ''] ?? PRICES[FALLBACK_REGION]!), ...prices };
  const infrequent = outputs.some((step) => classes?.get(step) === 'INFREQUENT_ACCESS');
  return { ingestion: infrequent ? all.ingestionInfrequent : all.ingestion, storage: all.storage };
}

function monthsKept({ retentionDays }: GroupReport): number {
  return retentionDays === null ? MONTHS_KEPT_FOREVER : (retentionDays * 24 * HOUR_SEC) / MONTH_SEC;
}

/** Each stream that has news makes a request for each flush; more if there is more than one request takes. */
function requestsPerSec({ streams, flushIntervalSec }: GroupReport, span: number): number {
  return sum(streams, (stream) => {
    const rate = stream.events / span;
    const bySize = billed(stream) / span / REQUEST_BYTES;
    // How likely it is that a stream has news within the interval, if its events come at random.
    const byTime = flushIntervalSec === null || flushIntervalSec <= 0 ? rate : (1 - Math.exp(-rate * flushIntervalSec)) / flushIntervalSec;
    return Math.max(bySize, byTime);
  });
}

function billed({ events, bytes }: { readonly events: number; readonly bytes: number }): number {
  return bytes + events * EVENT_OVERHEAD_BYTES;
}

/** Seconds from the first event to the last one. */
function spanOf(groups: readonly GroupReport[]): number | null {
  const times = (pick: (stream: StreamReport) => string | null) => groups.flatMap(({ streams }) => streams.map(pick)).flatMap((time) => (time === null ? [] : [Date.parse(time)]));
  const first = times((stream) => stream.first).reduce((a, b) => Math.min(a, b), Infinity);
  const last = times((stream) => stream.last).reduce((a, b) => Math.max(a, b), -Infinity);
  return last >= first ? (last - first) / 1000 : null;
}

/** Whether there was nothing in nearly all of a long time. */
function hasGaps(groups: readonly GroupReport[], span: number): boolean {
  if (span < LONG_SPAN_SEC) return false;
  const spans = groups.flatMap(({ streams }) => streams.flatMap(({ first, last }) => (first === null || last === null ? [] : [[Date.parse(first), Date.parse(last)] as const])));
  let covered = 0;
  let end = -Infinity;
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    covered += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return covered / 1000 < span * MIN_COVERED;
}

function assumptionsOf(groups: readonly GroupReport[], span: number | null, { prices }: CostOptions): string[] {
  if (span === null) return ['no events with a time: nothing can be estimated'];
  if (hasGaps(groups, span)) return [
    `the events are from times far apart, ${timeText(span)} between the first and the last one: too little to estimate a month; times without a year are of this year, so with old logs --now has to be of their time`,
  ];
  if (span < MIN_SPAN_SEC) return [`the events are from less than ${MIN_SPAN_SEC} seconds: too little to estimate a month`];
  const regions = [...new Set(groups.map(({ region }) => region))].sort();
  const given = prices !== undefined && Object.keys(prices).length > 0;
  const known = regions.some((region) => region !== null && PRICES[region]);
  const lines = regions.map((region) => {
    const { ingestion, ingestionInfrequent, storage } = { ...(PRICES[region ?? ''] ?? PRICES[FALLBACK_REGION]!), ...prices };
    const from = region === null ? `the region is not known, counted as ${FALLBACK_REGION}` : PRICES[region] ? `region ${region}` : `no prices are known of region ${region}, counted as ${FALLBACK_REGION}`;
    return `${from}: ${usd(ingestion)} a GB taken in (${usd(ingestionInfrequent)} infrequent access), ${usd(storage)} a GB kept for a month`;
  });
  return [
    `all months are as the ${timeText(span)} that were read; a month has 730 hours, a GB 1e9 bytes`,
    `each event is billed with ${EVENT_OVERHEAD_BYTES} bytes more; what is kept is compressed to ${COMPRESSION}`,
    ...(groups.some(({ retentionDays }) => retentionDays === null) ? [`groups without a retention: what ${MONTHS_KEPT_FOREVER} months leave`] : []),
    ...lines,
    `prices of ${PRICES_DATE}${known ? '' : ' of another region'}, without free tier, discounts, queries and the agent's own log; those of now: ${PRICING_PAGE}`,
    given ? 'prices given with --price win' : 'other prices: --price',
  ];
}

/** Two digits behind the point at least. */
function usd(price: number): string {
  const text = String(price);
  return `$${text.length - text.indexOf('.') > 2 && text.includes('.') ? text : price.toFixed(2)}`;
}

function timeText(sec: number): string {
  if (sec >= 2 * 24 * HOUR_SEC) return `${round(sec / (24 * HOUR_SEC), 1)} days`;
  return sec >= 2 * HOUR_SEC ? `${round(sec / HOUR_SEC, 1)} hours` : `${Math.round(sec / 60)} minutes`;
}

function sum<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((total, one) => total + value(one), 0);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
