/** Which events of a batch belong into the same chunk. */
import type { EventBatch, LogEvent, Tag } from '../event.ts';
import type { Value } from '../lib/value.ts';
import type { ChunkKeys, ChunkMetadata } from '../plugin.ts';
import { TextBatch } from '../text-batch.ts';
import { fieldReader, metadataKey, timeSlots, valueKey } from './chunk-keys.ts';

/** Metadata and the text by which the stage knows it. */
export interface KeyedMetadata {
  readonly metadata: ChunkMetadata;
  readonly key: string;
}

/** Events of one metadata, in order. */
export interface EventGroup extends KeyedMetadata {
  readonly events: readonly LogEvent[];
}

/** A part of a batch whose events have one metadata. */
export interface BatchRun extends KeyedMetadata {
  readonly batch: EventBatch;
}

export interface Grouping {
  /** For chunk keys without record fields: parts of the batch, made without looking at its events. */
  runs(batch: EventBatch): readonly BatchRun[];
  /** Each metadata once, in the order of its first event. */
  groups(batch: EventBatch): readonly EventGroup[];
}

/** Remembered metadata of tags; more tags than this start anew. */
const REMEMBERED = 1000;

export function createGrouping(keys: ChunkKeys): Grouping {
  const slotOf = keys.time && keys.timekey !== undefined && keys.zone ? timeSlots(keys.timekey, keys.zone) : undefined;
  const readers = keys.fields.map((name) => ({ name, read: fieldReader(name) }));
  const known = new Map<string, KeyedMetadata>();

  const keyed = (tag: Tag | undefined, timekey: number | undefined): KeyedMetadata => {
    const name = timekey === undefined ? (tag ?? '') : `${timekey} ${tag ?? ''}`;
    const found = known.get(name);
    if (found) return found;
    if (known.size >= REMEMBERED) known.clear();
    const metadata: ChunkMetadata = { timekey, tag };
    const made = { metadata, key: metadataKey(metadata) };
    known.set(name, made);
    return made;
  };

  const runs = (batch: EventBatch): readonly BatchRun[] => {
    const tag = keys.tag ? batch.tag : undefined;
    if (!slotOf) return [{ ...keyed(tag, undefined), batch }];
    const secondAt = secondsOf(batch);
    const out: BatchRun[] = [];
    let from = 0;
    let slot = slotOf(secondAt(0));
    for (let i = 1; i <= batch.size; i++) {
      const next = i < batch.size ? slotOf(secondAt(i)) : NaN;
      if (next === slot) continue;
      const part = from === 0 && i === batch.size ? batch : batch.slice(from, i);
      out.push({ ...keyed(tag, slot), batch: part });
      from = i;
      slot = next;
    }
    return out;
  };

  const withFields = (tag: Tag | undefined, timekey: number | undefined, values: readonly Value[]): KeyedMetadata => {
    const metadata: ChunkMetadata = { timekey, tag, variables: new Map(readers.map(({ name }, i) => [name, values[i]!])) };
    return { metadata, key: metadataKey(metadata) };
  };

  const groupsByFields = (batch: EventBatch): readonly EventGroup[] => {
    const tag = keys.tag ? batch.tag : undefined;
    const found = new Map<string, KeyedMetadata & { events: LogEvent[] }>();
    for (const event of batch.events) {
      const timekey = slotOf?.(event.time.sec);
      const values: Value[] = [];
      let name = timekey === undefined ? '' : `${timekey}|`;
      for (const { read } of readers) {
        const value = read(event.record);
        values.push(value);
        name += valueKey(value);
      }
      const group = found.get(name);
      if (group) group.events.push(event);
      else found.set(name, { ...withFields(tag, timekey, values), events: [event] });
    }
    return [...found.values()];
  };

  const groupsByTime = (batch: EventBatch): readonly EventGroup[] => {
    const all = runs(batch);
    if (all.length === 1) return [{ metadata: all[0]!.metadata, key: all[0]!.key, events: batch.events }];
    const found = new Map<string, KeyedMetadata & { events: LogEvent[] }>();
    for (const { metadata, key, batch: part } of all) {
      const group = found.get(key);
      if (group) for (const event of part.events) group.events.push(event);
      else found.set(key, { metadata, key, events: [...part.events] });
    }
    return [...found.values()];
  };

  return { runs, groups: readers.length > 0 ? groupsByFields : groupsByTime };
}

function secondsOf(batch: EventBatch): (i: number) => number {
  if (batch instanceof TextBatch) {
    const { first, times } = batch;
    return (i) => times.sec[first + i]!;
  }
  const { events } = batch;
  return (i) => events[i]!.time.sec;
}
