/** The chunk keys in `<buffer tag,time,field>`: what they mean, and which events go together. */
import { ConfigError, type Location } from '../errors.ts';
import { Float, isHash, type LogRecord, type Value } from '../lib/value.ts';
import type { ChunkKeys, ChunkMetadata } from '../plugin.ts';
import { compileAccessor } from '../record/accessor.ts';
import { fixedZone, localZone, parseZone, type Zone } from '../time/zone.ts';
import type { BufferConfig } from './fields.ts';

/** Names of fields that may stand without a path. */
const FIELD_NAME = /^[-_.@a-zA-Z0-9]+$/;
/** A `<buffer>` as it was read: its argument and its common parameters. */
export interface KeyedSection {
  readonly keys: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

/** The chunk keys of a section. Throws nothing: {@link checkChunkKeys} finds what is wrong. */
export function chunkKeysOf({ keys, config }: KeyedSection): ChunkKeys {
  const { timekey, timekey_use_utc: utc, timekey_zone: zone } = config as Partial<BufferConfig>;
  return {
    tag: keys.includes('tag'),
    time: keys.includes('time'),
    fields: keys.filter((key) => key !== 'tag' && key !== 'time'),
    timekey: keys.includes('time') ? timekey : undefined,
    zone: timekeyZone(utc ?? false, zone) ?? fixedZone(0),
  };
}

function timekeyZone(utc: boolean, zone: string | undefined): Zone | undefined {
  if (utc) return fixedZone(0);
  return zone === undefined ? localZone() : parseZone(zone);
}

/** Throws a ConfigError if the chunk keys cannot be used. */
export function checkChunkKeys(section: KeyedSection, at?: Location): void {
  const { timekey, timekey_use_utc: utc, timekey_zone: zone } = section.config as Partial<BufferConfig>;
  for (const key of section.keys) {
    const problem = keyProblem(key);
    if (problem === undefined) continue;
    const hint = 'a key is tag, time, a field such as env, or a path such as $.kubernetes.namespace_name';
    throw new ConfigError(`invalid chunk key '${key}' in <buffer>: ${problem}`, at, hint);
  }
  if (!section.keys.includes('time')) return;
  if (timekey === undefined) {
    throw new ConfigError("<buffer> has the chunk key 'time', but timekey is not configured", at, 'for example: timekey 1h');
  }
  if (!(timekey > 0)) throw new ConfigError(`timekey must be longer than 0 seconds, found ${timekey}`, at);
  if (!timekeyZone(utc ?? false, zone)) {
    throw new ConfigError(`Unsupported timekey_zone '${zone}'`, at, "write an offset such as '+09:00' or a name such as 'Asia/Tokyo'");
  }
}

function keyProblem(key: string): string | undefined {
  if (!key.startsWith('$.') && !key.startsWith('$[')) return FIELD_NAME.test(key) ? undefined : 'only letters, digits and - _ . @ are allowed';
  try {
    compileAccessor(key);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A function that reads the field of a chunk key from a record; null if there is none. */
export function fieldReader(key: string): (record: LogRecord) => Value {
  const accessor = compileAccessor(key);
  return (record) => accessor.get(record) ?? null;
}

/** A function that gives the start of the time slot of an instant; both in seconds since 1970. */
export function timeSlots(timekeySec: number, zone: Zone): (sec: number) => number {
  const { fixedOffset } = zone;
  const slot = (sec: number, offset: number) => sec - positiveModulo(sec + offset, timekeySec);
  if (fixedOffset !== undefined) return (sec) => slot(sec, fixedOffset);
  return (sec) => slot(sec, zone.offsetAt(sec));
}

function positiveModulo(value: number, divisor: number): number {
  const rest = value % divisor;
  return rest < 0 ? rest + divisor : rest;
}

/** A text that is equal for equal metadata only: what stages are found by. */
export function metadataKey({ tag, timekey, variables, seq }: ChunkMetadata): string {
  let key = `${timekey ?? ''}|${tag === undefined ? '-' : textKey(tag)}`;
  if (variables) for (const value of variables.values()) key += valueKey(value);
  return seq ? `${key}#${seq}` : key;
}

/** The part of a metadata key that a field's value makes. */
export function valueKey(value: Value): string {
  if (typeof value === 'string') return textKey(value);
  if (value === null) return 'n';
  if (value instanceof Float) return `f${value.value};`;
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(valueKey).join('')}]`;
  if (isHash(value)) return `{${[...value].map(([name, inner]) => textKey(name) + valueKey(inner)).join('')}}`;
  return `${typeof value === 'number' && !Number.isInteger(value) ? 'f' : typeof value === 'boolean' ? 'b' : 'i'}${String(value)};`;
}

function textKey(text: string): string {
  return `s${text.length}:${text}`;
}
