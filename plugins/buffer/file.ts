/** Keeps chunks in files, in Fluentd's form: either program can go on with what the other one left. */
import { createFileStorage, defineBuffer, fileStorageFields, param } from '#logferry';

export default defineBuffer({
  type: 'file',
  doc: 'Keeps chunks in files, each with a .meta file: events survive a crash of the agent, and by default of the machine.',
  config: {
    ...fileStorageFields,
    path_suffix: param.string('End of the files\' names where path is a folder.', { default: '.log' }),
  },

  create(config, context) {
    return createFileStorage({ prefix: 'buffer', suffix: config.path_suffix, meta: true }, config, context);
  },
});
