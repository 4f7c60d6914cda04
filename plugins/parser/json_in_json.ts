/** JSON whose texts may be JSON themselves, such as a container's log of an application that logs JSON. */
import { createFinisher, defineParser, isHash, JsonError, limitTime, parseJson, parserFields, withDefaults, type Parsed, type Value } from '#logferry';

export default defineParser({
  type: 'json_in_json',
  doc: 'Reads a JSON object. A field whose text is a JSON object goes, and its fields come at the end of the record; a text that is an array becomes that array.',
  config: withDefaults(parserFields, { time_key: 'timestamp', time_type: 'float' }),

  create(config, context) {
    const { params } = context.element;
    const isString = params.has('time_format') && !params.has('time_type');
    const finisher = createFinisher(config, context, isString ? { timeType: 'string' } : {});

    const toEvent = (value: Value): Parsed | undefined => {
      if (!isHash(value)) return undefined;
      // Made for this event, so it can become its record.
      const fields = value as Map<string, Value>;
      const found = new Map<string, Value>();
      for (const [key, text] of fields) {
        const inner = typeof text === 'string' && /^\s*[{[]/.test(text) ? readJson(text) : undefined;
        if (isHash(inner)) {
          for (const [name, field] of inner) found.set(name, field);
          fields.delete(key);
        } else if (Array.isArray(inner)) found.set(key, inner);
      }
      for (const [name, field] of found) fields.set(name, field);
      return finisher.finish(fields);
    };
    return limitTime(
      {
        parse(text) {
          const value = readJson(text);
          return Array.isArray(value) ? (value as readonly Value[]).map(toEvent) : value === undefined ? undefined : toEvent(value);
        },
      },
      config,
      context,
    );
  },
});

function readJson(text: string): Value | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
