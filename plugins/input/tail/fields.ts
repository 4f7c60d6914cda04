/** The parameters of the tail input. */
import { owned, param, section } from '#logferry';

/** Named groups of this pattern are what rules speak of: the log files of containers as the kubelet names them. */
const CONTAINER_LOG = {
  source:
    '^\\/var\\/log\\/containers\\/(?<podname>[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\/[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)_(?<namespace>[^_]+)_(?<container>.+)-(?<docker_id>[a-z0-9]{64})\\.log$',
  options: '',
};

export const fields = {
  path: param.string('Files to read: paths, patterns with `*`, and date directives such as `%Y%m%d`; several are separated by `path_delimiter`.'),
  path_delimiter: param.string('What separates several paths.', { default: ',' }),
  glob_policy: param.enum(
    ['backward_compatible', 'extended', 'always'],
    'Which paths are patterns: those with `*`; `extended`: also with `?` or `[...]`; `always`: all, and `{a,b}` has its meaning '
      + '(needs another `path_delimiter`).',
    { default: 'backward_compatible' },
  ),
  tag: param.string('Tag of the events; `*` in it stands for the path with dots for slashes.'),
  exclude_path: param.array('Paths and patterns of files that are left out.', { default: [] }),
  rotate_wait: param.time('For how long a rotated file is still read, for lines that come late.', { default: 5 }),
  rotated_files_limit: param.integer(
    'Most rotated files of a path that are kept open at once, as long as they are not read and acknowledged. Beyond that those that can '
      + 'be found again are closed and opened when it is their turn; of deleted ones the oldest is given up, which is logged and counted.',
    { default: 16, extra: true },
  ),
  rotated_wait_limit: param.time('When a rotated file is given up that could not be read to its end; else never.', { optional: true, extra: true }),
  read_gzip_rotated: param.bool(
    'Whether a rotated file that was compressed (to NAME.gz) before it was read to its end is read on there. A file beside `pos_file`, '
      + 'with `.marks` behind its name, keeps by what it is known again.',
    { default: false, extra: true },
  ),
  pos_file: param.string('Where positions are kept, so that a restart goes on where it stopped.', { optional: true }),
  pos_file_compaction_interval: param.time('How often entries of files that are gone are removed from the position file; else at the start.', { optional: true }),
  read_from_head: param.bool('Whether files that are found at the start, and are not in the position file, are read from their heads.', { default: false }),
  refresh_interval: param.time('How often new files are looked for; they are looked for every second if this is longer.', { default: 60 }),
  read_lines_limit: param.integer('Most lines that are emitted at once.', { default: 1000 }),
  read_bytes_limit_per_second: param.size('Most bytes that are read of a file in a second; -1: any number.', { default: -1 }),
  multiline_flush_interval: param.time('When an event of several lines is emitted though no next one has begun.', { optional: true }),
  emit_unmatched_lines: param.bool('Whether lines that the parser does not match become events with the field `unmatched_line`.', { default: false }),
  enable_watch_timer: param.bool('Whether files are looked at every second.', { default: true }),
  enable_stat_watcher: param.bool('Whether the kernel is asked to report changes of files.', { default: true }),
  encoding: param.string('The encoding that text is converted to; without `from_encoding` no byte is changed.', { optional: true }),
  from_encoding: param.string('The encoding of the files.', { optional: true }),
  path_key: param.string("Field that gets the file's path, if it has no value.", { optional: true }),
  open_on_every_update: param.bool('Whether files are closed between two updates.', { default: false }),
  limit_recently_modified: param.time('Of the files that a pattern finds only those that changed so lately are read.', { optional: true }),
  skip_refresh_on_startup: param.bool('Whether the first look for files comes after `refresh_interval`, not before the start is over.', { default: false }),
  ignore_repeated_permission_error: param.bool('Whether a file that may not be read is warned of only once.', { default: false }),
  path_timezone: param.string('Time zone of date directives in `path`, such as `+09:00` or `Asia/Tokyo`; else the local one.', { optional: true }),
  follow_inodes: param.bool('Whether files are known by inode, so that a pattern may find rotated files too; needs `pos_file`.', { default: false }),
  max_line_size: param.size('Longer lines, line break included, are left out with a warning.', { optional: true }),
  group: section('Limits for groups of files, such as the containers of a namespace.', {
    pattern: param.regexp("What of a path tells its group; the pattern's named groups are what rules match.", { default: CONTAINER_LOG }),
    rate_period: param.time('The period of the limits.', { default: 5 }),
    rule: section(
      'A limit for the files whose path matches; the rule with the most conditions counts.',
      {
        match: param.hash('Named group of the pattern and the regular expression that it has to match.', {
          valueType: 'regexp',
          default: new Map([['namespace', ['/.*/']], ['podname', ['/.*/']]]),
        }),
        limit: param.integer('Lines in a period, shared by the files; 0: none is ever read, -1: no limit.', { default: -1 }),
      },
      { multi: true, required: true },
    ),
  }),
  parse: owned('parser', 'How a line becomes an event.', { required: true }),
};
