/** Sends events through commands: they are written to their standard input, and new events read from what they print. */
import {
  compileExtract, compileInject, compileParsedBatches, ConfigError, createStreamReader, defineOutput, emitUntilTaken, extractSection, injectSection,
  owned, param, withDefaults,
  type BufferedOutput, type Extract, type ExtractConfig, type Inject, type InjectConfig, type Parsed, type PluginContext,
} from '#logferry';
import { Children } from './children.ts';

const BY_LABEL = 'use @label for event routing';
const BY_SECTIONS = 'use <inject> and <extract>';

export default defineOutput({
  type: 'exec_filter',
  doc: 'Writes events to the standard input of commands that keep running, and reads new events from what they print.',
  config: {
    command: param.string('The command line; it has to read events until its input ends.'),
    remove_prefix: param.string('A prefix that tags lose on the way in.', { optional: true, deprecated: BY_LABEL }),
    add_prefix: param.string('A prefix that tags from tag_key get on the way out.', { optional: true, deprecated: BY_LABEL }),
    tag: param.string('The tag of events that come out; needed unless <extract> has a tag_key.', { optional: true }),
    tag_key: param.string('The field of the tag, on both ways.', { optional: true, deprecated: BY_SECTIONS }),
    time_key: param.string('The field of the time, on both ways.', { optional: true, deprecated: BY_SECTIONS }),
    time_format: param.string('The form of that time, on both ways.', { optional: true, deprecated: BY_SECTIONS }),
    read_block_size: param.size('Bytes of output that are handled at once.', { default: 10_240 }),
    num_children: param.integer('How many commands run at the same time and take turns.', { default: 1 }),
    child_respawn: param.string('How often a command is started again when it ended: none (0), a number, or inf (-1).', { optional: true }),
    suppress_error_log_interval: param.time('Seconds in which errors with single events are logged once; 0 logs each.', { default: 0 }),
    extract: extractSection,
    parse: owned('parser', 'How the output is read.', {
      defaultType: 'tsv',
      defaults: { time_key: undefined, time_format: undefined, localtime: true, estimate_current_event: false },
    }),
    format: owned('formatter', 'How an event is written to the command.', { defaultType: 'tsv', defaults: { localtime: true } }),
    inject: { ...injectSection, fields: withDefaults(injectSection.fields, { time_type: 'unixtime' }) },
  },
  buffer: { mode: 'always', defaults: { flush_mode: 'interval', flush_interval: 1 } },
  legacy: ['buffer'],

  create(config, context): BufferedOutput {
    const { clock, log, metrics } = context;
    const respawns = readRespawns(config.child_respawn, context);
    if (config.num_children < 1) throw new ConfigError(`num_children: expected 1 or more, found ${config.num_children}`, context.place('num_children'));
    if (config.tag === undefined && (config.extract ? config.extract.tag_key : config.tag_key) === undefined) {
      throw new ConfigError("'tag' or '<extract> tag_key' option is required on exec_filter output", context.element.at);
    }
    const formatter = context.create(config.format);
    const parser = context.create(config.parse);
    const inject = compileFlatInject(config, context);
    const extract = compileFlatExtract(config, context);
    const prefix = config.remove_prefix;
    const tagIn = prefix === undefined ? undefined : (tag: string) =>
      tag === prefix || tag === `${prefix}.` ? '' : tag.startsWith(`${prefix}.`) ? tag.slice(prefix.length + 1) : tag;

    const entries = metrics.counter('exec_filter_read_entries_total', 'Lines, or values of a stream, that commands printed.');
    let quietUntil = -Infinity;
    const drop = (reason: string, message: string, fields: Readonly<Record<string, unknown>>): void => {
      metrics.counter('exec_filter_dropped_entries_total', 'What commands printed that became no event, by reason.', { reason }).add();
      const now = clock.monotonic();
      if (now < quietUntil) return;
      quietUntil = now + config.suppress_error_log_interval * 1000;
      log.error(message, { command: config.command, ...fields });
    };
    const batches = compileParsedBatches({ tag: config.tag, prefix: config.add_prefix, extract, now: () => clock.time(), drop });
    const giveUp = new AbortController();
    const emit = async (found: readonly Parsed[]): Promise<void> => {
      for (const batch of batches(found)) {
        try {
          if (await emitUntilTaken(context, batch, giveUp.signal)) continue;
          drop('overflow', 'events of a command are lost: the agent ends and no buffer has room', { tag: batch.tag, events: batch.size });
        } catch (error) {
          drop('refused', 'exec_filter failed to emit', { tag: batch.tag, events: batch.size, error });
        }
      }
    };
    const read = async (output: AsyncIterable<Buffer>): Promise<void> => {
      const stream = createStreamReader({
        plugin: config.parse,
        parser,
        onEntries: (count) => entries.add(count),
        onDropped: (reason, found) => drop(reason, 'exec_filter failed to emit: the output does not fit the parser', { found }),
      });
      for await (const piece of output) {
        for (let at = 0; at < piece.length; at += config.read_block_size) await emit(stream.push(piece.subarray(at, at + config.read_block_size)));
      }
      await emit(stream.end());
    };
    const children = new Children({ command: config.command, count: config.num_children, respawns, log, read });

    return {
      planning: { name: () => config.command },
      format(tag, time, record) {
        const given = tagIn ? tagIn(tag) : tag;
        return formatter.format(given, time, inject ? inject(given, time, record) : record);
      },
      start() {
        context.defer(() => children.kill());
        children.start();
      },
      write: async (chunk, signal) => children.write(await chunk.read(), signal),
      async flush(signal) {
        const abort = (): void => giveUp.abort();
        if (signal.aborted) abort();
        signal.addEventListener('abort', abort, { once: true });
        await children.finish(signal);
      },
      close() {
        giveUp.abort();
        children.kill();
      },
    };
  },
});

function readRespawns(text: string | undefined, context: PluginContext): number {
  if (text === undefined || text === 'none' || text === '0') return 0;
  if (text === 'inf' || text === '-1') return Infinity;
  if (/^\d+$/.test(text)) return Number(text);
  throw new ConfigError(`child_respawn: expected none (or 0), inf (or -1) or a positive number, found '${text}'`, context.place('child_respawn'));
}

interface FlatConfig {
  readonly tag_key: string | undefined;
  readonly time_key: string | undefined;
  readonly time_format: string | undefined;
  readonly inject: InjectConfig | undefined;
  readonly extract: ExtractConfig | undefined;
}

/** The section, or what the flat parameters say where there is none. A time_format makes times text. */
function compileFlatInject(config: FlatConfig, context: PluginContext): Inject | undefined {
  const { inject, tag_key, time_key, time_format } = config;
  if (inject) {
    const written = context.element.elements.find(({ name }) => name === 'inject')?.params;
    const isText = inject.time_format !== undefined && written?.has('time_type') !== true;
    return compileInject(isText ? { ...inject, time_type: 'string' } : inject, context);
  }
  return compileInject({
    tag_key, time_key, time_format, time_type: time_format === undefined ? 'unixtime' : 'string',
    hostname_key: undefined, hostname: undefined, worker_id_key: undefined, localtime: true, utc: false, timezone: undefined,
  }, context);
}

function compileFlatExtract(config: FlatConfig, context: PluginContext): Extract | undefined {
  const { extract, tag_key, time_key, time_format } = config;
  const flat: ExtractConfig = {
    tag_key, time_key, time_format, keep_tag_key: false, keep_time_key: false, time_type: 'float', localtime: true, utc: false, timezone: undefined,
  };
  return compileExtract(extract ?? flat, context, { formatMeansText: true });
}
