/** The frame of inputs that show now and then what other plugins do, as metrics. */
import { param } from '../../config/params.ts';
import type { StatusFamily } from '../../metrics/fluentd-status.ts';
import type { Sample } from '../../metrics/metrics.ts';
import { showSnapshots } from '../../metrics/snapshots.ts';
import type { Input, PluginContext } from '../../plugin.ts';
import { labelsSection } from './fields.ts';
import { constantLabels } from './index.ts';

/** Parameters of every such input. */
export const monitorFields = {
  interval: param.time('How often it is looked.', { default: 5 }),
  labels: labelsSection,
};

/** What one of them shows, and how. */
export interface MonitorOptions {
  readonly intervalSec: number;
  readonly families: Iterable<StatusFamily>;
  /** Names of the labels that each series has behind those of `<labels>`. */
  readonly labels: readonly string[];
  /** Totals are counters; else all metrics are gauges. */
  readonly counters?: boolean;
  /** What there is to show now; each series has the labels of `<labels>`. */
  look(labels: Readonly<Record<string, string>>): Iterable<Sample>;
}

/** An input that looks now and then, and shows what it found until the next look. Throws a ConfigError about `<labels>`. */
export function createMonitor(context: PluginContext, { intervalSec, families, labels, counters = false, look }: MonitorOptions): Input {
  const own = constantLabels(context);
  return {
    start: () => showSnapshots(context, families, { intervalSec, labels: [...Object.keys(own), ...labels], counters }, () => look(own)),
  };
}
