/** Events that a parser found in what a command printed, as batches by tag. */
import { errorText } from '../errors.ts';
import { ObjectBatch, type EventTime, type LogEvent, type Tag } from '../event.ts';
import type { Value } from '../lib/value.ts';
import type { Parsed } from '../plugin.ts';
import type { Extract } from './extract.ts';

export interface ParsedBatchesOptions {
  /** Of events whose fields say none. */
  readonly tag: Tag | undefined;
  /** Comes before the tags of fields, with a dot between them. */
  readonly prefix?: string | undefined;
  readonly extract: Extract | undefined;
  /** The time of events that have none. */
  now(): EventTime;
  /** Told of each event that is left out. */
  drop(reason: 'invalid_time' | 'no_tag', message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Makes the function that gives a batch for each stretch of the same tag, in order. */
export function compileParsedBatches({ tag: fixed, prefix, extract, now, drop }: ParsedBatchesOptions): (found: readonly Parsed[]) => ObjectBatch[] {
  return (found) => {
    const result: { tag: Tag; events: LogEvent[] }[] = [];
    for (const { time, record } of found) {
      const fields = extract ? new Map<string, Value>(record) : record;
      let taken;
      try {
        taken = extract?.(fields as Map<string, Value>, time !== undefined);
      } catch (error) {
        drop('invalid_time', 'the time of an event of the command cannot be read', { error: errorText(error) });
        continue;
      }
      const ofField = taken?.tag === undefined || prefix === undefined ? taken?.tag : `${prefix}.${taken.tag}`;
      const tag = ofField ?? fixed;
      if (tag === undefined) {
        drop('no_tag', 'an event of the command has no tag', {});
        continue;
      }
      const event: LogEvent = { time: time ?? taken?.time ?? now(), record: fields };
      const last = result.at(-1);
      if (last?.tag === tag) last.events.push(event);
      else result.push({ tag, events: [event] });
    }
    return result.map(({ tag, events }) => new ObjectBatch(tag, events));
  };
}
