/** Writes chunks to files whose names come from the chunk: tag, time slot, fields. */
import {
  compileInject, compressionProblem, ConfigError, defineOutput, injectSection, owned, param, type BufferedOutput, type Chunk,
} from '#logferry';
import { chunkPath, pathTemplate } from './path-template.ts';
import { createChunkLinker } from './symlink.ts';
import { fileBytes, writeFile } from './write-file.ts';

export default defineOutput({
  type: 'file',
  doc: 'Writes events to files, one or more for each time slot.',
  config: {
    path: param.string('Path of the files, with placeholders; time, number and suffixes are added if it has none. `*` marks the place of the time.'),
    add_path_suffix: param.bool('Whether path_suffix is added.', { default: true }),
    path_suffix: param.string('End of the files\' names.', { default: '.log' }),
    append: param.bool('Chunks of the same path go into one file; otherwise each gets a file with a number of its own.', { default: false }),
    compress: param.enum(['text', 'gz', 'gzip', 'zstd'], 'How files are compressed; `text` is not at all.', { default: 'text' }),
    recompress: param.bool('Compresses again what the buffer has compressed in the same way.', { default: false }),
    symlink_path: param.string('A symbolic link to the file of the newest buffered chunk; needs a file buffer.', { optional: true }),
    symlink_path_use_relative: param.bool('That link is relative to its own folder.', { default: false }),
    format: owned('formatter', 'Form of an event in the file.', { defaultType: 'out_file' }),
    inject: injectSection,
  },
  buffer: { mode: 'always', chunkKeys: ['time'], defaults: { '@type': 'file', timekey: 86_400 } },
  legacy: ['formatter', 'buffer', 'inject'],

  create(config, context): BufferedOutput {
    const compress = config.compress === 'gz' ? 'gzip' : config.compress;
    const problem = compressionProblem(compress);
    if (problem) throw new ConfigError(problem, context.place('compress'), 'use compress gzip');
    const place = context.place('path');
    const { chunkKeys, system } = context;
    const text = pathTemplate({
      path: context.path(config.path),
      timekey: chunkKeys.time ? (chunkKeys.timekey ?? 86_400) : undefined,
      timeSliceFormat: context.element.params.get('time_slice_format')?.text,
      append: config.append,
      pathSuffix: config.add_path_suffix ? config.path_suffix : '',
      compress,
      place,
    });
    const isSecondary = !context.buffered;
    const template = context.template('path', text, { check: isSecondary ? 'known' : 'complete' });
    if (isSecondary && config.symlink_path !== undefined) {
      throw new ConfigError('symlink_path is not available in <secondary>', context.place('symlink_path'), 'consider secondary_file');
    }
    const formatter = context.create(config.format);
    const inject = compileInject(config.inject, context);
    const dirMode = system.dirPermission ?? 0o755;
    const options = { append: config.append, fileMode: system.filePermission ?? 0o644, dirMode };
    const link = config.symlink_path === undefined ? undefined : context.template('symlink_path', context.path(config.symlink_path), { check: 'known' });

    return {
      format: (tag, time, record) => formatter.format(tag, time, inject ? inject(tag, time, record) : record),
      async write(chunk: Chunk) {
        const path = chunkPath(template, chunk);
        await writeFile(path, await fileBytes(chunk, compress, config.recompress), options);
      },
      bufferPath: config.path,
      planning: { name: (chunk) => context.configuredPath(chunkPath(template, chunk)) },
      ...(link
        ? {
            staged: createChunkLinker({
              template: link,
              relative: config.symlink_path_use_relative,
              dirMode,
              onError: (error) => context.log.warn('the symbolic link to the newest chunk could not be made', { symlink_path: link.text, error }),
            }),
          }
        : {}),
    };
  },
});
