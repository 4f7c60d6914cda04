/** Parses the text of one field, and puts what it finds into the record. */
import {
  compileAccessor, ConfigError, defineFilter, isHash, isValidText, ObjectBatch, owned, param, scrubText, textOf,
  type EventTime, type LogEvent, type LogRecord, type Parsed, type Parser, type RecordAccessor, type Value,
} from '#logferry';

export default defineFilter({
  type: 'parser',
  legacy: ['parser'],
  doc: 'Parses the text of one field, and puts what it finds into the record.',
  config: {
    key_name: param.string('The field with the text, as a name or a record accessor such as `$.a.b`.'),
    reserve_data: param.bool('Keep the other fields, and keep the event where parsing fails.', { default: false }),
    reserve_time: param.bool("Keep the event's time, whatever time the text has.", { default: false }),
    remove_key_name_field: param.bool('Remove the field with the text when it was parsed.', { default: false }),
    inject_key_prefix: param.string('A text to put before the names of parsed fields.', { optional: true }),
    replace_invalid_sequence: param.bool('Replace invalid bytes by `?` and parse again where they were in the way.', { default: false }),
    hash_value_field: param.string('The field for all that was parsed, as a hash.', { optional: true }),
    emit_invalid_record_to_error: param.bool('Send events that cannot be parsed to the label @ERROR.', { default: true }),
    parse: owned('parser', 'How the text is parsed.', { required: true }),
  },

  create(config, context) {
    let key: RecordAccessor;
    try {
      key = compileAccessor(config.key_name);
    } catch (error) {
      throw new ConfigError((error as Error).message, context.place('key_name'));
    }
    const parser = context.create(config.parse);
    // A text without a time has the time of parsing, unless the parser is told not to guess: then the event's.
    const guesses = config.parse.config['estimate_current_event'] !== false;
    const merge = compileMerge(config);
    const removesKey = config.remove_key_name_field && config.reserve_data;

    /** Adds what becomes of the event; returns what is wrong with it for the error label. */
    const filterEvent = (event: LogEvent, out: LogEvent[]): unknown => {
      const keepUnparsed = (error: () => unknown): unknown => {
        if (config.reserve_data) out.push({ time: event.time, record: merge(event.record, NOTHING) });
        return config.emit_invalid_record_to_error ? error() : undefined;
      };
      const raw = key.get(event.record);
      if (raw === undefined || raw === null) return keepUnparsed(() => new Error(`${config.key_name} does not exist`));
      let found: readonly (Parsed | undefined)[];
      try {
        found = parseValue(parser, raw, config.replace_invalid_sequence);
      } catch (error) {
        // Not a text that does not fit, but one that cannot even be looked at: one copy, where it is seen.
        if (config.emit_invalid_record_to_error || !config.reserve_data) return error;
        return keepUnparsed(() => error);
      }
      let failure: unknown;
      let base: LogRecord | undefined;
      for (const parsed of found) {
        if (!parsed) {
          failure = keepUnparsed(() => new Error(`pattern not matched with data '${textOf(raw)}'`));
          continue;
        }
        base ??= removesKey ? key.delete(event.record) : event.record;
        out.push({ time: parsedTime(parsed.time, event.time), record: merge(base, parsed.record) });
      }
      return failure;
    };
    const parsedTime = (time: EventTime | undefined, ofEvent: EventTime): EventTime => {
      if (config.reserve_time) return ofEvent;
      return time ?? (guesses ? context.clock.time() : ofEvent);
    };

    return {
      filter(batch) {
        const out: LogEvent[] = [];
        for (const event of batch.events) {
          const error = filterEvent(event, out);
          if (error !== undefined) context.router.emitError(batch.tag, event, error, batch.ack?.retain());
        }
        return new ObjectBatch(batch.tag, out, batch.ack);
      },
    };
  },
});

const NOTHING: LogRecord = new Map();

interface MergeConfig {
  readonly reserve_data: boolean;
  readonly inject_key_prefix: string | undefined;
  readonly hash_value_field: string | undefined;
}

/** Makes the function that puts the parsed fields into the record. */
function compileMerge(config: MergeConfig): (record: LogRecord, parsed: LogRecord) => LogRecord {
  const { reserve_data: reserve, inject_key_prefix: prefix, hash_value_field: field } = config;
  return (record, parsed) => {
    const named = prefix === undefined ? parsed : new Map([...parsed].map(([key, value]) => [prefix + key, value]));
    if (!reserve) return field === undefined ? named : new Map([[field, named]]);
    const merged = new Map<string, Value>(record);
    if (field !== undefined) merged.set(field, named);
    else for (const [key, value] of named) merged.set(key, value);
    return merged;
  };
}

/** What the parser found; undefined where the text does not fit. Throws what the parser throws. */
function parseValue(parser: Parser, raw: Value, replaceInvalid: boolean): readonly (Parsed | undefined)[] {
  if (typeof raw !== 'string') {
    throw new TypeError(`only text can be parsed, found ${isHash(raw) ? 'a hash' : Array.isArray(raw) ? 'a list' : textOf(raw)}`);
  }
  const retry = replaceInvalid && !isValidText(raw);
  let found: ReturnType<Parser['parse']>;
  try {
    found = parser.parse(raw);
  } catch (error) {
    if (!retry) throw error;
  }
  if (found === undefined && retry) found = parser.parse(scrubText(raw, '?'));
  return Array.isArray(found) ? (found as readonly (Parsed | undefined)[]) : [found as Parsed | undefined];
}
