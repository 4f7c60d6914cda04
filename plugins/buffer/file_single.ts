/**
 * Keeps each chunk in one file, without a `.meta` file: the chunk key stands in the file's name, so there may be
 * only one, and no time slots. The form is Fluentd's.
 */
import { readFileSync } from 'node:fs';
import {
  chunkFile, ConfigError, countEntries, createChunkFile, decodeText, decompressPieces, defineBuffer, encodeText, fileLimits, fileMode,
  makeChunkFolder, param, resolveChunkPaths, resumeChunks, storageFields,
  type ChunkMetadata, type ChunkPaths, type StorageOwner,
} from '#logferry';

const PREFIX = 'fsb';
const SUFFIX = '.buf';

export default defineBuffer({
  type: 'file_single',
  doc: 'Keeps chunks in one file each; the tag or one field is the only chunk key.',
  config: {
    ...storageFields(fileLimits),
    path: param.string('Folder of the chunk files. If absent: below `<system>` root_dir for an output with an @id.', { optional: true }),
    calc_num_records: param.bool('Whether the events in chunks of an earlier run are counted at the start.', { default: true }),
    chunk_format: param.enum(['msgpack', 'text', 'auto'], 'What the bytes are, for counting; `auto` asks the output.', { default: 'auto' }),
    file_permission: param.string('Mode of new files, octal.', { optional: true }),
    dir_permission: param.string('Mode of new folders, octal.', { optional: true }),
  },

  create(config, context) {
    const mode = fileMode(config.file_permission, context.place('file_permission')) ?? context.system.filePermission ?? 0o644;
    const folderMode = fileMode(config.dir_permission, context.place('dir_permission')) ?? context.system.dirPermission ?? 0o755;
    let owner: StorageOwner;
    let paths: ChunkPaths;
    let field: string | undefined;

    const countEvents = (file: string): number => {
      if (!config.calc_num_records) return 0;
      const bytes = decompressPieces(readFileSync(file), owner.compress, config.decompression_size_limit);
      const msgpack = config.chunk_format === 'auto' ? owner.msgpack : config.chunk_format === 'msgpack';
      return msgpack ? countEntries(bytes) : countLines(bytes);
    };

    return {
      persistent: true,
      attach(attached) {
        owner = attached;
        const { chunkKeys } = owner;
        const names = [...(chunkKeys.tag ? ['tag'] : []), ...(chunkKeys.time ? ['time'] : []), ...chunkKeys.fields];
        if (names.length > 1 || chunkKeys.time) {
          const found = names.join(', ');
          throw new ConfigError(`file_single needs the chunk key tag or one field, found ${found}`, context.element.at, 'use @type file');
        }
        field = chunkKeys.fields[0];
        paths = resolveChunkPaths({ path: config.path, prefix: PREFIX, suffix: SUFFIX, place: context.place('path') }, owner, context);
        if (paths.prefix !== PREFIX || paths.suffix !== SUFFIX) {
          context.log.warn('file_single has names of its own, only the folder of path is used', { folder: paths.folder });
          paths = { ...paths, prefix: PREFIX, suffix: SUFFIX };
        }
      },
      start() {
        makeChunkFolder(paths, folderMode);
      },
      create(identity) {
        const key = escapeKey(keyText(identity.metadata));
        return createChunkFile(identity, chunkFile(paths, 'staged', identity.id, key), {
          meta: false,
          mode,
          queuedPath: chunkFile(paths, 'queued', identity.id, key),
          log: context.log,
        });
      },
      resume() {
        return resumeChunks({
          paths,
          owner,
          log: context.log,
          fileMode: mode,
          meta: false,
          countEvents,
          metadataOf: ({ key = '' }) => {
            const text = unescapeKey(key);
            if (field !== undefined) return { variables: new Map([[field, text]]) };
            return owner.chunkKeys.tag ? { tag: text } : {};
          },
        });
      },
    };
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

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
