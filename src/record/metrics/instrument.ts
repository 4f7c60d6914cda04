/** How a value of a record changes a series. */
import { isNumeric, type Value } from '../../lib/value.ts';
import type { MetricFamily, Series } from '../../metrics/metric-family.ts';
import { leadingFloat } from '../../ruby/number-text.ts';

/** Counts `times` records with this value. Throws an Error where the value is none that can be counted. */
export type Instrument = (family: MetricFamily, series: Series, value: Value, times: number) => void;

/** Whether the value leaves the metric as it is. Counters take false for a mistake, others for nothing. */
export function isNothing(type: string, value: Value | undefined): boolean {
  return value === undefined || value === null || (value === false && type !== 'counter');
}

/** By the type of the metric. */
export const INSTRUMENTS: Readonly<Record<string, Instrument>> = {
  counter(_family, series, value, times) {
    const by = numberOf(value, 'counter');
    if (by < 0) throw new RangeError('increment must be a non-negative number');
    series.value += by * times;
  },
  gauge(_family, series, value) {
    series.value = typeof value === 'string' ? Number(leadingFloat(value)) : numberOf(value, 'gauge');
  },
  summary: (family, series, value, times) => family.observe(series, numberOf(value, 'summary'), times),
  histogram: (family, series, value, times) => family.observe(series, numberOf(value, 'histogram'), times),
};

function numberOf(value: Value, type: string): number {
  if (isNumeric(value)) return Number(value);
  throw new TypeError(`a ${type} takes numbers, found ${described(value)}`);
}

function described(value: Value): string {
  if (typeof value === 'string') return `the text '${value.slice(0, 100)}'`;
  return typeof value === 'boolean' ? `${value}` : Array.isArray(value) ? 'a list' : 'a hash';
}
