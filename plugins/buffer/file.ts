/** Keeps chunks in files, in Fluentd's form: either program can go on with what the other one left. */
import {
  chunkFile, createChunkFile, defineBuffer, fileLimits, fileMode, makeChunkFolder, param, resolveChunkPaths, resumeChunks, storageFields,
  type ChunkPaths, type StorageOwner,
} from '#logferry';

export default defineBuffer({
  type: 'file',
  doc: 'Keeps chunks in files, each with a .meta file: events survive a crash of the agent.',
  config: {
    ...storageFields(fileLimits),
    path: param.string(
      'Folder of the chunk files, or their names as `folder/prefix.*.suffix`. If absent: below `<system>` root_dir for an output with an @id.',
      { optional: true },
    ),
    path_suffix: param.string('End of the files\' names where path is a folder.', { default: '.log' }),
    file_permission: param.string('Mode of new files, octal.', { optional: true }),
    dir_permission: param.string('Mode of new folders, octal.', { optional: true }),
  },

  create(config, context) {
    const fileModeOfChunks = fileMode(config.file_permission, context.place('file_permission')) ?? context.system.filePermission ?? 0o644;
    const folderMode = fileMode(config.dir_permission, context.place('dir_permission')) ?? context.system.dirPermission ?? 0o755;
    let owner: StorageOwner;
    let paths: ChunkPaths;
    return {
      persistent: true,
      attach(attached) {
        owner = attached;
        const place = context.place('path');
        paths = resolveChunkPaths({ path: config.path, prefix: 'buffer', suffix: config.path_suffix, place }, owner, context);
      },
      start() {
        makeChunkFolder(paths, folderMode);
      },
      create(identity) {
        return createChunkFile(identity, chunkFile(paths, 'staged', identity.id), {
          meta: true,
          mode: fileModeOfChunks,
          queuedPath: chunkFile(paths, 'queued', identity.id),
          log: context.log,
        });
      },
      resume() {
        return resumeChunks({
          paths,
          owner,
          log: context.log,
          fileMode: fileModeOfChunks,
          meta: true,
          metadataOf: () => ({}),
          countEvents: () => 0,
        });
      },
    };
  },
});
