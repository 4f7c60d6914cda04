/** What this output would do, for a dry run: the real packing and the real division into requests, and nothing is sent. */
import { type Chunk, type Clock, type Delivery, type EventBatch, type OutputPlanning, TextBatch } from '#logferry';
import { byDestination, divide, firstAtLeast, type Stretch } from './batches.ts';
import type { NewGroup } from './creation.ts';
import type { Change, Ledger } from './ledger.ts';
import { DAY_MS, isGroupName, isStreamName, MAX_AGE_MS, MAX_FUTURE_MS } from './limits.ts';
import { PackedEvents } from './packed.ts';
import type { Reason } from './reasons.ts';

export interface PlanningOptions {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly maxEvents: number;
  readonly region: string | undefined;
  readonly autoCreate: boolean;
  /** Of new groups, where no event says otherwise. */
  readonly retentionDays: number | undefined;
  /** Packs the bytes of a chunk in Fluentd's form. */
  readonly packStored: (bytes: Buffer) => Buffer;
  readonly taskOf: (stretch: Stretch, chunk: Chunk) => { readonly group: string; readonly stream: string; readonly settings: () => NewGroup };
}

/** The dry run's names for what happens to events. */
const IDS: Readonly<Record<Reason | Change, string>> = {
  no_group: 'no-group', no_stream: 'no-stream', invalid_group_name: 'invalid-name', invalid_stream_name: 'invalid-name', empty: 'empty',
  too_large: 'too-large', invalid_time: 'other', unformattable: 'other', too_old: 'too-old', expired: 'too-old', too_new: 'too-new',
  invalid: 'other', retry_limit: 'other', missing_stream: 'other', truncated: 'cut', split: 'cut', invalid_utf8: 'invalid-utf8',
};

export function createPlanning(options: PlanningOptions): OutputPlanning {
  const { ledger, clock, maxEvents, region, autoCreate, retentionDays, packStored, taskOf } = options;
  const own = new Map<string, number>();
  const count = (id: string, events: number) => events > 0 && own.set(id, (own.get(id) ?? 0) + events);
  const maxAgeMs = Math.min(MAX_AGE_MS, autoCreate && retentionDays ? retentionDays * DAY_MS : Infinity);

  return {
    look: (batch, nowMs) => outsiders(batch, (nowMs - maxAgeMs) / 1000, (nowMs + MAX_FUTURE_MS) / 1000),

    async deliveries(chunk, wanted) {
      const packed = chunk.packed ?? [packStored(await chunk.read())];
      const parts = packed.map((bytes) => new PackedEvents(bytes));
      const out: Delivery[] = [];
      for (const stretch of byDestination(parts)) {
        const { group, stream, settings } = taskOf(stretch, chunk);
        const events = stretch.rows.length;
        if (!isGroupName(group) || !isStreamName(stream)) {
          count('invalid-name', events);
          continue;
        }
        const now = clock.now();
        const young = firstAtLeast(stretch, parts, 0, events, now - maxAgeMs);
        count('too-old', young);
        count('too-new', events - firstAtLeast(stretch, parts, young, events, now + MAX_FUTURE_MS + 1));
        const batches = divide(stretch, parts, maxEvents);
        const { retentionInDays, tags } = settings();
        const stampMs = (i: number) => parts[stretch.parts[i]!]!.stampMs(stretch.rows[i]!);
        out.push({
          name: `${group} ${stream}`,
          events,
          bytes: batches.reduce((sum, { messageBytes }) => sum + messageBytes, 0),
          batches: batches.length,
          firstMs: stampMs(0),
          lastMs: stampMs(events - 1),
          samples: Array.from({ length: Math.min(wanted, events) }, (_, i) => sampleOf(parts[stretch.parts[i]!]!, stretch.rows[i]!)),
          stream: { group, stream, region, creates: autoCreate, retentionDays: retentionInDays, tags: tags ?? {} },
        });
      }
      return out;
    },

    troubles() {
      const all = new Map(own);
      for (const [reason, events] of ledger.totals) all.set(IDS[reason], (all.get(IDS[reason]) ?? 0) + events);
      return all;
    },
  };
}

function sampleOf(part: PackedEvents, row: number): Delivery['samples'][number] {
  const { timestamp, message } = JSON.parse(part.text(row, row).toString('utf8').slice(0, -1)) as { timestamp: number; message: string };
  return { timeMs: timestamp, text: message, bytes: part.messageBytes(row) };
}

const NONE: readonly string[] = [];

/** Whether there are events before or after two times, in seconds since 1970. */
function outsiders(batch: EventBatch, fromSec: number, toSec: number): readonly string[] {
  let old = false;
  let late = false;
  const look = (sec: number) => {
    if (sec < fromSec) old = true;
    else if (sec > toSec) late = true;
  };
  if (batch instanceof TextBatch) for (let row = batch.first; row < batch.first + batch.size; row++) look(batch.times.sec[row]!);
  else for (const { time } of batch.events) look(time.sec);
  if (!old && !late) return NONE;
  return [...(old ? ['too-old'] : []), ...(late ? ['too-new'] : [])];
}
