/**
 * Joins the rows of a TextBatch without making strings.
 *
 * First the rows are grouped into events; then the result is composed: columns of the same bytes
 * where nothing was joined, else of one new Buffer that has the block that was read and, behind it,
 * what was held from before and what was joined.
 */
import { decodeText, encodeText, ObjectBatch, TextBatch } from '#logferry';
import type { Column, EventBatch, Lease, SpanColumn, Times } from '#logferry';
import { findGroups, type Groups, type RowStep } from './groups.ts';
import { appendText, copyOf, fitsColumns, heldFields, isFields, joinBytes, joinedRecord, type Held } from './held.ts';
import { compileLineStart, type LineStart } from './line-start.ts';
import { APPEND, FLUSH_AFTER, FLUSH_BEFORE, PASS, regexpStep, type Mode, type Pattern } from './mode.ts';
import { Region, type Plan } from './region.ts';

/** What one batch of one stream gives. */
export interface JoinedRows {
  /** What goes on, with the acknowledgement of the batch alone. */
  readonly result: EventBatch;
  /** What is open now; its acknowledgements are those of what was held before, if that is still part of it. */
  readonly held: Held | undefined;
  /** Whether the event that was held from before is in the result. */
  readonly flushed: boolean;
  /** Whether rows of this batch are held. */
  readonly keeps: boolean;
}

export interface RowJoiner {
  /** undefined: this batch needs the way by records. */
  join(batch: TextBatch, held: Held | undefined): JoinedRows | undefined;
}

export interface JoinOptions {
  readonly mode: Mode;
  readonly key: string;
  readonly separator: string;
  readonly useFirstTime: boolean;
  readonly dropped: ReadonlySet<string>;
  /** The field that has the last part's value. */
  readonly fieldOfLast: string | undefined;
}

/** undefined if the mode looks at more than one field of bytes can tell. */
export function createRowJoiner(options: JoinOptions): RowJoiner | undefined {
  const { mode, key } = options;
  if (mode.kind === 'docker') return undefined;
  // A line that does not continue an event has that event's time then, see `joinRecords`.
  if (mode.kind === 'regexp' && mode.continues && options.useFirstTime) return undefined;
  const separator = encodeText(options.separator);
  const starts = mode.kind === 'regexp' && mode.start ? compileLineStart(mode.start.source) : undefined;

  return {
    join(batch, held) {
      const column = batch.column(key);
      if (column?.kind !== 'span') return undefined;
      const step = stepOf(mode, batch, column, starts);
      if (!step) return undefined;
      const groups = findGroups(batch, held?.count ?? 0, step);
      const { openFrom, openTo } = groups;
      const keeps = openFrom <= openTo;
      return {
        result: compose(batch, held, groups, options, separator),
        held: keeps ? hold(batch, column, openFrom, openTo, groups.stillHeld ? held : undefined, options, separator)
          : groups.stillHeld ? held : undefined,
        flushed: groups.withHeld,
        keeps,
      };
    },
  };
}

function stepOf(mode: Mode, batch: TextBatch, column: SpanColumn, starts: LineStart | undefined): RowStep | undefined {
  switch (mode.kind) {
    case 'lines': {
      const wanted = mode.count;
      return (_row, count) => (count + 1 >= wanted ? APPEND | FLUSH_AFTER : APPEND);
    }
    case 'regexp':
      return mode.start && !mode.end && !mode.continues ? startStep(mode.start, column, starts) : patternStep(mode, column);
    case 'partial': {
      const flag = batch.column(mode.key);
      if (flag?.kind === 'constant') return always(flag.value === mode.value ? APPEND : APPEND | FLUSH_AFTER);
      // Without the field nothing is a part of anything.
      if (!flag) return always(PASS);
      const value = encodeText(mode.value);
      const equals = ({ bytes, starts: from, ends }: SpanColumn, row: number) =>
        (ends[row]! - from[row]!) === value.length && bytes.compare(value, 0, value.length, from[row], ends[row]) === 0;
      return (row) => (equals(flag, row) ? APPEND : APPEND | FLUSH_AFTER);
    }
    case 'cri': {
      const flag = batch.column(mode.key);
      if (flag?.kind === 'constant') return undefined;
      if (!flag) return always(APPEND | FLUSH_AFTER);
      const { bytes, starts: from, ends } = flag;
      return (row) => {
        const at = from[row]!;
        const length = ends[row]! - at;
        const whole = length > 0 && bytes[at] === 0x46 && (length === 1 || bytes[at + 1] === 0x3a);
        return whole ? APPEND | FLUSH_AFTER : APPEND;
      };
    }
    case 'docker':
      return undefined;
  }
}

function always(step: number): RowStep {
  return () => step;
}

/** Any expressions: each looks at the text of the row. */
function patternStep(mode: Mode & { kind: 'regexp' }, { bytes, starts, ends }: SpanColumn): RowStep {
  return (row, count) => {
    const text = decodeText(bytes, starts[row], ends[row]);
    return regexpStep(mode, count, (pattern) => pattern.test(text));
  };
}

/** Only the beginning of an event has an expression; from bytes if that is simple. */
function startStep(pattern: Pattern, { bytes, starts, ends }: SpanColumn, simple: LineStart | undefined): RowStep {
  const byText = (row: number) => pattern.test(decodeText(bytes, starts[row], ends[row]));
  let begins = byText;
  if (simple) {
    const { test, everyLine } = simple;
    // The first line break at or behind `searched`; rows mostly come in the order of their bytes.
    let searched = 0;
    let lineBreak = -1;
    // `^` also matches behind a line break, unless that is the value's last byte.
    const hasInnerLine = (start: number, end: number) => {
      if (lineBreak < start || start < searched) {
        searched = start;
        lineBreak = bytes.indexOf(0x0a, start);
        if (lineBreak === -1) lineBreak = bytes.length;
      }
      return lineBreak < end - 1;
    };
    begins = (row) => {
      const start = starts[row]!;
      const end = ends[row]!;
      const found = test(bytes, start, end);
      if (found === 1) return true;
      if (found === 0 && !(everyLine && hasInnerLine(start, end))) return false;
      return byText(row);
    };
  }
  return (row, count) => {
    if (begins(row)) return count === 0 ? APPEND : FLUSH_BEFORE | APPEND;
    return count === 0 ? PASS : APPEND;
  };
}

/** Rows from..to as what is held, behind what was held before. */
function hold(
  batch: TextBatch, column: SpanColumn, from: number, to: number, before: Held | undefined, options: JoinOptions, separator: Buffer,
): Held {
  const text = from === to
    ? copyOf(column.bytes, column.starts[from]!, column.ends[from]!)
    : joinBytes(Array.from({ length: to - from + 1 }, (_, i) => column.bytes.subarray(column.starts[from + i], column.ends[from + i])), separator);
  const count = to - from + 1;
  if (before) {
    return { ...before, texts: appendText(before.texts, text, options.separator), count: before.count + count, byteLength: before.byteLength + text.length };
  }
  const { sec, nsec } = batch.times;
  return {
    time: { sec: sec[from]!, nsec: nsec[from]! },
    first: heldFields(batch.columns, from),
    texts: [text],
    count,
    byteLength: text.length,
    acks: [],
  };
}

/** The events of all groups. */
function compose(batch: TextBatch, held: Held | undefined, groups: Groups, options: JoinOptions, separator: Buffer): EventBatch {
  if (groups.size === 0) return batch.slice(0, 0);
  const columns = options.dropped.size === 0 ? batch.columns : batch.columns.filter((column) => !options.dropped.has(column.key));
  if (!groups.withHeld) return composeRows(batch, columns, undefined, groups, 0, options, separator);
  if (isFields(held!.first) && fitsColumns(held!.first, batch)) {
    return composeRows(batch, columns, held, groups, 0, options, separator);
  }
  const rest = composeRows(batch, columns, undefined, groups, 1, options, separator);
  return new ObjectBatch(batch.tag, [heldEvent(batch, held!, groups, options), ...rest.events], batch.ack);
}

/** The event that was held from before as an object: it differs in form from the rows of this batch. */
function heldEvent(batch: TextBatch, held: Held, groups: Groups, options: JoinOptions) {
  const { key, separator, dropped, fieldOfLast, useFirstTime } = options;
  const { heldTo, trigger } = groups;
  const column = batch.column(key) as SpanColumn;
  const texts: (string | Buffer)[] = [...held.texts];
  for (let row = batch.first; row <= heldTo; row++) texts.push(column.bytes.subarray(column.starts[row], column.ends[row]));
  const last = batch.slice(trigger[0]! - batch.first, trigger[0]! - batch.first + 1).events[0]!;
  const record = new Map(last.record);
  for (const [name, value] of joinedRecord({ ...held, texts }, key, separator)) if (name !== fieldOfLast) record.set(name, value);
  for (const name of dropped) record.delete(name);
  return { time: useFirstTime ? held.time : last.time, record };
}

function composeRows(
  batch: TextBatch, columns: readonly Column[], held: Held | undefined, groups: Groups, skip: number, options: JoinOptions, separator: Buffer,
): TextBatch {
  const { from, to, trigger } = groups;
  const size = groups.size - skip;
  if (size === 0) return batch.slice(0, 0);
  const timesRow = options.useFirstTime ? from : trigger;
  const start = held ? skip + 1 : skip;
  let { regular } = groups;
  let timesInOrder = !(options.useFirstTime && held);
  if (!regular) {
    regular = true;
    for (let i = start; regular && i < groups.size; i++) regular = from[i] === to[i] && from[i] === from[start]! + i - start;
    for (let i = skip; timesInOrder && i < groups.size; i++) timesInOrder = timesRow[i] === timesRow[skip]! + i - skip;
  }
  if (regular && timesInOrder && !held) {
    // The arrays can stay as they are; where an event has the time of its successor, its times are those one row on.
    const times = timesFrom(batch.times, timesRow[skip]! - from[skip]!);
    return new TextBatch(batch.tag, from[skip]!, size, times, columns, batch.ack, batch.lease);
  }
  const times = timesInOrder
    ? timesFrom(batch.times, timesRow[skip]!)
    : pickTimes(batch.times, timesRow, skip, size, options.useFirstTime ? held : undefined);
  const { key, fieldOfLast } = options;
  return new TextBatch(batch.tag, 0, size, times, pickColumns(columns, { held, heldFrom: batch.first, groups, skip, size, key, separator, fieldOfLast, regular }, batch.lease), batch.ack, batch.lease);
}

function timesFrom({ sec, nsec }: Times, row: number): Times {
  return row === 0 ? { sec, nsec } : { sec: sec.subarray(row), nsec: nsec.subarray(row) };
}

function pickTimes(times: Times, rows: Int32Array, skip: number, size: number, held: Held | undefined): Times {
  const sec = new Float64Array(size);
  const nsec = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const row = rows[i + skip]!;
    sec[i] = times.sec[row]!;
    nsec[i] = times.nsec[row]!;
  }
  if (held) {
    sec[0] = held.time.sec;
    nsec[0] = held.time.nsec;
  }
  return { sec, nsec };
}

/** The columns of the result: one new Buffer for each Buffer to which something has to be added. */
function pickColumns(columns: readonly Column[], plan: Plan, lease: Lease | undefined): Column[] {
  const regions = new Map<Buffer, Region>();
  for (const column of columns) {
    if (column.kind === 'constant') continue;
    const region = regions.get(column.bytes) ?? new Region(column.bytes);
    regions.set(column.bytes, region);
    region.measure(column, plan);
  }
  for (const region of regions.values()) region.allocate(lease);
  return columns.map((column) => (column.kind === 'constant' ? column : regions.get(column.bytes)!.write(column, plan)));
}
