/** PutLogEvents: the checks of the service, in its order, and what it answers. */
import type { Input } from './input.ts';
import { groupName, streamName, wrongType } from './input.ts';
import type { Limits } from './limits.ts';
import {
  DAY_MS, ENTITY_KEYS, ENTITY_TYPES, MAX_ENTITY_ATTRIBUTES, MAX_ENTITY_KEYS, MAX_ENTITY_VALUE_LENGTH, MIN_ENTITY_KEYS,
} from './limits.ts';
import { constraint, invalidParameter } from './service-error.ts';
import type { Entity, LogStore } from './store.ts';

/** Which events of a batch were left out; indices count from 0. */
export interface RejectedLogEventsInfo {
  /** Events from this one on are too far in the future. */
  tooNewLogEventStartIndex?: number;
  /** Events before this one are too old for the service. */
  tooOldLogEventEndIndex?: number;
  /** Events before this one are older than the retention of the group. */
  expiredLogEventEndIndex?: number;
}

/** The answer of PutLogEvents. */
export interface PutLogEventsAnswer {
  readonly nextSequenceToken: string;
  readonly rejectedLogEventsInfo?: RejectedLogEventsInfo;
  readonly rejectedEntityInfo?: { readonly errorType: string };
}

/** What PutLogEvents needs to know beside the request. */
export interface PutLogEventsSettings {
  readonly limits: Limits;
  /** False: accept events of any time, without the rejections of too old and too new ones. */
  readonly checkAge: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Checks a batch and stores what is acceptable of it. Throws the service's errors. */
export function putLogEvents(store: LogStore, input: Input, settings: PutLogEventsSettings): PutLogEventsAnswer {
  const { limits, now } = settings;
  const inGroup = groupName(input);
  const inStream = streamName(input);
  const batch = readBatch(input.logEvents, limits);
  const group = store.group(inGroup);
  const stream = store.stream(inGroup, inStream);

  const { timestamps, sizes, messages } = batch;
  const rejected: RejectedLogEventsInfo = {};
  let from = 0;
  let to = timestamps.length;
  if (settings.checkAge) {
    from = firstAtLeast(timestamps, now - limits.maxAgeMs);
    if (from > 0) rejected.tooOldLogEventEndIndex = from;
    if (group.retentionInDays !== undefined) {
      const kept = firstAtLeast(timestamps, now - group.retentionInDays * DAY_MS);
      if (kept > from) rejected.expiredLogEventEndIndex = from = kept;
    }
    const tooNew = firstAtLeast(timestamps, now + limits.maxFutureMs + 1);
    if (tooNew < to) rejected.tooNewLogEventStartIndex = to = tooNew;
  }
  if (from < to && timestamps[to - 1] - timestamps[from] > limits.batchSpanMs) {
    throw invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
  let bytes = batch.bytes;
  if (to - from < timestamps.length) {
    bytes = 0;
    for (let i = from; i < to; i++) bytes += sizes[i];
  }
  const entity = checkEntity(input.entity);
  if (entity && entity.errorType === undefined) stream.entity = entity.entity;
  store.append(group, stream, { timestamps, messages, from, to, bytes, ingestionTime: now });
  return {
    // Ignored by the service nowadays, but clients of old expect 56 digits.
    nextSequenceToken: String(stream.events + 1).padStart(56, '0'),
    ...(from > 0 || to < timestamps.length ? { rejectedLogEventsInfo: rejected } : {}),
    ...(entity?.errorType === undefined ? {} : { rejectedEntityInfo: { errorType: entity.errorType } }),
  };
}

/** An entity, or why it is refused: the events are taken all the same. */
type CheckedEntity = { readonly entity: Entity; readonly errorType?: undefined } | { readonly errorType: string };

function checkEntity(found: unknown): CheckedEntity | undefined {
  if (found === undefined || found === null) return undefined;
  if (typeof found !== 'object' || Array.isArray(found)) throw wrongType('entity', 'a structure', found);
  const { keyAttributes = {}, attributes = {} } = found as { keyAttributes?: unknown; attributes?: unknown };
  const keys = Object.entries(textMap('entity.keyAttributes', keyAttributes));
  const more = Object.entries(textMap('entity.attributes', attributes));
  const type = keys.find(([key]) => key === 'Type');
  if (!type) return { errorType: 'MissingRequiredFields' };
  if (!ENTITY_TYPES.includes(type[1])) return { errorType: 'InvalidTypeValue' };
  const outOfRange = keys.length < MIN_ENTITY_KEYS || keys.length > MAX_ENTITY_KEYS;
  if (outOfRange || keys.some(([key, value]) => !ENTITY_KEYS.includes(key) || !isEntityValue(value))) {
    return { errorType: 'InvalidKeyAttributes' };
  }
  if (more.length > MAX_ENTITY_ATTRIBUTES || more.some(([, value]) => !isEntityValue(value))) return { errorType: 'InvalidAttributes' };
  return { entity: { keyAttributes: Object.fromEntries(keys), attributes: Object.fromEntries(more) } };
}

function isEntityValue(text: string): boolean {
  return text.length >= 1 && text.length <= MAX_ENTITY_VALUE_LENGTH;
}

function textMap(member: string, found: unknown): Readonly<Record<string, string>> {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw wrongType(member, 'a map', found);
  for (const value of Object.values(found)) if (typeof value !== 'string') throw wrongType(member, 'a map of strings', value);
  return found as Readonly<Record<string, string>>;
}

interface ReadBatch {
  readonly timestamps: number[];
  readonly messages: string[];
  /** Bytes of each message in UTF-8. */
  readonly sizes: number[];
  /** Their sum, without overhead. */
  readonly bytes: number;
}

function readBatch(events: unknown, limits: Limits): ReadBatch {
  if (events === undefined || events === null) throw constraint('logEvents', undefined, 'not be null');
  if (!Array.isArray(events)) throw wrongType('logEvents', 'a list', events);
  if (events.length < 1) throw constraint('logEvents', '[]', 'have length greater than or equal to 1');
  if (events.length > limits.batchEvents) {
    throw constraint('logEvents', `${events.length} events`, `have length less than or equal to ${limits.batchEvents}`);
  }
  const timestamps: number[] = [];
  const messages: string[] = [];
  const sizes: number[] = [];
  const overhead = limits.eventOverheadBytes;
  let bytes = 0;
  let previous = 0;
  let ordered = true;
  for (let i = 0; i < events.length; i++) {
    const event: unknown = events[i];
    if (typeof event !== 'object' || event === null) throw wrongType(`logEvents.${i + 1}.member`, 'a structure', event);
    const { timestamp, message } = event as { timestamp?: unknown; message?: unknown };
    if (typeof timestamp !== 'number' || !Number.isInteger(timestamp)) throw badTimestamp(i, timestamp);
    if (timestamp < 0) {
      throw constraint(`logEvents.${i + 1}.member.timestamp`, timestamp, 'have value greater than or equal to 0');
    }
    if (typeof message !== 'string' || message.length < 1) throw badMessage(i, message);
    const size = Buffer.byteLength(message, 'utf8');
    if (size + overhead > limits.eventBytes) {
      throw invalidParameter(`Log event too large: ${size + overhead} bytes exceeds limit of ${limits.eventBytes}`);
    }
    if (timestamp < previous) ordered = false;
    previous = timestamp;
    bytes += size;
    timestamps.push(timestamp);
    messages.push(message);
    sizes.push(size);
  }
  const counted = bytes + overhead * events.length;
  if (counted > limits.batchBytes) {
    throw invalidParameter(`Upload too large: ${counted} bytes exceeds limit of ${limits.batchBytes}`);
  }
  if (!ordered) throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
  return { timestamps, messages, sizes, bytes };
}

function badTimestamp(index: number, found: unknown): Error {
  const member = `logEvents.${index + 1}.member.timestamp`;
  return found === undefined || found === null ? constraint(member, undefined, 'not be null')
    : wrongType(member, 'an integer', found);
}

function badMessage(index: number, found: unknown): Error {
  const member = `logEvents.${index + 1}.member.message`;
  if (found === undefined || found === null) return constraint(member, undefined, 'not be null');
  return found === '' ? constraint(member, '', 'have length greater than or equal to 1')
    : wrongType(member, 'a string', found);
}

/** First index whose time is at least `limit`, in a list in the order of time. */
function firstAtLeast(timestamps: readonly number[], limit: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamps[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
