/** An event that is still open: its first part and the texts that belong to it so far. Never changed in place. */
import { Ack, decodeText, encodeText, toInspect } from '#logferry';
import type { Column, EventTime, LogEvent, LogRecord, TextBatch, Value } from '#logferry';

/** A field of the first part, its bytes copied out of the block that was read. */
export type HeldField =
  | { readonly kind: 'span'; readonly key: string; readonly bytes: Buffer }
  | { readonly kind: 'constant'; readonly key: string; readonly value: Value };

export interface Held {
  /** Of the first part. */
  readonly time: EventTime;
  /** The first part: as fields whose text is bytes, or as a record. */
  readonly first: readonly HeldField[] | LogRecord;
  /** The texts in order; one Buffer may be several, already joined. */
  readonly texts: readonly (string | Buffer)[];
  /** How many parts there are. */
  readonly count: number;
  /** Bytes of all names and values; only kept up to date where a limit applies. */
  readonly byteLength: number;
  /** Docker's parts, which come in any order and are sorted when all are there. */
  readonly parts?: readonly LogEvent[] | undefined;
  /** A claim of each batch that it came from. */
  readonly acks: readonly Ack[];
}

export const isFields = (first: Held['first']): first is readonly HeldField[] => Array.isArray(first);

/** The acknowledgements of two held pieces; few objects even for an event that grows for hours. */
export function joinAcks(acks: readonly Ack[], more: readonly Ack[]): readonly Ack[] {
  if (more.length === 0) return acks;
  if (acks.length === 0) return more;
  return acks.length < 32 ? [...acks, ...more] : [Ack.all([...acks, ...more])!];
}

/** The fields of one row, copied, so that the block can be freed. `key`'s bytes are the event's first text. */
export function heldFields(columns: readonly Column[], row: number): readonly HeldField[] {
  return columns.map((column) => {
    if (column.kind === 'constant') return column;
    return { kind: 'span', key: column.key, bytes: copyOf(column.bytes, column.starts[row]!, column.ends[row]!) };
  });
}

export function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}

/** Whether a row made from the held fields could stand among the rows of these columns. */
export function fitsColumns(first: readonly HeldField[], batch: TextBatch): boolean {
  const { columns } = batch;
  if (first.length !== columns.length) return false;
  return first.every((field, i) => {
    const column = columns[i]!;
    if (field.key !== column.key || field.kind !== column.kind) return false;
    return field.kind === 'span' || field.value === (column as typeof field).value;
  });
}

/** The first part's record with all texts joined under `key`. */
export function joinedRecord(held: Held, key: string, separator: string): LogRecord {
  const { first, parts } = held;
  const texts = parts ? parts.map(({ record }) => textOf(record.get(key))) : held.texts;
  const record = new Map<string, Value>(
    isFields(first) ? first.map((field) => [field.key, field.kind === 'span' ? decodeText(field.bytes) : field.value]) : first,
  );
  return record.set(key, joinTexts(texts, separator));
}

/** As Ruby's Array#join: a character whose bytes were split between two texts is whole again. */
export function joinTexts(texts: readonly (string | Buffer)[], separator: string): string {
  if (texts.every((text) => typeof text === 'string')) {
    const joined = texts.join(separator);
    return joined.isWellFormed() ? joined : decodeText(encodeText(joined));
  }
  return decodeText(joinBytes(texts, encodeText(separator)));
}

/**
 * One more text. Strings grow by concatenation; Buffers are joined with those of like size, so that
 * an event that grows for hours needs few of them and each byte is copied few times.
 */
export function appendText(texts: Held['texts'], text: string | Buffer, separator: string): Held['texts'] {
  const result = [...texts];
  let last = text;
  for (let before = result.at(-1); before !== undefined; before = result.at(-1)) {
    if (typeof before === 'string') {
      if (typeof last !== 'string') break;
      last = before + separator + last;
    } else {
      if (typeof last === 'string' || last.length < before.length) break;
      last = joinBytes([before, last], encodeText(separator));
    }
    result.pop();
  }
  result.push(last);
  return result;
}

/** All texts as bytes, with the separator between them. */
export function joinBytes(texts: readonly (string | Buffer)[], separator: Buffer): Buffer {
  const all = texts.map((text) => (typeof text === 'string' ? encodeText(text) : text));
  if (all.length === 1) return all[0]!;
  return Buffer.concat(separator.length === 0 ? all : all.flatMap((text, i) => (i === 0 ? [text] : [separator, text])));
}

/** A value as text, where it has to be one to be joined. */
export function textOf(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : toInspect(value);
}
