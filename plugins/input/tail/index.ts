/** Reads files as they grow, through rotation, truncation and restarts. */
import path from 'node:path';
import { ConfigError, defineInput, errorText } from '#logferry';
import type { Infer, Input, PluginContext } from '#logferry';
import { fields } from './fields.ts';
import { Marks } from './marks.ts';
import { PositionFile } from './position-file.ts';
import { scanFiles } from './scan.ts';
import { readSettings } from './settings.ts';
import { Tail } from './tail.ts';

/** Position files of the agent, and who uses them. */
const POSITION_FILES = 'input/tail position files';

export default defineInput({
  type: 'tail',
  singleWorker: true,
  doc: 'Reads files from where it stopped, and what is written to them: by path or pattern, through rotation, truncation, '
    + 'links and restarts.',
  config: fields,
  legacy: ['parser'],
  create: createTail,
});

function createTail(config: Infer<typeof fields>, context: PluginContext): Input {
  const { log, system } = context;
  claimPositionFile(config.pos_file, context);
  const { work, targets } = readSettings(config, context);
  const positions = new PositionFile({
    file: config.pos_file === undefined ? undefined : context.path(config.pos_file),
    fileMode: system.filePermission ?? 0o644,
    dirMode: system.dirPermission ?? 0o755,
    log,
    failures: work.counters.failures,
    lookAgeMs: () => tail.lookAgeMs,
  });
  const marks = config.read_gzip_rotated && config.pos_file !== undefined
    ? new Marks({ file: `${context.path(config.pos_file)}.marks`, fileMode: system.filePermission ?? 0o644, log })
    : undefined;
  const tail: Tail = new Tail({
    work,
    targets,
    positions,
    followInodes: config.follow_inodes,
    readFromHead: config.read_from_head,
    skipRefreshOnStartup: config.skip_refresh_on_startup,
    rotateWaitMs: config.rotate_wait * 1000,
    rotatedLimit: Math.max(1, config.rotated_files_limit),
    rotatedWaitLimitMs: config.rotated_wait_limit === undefined ? Infinity : config.rotated_wait_limit * 1000,
    refreshMs: Math.max(100, config.refresh_interval * 1000),
    compactionMs: config.pos_file_compaction_interval === undefined ? undefined : Math.max(100, config.pos_file_compaction_interval * 1000),
    notify: config.enable_stat_watcher,
    openOnEveryUpdate: config.open_on_every_update,
    marks,
    warnUnreadableOnce: config.ignore_repeated_permission_error,
  });
  context.metrics.observe('input_held_lines', 'Lines that were read and are not events yet, or wait for an output to take them.', () => tail.heldLines);
  return {
    async start() {
      context.defer(() => tail.close());
      try {
        await tail.start();
      } catch (error) {
        throw new Error(`the position file ${config.pos_file} cannot be used: ${errorText(error)}`, { cause: error });
      }
    },
    stop: () => tail.stop(),
    unacknowledged: () => tail.unacknowledged,
    scan: (scan) => scanFiles(work, targets, config.path.split(config.path_delimiter).map((path) => path.trim()), scan),
    status: () => ({
      opened_file_count: work.counters.opened.value,
      closed_file_count: work.counters.closed.value,
      rotated_file_count: work.counters.rotated.value,
      throttled_log_count: work.counters.throttled.value,
      files: tail.files.map(({ path, inode, position, isOpen }) => ({ path, inode: Number(inode), position, open: isOpen })),
    }),
  };
}

/** Two sources that write one position file would undo each other's positions. */
function claimPositionFile(file: string | undefined, context: PluginContext): void {
  if (file === undefined) {
    context.log.warn("'pos_file PATH' parameter is not set to a 'tail' source.");
    context.log.warn('this parameter is highly recommended to save the position to resume tailing.');
    return;
  }
  const users = context.shared(POSITION_FILES, () => new Map<string, string>());
  const place = path.resolve(context.path(file));
  const other = users.get(place);
  if (other !== undefined)
    throw new ConfigError(
      `Other 'in_tail' plugin already use same pos_file path: plugin_id = ${other}, pos_file path = ${file}`,
      context.place('pos_file'),
      'give every source a pos_file of its own',
    );
  users.set(place, context.id);
}
