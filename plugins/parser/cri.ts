/** Lines of the container runtime interface: `TIME stdout F MESSAGE`, whose message may be parsed further. */
import {
  createFinisher, defineParser, limitTime, owned, param, parserFields, withDefaults, type Parsed, type Value,
} from '#logferry';

export default defineParser({
  type: 'cri',
  doc: 'Reads the log lines of containerd and CRI-O: time, stream, tag (F for full, P for partial) and message.',
  config: {
    ...withDefaults(parserFields, { time_key: 'time', time_format: '%Y-%m-%dT%H:%M:%S.%L%z', keep_time_key: true }),
    merge_cri_fields: param.bool('With an inner <parse>: stream and logtag are added to what it finds.', { default: true }),
    parse: owned('parser', 'How to read the message; the event then has the time that this finds.'),
  },

  create(config, context) {
    const { timeParser } = createFinisher(config, context);
    const inner = config.parse && context.create(config.parse);
    const { time_key: timeKey, keep_time_key: keepTime, merge_cri_fields: mergeFields } = config;

    function merged(parsed: Parsed | undefined, stream: string, logtag: string): Parsed | undefined {
      if (!parsed || !mergeFields) return parsed;
      const record = new Map(parsed.record);
      record.set('stream', stream).set('logtag', logtag);
      return { time: parsed.time, record };
    }

    return limitTime(
      {
        parse(text, asBytes) {
          const parts = splitLine(text);
          if (!parts) return undefined;
          const [time, stream, logtag, message] = parts;
          if (inner) {
            const parsed = inner.parse(message, asBytes);
            // Of several events the last counts.
            return merged(Array.isArray(parsed) ? (parsed.at(-1) as Parsed | undefined) : (parsed as Parsed | undefined), stream, logtag);
          }
          const record = new Map<string, Value>([['stream', stream], ['logtag', logtag], ['message', message]]);
          const eventTime = timeParser.parse(time);
          if (keepTime && timeKey !== undefined) record.set(timeKey, time);
          return { time: eventTime, record };
        },
      },
      config,
      context,
    );
  },
});

const SPACE = /[ \t\r\n\f\v]/g;

/** Three words, each with one white space behind it, and the rest. */
function splitLine(text: string): [string, string, string, string] | undefined {
  const ends: number[] = [];
  SPACE.lastIndex = 0;
  for (let found = SPACE.exec(text); found && ends.length < 3; found = SPACE.exec(text)) ends.push(found.index);
  const [a, b, c] = ends;
  if (a === undefined || b === undefined || c === undefined) return undefined;
  return [text.slice(0, a), text.slice(a + 1, b), text.slice(b + 1, c), text.slice(c + 1)];
}
