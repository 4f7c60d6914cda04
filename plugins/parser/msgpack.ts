/** MessagePack: hashes are events, lists of hashes several. */
import { createFinisher, decodeMany, defineParser, encodeText, isHash, limitTime, parserFields, type Parsed, type Value } from '#logferry';

export default defineParser({
  type: 'msgpack',
  doc: 'Reads MessagePack: a map is an event, a list of maps is one event for each.',
  config: parserFields,

  create(config, context) {
    const finisher = createFinisher(config, context);

    function toEvent(value: unknown): Parsed | undefined {
      return isHash(value) ? finisher.finish(value as Map<string, Value>) : undefined;
    }

    /** Bytes of a value that is not complete yet wait for the next call. */
    let rest: Buffer = Buffer.alloc(0);

    function parseBytes(bytes: Buffer): (Parsed | undefined)[] {
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      rest = Buffer.alloc(0);
      const { values, end } = decodeMany(all);
      rest = all.subarray(end);
      return values.flatMap((value) => (Array.isArray(value) ? value.map(toEvent) : [toEvent(value)]));
    }

    return limitTime({ parse: (text) => parseBytes(encodeText(text)), parseBytes }, config, context);
  },
});
