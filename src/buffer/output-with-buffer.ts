/** From a read `<buffer>` to a running one: checks what only all parameters together can show. */
import type { ConfigElement } from '../config/element.ts';
import type { OwnedPlugin } from '../config/params.ts';
import { ConfigError, type Location } from '../errors.ts';
import { MemoryBudget } from '../lib/memory-budget.ts';
import { defaultMemoryBudget } from '../lib/memory-limit.ts';
import type { BufferedOutput, ChunkStorage, Output, PluginContext } from '../plugin.ts';
import { createBackup } from './backup.ts';
import { createBufferedOutput, SOFT_LIMIT_BYTES, type BufferControl, type BufferSettings } from './buffered-output.ts';
import { checkChunkKeys, chunkKeysOf } from './chunk-keys.ts';
import { compressionProblem } from './compression.ts';
import { createBufferCounters } from './counters.ts';
import type { Secondary } from './delivery.ts';
import { memoryLimits, type BufferConfig, type BufferedOutputConfig, type StorageConfig } from './fields.ts';

/** A `<buffer>` and its `<secondary>` as the reader of configurations gives them. */
export interface BufferSection {
  /** Values of `bufferFields`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly keys: readonly string[];
  readonly storage: OwnedPlugin<'buffer'>;
  readonly secondary?: OwnedPlugin<'output'> | undefined;
  readonly element: ConfigElement;
}

/**
 * Wraps an output as its `<buffer>` says; storage and secondary are created through the context, which
 * starts and closes them. `output`'s own parameters are those of `bufferedOutputFields`. Throws ConfigError.
 */
export function bufferOutput(
  output: BufferedOutput,
  section: BufferSection,
  context: PluginContext,
  own: Partial<BufferedOutputConfig> = {},
): Output & BufferControl {
  const at = section.element.at;
  if (!output.write) throw new ConfigError(`output plugin '${context.type}' does not support buffers`, at, 'remove <buffer>');
  checkChunkKeys(section, at);
  const storage = context.create(section.storage);
  const secondary = createSecondary(section, context);
  const settings = readSettings(section, context, storage, secondary, own, output.compress);
  const backup = createBackup(context);
  const counters = createBufferCounters(context.metrics);
  storage.attach?.({
    id: context.id,
    type: context.type,
    configured: context.configured,
    chunkKeys: settings.keys,
    defaultPath: output.bufferPath,
    msgpack: output.format === undefined,
    compress: settings.compress,
    setAside: (id, bytes, eventCount) => {
      const fields = { chunk: id, bytes: bytes.length, records: eventCount };
      const found = { eventCount };
      if (settings.disableChunkBackup) {
        context.log.error('disable_chunk_backup is true: a broken chunk is thrown away', fields);
        counters.lost(found);
      } else {
        context.log.warn(`bad chunk is moved to ${backup(id, bytes)}`, fields);
        counters.backedUp(found);
      }
      counters.resumed(found);
    },
  });
  const memory = sharedMemoryBudget(context);
  return createBufferedOutput({ output, type: context.type, storage, secondary, settings, backup, context, memory });
}

/** The one budget of the agent, for whoever keeps events in memory. */
export function sharedMemoryBudget({ shared, system }: Pick<PluginContext, 'shared' | 'system'>): MemoryBudget {
  return shared('memory budget', () => new MemoryBudget(() => system.memoryLimit ?? defaultMemoryBudget(system.workers)));
}

function createSecondary({ secondary, config, element }: BufferSection, context: PluginContext): Secondary | undefined {
  if (!secondary) return undefined;
  if (config['retry_forever']) {
    context.log.warn('<secondary> with retry_forever: only unrecoverable errors are moved to secondary');
  }
  if (secondary.type !== context.type && secondary.type !== 'secondary_file') {
    context.log.warn('the secondary is of another type than the output: check that it can take its chunks, as secondary_file can', {
      primary: context.type,
      secondary: secondary.type,
    });
  }
  const output = context.create(secondary) as Output & Partial<BufferedOutput>;
  if (!output.write) {
    throw new ConfigError(`output plugin '${secondary.type}' cannot be a <secondary>: it does not take chunks`, secondary.element.at ?? element.at);
  }
  return { output: output as BufferedOutput, type: secondary.type };
}

function readSettings(
  section: BufferSection,
  context: PluginContext,
  storage: ChunkStorage,
  secondary: Secondary | undefined,
  own: Partial<BufferedOutputConfig>,
  preferred: BufferedOutput['compress'],
): BufferSettings {
  const config = section.config as BufferConfig;
  const stored = section.storage.config as Partial<StorageConfig>;
  const at = section.element.at;
  const written = stored.compress ?? 'text';
  const compress = written === 'text' ? (preferred ?? 'text') : written;
  const problem = compressionProblem(compress);
  if (problem) throw new ConfigError(problem, section.storage.element.params.get('compress')?.at ?? at, 'use compress gzip');
  const flushAtShutdown = config.flush_at_shutdown ?? !storage.persistent;
  if (!flushAtShutdown && !storage.persistent) {
    context.log.warn(`flush_at_shutdown is false, and the buffer '${section.storage.type}' is not persistent: what is buffered at a shutdown will be lost`);
  }
  const chunkLimitSize = stored.chunk_limit_size ?? memoryLimits.chunkLimitSize;
  if (!(chunkLimitSize > 0)) throw new ConfigError(`chunk_limit_size must be more than 0, found ${chunkLimitSize}`, at);
  return {
    keys: chunkKeysOf(section),
    limits: {
      chunkLimitSize,
      chunkLimitRecords: stored.chunk_limit_records,
      chunkFullThreshold: stored.chunk_full_threshold ?? 0.95,
      totalLimitSize:
        stored.queue_limit_length === undefined
          ? (stored.total_limit_size ?? memoryLimits.totalLimitSize)
          : chunkLimitSize * stored.queue_limit_length,
      queuedChunksLimitSize: stored.queued_chunks_limit_size ?? config.flush_thread_count,
    },
    flushMode: flushMode(section, context, at),
    flushIntervalMs: config.flush_interval * 1000,
    timekeyWaitMs: config.timekey_wait * 1000,
    flushAtShutdown,
    flushThreadCount: config.flush_thread_count,
    overflowAction: config.overflow_action,
    retry: {
      type: config.retry_type,
      waitMs: config.retry_wait * 1000,
      base: config.retry_exponential_backoff_base,
      maxIntervalMs: config.retry_max_interval === undefined ? undefined : config.retry_max_interval * 1000,
      randomize: config.retry_randomize,
      timeoutMs: config.retry_timeout * 1000,
      maxTimes: config.retry_max_times,
      forever: config.retry_forever,
      secondaryThreshold: secondary ? checkThreshold(config.retry_secondary_threshold, at) : undefined,
    },
    compress,
    decompressionLimit: stored.decompression_size_limit ?? 256 * 1024 * 1024,
    disableChunkBackup: stored.disable_chunk_backup ?? false,
    timeAsInteger: own.time_as_integer ?? false,
    slowFlushMs: (own.slow_flush_log_threshold ?? 20) * 1000,
    softLimitBytes: Math.max(SOFT_LIMIT_BYTES, 2 * chunkLimitSize),
  };
}

function checkThreshold(threshold: number, at: Location): number {
  if (threshold > 0 && threshold < 1) return threshold;
  throw new ConfigError(`retry_secondary_threshold must lie between 0 and 1, found ${threshold}`, at);
}

function flushMode(section: BufferSection, context: PluginContext, at: Location): BufferSettings['flushMode'] {
  const config = section.config as BufferConfig;
  const interval = section.element.params.get('flush_interval');
  const byDefault = section.keys.includes('time') ? 'lazy' : 'interval';
  if (config.flush_mode === 'default') {
    // A section that was made from flat parameters of an old configuration stands where the output stands.
    const old = interval !== undefined && section.element.at === context.element.at;
    if (old) return 'interval';
    if (interval && byDefault === 'lazy') {
      context.log.warn("flush_interval is ignored: with the chunk key time the default flush_mode is lazy", {
        hint: 'write flush_mode interval',
        line: interval.at.line,
      });
    }
    return byDefault;
  }
  if (interval && config.flush_mode !== 'interval') {
    const hint = 'remove flush_interval, or write flush_mode interval';
    throw new ConfigError(`flush_interval cannot be specified when flush_mode is '${config.flush_mode}'`, interval.at ?? at, hint);
  }
  return config.flush_mode;
}
