/**
 * Keeps each chunk in one file, without a `.meta` file: the chunk key stands in the file's name, so there may be
 * only one, and no time slots. The form is Fluentd's.
 */
import {
  ConfigError, countEntries, countLines, createFileStorage, decodeText, decompressPieces, defineBuffer, encodeText, fileStorageFields, param,
  type ChunkMetadata,
} from '#logferry';

export default defineBuffer({
  type: 'file_single',
  doc: 'Keeps chunks in one file each; the tag or one field is the only chunk key.',
  config: {
    ...fileStorageFields,
    calc_num_records: param.bool('Whether the events in chunks of an earlier run are counted at the start.', { default: true }),
    chunk_format: param.enum(['msgpack', 'text', 'auto'], 'What the bytes are, for counting; `auto` asks the output.', { default: 'auto' }),
  },

  create(config, context) {
    return createFileStorage({
      prefix: 'fsb',
      suffix: '.buf',
      isFixed: true,
      meta: false,
      attach({ chunkKeys }) {
        const names = [...(chunkKeys.tag ? ['tag'] : []), ...(chunkKeys.time ? ['time'] : []), ...chunkKeys.fields];
        if (names.length <= 1 && !chunkKeys.time) return;
        const found = names.join(', ');
        throw new ConfigError(`file_single needs the chunk key tag or one field, found ${found}`, context.element.at, 'use @type file');
      },
      keyOf: (metadata) => escapeKey(keyText(metadata)),
      metadataOf(key, { chunkKeys }) {
        const text = unescapeKey(key);
        const field = chunkKeys.fields[0];
        if (field !== undefined) return { variables: new Map([[field, text]]) };
        return chunkKeys.tag ? { tag: text } : {};
      },
      countEvents(stored, owner) {
        if (!config.calc_num_records) return 0;
        const bytes = decompressPieces(stored, owner.compress, config.decompression_size_limit);
        const isMsgpack = config.chunk_format === 'auto' ? owner.msgpack : config.chunk_format === 'msgpack';
        return isMsgpack ? countEntries(bytes) : countLines(bytes);
      },
    }, config, context);
  },
});

function keyText({ tag, variables }: ChunkMetadata): string {
  if (!variables) return tag ?? '';
  const [value] = variables.values();
  return value === null || value === undefined ? '' : String(value);
}

/** Every byte but letters, digits, `-`, `_` and `.` as `%XX`. */
function escapeKey(key: string): string {
  let out = '';
  for (const byte of encodeText(key)) {
    const c = String.fromCharCode(byte);
    out += /[-_.a-zA-Z0-9]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

function unescapeKey(key: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < key.length; i++) {
    const escaped = /^%([0-9a-fA-F]{2})/.exec(key.slice(i, i + 3));
    if (escaped) {
      bytes.push(parseInt(escaped[1]!, 16));
      i += 2;
    } else bytes.push(...Buffer.from(key[i]!, 'utf8'));
  }
  return decodeText(Buffer.from(bytes));
}
