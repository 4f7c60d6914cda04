/** What a request says, as events: the records of its body, more fields, and their times. */
import {
  createTimeParser, decodeMany, decodeText, encodeText, Float, isHash, JsonError, localZone, parseJson, textToFloat, timeSettings,
  type EventTime, type LogEvent, type LogRecord, type OwnedPlugin, type Parsed, type Parser, type ParserConfig,
  type PluginContext, type TimeParser, type Value,
} from '#logferry';
import { BadRequest } from './parameters.ts';

/** A record as it was found; its time if a parser found one. Undefined is something that is no record. */
type Found = { readonly time: EventTime | undefined; readonly record: LogRecord } | undefined;

/** Parameters of a request by name, the body among them. Those of `HTTP_` may be lists, the body bytes. */
export type RequestParameters = ReadonlyMap<string, Value | Buffer>;

export interface RequestEvents {
  readonly events: readonly LogEvent[];
  /** Parts of the body that are no records; they are left out. */
  readonly invalid: number;
}

/** The name of the parameter that holds the whole body for parsers of `<parse>`. */
export const WHOLE_BODY = '_event_record';

export interface RecordOptions {
  readonly parse: OwnedPlugin<'parser'>;
  readonly parser: Parser;
  readonly addHttpHeaders: boolean;
  readonly addQueryParams: boolean;
  readonly addRemoteAddr: boolean;
}

/** Compiles the reading of requests. What it gives throws a BadRequest, or what a parser throws: the answer is 400 then. */
export function compileRecords(options: RecordOptions, context: PluginContext): (parameters: RequestParameters) => RequestEvents {
  const { parse, parser } = options;
  const { clock } = context;
  const isDefault = parse.type === 'in_http';
  const { time_key: timeKey, keep_time_key: keeps } = parse.config as unknown as ParserConfig;
  const keepsTime = isDefault && keeps;
  const timeParser = isDefault ? configuredTimes(parse, context) : undefined;
  const floatTimes = createTimeParser({ timeType: 'float' });

  function timeOf(record: Map<string, Value>): EventTime {
    const value = timeKey === undefined ? undefined : record.get(timeKey);
    if (value !== undefined && !keepsTime) record.delete(timeKey!);
    if (value === undefined || value === null || value === false) return clock.time();
    return timeParser ? timeParser.parse(value) : timeOfNumber(value);
  }

  function addFields(record: Map<string, Value>, parameters: RequestParameters): void {
    const add = (prefix: string): void => {
      for (const [name, value] of parameters) {
        if (name.startsWith(prefix)) record.set(name, Buffer.isBuffer(value) ? decodeText(value) : value);
      }
    };
    if (options.addHttpHeaders) add('HTTP_');
    if (options.addQueryParams) add('QUERY_');
    if (options.addRemoteAddr) record.set('REMOTE_ADDR', textOrNull(parameters.get('REMOTE_ADDR')));
  }

  return (parameters) => {
    const given = parameters.get('time');
    const seconds = typeof given === 'string' ? textToFloat(given) : 0;
    const number = seconds instanceof Float ? seconds.value : seconds;
    const fixed = typeof given !== 'string' ? undefined : number === 0 ? clock.time() : floatTimes.parse(seconds);
    const events: LogEvent[] = [];
    let invalid = 0;
    for (const found of isDefault ? readDefault(parameters) : readWith(parser, parameters)) {
      if (!found) {
        invalid++;
        continue;
      }
      const record = new Map<string, Value>(found.record);
      addFields(record, parameters);
      events.push({ time: fixed ?? found.time ?? timeOf(record), record });
    }
    return { events, invalid };
  };
}

function readDefault(parameters: RequestParameters): Iterable<Found> {
  const msgpack = parameters.get('msgpack');
  if (isContent(msgpack)) return readMsgpack(msgpack);
  const json = parameters.get('json');
  if (isContent(json)) return readJson(json);
  const ndjson = parameters.get('ndjson');
  if (!isContent(ndjson)) throw new BadRequest("'json', 'ndjson' or 'msgpack' parameter is required");
  const lines = textOf(ndjson).split(/\r?\n/);
  // As Ruby's split: empty lines at the end are none.
  while (lines.at(-1) === '') lines.pop();
  return lines.flatMap(readJson);
}

function readJson(content: string | Buffer): Found[] {
  try {
    return toRecords(parseJson(textOf(content)));
  } catch (error) {
    if (error instanceof JsonError) return [undefined];
    throw error;
  }
}

function readMsgpack(content: string | Buffer): Found[] {
  const bytes = typeof content === 'string' ? encodeText(content) : content;
  const { values, end } = decodeMany(bytes);
  if (end < bytes.length) throw new BadRequest(`the MessagePack ends within a value: its last ${bytes.length - end} bytes`);
  return values.flatMap((value) => toRecords(value));
}

function toRecords(value: unknown): Found[] {
  const one = (item: unknown): Found => (isHash(item) ? { time: undefined, record: item } : undefined);
  return Array.isArray(value) ? (value as readonly unknown[]).map(one) : [one(value)];
}

function readWith(parser: Parser, parameters: RequestParameters): readonly Found[] {
  const content = parameters.get(WHOLE_BODY);
  if (!isContent(content)) throw new BadRequest(`'${WHOLE_BODY}' parameter is required`);
  const bytes = typeof content === 'string' ? encodeText(content) : content;
  const found = parser.parseBytes ? parser.parseBytes(bytes) : parser.parse(decodeText(bytes), true);
  return Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined];
}

function configuredTimes(parse: OwnedPlugin<'parser'>, context: PluginContext): TimeParser | undefined {
  const { params, at } = parse.element;
  if (!params.has('time_type') && !params.has('time_format')) return undefined;
  const now = { get local() { return localZone(); }, now: () => context.clock.time() };
  return createTimeParser(timeSettings(parse.config as unknown as ParserConfig, parse.element), { at: params.get('time_format')?.at ?? at, context: now });
}

/** As Ruby's Time.at: whole seconds, or a Float to its last bit. */
function timeOfNumber(value: Value): EventTime {
  const seconds = value instanceof Float ? value.value : Number(typeof value === 'number' || typeof value === 'bigint' ? value : NaN);
  if (!Number.isFinite(seconds) || Math.abs(seconds) > Number.MAX_SAFE_INTEGER) {
    throw new BadRequest(`can't convert ${rubyClass(value)} into an exact number`);
  }
  const sec = Math.floor(seconds);
  return { sec, nsec: Math.floor((seconds - sec) * 1e9) };
}

function rubyClass(value: Value): string {
  if (value === true) return 'true';
  if (typeof value === 'string') return 'String';
  if (Array.isArray(value)) return 'Array';
  return isHash(value) ? 'Hash' : `${String(value)} of this size`;
}

function isContent(value: Value | Buffer | undefined): value is string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function textOf(content: string | Buffer): string {
  return typeof content === 'string' ? content : decodeText(content);
}

function textOrNull(value: Value | Buffer | undefined): Value {
  return typeof value === 'string' ? value : null;
}
