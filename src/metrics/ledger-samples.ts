/** The ledger's sums as samples. */
import type { Ledger } from './ledger.ts';
import type { Labels, Sample } from './metrics.ts';

/** One sample for each sum of the ledger; names begin with `logferry_ledger_`. */
export function* ledgerSamples(ledger: Ledger): Generator<Sample> {
  const of = (type: 'counter' | 'gauge') => (name: string, help: string, value: number, labels: Labels = {}): Sample =>
    ({ name: `logferry_ledger_${name}`, help, type, labels, value });
  const counter = of('counter');
  const gauge = of('gauge');
  yield gauge('imbalances', 'How many accounts of the ledger do not add up; 0 unless events were lost or counted twice.', ledger.imbalances.length);
  yield counter('unmatched_records_total', 'Events that no <match> took.', ledger.unmatched);
  yield counter('dumped_records_total', 'Error events that went into the log, as there is no @ERROR label.', ledger.dumped);
  yield counter('own_log_records_total', "Lines of the agent's own log that were routed as events.", ledger.ownLog);
  for (const { id, type, held, dropped } of ledger.inputs) {
    const labels = { plugin_id: id, type };
    yield gauge('input_held_lines', 'Lines that were read and are neither emitted nor dropped.', held, labels);
    yield counter('input_dropped_lines_total', 'Lines that never became events, whatever the reason.', sumOf(dropped), labels);
  }
  for (const { id, type, removed } of ledger.filters)
    yield gauge('filter_removed_records', 'Events that the filter dropped on purpose, joined to others, or holds.', removed, { plugin_id: id, type });
  for (const { id, type, delivered, handedOn, rejected, backedUp, lost, failed, waiting } of ledger.outputs) {
    const labels = { plugin_id: id, type };
    yield counter('output_delivered_records_total', 'Events that nothing waits for any more, rejected ones among them.', delivered, labels);
    yield counter('output_handed_on_records_total', 'Events that were given to another label, tag or store.', handedOn, labels);
    yield counter('output_rejected_records_total', 'Events that the destination refused, whatever the reason.', sumOf(rejected), labels);
    yield counter('output_backed_up_records_total', 'Events that cannot be delivered and are kept in the backup folder.', backedUp, labels);
    yield counter('output_lost_records_total', 'Events that were thrown away undelivered.', lost, labels);
    yield counter('output_error_records_total', 'Events that were given to the @ERROR label, or into the log.', failed, labels);
    yield gauge('output_waiting_records', 'Events in the buffer.', waiting, labels);
  }
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
