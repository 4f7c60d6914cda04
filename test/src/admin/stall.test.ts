import { describe, expect, test } from 'vitest';
import { StallWatch } from '../../../src/admin/stall.ts';
import type { InputAccount, Ledger, OutputAccount } from '../../../src/metrics/ledger.ts';

function ledger(bytes: number, delivered: number, waiting: number): Ledger {
  const input: InputAccount = { id: 'in', type: 'tail', lines: 0, bytes, dropped: {}, joined: 0, split: 0, emitted: 0, held: 0, abandonedBytes: {} };
  const output: OutputAccount = { id: 'out', type: 'cloudwatch_logs', received: 0, resumed: 0, delivered, handedOn: 0, removed: 0, rejected: {}, backedUp: 0, lost: 0, failed: 0, waiting };
  return { inputs: [input], filters: [], outputs: [output], unmatched: 0, dumped: 0, ownLog: 0, imbalances: [] };
}
const unread = (value: number) => [{ name: 'input_file_unread_bytes', help: '', type: 'gauge' as const, labels: { plugin_id: 'in', path: '/a' }, value }];

describe('the stall watch', () => {
  test('tells of an output that delivers nothing while events wait', () => {
    const watch = new StallWatch({ afterMs: 60_000 });
    watch.look(ledger(10, 5, 3), [], 0);
    watch.look(ledger(20, 5, 8), [], 59_000);
    expect(watch.stalls).toEqual([]);
    watch.look(ledger(30, 5, 9), [], 60_000);
    expect(watch.stalls).toEqual([
      { kind: 'output', id: 'out', type: 'cloudwatch_logs', forMs: 60_000, message: 'output cloudwatch_logs (out) has not delivered anything for 60 s, 9 events are waiting' },
    ]);
    watch.look(ledger(30, 6, 8), [], 61_000);
    expect(watch.stalls).toEqual([]);
  });

  test('tells of an input with unread bytes that reads nothing', () => {
    const watch = new StallWatch({ afterMs: 1000 });
    watch.look(ledger(10, 0, 0), unread(7), 0);
    watch.look(ledger(10, 0, 0), unread(9), 2000);
    expect(watch.stalls.map(({ message }) => message)).toEqual(['input tail (in) has not read anything for 2 s, 9 bytes are waiting']);
  });

  test('is content with silence: nothing waits, so nothing has to move', () => {
    const watch = new StallWatch({ afterMs: 1000 });
    watch.look(ledger(10, 5, 0), unread(0), 0);
    watch.look(ledger(10, 5, 0), unread(0), 90_000);
    expect(watch.stalls).toEqual([]);
  });

  test('counts from the moment something began to wait', () => {
    const watch = new StallWatch({ afterMs: 1000 });
    watch.look(ledger(10, 5, 0), [], 0);
    watch.look(ledger(10, 5, 2), [], 50_000);
    expect(watch.stalls).toEqual([]);
    watch.look(ledger(10, 5, 2), [], 50_500);
    expect(watch.stalls).toEqual([]);
  });
});
