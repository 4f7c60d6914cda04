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
      { kind: 'output', id: 'out', type: 'cloudwatch_logs', forMs: 60_000, cause: 'agent', message: 'output cloudwatch_logs (out) has not delivered anything for 60 s, 9 events are waiting' },
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

  test('knows an output whose deliveries fail, and an input that waits for it', () => {
    const watch = new StallWatch({ afterMs: 1000 });
    const failures = (value: number) => [...unread(7), { name: 'buffer_flush_failures_total', help: '', type: 'counter' as const, labels: { plugin_id: 'out' }, value }];
    watch.look(ledger(10, 5, 2), failures(0), 0);
    watch.look(ledger(10, 5, 2), failures(1), 1000);
    expect(watch.stalls.map(({ cause, message }) => [cause, message])).toEqual([
      ['destination', 'output cloudwatch_logs (out) has not delivered anything for 1 s, 2 events are waiting; its deliveries fail and are tried again'],
      ['destination', 'input tail (in) has not read anything for 1 s, 7 bytes are waiting for an output whose deliveries fail'],
    ]);
  });

  test('does not blame the destination for failures before the last delivery', () => {
    const watch = new StallWatch({ afterMs: 1000 });
    const failures = [{ name: 'buffer_flush_failures_total', help: '', type: 'counter' as const, labels: { plugin_id: 'out' }, value: 4 }];
    watch.look(ledger(10, 5, 2), failures, 0);
    watch.look(ledger(10, 5, 2), failures, 1000);
    expect(watch.stalls.map(({ cause }) => cause)).toEqual(['agent']);
  });

  test('counts a retry that waits for its time as a failure that goes on', () => {
    const watch = new StallWatch({ afterMs: 1000 });
    const buffers = new Map([['out', { dueBytes: 100, retrying: true }]]);
    watch.look(ledger(10, 5, 2), [], 0, buffers);
    watch.look(ledger(10, 5, 2), [], 1000, buffers);
    expect(watch.stalls.map(({ cause }) => cause)).toEqual(['destination']);
  });

  test('leaves chunks alone that wait for their time: nothing of them is due', () => {
    const watch = new StallWatch({ afterMs: 1000 });
    const buffers = new Map([['out', { dueBytes: 0, retrying: false }]]);
    watch.look(ledger(10, 5, 2), [], 0, buffers);
    watch.look(ledger(10, 5, 2), [], 3_600_000, buffers);
    expect(watch.stalls).toEqual([]);
  });
});
