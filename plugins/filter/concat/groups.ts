/** Finds the events in the rows of a batch, from the step of each row. */
import type { TextBatch } from '#logferry';
import { APPEND, FLUSH_AFTER, FLUSH_BEFORE, PASS } from './mode.ts';

/** The step (see `mode.ts`) for a row of the buffers; `count` parts are open. It may be asked twice. */
export type RowStep = (row: number, count: number) => number;

/** Events found in a batch: rows `from`..`to`, completed by the row `trigger`. */
export interface Groups {
  readonly size: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly trigger: Int32Array;
  /** Groups (but one with what was held) are one row each, and these and the triggers follow each other; false: perhaps. */
  readonly regular: boolean;
  /** The first group begins with what was held from before, followed by rows of this batch up to `heldTo` (none if that is before its first). */
  readonly withHeld: boolean;
  readonly heldTo: number;
  /** Rows openFrom..openTo stay open; none if openFrom > openTo. */
  readonly openFrom: number;
  readonly openTo: number;
  /** What was held from before is still open. */
  readonly stillHeld: boolean;
}

/** `heldCount`: how many parts are open from before. */
export function findGroups(batch: TextBatch, heldCount: number, step: RowStep): Groups {
  const first = batch.first;
  const behind = first + batch.size;
  // The usual batch: every row begins an event, or every row is one.
  let row = first;
  if (heldCount > 0 || step(first, 0) === APPEND) {
    if (heldCount === 0) row++;
    while (row < behind && step(row, 1) === BEGINS) row++;
    if (row === behind) return allBegin(batch, heldCount > 0);
  } else {
    while (row < behind && isWhole(step(row, 0))) row++;
    if (row === behind) return allWhole(batch);
  }
  return anyGroups(batch, heldCount, step);
}

/** The step for a row that begins an event while another is open. */
const BEGINS = FLUSH_BEFORE | APPEND;

function isWhole(step: number): boolean {
  return step === PASS || step === (APPEND | FLUSH_AFTER);
}

/** -1, 0, 1, ...: the row numbers of regular groups without making them each time. */
let sequence = new Int32Array(0);
function rowsFrom(start: number, size: number): Int32Array {
  const needed = start + 1 + size;
  if (sequence.length < needed) sequence = new Int32Array(needed * 2).map((_, i) => i - 1);
  return sequence.subarray(start + 1, needed);
}

/** Every row completes the event before it, and the last one stays open. */
function allBegin({ first, size }: TextBatch, withHeld: boolean): Groups {
  const events = withHeld ? size : size - 1;
  const last = first + size - 1;
  const rows = rowsFrom(withHeld ? first - 1 : first, events);
  return {
    size: events, from: rows, to: rows, trigger: rowsFrom(withHeld ? first : first + 1, events), regular: true,
    withHeld, heldTo: first - 1, openFrom: last, openTo: last, stillHeld: false,
  };
}

/** Every row is an event. */
function allWhole({ first, size }: TextBatch): Groups {
  const rows = rowsFrom(first, size);
  return {
    size, from: rows, to: rows, trigger: rows, regular: true, withHeld: false, heldTo: first - 1, openFrom: first, openTo: first - 1, stillHeld: false,
  };
}

function anyGroups(batch: TextBatch, heldCount: number, step: RowStep): Groups {
  const first = batch.first;
  const behind = first + batch.size;
  // A row completes two events at most: the open one, and itself.
  const from = new Int32Array(batch.size + 1);
  const to = new Int32Array(batch.size + 1);
  const trigger = new Int32Array(batch.size + 1);
  let size = 0;
  let withHeld = false;
  let stillHeld = heldCount > 0;
  let count = heldCount;
  let openFrom = first;
  let openTo = first - 1;
  for (let row = first; row < behind; row++) {
    const bits = step(row, count);
    if (bits & FLUSH_BEFORE) {
      from[size] = openFrom;
      to[size] = openTo;
      trigger[size++] = row;
      withHeld ||= stillHeld;
      stillHeld = false;
      count = 0;
    }
    if (bits & APPEND) {
      if (count === 0) openFrom = row;
      openTo = row;
      count++;
    }
    if (bits & FLUSH_AFTER) {
      from[size] = openFrom;
      to[size] = openTo;
      trigger[size++] = row;
      withHeld ||= stillHeld;
      stillHeld = false;
      count = 0;
    }
    if (bits & PASS) {
      from[size] = row;
      to[size] = row;
      trigger[size++] = row;
    }
  }
  if (count === 0) openTo = openFrom - 1;
  return { size, from, to, trigger, regular: false, withHeld, heldTo: to[0]!, openFrom, openTo, stillHeld };
}
