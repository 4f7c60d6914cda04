/**
 * Joins the rows of a TextBatch without making strings.
 *
 * First the rows are grouped into events; then the result is composed: columns of the same bytes
 * where nothing was joined, else of one new Buffer that has the block that was read and, behind it,
 * what was held from before and what was joined.
 */
import { decodeText, encodeText, ObjectBatch, TextBatch, textByteLength } from '#logferry';
import type { Column, EventBatch, SpanColumn, Times } from '#logferry';
import { appendText, copyOf, fitsColumns, heldFields, isFields, joinBytes, joinedRecord, type Held } from './held.ts';
import { compileLineStart, type LineStart } from './line-start.ts';
import { APPEND, FLUSH_AFTER, FLUSH_BEFORE, PASS, regexpStep, type Mode, type Pattern } from './mode.ts';

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

/** The step for a row (of the buffers); `count` parts are open. */
type RowStep = (row: number, count: number) => number;

/** Events found in a batch: rows `from`..`to`, completed by the row `trigger`. */
interface Groups {
  readonly size: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly trigger: Int32Array;
  /** The first group begins with what was held from before; `from` is its first row here, even if it has none. */
  readonly withHeld: boolean;
  /** Rows openFrom..openTo stay open; none if openFrom > openTo. */
  readonly openFrom: number;
  readonly openTo: number;
  /** What was held from before is still open. */
  readonly stillHeld: boolean;
}

/** undefined if the mode looks at more than one field of bytes can tell. */
export function createRowJoiner(options: JoinOptions): RowJoiner | undefined {
  const { mode, key } = options;
  if (mode.kind === 'docker') return undefined;
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
      if (!flag) return always(APPEND | FLUSH_AFTER);
      const value = encodeText(mode.value);
      const equals = ({ bytes, starts: from, ends }: SpanColumn, row: number) =>
        ends[row]! - from[row]! === value.length && bytes.compare(value, 0, value.length, from[row], ends[row]) === 0;
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
        const partial = length > 0 && bytes[at] === 0x50 && (length === 1 || bytes[at + 1] === 0x3a);
        return partial ? APPEND : APPEND | FLUSH_AFTER;
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
    let lineBreak = -1;
    // `^` also matches behind a line break, unless that is the value's last byte.
    const hasInnerLine = (start: number, end: number) => {
      if (lineBreak < start) {
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

function findGroups(batch: TextBatch, heldCount: number, step: RowStep): Groups {
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
  const put = (start: number, end: number, by: number) => {
    from[size] = start;
    to[size] = end;
    trigger[size++] = by;
  };
  for (let row = first; row < behind; row++) {
    const bits = step(row, count);
    if (bits & FLUSH_BEFORE) {
      put(openFrom, openTo, row);
      if (stillHeld) withHeld = true;
      stillHeld = false;
      count = 0;
    }
    if (bits & APPEND) {
      if (count === 0) openFrom = row;
      openTo = row;
      count++;
    }
    if (bits & FLUSH_AFTER) {
      put(openFrom, openTo, row);
      if (stillHeld) withHeld = true;
      stillHeld = false;
      count = 0;
    }
    if (bits & PASS) put(row, row, row);
  }
  if (count === 0) openTo = openFrom - 1;
  return { size, from, to, trigger, withHeld, openFrom, openTo, stillHeld };
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
  const { from, to, trigger } = groups;
  const column = batch.column(key) as SpanColumn;
  const texts: (string | Buffer)[] = [...held.texts];
  for (let row = from[0]!; row <= to[0]!; row++) texts.push(column.bytes.subarray(column.starts[row], column.ends[row]));
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
  // Where every event is one row, nothing is joined; where these follow each other, the arrays can stay.
  let single = held === undefined;
  let inOrder = single;
  let timesInOrder = !(options.useFirstTime && held);
  for (let i = skip; i < groups.size; i++) {
    if (from[i] !== to[i]) single = false;
    if (from[i] !== from[skip]! + i - skip) inOrder = false;
    if (timesRow[i] !== timesRow[skip]! + i - skip) timesInOrder = false;
  }
  if (single && inOrder && timesInOrder) {
    const shift = timesRow[skip]! - from[skip]!;
    const { sec, nsec } = batch.times;
    const times = shift === 0 ? batch.times : { sec: sec.subarray(shift), nsec: nsec.subarray(shift) };
    return new TextBatch(batch.tag, from[skip]!, size, times, columns, batch.ack);
  }
  const times = timesInOrder ? timesFrom(batch.times, timesRow[skip]!) : pickTimes(batch.times, timesRow, skip, size, options.useFirstTime ? held : undefined);
  return new TextBatch(batch.tag, 0, size, times, pickColumns(batch, columns, held, groups, skip, options, separator), batch.ack);
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
function pickColumns(
  batch: TextBatch, columns: readonly Column[], held: Held | undefined, groups: Groups, skip: number, options: JoinOptions, separator: Buffer,
): Column[] {
  const regions = new Map<Buffer, Region>();
  for (const column of columns) {
    if (column.kind === 'constant') continue;
    const region = regions.get(column.bytes) ?? new Region(column.bytes);
    regions.set(column.bytes, region);
    region.measure(column, held, groups, skip, options, separator);
  }
  for (const region of regions.values()) region.allocate();
  return columns.map((column) => {
    return column.kind === 'constant' ? column : regions.get(column.bytes)!.write(column, held, groups, skip, options, separator);
  });
}

/** A Buffer of the batch, and the one that takes its place: the part in use, then what is added. */
class Region {
  readonly #source: Buffer;
  #low = Infinity;
  #high = 0;
  #added = 0;
  #target: Buffer;
  #at = 0;

  constructor(source: Buffer) {
    this.#source = source;
    this.#target = source;
  }

  /** Which bytes of the source are in use, and how many are added for this column. */
  measure({ key, starts, ends }: SpanColumn, held: Held | undefined, groups: Groups, skip: number, options: JoinOptions, separator: Buffer): void {
    const joins = key === options.key;
    const { from, to, trigger } = groups;
    const rows = key === options.fieldOfLast ? trigger : from;
    for (let i = skip; i < groups.size; i++) {
      if (i === 0 && held && rows === from) continue;
      if (joins && from[i] !== to[i]) {
        this.#added += separator.length * (to[i]! - from[i]!);
        for (let row = from[i]!; row <= to[i]!; row++) this.#added += ends[row]! - starts[row]!;
        continue;
      }
      const row = rows[i]!;
      if (starts[row]! < this.#low) this.#low = starts[row]!;
      if (ends[row]! > this.#high) this.#high = ends[row]!;
    }
    if (!held || rows !== from) return;
    if (!joins) {
      this.#added += heldBytes(held, key).length;
      return;
    }
    for (const text of held.texts) this.#added += byteLength(text);
    this.#added += separator.length * (held.texts.length - 1);
    for (let row = from[0]!; row <= to[0]!; row++) this.#added += separator.length + ends[row]! - starts[row]!;
  }

  allocate(): void {
    if (this.#added === 0) {
      this.#low = 0;
      return;
    }
    const used = Math.max(0, this.#high - this.#low);
    if (used === 0) this.#low = 0;
    this.#target = Buffer.allocUnsafe(used + this.#added);
    if (used > 0) this.#source.copy(this.#target, 0, this.#low, this.#high);
    this.#at = used;
  }

  /** The column of the result; to be called in the order of `measure`. */
  write(column: SpanColumn, held: Held | undefined, groups: Groups, skip: number, options: JoinOptions, separator: Buffer): SpanColumn {
    const { key } = column;
    const joins = key === options.key;
    const { from, to, trigger } = groups;
    const rows = key === options.fieldOfLast ? trigger : from;
    const size = groups.size - skip;
    const starts = new Int32Array(size);
    const ends = new Int32Array(size);
    const low = this.#low;
    for (let i = 0; i < size; i++) {
      const group = i + skip;
      if (group === 0 && held && rows === from) {
        starts[0] = this.#at;
        if (joins) this.#addHeld(held, column, from[0]!, to[0]!, separator);
        else this.#add(heldBytes(held, key));
        ends[0] = this.#at;
        continue;
      }
      if (joins && from[group] !== to[group]) {
        starts[i] = this.#at;
        this.#addRows(column, from[group]!, to[group]!, separator, false);
        ends[i] = this.#at;
        continue;
      }
      const row = rows[group]!;
      starts[i] = column.starts[row]! - low;
      ends[i] = column.ends[row]! - low;
    }
    return { kind: 'span', key, bytes: this.#target, starts, ends };
  }

  #add(bytes: Buffer): void {
    this.#at += bytes.copy(this.#target, this.#at);
  }

  #addHeld(held: Held, column: SpanColumn, from: number, to: number, separator: Buffer): void {
    this.#add(joinBytes(held.texts, separator));
    this.#addRows(column, from, to, separator, true);
  }

  #addRows({ bytes, starts, ends }: SpanColumn, from: number, to: number, separator: Buffer, behindOthers: boolean): void {
    for (let row = from; row <= to; row++) {
      if ((row > from || behindOthers) && separator.length > 0) this.#add(separator);
      this.#at += bytes.copy(this.#target, this.#at, starts[row], ends[row]);
    }
  }
}

function heldBytes(held: Held, key: string): Buffer {
  const field = isFields(held.first) ? held.first.find((one) => one.key === key) : undefined;
  return field?.kind === 'span' ? field.bytes : Buffer.alloc(0);
}

function byteLength(text: string | Buffer): number {
  return typeof text === 'string' ? textByteLength(text) : text.length;
}
