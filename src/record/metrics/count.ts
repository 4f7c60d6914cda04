/** Counts the records of batches: what the filter and the output `prometheus` do. */
import type { EventBatch, LogEvent } from '../../event.ts';
import type { LogRecord, Value } from '../../lib/value.ts';
import type { MetricFamily, Series } from '../../metrics/metric-family.ts';
import { columnValue, TextBatch } from '../../text-batch.ts';
import { perTag, tagValues, type TagValues } from '../tag-values.ts';
import type { MetricDefinition } from './definition.ts';
import { INSTRUMENTS, isNothing } from './instrument.ts';

/** Tells of a record whose value or labels cannot be used. */
export type OnFailure = (metric: string, event: LogEvent, tag: string, error: unknown) => void;

/** A metric with the family that it counts into. */
export interface OpenMetric {
  readonly definition: MetricDefinition;
  readonly family: MetricFamily;
}

/** Gives the function that counts a batch. `now` is monotonic. */
export function createCounting(metrics: readonly OpenMetric[], now: () => number, failed: OnFailure): (batch: EventBatch) => void {
  const needed = new Set(metrics.flatMap(({ definition }) => [
    ...firstField(definition), ...definition.sources.flatMap((source) => (source.kind === 'record' ? source.fields : [])),
  ]));
  const planOf = perTag((tag) => {
    const values = tagValues(tag);
    return metrics.map((metric) => createPlan(metric, values));
  });
  return (batch) => {
    if (batch.size === 0) return;
    const at = now();
    const whole = sameForAll(batch, needed);
    for (const [i, plan] of planOf(batch.tag).entries()) {
      const fail = (row: number, error: unknown): void => failed(metrics[i]!.definition.family.name, batch.events[row]!, batch.tag, error);
      const record = plan.needsRecord ? whole : NOTHING;
      if (record) attempt(() => plan.count(record, batch.size, at), (error) => {
        for (let row = 0; row < batch.size; row++) fail(row, error);
      });
    }
    if (whole) return;
    const plans = planOf(batch.tag);
    const read = recordReader(batch, needed);
    for (let row = 0; row < batch.size; row++) {
      const record = read(row);
      for (let i = 0; i < plans.length; i++) {
        const plan = plans[i]!;
        if (!plan.needsRecord) continue;
        try {
          plan.count(record, 1, at);
        } catch (error) {
          failed(metrics[i]!.definition.family.name, batch.events[row]!, batch.tag, error);
        }
      }
    }
  };
}

const NOTHING: LogRecord = new Map();
/** Of one metric and tag; the others are looked up in the family. */
const KEPT_SERIES = 1000;

interface Plan {
  /** Whether records of one tag differ for this metric. */
  readonly needsRecord: boolean;
  count(record: LogRecord, times: number, nowMs: number): void;
}

/** What a metric does with records of a tag. */
function createPlan({ definition, family }: OpenMetric, tag: TagValues): Plan {
  const { key, sources } = definition;
  const { type } = definition.family;
  const instrument = INSTRUMENTS[type]!;
  const variable = sources.flatMap((source) => (source.kind === 'record' ? [source] : []));
  const valuesOf = (record: LogRecord): string[] =>
    sources.map((source) => (source.kind === 'constant' ? source.text : source.kind === 'tag' ? source.of(tag) : source.of(record, tag)));
  /** By the values of the labels that vary. */
  const known = new Map<string, Series>();
  return {
    needsRecord: key !== undefined || variable.length > 0,
    count(record, times, nowMs) {
      const value: Value | undefined = key === undefined ? 1 : key.dig(record);
      if (isNothing(type, value)) return;
      let varying = '';
      for (let i = 0; i < variable.length; i++) varying = i === 0 ? variable[0]!.of(record, tag) : `${varying}\0${variable[i]!.of(record, tag)}`;
      let series = known.get(varying);
      if (series === undefined || series.gone) {
        series = family.at(valuesOf(record), nowMs);
        if (known.size >= KEPT_SERIES) known.clear();
        known.set(varying, series);
      }
      instrument(family, series, value!, times);
      series.usedAt = nowMs;
    },
  };
}

function firstField({ key }: MetricDefinition): string[] {
  const [first] = key?.path ?? [];
  return typeof first === 'string' ? [first] : [];
}

/** The one record that stands for all of the batch, with the fields that matter; undefined if they differ. */
function sameForAll(batch: EventBatch, needed: ReadonlySet<string>): LogRecord | undefined {
  if (needed.size === 0) return NOTHING;
  if (!(batch instanceof TextBatch)) return undefined;
  const columns = batch.columns.filter(({ key }) => needed.has(key));
  return columns.every(({ kind }) => kind === 'constant') ? new Map(columns.map((column) => [column.key, columnValue(column, 0)])) : undefined;
}

/** Gives the records of the batch one by one, with at least the fields that matter; one is over when the next is asked for. */
function recordReader(batch: EventBatch, needed: ReadonlySet<string>): (row: number) => LogRecord {
  if (!(batch instanceof TextBatch)) return (row) => batch.events[row]!.record;
  const columns = batch.columns.filter(({ key }) => needed.has(key));
  const record = new Map<string, Value>(columns.map((column) => [column.key, columnValue(column, batch.first)]));
  const spans = columns.filter(({ kind }) => kind === 'span');
  return (row) => {
    for (const column of spans) record.set(column.key, columnValue(column, batch.first + row));
    return record;
  };
}

function attempt(run: () => void, failed: (error: unknown) => void): void {
  try {
    run();
  } catch (error) {
    failed(error);
  }
}
