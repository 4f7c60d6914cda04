import { describe, expect, test } from 'vitest';
import { computeLedger, ledgerText, type LabelTotals, type StepTotals } from '../../../src/metrics/ledger.ts';
import { MetricsRegistry } from '../../../src/metrics/metrics.ts';

function step(changes: Partial<StepTotals> & Pick<StepTotals, 'kind' | 'type'>): StepTotals {
  return { id: changes.type, label: '@ROOT', pattern: changes.kind === 'input' ? undefined : '**', owner: undefined, received: 0, passed: 0, emitted: 0, failed: 0, ...changes };
}

function root(changes: Partial<LabelTotals>): LabelTotals {
  return { name: '@ROOT', entered: 0, unmatched: 0, dumped: 0, refused: 0, ...changes };
}

describe('the ledger', () => {
  test('tells where every line went, and that it adds up', () => {
    const metrics = new MetricsRegistry();
    const tail = metrics.labelled({ plugin_id: 'tail' });
    tail.counter('input_lines_total', '').add(100);
    tail.counter('input_bytes_total', '').add(5000);
    tail.counter('input_dropped_lines_total', '', { reason: 'unparsed' }).add(3);
    tail.counter('input_joined_lines_total', '').add(7);
    const cloudwatch = metrics.labelled({ plugin_id: 'cloudwatch_logs' });
    cloudwatch.counter('buffer_delivered_records_total', '').add(60);
    cloudwatch.counter('cloudwatch_rejected_events_total', '', { reason: 'too_old', group: 'a' }).add(2);
    const steps = [
      step({ kind: 'input', type: 'tail', emitted: 90 }),
      step({ kind: 'filter', type: 'grep', received: 90, passed: 80 }),
      step({ kind: 'output', type: 'cloudwatch_logs', received: 75 }),
    ];
    const ledger = computeLedger(steps, [root({ entered: 90, unmatched: 5 })], metrics.read());
    expect(ledger.imbalances).toEqual([]);
    expect(ledgerText(ledger)).toBe(
      'ledger: read 100 lines (5000 bytes), emitted 90 events, dropped by inputs 3 (unparsed 3), joined 7, removed by filters 10 (grep 10), ' +
        'unmatched 5, delivered 58 (cloudwatch_logs 58), rejected 2 (too_old 2), waiting 15, balanced',
    );
  });

  test('names the label in which events are missing', () => {
    const steps = [step({ kind: 'input', type: 'sample', emitted: 10 }), step({ kind: 'output', type: 'null', received: 9 })];
    const ledger = computeLedger(steps, [root({ entered: 10 })], []);
    expect(ledger.imbalances).toEqual(['1 of 10 events in @ROOT are not accounted for']);
    expect(ledgerText(ledger)).toContain('NOT balanced: 1 of 10 events in @ROOT are not accounted for');
  });

  test('counts what a copy hands on once for each store, not for itself', () => {
    const copy = step({ kind: 'output', type: 'copy', received: 4 });
    const stores = [step({ kind: 'output', type: 'file', pattern: undefined, owner: copy, received: 4 }), step({ kind: 'output', type: 'null', pattern: undefined, owner: copy, received: 4 })];
    const ledger = computeLedger([copy, ...stores], [root({ entered: 4 })], []);
    expect(ledger.outputs.map(({ type, delivered, handedOn }) => ({ type, delivered, handedOn }))).toEqual([
      { type: 'copy', delivered: 0, handedOn: 4 },
      { type: 'file', delivered: 4, handedOn: 0 },
      { type: 'null', delivered: 4, handedOn: 0 },
    ]);
    expect(ledger.imbalances).toEqual([]);
  });

  test('an output that hands events to another label is no place where they end', () => {
    const steps = [step({ kind: 'output', type: 'relabel', received: 6, emitted: 6 })];
    const [relabel] = computeLedger(steps, [root({ entered: 6 })], []).outputs;
    expect(relabel).toMatchObject({ delivered: 0, handedOn: 6, removed: 0, waiting: 0 });
  });

  test('says so when an input or a buffer accounts for more than it had', () => {
    const metrics = new MetricsRegistry();
    metrics.labelled({ plugin_id: 'tail' }).counter('input_lines_total', '').add(1);
    metrics.labelled({ plugin_id: 'http' }).counter('buffer_delivered_records_total', '').add(3);
    const steps = [step({ kind: 'input', type: 'tail', emitted: 2 }), step({ kind: 'output', type: 'http', received: 2 })];
    expect(computeLedger(steps, [root({ entered: 2 })], metrics.read()).imbalances).toEqual([
      'input tail emitted 1 events more than the 1 lines that it read',
      'output http accounts for 1 events more than it received',
    ]);
  });
});
