/**
 * Record bytes -> message bytes, without a string in between: the JSON of a record whose values are
 * spans of bytes, escaped as it stands within the JSON of the request.
 */
import { isUtf8 } from 'node:buffer';
import type { Column, SpanColumn, TextBatch, Value } from '#logferry';
import { MAX_STAMP_MS } from './limits.ts';
import { stampOf, type PackWriter } from './packed.ts';

/** For each byte: its escaped form within JSON within JSON; undefined where it stays as it is. */
type EscapeTable = readonly (Uint8Array | undefined)[];

export interface Escapes {
  readonly table: EscapeTable;
  /** 1 where the byte must be looked up. */
  readonly special: Uint8Array;
  /** Bytes of the message (escaped once) for each byte. */
  readonly lengths: Uint8Array;
}

/** Tables from the text writer itself, so that both ways give the same. */
export function makeEscapes(json: (value: Value) => string): Escapes {
  const table: (Uint8Array | undefined)[] = [];
  const special = new Uint8Array(256);
  const lengths = new Uint8Array(256).fill(1);
  for (let c = 0; c < 128; c++) {
    const once = json(String.fromCharCode(c)).slice(1, -1);
    const twice = JSON.stringify(once).slice(1, -1);
    if (twice.length === 1) continue;
    table[c] = Buffer.from(twice, 'latin1');
    special[c] = 1;
    lengths[c] = once.length;
  }
  return { table, special, lengths };
}

/** How a row of these columns is written: constant pieces and spans in turn. */
interface Piece {
  /** `,\"key\":` or `,\"key\":value,...`, escaped for the request, with the comma in front. */
  readonly bytes: Uint8Array;
  /** Length of the same in the message. */
  readonly messageLength: number;
  /** The span behind it, in quotes; undefined at the end. An empty span is left out together with its piece. */
  readonly span: SpanColumn | undefined;
}

export interface RowTemplate {
  readonly pieces: readonly Piece[];
  readonly literalBytes: number;
}

/**
 * The plan for rows of these columns, without those in `skip`. Pieces hold what is constant; a
 * field whose value is an empty text does not appear at all.
 */
export function planRow(columns: readonly Column[], skip: ReadonlySet<string>, json: (value: Value) => string): RowTemplate {
  const pieces: Piece[] = [];
  let literalBytes = 0;
  const push = (text: string, span: SpanColumn | undefined) => {
    const bytes = Buffer.from(JSON.stringify(text).slice(1, -1), 'utf8');
    literalBytes += bytes.length + 8;
    pieces.push({ bytes, messageLength: Buffer.byteLength(text, 'utf8'), span });
  };
  let constant = '';
  for (const column of columns) {
    if (skip.has(column.key)) continue;
    if (column.kind === 'constant') {
      if (column.value !== '') constant += `,${json(column.key)}:${json(column.value)}`;
      continue;
    }
    if (constant !== '') push(constant, undefined);
    constant = '';
    push(`,${json(column.key)}:"`, column);
  }
  if (constant !== '') push(constant, undefined);
  return { pieces, literalBytes };
}

/** Whether all spans of the batch are valid UTF-8; others need the text way. */
export function hasValidText(batch: TextBatch): boolean {
  const checked: Buffer[] = [];
  for (const column of batch.columns) {
    if (column.kind !== 'span' || checked.includes(column.bytes)) continue;
    const { bytes } = column;
    checked.push(bytes);
    let from = bytes.length;
    let to = 0;
    for (const other of batch.columns) {
      if (other.kind !== 'span' || other.bytes !== bytes) continue;
      for (let row = batch.first; row < batch.first + batch.size; row++) {
        if (other.starts[row]! < from) from = other.starts[row]!;
        if (other.ends[row]! > to) to = other.ends[row]!;
      }
    }
    if (to > from && !isUtf8(bytes.subarray(from, to)) && !spansAreValid(batch)) return false;
  }
  return true;
}

/** Span by span: what lies between spans may be anything. */
function spansAreValid(batch: TextBatch): boolean {
  for (const column of batch.columns) {
    if (column.kind !== 'span') continue;
    for (let row = batch.first; row < batch.first + batch.size; row++)
      if (!isUtf8(column.bytes.subarray(column.starts[row], column.ends[row]))) return false;
  }
  return true;
}

/** Writes all rows as events of one destination. `unfit` gets the index of each event that no request can hold; it may write to `out`. */
export function packRows(
  batch: TextBatch,
  template: RowTemplate,
  escapes: Escapes,
  destination: number,
  maxMessageBytes: number,
  out: PackWriter,
  unfit: (index: number) => void,
): void {
  const { sec, nsec } = batch.times;
  const { table, special, lengths } = escapes;
  const { pieces } = template;
  for (let row = batch.first; row < batch.first + batch.size; row++) {
    let spanBytes = 0;
    for (const { span } of pieces) if (span) spanBytes += span.ends[row]! - span.starts[row]!;
    out.room(template.literalBytes + spanBytes * 7 + 128);
    const start = out.at;
    const stampMs = stampOf(sec[row]!, nsec[row]!);
    out.open(stampMs);
    const { bytes } = out;
    let at = out.at;
    let length = 1;
    bytes[at++] = 123;
    let first = true;
    for (let i = 0; i < pieces.length; i++) {
      const { bytes: literal, messageLength, span } = pieces[i]!;
      let from = 0;
      let to = 0;
      if (span) {
        from = span.starts[row]!;
        to = span.ends[row]!;
        if (from === to) continue;
      }
      const skip = first ? 1 : 0;
      const n = literal.length;
      if (n < 64) for (let k = skip; k < n; k++) bytes[at + k - skip] = literal[k]!;
      else bytes.set(skip ? literal.subarray(1) : literal, at);
      at += n - skip;
      length += messageLength - skip;
      first = false;
      if (!span) continue;
      const source = span.bytes;
      for (let p = from; p < to; p++) {
        const c = source[p]!;
        if (special[c] === 0) {
          bytes[at++] = c;
          continue;
        }
        const escape = table[c]!;
        for (let k = 0; k < escape.length; k++) bytes[at++] = escape[k]!;
        length += lengths[c]! - 1;
      }
      length += to - from;
      bytes[at++] = 92;
      bytes[at++] = 34;
      length++;
    }
    bytes[at++] = 125;
    length++;
    if (length > maxMessageBytes || !(stampMs >= 0 && stampMs <= MAX_STAMP_MS)) {
      out.at = start;
      unfit(row - batch.first);
      continue;
    }
    out.at = at;
    out.close(start, stampMs, destination, length);
  }
}
