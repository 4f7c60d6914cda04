import { describe, expect, it } from 'vitest';
import { selectRows } from '../../src/text-batch.ts';
import { event, lines, textBatch } from '../support/batches.ts';

const events = [1, 2, 3, 4, 5].map((n) => event(n, { m: `line ${n}`, k: true }));

describe('selectRows', () => {
  it.each([[[0, 2, 4]], [[1, 2]], [[4]], [[]], [[0, 1, 2, 3, 4]]])('keeps rows %j', (rows) => {
    const batch = textBatch('t', events, undefined, 3);
    const kept = selectRows(batch, Int32Array.from(rows));
    expect(kept.size).toBe(rows.length);
    expect(lines(kept.events)).toEqual(rows.map((row) => lines(events)[row]));
  });

  it('gives the batch itself when all are kept', () => {
    const batch = textBatch('t', events);
    expect(selectRows(batch, Int32Array.of(0, 1, 2, 3, 4))).toBe(batch);
  });
});
