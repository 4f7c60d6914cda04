/** Keeps chunks that could not be delivered in files, as their output formatted them; for `<secondary>`. */
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { appendOrUndo, compressPiece, ConfigError, defineOutput, param, UnrecoverableError, type BufferedOutput, type Chunk } from '#logferry';

export default defineOutput({
  type: 'secondary_file',
  doc: 'Writes the chunks of another output to files when that one fails; to be used as `<secondary>`.',
  config: {
    directory: param.string('Folder of the files; may have placeholders.'),
    basename: param.string('Name of the files, with placeholders; `${chunk_id}` is known too.', { default: 'dump.bin' }),
    append: param.bool('Chunks of the same name go into one file; otherwise each gets a file with a number of its own.', { default: false }),
    compress: param.enum(['text', 'gzip'], 'How files are compressed; `text` is not at all.', { default: 'text' }),
  },
  buffer: { mode: 'always' },

  create(config, context): BufferedOutput {
    if (context.buffered) {
      const hint = 'put it into a <secondary> section of another output';
      throw new ConfigError('secondary_file can only be used in a <secondary> section', context.element.at, hint);
    }
    if (/[/\\]/.test(config.basename)) {
      throw new ConfigError(`basename must not have a slash in it: '${config.basename}'`, context.place('basename'), 'put folders into directory');
    }
    const directory = context.template('directory', context.path(config.directory), { check: 'known' });
    const basename = context.template('basename', config.basename, { check: 'known' });
    const suffix = config.compress === 'gzip' ? '.gz' : '';
    const dirMode = context.system.dirPermission ?? 0o755;
    const mode = context.system.filePermission ?? 0o644;

    return {
      planning: { name: (chunk) => context.configuredPath(path.join(directory.expand(chunk), basename.expand(chunk))) },
      async write(chunk: Chunk) {
        const folder = within(directory.text, directory.expand(chunk));
        const name = basename.expand(chunk);
        if (name === '' || name === '..' || name === '.' || /[/\0]/.test(name)) {
          throw new UnrecoverableError(`basename '${name}' is no name of a file: a tag or field of the chunk does not fit`);
        }
        const bytes = compressPiece(await chunk.read(), config.compress);
        await mkdir(folder, { recursive: true, mode: dirMode });
        // On the disk: the buffer forgets the chunk next.
        await appendOrUndo(await openFor(path.join(folder, name), suffix, config.append, mode), bytes);
      },
    };
  },
});

/** Throws an UnrecoverableError if what was filled in leads out of the template's fixed folder. */
function within(template: string, expanded: string): string {
  const fixed = template.split(/\$\{|%/, 1)[0]!;
  const root = path.resolve(fixed === template || fixed.endsWith('/') ? fixed : path.dirname(fixed));
  const found = path.resolve(expanded);
  if (found !== root && !found.startsWith(root.endsWith('/') ? root : `${root}/`)) {
    throw new UnrecoverableError(`directory '${expanded}' leads out of ${root}: a tag or field of the chunk has '..' in it`);
  }
  return expanded;
}

async function openFor(file: string, suffix: string, append: boolean, mode: number): Promise<FileHandle> {
  if (append) return open(file + suffix, 'a', mode);
  for (let i = 0; ; i++) {
    try {
      return await open(`${file}.${i}${suffix}`, 'ax', mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
