/** JSON: a hash is an event, a list of hashes is several. */
import {
  createFinisher, defineParser, isHash, JsonError, limitTime, param, parseJson, parserFields, withDefaults,
  type Parsed, type Value,
} from '#logferry';

export default defineParser({
  type: 'json',
  doc: 'Reads JSON: an object is an event, a list of objects is one event for each.',
  config: {
    ...withDefaults(parserFields, { time_key: 'time', time_type: 'float' }),
    json_parser: param.enum(['oj', 'yajl', 'json'], 'Accepted for compatibility: there is one JSON parser.', {
      default: 'oj',
      noEffect: 'there is one JSON parser',
    }),
    stream_buffer_size: param.integer('Accepted for compatibility: bytes read at once from a stream.', { default: 8192, noEffect: 'what a stream brings is read as it arrives' }),
  },

  create(config, context) {
    const { params } = context.element;
    const isString = params.has('time_format') && !params.has('time_type');
    const finisher = createFinisher(config, context, isString ? { timeType: 'string' } : {});

    function toEvent(value: Value): Parsed | undefined {
      // The map was made for this event, so it can become its record.
      return isHash(value) ? finisher.finish(value as Map<string, Value>) : undefined;
    }

    return limitTime(
      {
        parse(text) {
          let value: Value;
          try {
            value = parseJson(text);
          } catch (error) {
            if (error instanceof JsonError) return undefined;
            throw error;
          }
          return Array.isArray(value) ? (value as readonly Value[]).map(toEvent) : toEvent(value);
        },
      },
      config,
      context,
    );
  },
});
