/**
 * Shows some of the events that pass a place of the pipeline. A tap takes at most so many events and bytes in a second and holds nothing:
 * what its reader cannot take is dropped and counted. So it neither slows the pipeline nor takes memory that grows.
 */
import { errorText } from '../errors.ts';
import type { EventBatch, EventTime, LogEvent, Tag } from '../event.ts';
import { generateJson } from '../lib/json.ts';
import type { LogRecord, Value } from '../lib/value.ts';
import type { Observer, Step } from '../plugin.ts';
import type { MatchPattern } from '../routing/match-pattern.ts';

/**
 * Places: `input` emitted by an input, `before` and `after` a filter, `output` given to an output, `emit` emitted again by a filter or
 * output, `error` given to `@ERROR`, `unmatched` taken by no `<match>`.
 */
export const STAGES = ['input', 'before', 'after', 'output', 'emit', 'error', 'unmatched'] as const;
export type Stage = (typeof STAGES)[number];

export interface TapOptions {
  readonly stages: ReadonlySet<Stage>;
  readonly tag: MatchPattern;
  /** The id or the type of the plugin; all if absent. */
  readonly plugin: string | undefined;
  /** Events in a second at most. */
  readonly perSecond: number;
  /** Gets a line of JSON with its line break; false: it was not taken. */
  readonly write: (line: string) => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface Tap {
  readonly observer: Observer;
  /** How many events were left out since the last question. */
  takeDropped(): number;
}

/** Bytes in a second; an event that is larger than what is left is shown, and what follows waits for its share. */
const BYTES_PER_SECOND = 2 * 1024 * 1024;
/** A longer line shows the beginning of its record as text. */
const MAX_LINE = 128 * 1024;
const SHOWN_TEXT = 4096;
/** Whether a tag is wanted is remembered for so many. */
const KNOWN_TAGS = 1024;

/** A tap to be watched with. */
export function createTap({ stages, tag: pattern, plugin, perSecond, write, now }: TapOptions): Tap {
  const known = new Map<Tag, boolean>();
  let dropped = 0;
  let events = perSecond;
  let bytes = BYTES_PER_SECOND;
  let filledAt = now();

  const wanted = (stage: Stage, step: Step | undefined, tag: Tag): boolean => {
    if (!stages.has(stage) || (plugin !== undefined && plugin !== step?.id && plugin !== step?.type)) return false;
    let fits = known.get(tag);
    if (fits === undefined) {
      fits = pattern.matches(tag);
      if (known.size >= KNOWN_TAGS) known.clear();
      known.set(tag, fits);
    }
    return fits;
  };
  const refill = (): void => {
    const at = now();
    const share = Math.min(1, (at - filledAt) / 1000);
    events = Math.min(perSecond, events + share * perSecond);
    bytes = Math.min(BYTES_PER_SECOND, bytes + share * BYTES_PER_SECOND);
    filledAt = at;
  };
  const show = (stage: Stage, step: Step | undefined, label: string, tag: Tag, event: LogEvent, error?: unknown): void => {
    const line = eventLine(stage, step, label, tag, event, error);
    if (write(line)) {
      events--;
      bytes -= line.length;
    } else dropped++;
  };
  const showBatch = (stage: Stage, step: Step | undefined, label: string, batch: EventBatch): void => {
    if (batch.size === 0 || !wanted(stage, step, batch.tag)) return;
    refill();
    const room = bytes <= 0 ? 0 : Math.min(batch.size, Math.floor(events));
    // A part of its own: the events of the batch itself are made only if the pipeline needs them.
    const shown = room === 0 ? [] : batch.slice(0, room).events;
    let done = 0;
    for (const event of shown) {
      if (bytes <= 0) break;
      show(stage, step, label, batch.tag, event);
      done++;
    }
    dropped += batch.size - done;
  };

  return {
    observer: {
      emitted: (step, label, batch) => showBatch(step.kind === 'input' ? 'input' : 'emit', step, label, batch),
      filtered: (step, before, after) => {
        showBatch('before', step, step.label, before);
        showBatch('after', step, step.label, after);
      },
      received: (step, batch) => showBatch('output', step, step.label, batch),
      unmatched: (label, batch) => showBatch('unmatched', undefined, label, batch),
      failed: (step, tag, event, error) => {
        if (!wanted('error', step, tag)) return;
        refill();
        if (events < 1 || bytes <= 0) dropped++;
        else show('error', step, step.label, tag, event, error);
      },
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}

function eventLine(stage: Stage, step: Step | undefined, label: string, tag: Tag, { time, record }: LogEvent, error: unknown): string {
  const line = new Map<string, Value>([['stage', stage]]);
  if (step) line.set('kind', step.kind).set('type', step.type).set('plugin', step.id);
  line.set('label', label).set('tag', tag).set('time', timeText(time));
  if (error !== undefined) line.set('error', errorText(error));
  const text = recordText(record);
  if (text === undefined || text.length > MAX_LINE) {
    line.set('cut', text === undefined ? 'this record has no JSON form' : `${text.length} characters, the first ${SHOWN_TEXT} are shown`);
    line.set('text', text?.slice(0, SHOWN_TEXT) ?? '');
    return `${generateJson(line)}\n`;
  }
  return `${generateJson(line).slice(0, -1)},"record":${text}}\n`;
}

function recordText(record: LogRecord): string | undefined {
  try {
    return generateJson(record);
  } catch {
    return undefined;
  }
}

/** ISO 8601 in UTC with nanoseconds. */
function timeText({ sec, nsec }: EventTime): string {
  const date = new Date(sec * 1000);
  const seconds = Number.isNaN(date.getTime()) ? String(sec) : date.toISOString().slice(0, 19);
  return `${seconds}.${String(nsec).padStart(9, '0')}Z`;
}
