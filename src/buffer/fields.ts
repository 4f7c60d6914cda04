/** The parameters of `<buffer>`: those of the buffering itself, and those that all storages share. */
import { param, type Infer } from '../config/params.ts';
import { ConfigError, type Location } from '../errors.ts';
import type { BufferSupport } from '../plugin.ts';

const DAY_SEC = 86_400;
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

const fields = {
  timekey: param.time('Length of the time slots that the chunk key `time` makes, in seconds.', { optional: true }),
  timekey_wait: param.time('How long after its end a time slot stays open for late events, in seconds.', { default: 600 }),
  timekey_use_utc: param.bool('Time slots begin, and times in templates are written, in UTC.', { default: false }),
  timekey_zone: param.string('The time zone of time slots, such as `+09:00` or `Asia/Tokyo`; the local one if absent.', { optional: true }),
  flush_at_shutdown: param.bool(
    'Whether a shutdown delivers what is buffered; by default only what would be lost, that is memory buffers.',
    { optional: true },
  ),
  flush_mode: param.enum(
    ['default', 'lazy', 'interval', 'immediate'],
    'When chunks are delivered: `lazy` when their time slot is over, `interval` at an age of flush_interval, `immediate` at once. ' +
      '`default` is `lazy` with the chunk key `time`, else `interval`. Full chunks are always delivered.',
    { default: 'default' },
  ),
  flush_interval: param.time('Age at which chunks are delivered, in seconds.', { default: 60 }),
  flush_thread_count: param.integer('How many chunks are delivered at the same time.', { default: 1 }),
  flush_thread_interval: param.float('Accepted; deliveries start as soon as a chunk is queued.', { default: 1, noEffect: 'a delivery starts as soon as a chunk is queued' }),
  flush_thread_burst_interval: param.float('Accepted; the next delivery starts as soon as one is done.', { default: 1, noEffect: 'the next delivery starts as soon as one is done' }),
  delayed_commit_timeout: param.time('Accepted; a delivery is done when the output says so.', { default: 60, noEffect: 'a delivery is done when the output says so, and outputs have timeouts of their own' }),
  overflow_action: param.enum(
    ['throw_exception', 'block', 'drop_oldest_chunk'],
    'What happens when total_limit_size is reached: the input gets an error and keeps its events, the input waits, or the oldest queued chunk is dropped.',
    { default: 'throw_exception' },
  ),
  retry_forever: param.bool('Never gives up.', { default: false }),
  retry_timeout: param.time('Gives up after this many seconds of retries.', { default: 3 * DAY_SEC }),
  retry_max_times: param.integer('Gives up after this many retries.', { optional: true }),
  retry_secondary_threshold: param.float('Part of the time for retries after which `<secondary>` is used.', { default: 0.8 }),
  retry_type: param.enum(['exponential_backoff', 'periodic'], 'Whether pauses between retries grow or stay the same.', {
    default: 'exponential_backoff',
  }),
  retry_wait: param.time('The first pause before a retry, or every one (periodic), in seconds.', { default: 1 }),
  retry_exponential_backoff_base: param.float('By how much a pause is longer than the last one.', { default: 2 }),
  retry_max_interval: param.time('No pause is longer than this, in seconds.', { optional: true }),
  retry_randomize: param.bool('Pauses vary by an eighth, so that many agents do not retry together.', { default: true }),
};

/** The common parameters of `<buffer>`; an output's own defaults are `support.defaults`. */
export function bufferFields(_support: BufferSupport): typeof fields {
  return fields;
}

/** The values of {@link bufferFields}. */
export type BufferConfig = Infer<typeof fields>;

/** Parameters that every buffered output takes in its own section. */
export const bufferedOutputFields = {
  time_as_integer: param.bool('Times in chunks of the default format are whole seconds.', { default: false }),
  slow_flush_log_threshold: param.float('A delivery that takes longer than this many seconds is logged.', { default: 20 }),
};

/** The values of {@link bufferedOutputFields}. */
export type BufferedOutputConfig = Infer<typeof bufferedOutputFields>;

/** Parameters that all storages (`plugins/buffer`) take in `<buffer>`; sizes in bytes. */
export function storageFields(defaults: { readonly chunkLimitSize: number; readonly totalLimitSize: number }) {
  return {
    chunk_limit_size: param.size('A chunk does not get bigger than this.', { default: defaults.chunkLimitSize }),
    total_limit_size: param.size('All chunks together do not get bigger than this; see overflow_action.', { default: defaults.totalLimitSize }),
    queue_limit_length: param.integer('Old way to limit the size: this many chunks of chunk_limit_size.', { optional: true }),
    chunk_limit_records: param.integer('A chunk does not get more events than this.', { optional: true }),
    chunk_full_threshold: param.float('A chunk is full, and queued, at this part of its limits.', { default: 0.95 }),
    queued_chunks_limit_size: param.integer(
      'With this many chunks in the queue no more are queued because of their age; flush_thread_count if absent.',
      { optional: true },
    ),
    compress: param.enum(['text', 'gzip', 'zstd'], 'How the bytes of chunks are compressed; `text` is not at all.', { default: 'text' }),
    decompression_size_limit: param.size('Chunks that would be bigger than this after decompression are refused.', { default: 256 * MIB }),
    disable_chunk_backup: param.bool('Chunks that can never be delivered are thrown away, not moved to the backup folder.', { default: false }),
  };
}

/** Parameters of the memory storage, with its limits. */
export const memoryLimits = { chunkLimitSize: 8 * MIB, totalLimitSize: 512 * MIB };

/** Limits of storages in files. */
export const fileLimits = { chunkLimitSize: 256 * MIB, totalLimitSize: 64 * GIB };

/** What all storages in files take. */
export const fileStorageFields = {
  ...storageFields(fileLimits),
  path: param.string(
    'Folder of the chunk files, or their names as `folder/prefix.*.suffix`. If absent: below `<system>` root_dir for an output with an @id.',
    { optional: true },
  ),
  file_permission: param.string('Mode of new files, octal.', { optional: true }),
  dir_permission: param.string('Mode of new folders, octal.', { optional: true }),
  fsync: param.enum(
    ['interval', 'always', 'never'],
    'When chunks are forced to the disk, so that events survive a loss of power: every fsync_interval, of which inputs learn afterwards; ' +
      '`always` before the input goes on; `never` leaves it to the operating system, as Fluentd does. Events survive a crash of the agent in any case.',
    { default: 'interval', extra: true },
  ),
  fsync_interval: param.time('Longest time from an event in the file to the disk, in seconds.', { default: 0.1, extra: true }),
};

/** The values of {@link storageFields}. */
export type StorageConfig = Infer<ReturnType<typeof storageFields>>;

/** The number of an octal mode such as `0644`; undefined if none is given. Throws a ConfigError. */
export function fileMode(text: string | undefined, at?: Location): number | undefined {
  if (text === undefined) return undefined;
  if (/^0?[0-7]{3,4}$/.test(text)) return parseInt(text, 8);
  throw new ConfigError(`expected an octal mode such as 0644, found '${text}'`, at);
}
