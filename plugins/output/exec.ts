/** Runs a command for each chunk, with the path of a file that holds it as the last word of the command line. */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  compileInject, ConfigError, defineOutput, describeEnd, injectSection, owned, param, startShellCommand, withDefaults,
  type BufferedOutput, type Chunk,
} from '#logferry';

/** How long a command may take to end when it is asked to, in milliseconds. */
const GRACE_MS = 1000;
/** The file is read by the command, which runs as the same user. */
const FILE_MODE = 0o600;

export default defineOutput({
  type: 'exec',
  doc: 'Runs a command with the shell for each chunk; the last argument is the path of a file with the events.',
  config: {
    command: param.string('The command line, to which the path of the file is added.'),
    command_timeout: param.time('Seconds after which a command is ended; its chunk is tried again.', { default: 270 }),
    format: owned('formatter', 'Form of an event in the file.', { defaultType: 'tsv' }),
    inject: { ...injectSection, fields: withDefaults(injectSection.fields, { time_type: 'string', localtime: false }) },
  },
  buffer: { mode: 'always', defaults: { delayed_commit_timeout: 300 } },
  legacy: ['inject', 'formatter', 'buffer'],

  create(config, context): BufferedOutput {
    const { log } = context;
    if (!(config.command_timeout > 0)) {
      throw new ConfigError(`command_timeout: expected more than 0 seconds, found ${config.command_timeout}`, context.place('command_timeout'));
    }
    const formatter = context.create(config.format);
    const inject = compileInject(config.inject, context);

    const run = async (chunk: Chunk, signal: AbortSignal): Promise<void> => {
      const file = await chunkFile(chunk);
      try {
        if (signal.aborted) throw new Error('the agent ends: the command was not run');
        const line = `${config.command} ${quoted(file.path)}`;
        const command = startShellCommand(line);
        const stop = (): void => void command.stop(GRACE_MS);
        const limit = AbortSignal.timeout(config.command_timeout * 1000);
        const over = AbortSignal.any([signal, limit]);
        over.addEventListener('abort', stop, { once: true });
        let end;
        try {
          end = await command.ended;
        } finally {
          over.removeEventListener('abort', stop);
        }
        if (end.code === 0) return;
        const why = limit.aborted ? `was ended as it ran for more than ${config.command_timeout} seconds` : describeEnd(end);
        log.warn('command exits with error code', { prog: line, status: end.code, signal: end.signal });
        throw new Error(`the command ${why}: ${config.command}`);
      } finally {
        await file.remove();
      }
    };
    return {
      planning: { name: () => config.command },
      format: (tag, time, record) => formatter.format(tag, time, inject ? inject(tag, time, record) : record),
      // The flush thread is free at once; the chunk is kept until its command has succeeded.
      write: (chunk, signal) => ({ committed: run(chunk, signal) }),
    };
  },
});

/** The chunk's own file, or a temporary one where the buffer has none with the events as they are. */
async function chunkFile(chunk: Chunk): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const isPlain = chunk.path !== undefined && (await chunk.stored?.())?.compress === 'text';
  if (chunk.path !== undefined && isPlain) return { path: chunk.path, remove: async () => {} };
  const file = path.join(tmpdir(), `logferry-out-exec-${chunk.id}-${randomBytes(4).toString('hex')}`);
  const remove = (): Promise<void> => rm(file, { force: true });
  try {
    await writeFile(file, await chunk.read(), { mode: FILE_MODE, flag: 'wx' });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path: file, remove };
}

/** One word for the shell: as it is where that is safe, as Fluentd gives it. */
function quoted(word: string): string {
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
