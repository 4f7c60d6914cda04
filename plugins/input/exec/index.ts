/** Runs a command, once or again and again, and reads events from what it prints. */
import {
  compileExtract, compileParsedBatches, ConfigError, createStreamReader, defineInput, describeEnd, emitUntilTaken, extractSection, findEncoding, isUtf8Name,
  owned, param, startShellCommand,
  type Input, type OwnedPlugin, type Parsed, type ShellCommand,
} from '#logferry';

/** How long a command may take to end when it is asked to, in milliseconds. */
const GRACE_MS = 5000;
/** Milliseconds between two log lines about the same kind of bad data. */
const LOG_PAUSE_MS = 60_000;
/** Exit statuses with which a shell says that it could not run the command at all. */
const NOT_RUN = new Set([126, 127]);

export default defineInput({
  type: 'exec',
  doc: 'Runs a command with the shell, once or at intervals, and reads events from what it prints.',
  singleWorker: true,
  legacy: ['extract', 'parser'],
  config: {
    command: param.string('The command line.'),
    connect_mode: param.enum(['read', 'read_with_stderr'], "Whether the command's standard error is read as well.", { default: 'read' }),
    tag: param.string('The tag of the events; needed unless <extract> has a tag_key.', { optional: true }),
    run_interval: param.time('Seconds between two runs, the first of which comes after one interval; absent: one run, at once.', { optional: true }),
    read_block_size: param.size('Bytes that are handled at once.', { default: 10_240 }),
    encoding: param.string("The encoding of the command's text.", { optional: true }),
    parse: owned('parser', 'How the output is read: JSON and MessagePack as a stream of values, all else by lines.', {
      defaultType: 'tsv',
      defaults: { time_type: 'float', time_key: undefined, estimate_current_event: false },
    }),
    extract: extractSection,
  },

  create(config, context): Input {
    const { clock, log, metrics } = context;
    if (config.tag === undefined && config.extract?.tag_key === undefined) {
      throw new ConfigError("'tag' or 'tag_key' option is required on exec input", context.element.at, 'add a tag, or tag_key in <extract>');
    }
    if (config.run_interval !== undefined && config.run_interval <= 0) {
      throw new ConfigError(`run_interval: expected more than 0 seconds, found ${config.run_interval}`, context.place('run_interval'));
    }
    const encoding = config.encoding === undefined || isUtf8Name(config.encoding) ? undefined : findEncoding(config.encoding);
    if (config.encoding !== undefined && !isUtf8Name(config.encoding) && !encoding) {
      throw new ConfigError(`unknown encoding name - ${config.encoding}`, context.place('encoding'));
    }
    const plugin = textTimesWithFormat(config.parse);
    const parser = context.create(plugin);
    const extract = compileExtract(config.extract, context, { formatMeansText: true });
    const lines = metrics.counter('input_lines_total', 'Lines, or values of a stream, that were read.');
    const bytesRead = metrics.counter('input_bytes_total', 'Bytes that were read.');
    const loggedAt = new Map<string, number>();
    const drop = (reason: string, message: string, fields: Readonly<Record<string, unknown>>): void => {
      metrics.counter('input_dropped_lines_total', 'Lines that became no event, by reason.', { reason }).add();
      const now = clock.monotonic();
      if (now - (loggedAt.get(reason) ?? -Infinity) < LOG_PAUSE_MS) return;
      loggedAt.set(reason, now);
      log.warn(message, { command: config.command, ...fields });
    };
    const reader = () =>
      createStreamReader({
        plugin, parser, encoding,
        onEntries: (count) => lines.add(count),
        onDropped: (reason, found) => drop(reason, reason === 'too_long' ? 'a line of the command is too long, it is left out' : 'output of the command does not fit the parser', { found }),
      });

    const batches = compileParsedBatches({
      tag: config.tag,
      extract,
      now: () => clock.time(),
      drop: (reason, message, fields) => drop(reason, message, reason === 'no_tag' ? { tag_key: config.extract?.tag_key } : fields),
    });

    const stopping = new AbortController();
    const emit = async (found: readonly Parsed[]): Promise<void> => {
      for (const batch of batches(found)) {
        try {
          if (await emitUntilTaken(context, batch, stopping.signal)) continue;
          log.warn('events of a command are lost: the agent ends and no buffer has room', { tag: batch.tag, events: batch.size });
        } catch (error) {
          log.error('exec failed to emit', { tag: batch.tag, events: batch.size, error });
        }
        metrics.counter('input_dropped_lines_total', 'Lines that became no event, by reason.', { reason: 'not_taken' }).add(batch.size);
      }
    };

    let running: { readonly command: ShellCommand; readonly done: Promise<void> } | undefined;
    const read = async (command: ShellCommand): Promise<void> => {
      const stream = reader();
      try {
        for await (const piece of command.output as AsyncIterable<Buffer>) {
          bytesRead.add(piece.length);
          for (let at = 0; at < piece.length; at += config.read_block_size) await emit(stream.push(piece.subarray(at, at + config.read_block_size)));
        }
      } catch (error) {
        // Its pipe was closed because the agent ends.
        if (!stopping.signal.aborted) log.error('reading from the command failed', { command: config.command, error });
      }
      await emit(stream.end());
      const end = await command.ended;
      const fields = { command: config.command, end: describeEnd(end) };
      if (end.code !== null && NOT_RUN.has(end.code)) log.error('the command could not be run', fields);
      else log.debug('the command has ended', fields);
    };
    const run = (): void => {
      if (stopping.signal.aborted) return;
      if (running) {
        log.warn('previous child process is still running. skipped.', { command: config.command, pid: running.command.pid });
        return;
      }
      const command = startShellCommand(config.command, { output: true, mergeErrors: config.connect_mode === 'read_with_stderr' });
      const done = read(command)
        .catch((error: unknown) => log.error('the command could not be run', { command: config.command, error }))
        .finally(() => {
          running = undefined;
        });
      running = { command, done };
    };

    return {
      start() {
        context.defer(() => running?.command.signal('SIGKILL'));
        if (config.run_interval === undefined) return run();
        const timer = setInterval(run, config.run_interval * 1000);
        stopping.signal.addEventListener('abort', () => clearInterval(timer));
      },
      async stop() {
        stopping.abort();
        if (!running) return;
        const { command, done } = running;
        await Promise.all([command.stop(GRACE_MS), done]);
      },
    };
  },
});

/** A time_format without a time_type means that times are text. */
function textTimesWithFormat(plugin: OwnedPlugin<'parser'>): OwnedPlugin<'parser'> {
  const { params } = plugin.element;
  if (!params.has('time_format') || params.has('time_type')) return plugin;
  return { ...plugin, config: { ...plugin.config, time_type: 'string' } };
}
