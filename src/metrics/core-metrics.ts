/** Series of what belongs to no plugin: labels, the agent's own log, reloads of the configuration. */
import type { Counter, Member, Metrics } from './metrics.ts';

/** Totals of one label, in records. */
export interface RouterTotals {
  readonly enteredRecords: number;
  readonly unmatchedRecords: number;
  readonly refusedRecords: number;
  readonly dumpedRecords: number;
}

export interface CoreMetrics {
  readonly reloads: Counter;
  readonly refusedReloads: Counter;
}

/** Adds them to the agent's registry. `routers` and `logLines` are asked whenever somebody looks. */
export function addCoreMetrics(metrics: Metrics, routers: () => Iterable<readonly [string, RouterTotals]>, logLines: () => Readonly<Record<string, number>>): CoreMetrics {
  const ofRouters = (name: string, help: string, value: (totals: RouterTotals) => number): void => {
    metrics.family(`router_${name}_records_total`, help, 'counter', () => members(routers(), value));
  };
  ofRouters('received', 'Events that were emitted into a label; @ROOT is the top level.', ({ enteredRecords }) => enteredRecords);
  ofRouters('unmatched', 'Events that no <match> of the label took.', ({ unmatchedRecords }) => unmatchedRecords);
  ofRouters('refused', 'Events that an output of the label refused and that went to @ERROR instead.', ({ refusedRecords }) => refusedRecords);
  ofRouters('dumped', 'Error events of the label that went into the log, as there is no @ERROR label.', ({ dumpedRecords }) => dumpedRecords);
  metrics.family('log_lines_total', "Lines of the agent's own log, by level.", 'counter', () =>
    Object.entries(logLines()).map(([level, value]) => ({ labels: { level }, value })));
  return {
    reloads: metrics.counter('config_reloads_total', 'Reloads of the configuration that were done.'),
    refusedReloads: metrics.counter('config_refused_reloads_total', 'Reloads that were refused: the new configuration is wrong or could not be started.'),
  };
}

function* members(routers: Iterable<readonly [string, RouterTotals]>, value: (totals: RouterTotals) => number): Generator<Member> {
  for (const [label, totals] of routers) yield { labels: { label }, value: value(totals) };
}
