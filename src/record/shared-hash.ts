/** Hashes that may be changed in place, for the one situation in which Fluentd's users see that. */
import { isHash, type LogRecord, type Value } from '../lib/value.ts';

/**
 * A hash that several stores of a `copy` hold together (`copy_mode no_copy` and `shallow`): a filter
 * that changes fields in place changes them for all of them. Every other hash is copied on write.
 */
export class SharedHash extends Map<string, Value> {}

/** The record with all its hashes as {@link SharedHash}; nothing of it is in other hands. */
export function shareRecord(record: LogRecord): LogRecord {
  const shared = new SharedHash();
  for (const [key, value] of record) shared.set(key, shareValue(value));
  return shared;
}

/** The record with its own fields, whose values are still shared. */
export function shallowRecord(record: LogRecord): LogRecord {
  return new Map(record);
}

/** A copy that shares no hash and no list with the record. */
export function deepRecord(record: LogRecord): LogRecord {
  const copy = new Map<string, Value>();
  for (const [key, value] of record) copy.set(key, deepValue(value));
  return copy;
}

/** The hash itself if it may be changed, else a copy of it. */
export function writable(hash: ReadonlyMap<string, Value>): Map<string, Value> {
  return hash instanceof SharedHash ? hash : new Map(hash);
}

function shareValue(value: Value): Value {
  if (isHash(value)) return shareRecord(value);
  return Array.isArray(value) ? value.map(shareValue) : value;
}

function deepValue(value: Value): Value {
  if (isHash(value)) return deepRecord(value);
  return Array.isArray(value) ? value.map(deepValue) : value;
}
