/** The `<system>` section: settings of the agent itself. */
import { parseRotateAge } from '../log/log-file.ts';
import { LEVELS } from '../log/logger.ts';
import { ConfigError } from '../errors.ts';
import type { ConfigElement } from './element.ts';
import { param, section, type Infer } from './params.ts';

type RotateAge = NonNullable<ReturnType<typeof parseRotateAge>>;

function mode(doc: string) {
  return param.custom<number | undefined, { optional: true }>(
    doc,
    ({ text }) => {
      if (!/^[0-7]{3,4}$/.test(text)) throw new Error(`expected an octal mode such as 0644, found '${text}'`);
      return parseInt(text, 8);
    },
    { optional: true },
  );
}

export const systemFields = {
  workers: param.integer('Number of worker processes.', { default: 1 }),
  restart_worker_interval: param.time('Pause before a worker that ended is started again.', { default: 0 }),
  root_dir: param.string('Folder for buffers and storages of plugins that have an @id and no path.', { optional: true }),
  log_level: param.enum(LEVELS, 'The least severe level that is logged.', { default: 'info' }),
  suppress_repeated_stacktrace: param.bool('A stack trace that is the same as the one before is not printed again; true if absent.', { optional: true }),
  ignore_repeated_log_interval: param.time('The same log line again within this time is left out.', { optional: true }),
  ignore_same_log_interval: param.time('A log line that was printed within this time is left out, whatever came in between.', { optional: true }),
  emit_error_log_interval: param.time('Least time between two lines about failed emits; once a minute for each tag if absent.', { optional: true }),
  suppress_config_dump: param.bool('The configuration is not printed at the start.', { optional: true }),
  log_event_verbose: param.bool('Accepted; events of the own log always have all that its lines have.', { optional: true, noEffect: 'events of the own log always have all that its lines have' }),
  without_source: param.bool('Inputs are not started: only buffers are flushed.', { optional: true }),
  with_source_only: param.bool('Inputs run alone, and what they emit waits in files (see source_only_buffer) until SIGWINCH comes: then all is started and delivered.', { optional: true }),
  rpc_endpoint: param.string('host:port on which the HTTP RPC listens; none if absent.', { optional: true }),
  admin_endpoint: param.string(
    'host:port of the live page, health and metrics; none if absent. The option --admin and LOGFERRY_ADMIN come before it. Worker N listens on the port plus N.',
    { optional: true, extra: true },
  ),
  admin_stall_after: param.time('How long nothing may be delivered or read while data wait before health and readiness turn bad.', { default: 300, extra: true }),
  enable_get_dump: param.bool('Whether the RPC may show the configuration.', { optional: true }),
  process_name: param.string("The process's title.", { optional: true }),
  strict_config_value: param.bool('Values that only nearly fit their type are errors.', { optional: true }),
  enable_msgpack_time_support: param.bool('Accepted; times are always kept in full.', { optional: true, noEffect: 'times are always kept in full' }),
  disable_shared_socket: param.bool('Workers do not share listening sockets.', { optional: true }),
  enable_input_metrics: param.bool('Accepted; events of inputs are always counted.', { default: true }),
  enable_size_metrics: param.bool('Counts bytes of events, too, as MessagePack: emit_size of monitor_agent.', { optional: true }),
  enable_jit: param.bool('Accepted; has no meaning here.', { default: false, noEffect: 'there is no Ruby to be compiled' }),
  memory_limit: param.size(
    'How much memory events may take in this worker, all buffers together; inputs are slowed before. If absent: half of what the container\'s ' +
      'limit leaves beyond 96 MiB, or 256 MiB (at most a quarter of the machine) without a limit.',
    { optional: true, extra: true },
  ),
  file_permission: mode('Mode of files that are made, octal.'),
  dir_permission: mode('Mode of folders that are made, octal.'),
  config_include_dir: param.string('Files in this folder are included at the end of the configuration; empty: none.', { default: '/etc/fluent/conf.d' }),
  log: section('The log of the agent.', {
    path: param.string('File to write to instead of standard output.', { optional: true }),
    format: param.enum(['text', 'json'], 'Form of a line.', { default: 'text' }),
    time_format: param.string('strftime format of times.', { default: '%Y-%m-%d %H:%M:%S %z' }),
    rotate_age: param.custom<RotateAge | undefined, { optional: true }>(
      'Generations to keep, or daily, weekly, monthly.',
      ({ text }) => {
        const age = parseRotateAge(text);
        if (age === undefined) throw new Error(`expected a number of generations, daily, weekly or monthly, found '${text}'`);
        return age;
      },
      { optional: true },
    ),
    rotate_size: param.size('Size at which the file is rotated.', { optional: true }),
    forced_stacktrace_level: param.enum(['none', ...LEVELS], 'Level at which stack traces of errors are printed; none: debug.', { default: 'none' }),
  }, { init: true }),
  counter_server: section('Accepted; there is no counter server.', {
    scope: param.string('Scope of the counters.'),
    port: param.integer('Port.', { optional: true }),
    bind: param.string('Address.', { optional: true }),
    backup_path: param.string('File for backups.'),
  }, { noEffect: 'there is no counter server' }),
  counter_client: section('Accepted; there is no counter client.', {
    port: param.integer('Port.', { optional: true }),
    host: param.string('Host.'),
    timeout: param.time('Timeout.', { optional: true }),
  }, { noEffect: 'there are no counters of a counter server' }),
  metrics: section('Where internal metrics go.', {
    '@type': param.string('Only local.', { default: 'local' }),
    labels: param.hash('Labels for all metrics.', { default: new Map() }),
  }),
  source_only_buffer: section('Buffer of the with_source_only mode.', {
    flush_thread_count: param.integer('Flushes at the same time.', { default: 1 }),
    overflow_action: param.enum(['throw_exception', 'block', 'drop_oldest_chunk'], 'What happens when it is full.', { default: 'drop_oldest_chunk' }),
    path: param.string('Folder; if absent one below root_dir, or a new one for temporary files.', { optional: true }),
    flush_interval: param.time('Time between flushes.', { optional: true }),
    chunk_limit_size: param.size('Size of a chunk.', { optional: true }),
    total_limit_size: param.size('Size of all chunks.', { optional: true }),
    compress: param.enum(['text', 'gzip'], 'Compression of chunks.', { optional: true }),
  }, { init: true }),
};

export type SystemConfig = Infer<typeof systemFields>;

/** The one `<system>` section; an empty one if there is none. */
export function findSystem(root: ConfigElement): ConfigElement {
  const found = root.elements.filter((element) => element.name === 'system');
  if (found.length > 1)
    throw new ConfigError('<system> is duplicated. <system> should be only one', found[1]!.at, `the first one is at line ${found[0]!.at.line}`);
  return found[0] ?? { name: 'system', arg: '', at: root.at, params: new Map(), elements: [] };
}
