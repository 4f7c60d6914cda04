/** Chunks in the files of one folder: what `@type file` and `@type file_single` have in common. */
import type { Infer } from '../config/params.ts';
import type { ChunkIdentity, ChunkMetadata, ChunkStorage, PluginContext, StorageOwner } from '../plugin.ts';
import { nodeDisk, type ChunkDisk } from './chunk-disk.ts';
import { createChunkFile, type ChunkFileOptions } from './chunk-file.ts';
import { makeChunkFolder, resumeChunks } from './chunk-folder.ts';
import { chunkFile, resolveChunkPaths, sumsFile, type ChunkFileName, type ChunkPaths } from './chunk-path.ts';
import { fileMode, type fileStorageFields } from './fields.ts';
import { GroupSync } from './group-sync.ts';
import { unlessAborted } from './unless-aborted.ts';

/** The values of {@link fileStorageFields}. */
export type FileStorageConfig = Infer<typeof fileStorageFields>;

/** In what the two forms differ. */
export interface ChunkFileForm {
  /** Beginning and end of names where `path` is a folder. */
  readonly prefix: string;
  readonly suffix: string;
  /** Names are always like that: of `path` the folder counts alone. */
  readonly isFixed?: boolean | undefined;
  /** Whether a chunk has a `.meta` file. */
  readonly meta: boolean;
  /** Throws a ConfigError if chunks of this output cannot have this form. */
  attach?(owner: StorageOwner): void;
  /** What stands in a chunk's name besides its id. */
  keyOf?(metadata: ChunkMetadata): string;
  /** The inverse. */
  metadataOf?(key: string, owner: StorageOwner): ChunkMetadata;
  /** How many events the bytes of a file are, where nothing else tells. */
  countEvents?(bytes: Buffer, owner: StorageOwner): number;
}

/** A group of appends that is as big as this is forced to the disk before its time. */
const GROUP_BYTES = 8 * 1024 * 1024;

export function createFileStorage(form: ChunkFileForm, config: FileStorageConfig, context: PluginContext, disk: ChunkDisk = nodeDisk): ChunkStorage {
  const mode = fileMode(config.file_permission, context.place('file_permission')) ?? context.system.filePermission ?? 0o644;
  const folderMode = fileMode(config.dir_permission, context.place('dir_permission')) ?? context.system.dirPermission ?? 0o755;
  const { log } = context;
  const failed = context.metrics.counter('buffer_sync_failures_total', 'Buffer files that could not be forced to the disk.');
  const group = new GroupSync({
    disk, log, bytes: GROUP_BYTES, intervalMs: config.fsync_interval * 1000, onFailed: () => failed.add(),
  });
  const sync = config.fsync === 'interval' ? group : config.fsync;
  let owner: StorageOwner;
  let paths: ChunkPaths;

  const optionsOf = ({ id }: ChunkIdentity, key: string | undefined): ChunkFileOptions => ({
    disk, log, mode, sync, meta: form.meta, sumsPath: sumsFile(paths, id), queuedPath: chunkFile(paths, 'queued', id, key),
  });
  return {
    persistent: true,
    attach(attached) {
      owner = attached;
      form.attach?.(owner);
      const { prefix, suffix } = form;
      paths = resolveChunkPaths({ path: config.path, prefix, suffix, place: context.place('path') }, owner, context);
      if (form.isFixed && (paths.prefix !== prefix || paths.suffix !== suffix)) {
        log.warn(`${context.type} has names of its own, only the folder of path is used`, { folder: paths.folder });
        paths = { ...paths, prefix, suffix };
      }
    },
    start() {
      makeChunkFolder(paths, folderMode);
    },
    create(identity) {
      const key = form.keyOf?.(identity.metadata);
      return createChunkFile(identity, chunkFile(paths, 'staged', identity.id, key), optionsOf(identity, key));
    },
    resume() {
      return resumeChunks({
        paths, owner, log, mode, disk, sync,
        meta: form.meta,
        metadataOf: ({ key = '' }: ChunkFileName) => form.metadataOf?.(key, owner) ?? {},
        countEvents: (bytes) => form.countEvents?.(bytes, owner) ?? 0,
      });
    },
    ...(sync === group ? { whenSafe: (done: () => void) => group.whenSafe(done) } : {}),
    async flush(signal) {
      // A disk that does not answer must not keep the agent from ending.
      await unlessAborted(group.flush(), signal);
    },
    close() {
      group.close();
    },
  };
}
