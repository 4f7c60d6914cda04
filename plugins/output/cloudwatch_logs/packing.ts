/**
 * Events -> packed events: destination, time and message of each, those that cannot be sent set apart.
 *
 * Two ways give the same bytes: by texts, which can do everything, and by the bytes of the log itself
 * (`columns.ts`) where nothing that is configured looks into a record.
 */
import {
  type BufferPool, type EventBatch, type LogEvent, type LogRecord, type PackedBatch, scrubText, type Tag, TextBatch,
  UnrecoverableError, type Value,
} from '#logferry';
import { type Escapes, hasValidText, packRows, planRow } from './columns.ts';
import type { Destinations, GroupSettings } from './destinations.ts';
import type { EntityMaker } from './entity.ts';
import type { Change, Ledger } from './ledger.ts';
import { isGroupName, isStreamName, MAX_MESSAGE_BYTES, MAX_STAMP_MS } from './limits.ts';
import { split, truncate, truncateJson } from './oversize.ts';
import { PackWriter, stampOf } from './packed.ts';
import type { Reason } from './reasons.ts';
import type { Rejections, Where } from './rejected.ts';
import { decodeStored } from './stored.ts';

/** Where a name comes from: the tag, a field, or (neither) the configuration. */
export interface NameSource {
  readonly useTag: boolean;
  readonly key: string | undefined;
}

export interface PackingOptions {
  readonly group: NameSource;
  readonly stream: NameSource;
  /** Fields that are not sent. */
  readonly removed: ReadonlySet<string>;
  /** Nothing that is configured looks into a record. */
  readonly plain: boolean;
  /** The message is the JSON of the record. */
  readonly messageIsJson: boolean;
  readonly oversized: 'truncate' | 'split' | 'fluentd';
  readonly message: (tag: Tag, event: LogEvent, record: LogRecord) => string;
  /** Whether the last message had bytes replaced; asking resets it. */
  readonly scrubbed: () => boolean;
  readonly json: (value: Value) => string;
  readonly escapes: Escapes;
  readonly inject: ((tag: Tag, time: LogEvent['time'], record: LogRecord) => LogRecord) | undefined;
  /** What a record says of its group, if it may. */
  readonly settingsFrom: ((record: LogRecord) => GroupSettings) | undefined;
  readonly emptyReason: string;
  readonly entity: EntityMaker | undefined;
  readonly destinations: Destinations;
  readonly rejections: Rejections;
  readonly ledger: Ledger;
  readonly pool: BufferPool;
}

/** An event that is not sent, or not as it is. */
interface Refusal {
  readonly where: Where;
  readonly reason: Reason;
  readonly event: LogEvent;
  readonly error?: unknown;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** An event that is sent in another form. */
interface Changed {
  readonly change: Change;
  readonly where: Where;
  readonly event: LogEvent;
  /** The message as it was. */
  readonly text: string;
}

export interface Packer {
  pack(batch: EventBatch): PackedBatch;
  /** A chunk of Fluentd's form. `first`: it was not packed before, so what is wrong with its events has not been told yet. */
  packStored(bytes: Buffer, first: boolean): { readonly packed: Buffer; readonly broken: UnrecoverableError | undefined };
}

export function createPacker(options: PackingOptions): Packer {
  const { removed, message, json, escapes, inject, settingsFrom, entity, destinations, rejections, ledger, pool, oversized } = options;
  const writer = new PackWriter();
  const once = new Once();
  const refusals: Refusal[] = [];
  const changes: Changed[] = [];
  /** Whether what is found is to be told: not if these events were seen before. */
  let telling = true;
  /** Pieces beyond the first of events that were split. */
  let extra = 0;

  const nameFrom = ({ useTag, key }: NameSource, tag: Tag, get: (key: string) => Value | undefined): string | undefined | null => {
    if (useTag) return scrubText(tag);
    if (key === undefined) return undefined;
    const value = get(key);
    return value === undefined || value === null || value === '' ? null : scrubText(typeof value === 'string' ? value : String(value));
  };
  /** A number, or why there is none. */
  const destinationOf = (tag: Tag, get: (key: string) => Value | undefined, entityText: string | undefined): number | Omit<Refusal, 'event'> => {
    const group = nameFrom(options.group, tag, get);
    const stream = nameFrom(options.stream, tag, get);
    const where = { tag, group: group ?? undefined, stream: stream ?? undefined };
    if (group === null) return { reason: 'no_group', where, fields: { key: options.group.key } };
    if (stream === null) return { reason: 'no_stream', where, fields: { key: options.stream.key } };
    if (group !== undefined && !isGroupName(group)) return { reason: 'invalid_group_name', where };
    if (stream !== undefined && !isStreamName(stream)) return { reason: 'invalid_stream_name', where };
    return destinations.id(group, stream, entityText);
  };
  const changed = (change: Change, where: Where, event: LogEvent, text: string): void => {
    if (telling) changes.push({ change, where, event, text });
  };
  const refuse = (refusal: Refusal): void => {
    if (telling) refusals.push(refusal);
  };

  const packEvent = (tag: Tag, event: LogEvent): void => {
    const { record, time } = event;
    const found = destinationOf(tag, (key) => record.get(key), entity?.of(tag, record));
    if (typeof found !== 'number') return refuse({ ...found, event });
    const { group, stream } = destinations.get(found);
    const where = { tag, group, stream };
    if (settingsFrom) destinations.noteSettings(group ?? '', () => settingsFrom(record));
    const stampMs = stampOf(time.sec, time.nsec);
    if (!(stampMs >= 0 && stampMs <= MAX_STAMP_MS)) return refuse({ where, reason: 'invalid_time', event, fields: { time_ms: stampMs } });
    let text: string;
    let sent = record;
    try {
      if (removed.size > 0) sent = new Map([...record].filter(([key]) => !removed.has(key)));
      if (inject) sent = inject(tag, time, sent);
      text = message(tag, event, sent);
    } catch (error) {
      return refuse({ where, reason: 'unformattable', event, error });
    }
    const scrubbed = options.scrubbed();
    if (text === '') return refuse({ where, reason: 'empty', event, fields: { why: options.emptyReason } });
    if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
      if (oversized === 'fluentd')
        return refuse({ where, reason: 'too_large', event, fields: { bytes: Buffer.byteLength(text), limit: MAX_MESSAGE_BYTES } });
      const pieces = oversized === 'split' ? split(text, MAX_MESSAGE_BYTES) : [cut(text, sent)];
      extra += pieces.length - 1;
      changed(oversized === 'split' ? 'split' : 'truncated', where, event, text);
      for (const piece of pieces) writer.add(stampMs, found, piece);
    } else writer.add(stampMs, found, text);
    if (scrubbed) changed('invalid_utf8', where, event, text);
  };
  const cut = (text: string, record: LogRecord): string =>
    (options.messageIsJson ? truncateJson(record, json, MAX_MESSAGE_BYTES) : undefined) ?? truncate(text, MAX_MESSAGE_BYTES);

  const packObjects = (batch: EventBatch): void => {
    const { tag, events } = batch;
    for (let i = 0; i < events.length; i++) {
      const refused = refusals.length;
      const altered = changes.length;
      packEvent(tag, events[i]!);
      // Seldom: so it is looked up only where there is something to tell.
      if ((refusals.length > refused || changes.length > altered) && !once.isFirst(batch, i)) {
        refusals.length = refused;
        changes.length = altered;
      }
    }
  };

  /** False if the batch needs the way by texts. */
  const packText = (batch: TextBatch): boolean => {
    const spans = new Set<string>();
    for (const column of batch.columns) if (column.kind === 'span') spans.add(column.key);
    if ((options.group.key !== undefined && spans.has(options.group.key)) || (options.stream.key !== undefined && spans.has(options.stream.key))) return false;
    const entityText = entity?.ofBatch(batch);
    if (entityText === null || !hasValidText(batch)) return false;
    const found = destinationOf(
      batch.tag,
      (key) => {
        const column = batch.column(key);
        return column?.kind === 'constant' ? column.value : undefined;
      },
      entityText,
    );
    if (typeof found !== 'number') return false;
    packRows(batch, planRow(batch.columns, removed, json), escapes, found, MAX_MESSAGE_BYTES, writer, (index) => {
      telling = once.isFirst(batch, index);
      packEvent(batch.tag, batch.slice(index, index + 1).events[0]!);
    });
    return true;
  };

  const tell = (): void => {
    telling = true;
    if (refusals.length > 0) tellOf(refusals.splice(0), rejections, json);
    for (const { change, where, event, text } of changes.splice(0)) {
      ledger.changed(change);
      if (change === 'truncated') rejections.keepWhole(where, change, { event, stampMs: stampOf(event.time.sec, event.time.nsec), message: text });
    }
  };

  return {
    pack(batch) {
      destinations.sweep();
      writer.reset();
      extra = 0;
      if (!(options.plain && batch instanceof TextBatch && packText(batch))) packObjects(batch);
      tell();
      const events = writer.count - extra;
      const { size } = writer;
      const bytes = writer.take(pool);
      destinations.retain(bytes);
      return { bytes, events, size };
    },
    packStored(bytes, first) {
      destinations.sweep();
      writer.reset();
      telling = first;
      let broken: UnrecoverableError | undefined;
      try {
        for (const { tag, event } of decodeStored(bytes)) packEvent(tag, event);
      } catch (cause) {
        broken = new UnrecoverableError(`a chunk does not hold events as MessagePack beyond its first ${writer.count}`, { cause });
      }
      tell();
      return { packed: writer.take(pool), broken };
    },
  };
}

/** Tells of each reason and place once. */
function tellOf(refusals: readonly Refusal[], rejections: Rejections, json: (value: Value) => string): void {
  const groups = new Map<string, Refusal[]>();
  for (const refusal of refusals) {
    const { reason, where } = refusal;
    const key = `${reason}\n${where.group}\n${where.stream}\n${where.tag}`;
    const same = groups.get(key);
    if (same) same.push(refusal);
    else groups.set(key, [refusal]);
  }
  for (const same of groups.values()) {
    const { where, reason, error, fields } = same[0]!;
    rejections.add(where, {
      reason,
      count: same.length,
      error,
      fields,
      events: () => same.map(({ event }) => ({ event, stampMs: stampOf(event.time.sec, event.time.nsec), message: json(event.record) })),
    });
  }
}

/**
 * Which events were seen before: a batch is packed again in halves if a chunk cannot hold it, and again
 * if the buffer had no room for it. Only events with something to tell are remembered.
 */
class Once {
  /** By what the halves of a batch have in common. */
  readonly #rows = new WeakMap<TextBatch['columns'], Set<number>>();
  readonly #events = new WeakSet<LogEvent>();

  isFirst(batch: EventBatch, index: number): boolean {
    if (batch instanceof TextBatch) {
      let rows = this.#rows.get(batch.columns);
      if (!rows) this.#rows.set(batch.columns, (rows = new Set()));
      if (rows.has(batch.first + index)) return false;
      rows.add(batch.first + index);
      return true;
    }
    const event = batch.events[index]!;
    if (this.#events.has(event)) return false;
    this.#events.add(event);
    return true;
  }
}
