/** From parameters to what the source works with; every mistake is a ConfigError. */
import { ConfigError, compileRegexp, compileStrftime, localZone, parseZone, RegexpError, toInspect } from '#logferry';
import type { CompiledRegexp, Infer, PluginContext } from '#logferry';
import { compileMatch, Groups, type GroupRule } from './allowance.ts';
import { makeCounters } from './counters.ts';
import { findEncoding, isEncodingName, isUtf8Name, UNCHANGED, type LineEncoding } from './encoding.ts';
import type { fields } from './fields.ts';
import { compileTag } from './file-path.ts';
import { LineEvents } from './line-events.ts';
import { MultilineText } from './multiline.ts';
import { followLinksBelow } from './rooted-path.ts';
import { Scratch } from './scratch.ts';
import type { SourceWork } from './source-work.ts';
import { Tallies } from './tallies.ts';
import { Targets, type DatedPath } from './targets.ts';

type Config = Infer<typeof fields>;

/** The smallest limit of bytes per second: what is read at once in Fluentd. */
const LEAST_BYTES_PER_SECOND = 8192;
/** What has a meaning of its own in paths. */
const RESERVED_DELIMITERS = ['/', '*', '%'];
/** Longest line without `max_line_size`, bytes: no output could deliver it, and it must not fill the memory. */
export const LONGEST_LINE = 64 * 1024 * 1024;

export function readSettings(config: Config, context: PluginContext): { work: SourceWork; targets: Targets } {
  if (!config.parse || config.path === undefined) throw new ConfigError([]); // told of already
  checkCombinations(config, context);
  const { log, clock } = context;
  const counters = makeCounters(context);
  tellOfUnmatched(config);
  const parser = context.create(config.parse);
  const encoding = readEncoding(config, context);
  const events = new LineEvents({
    parser, pathKey: config.path_key, emitUnmatched: config.emit_unmatched_lines, encoding, asBytes: config.encoding === undefined,
    log, clock, counters,
  });
  const rules = parser.multiline;
  const resolve = followLinksBelow((path) => context.path(path));
  const work: SourceWork = {
    router: context.router,
    log,
    clock,
    counters,
    tallies: new Tallies(context.metrics),
    events,
    scratch: new Scratch(),
    split: {
      maxLines: Math.max(1, config.read_lines_limit),
      maxLineSize: config.max_line_size ?? LONGEST_LINE,
      newline: (encoding ?? UNCHANGED).newline,
      keepReturn: rules !== undefined,
    },
    groups: readGroups(config, context),
    bytesPerSecond: readBytesPerSecond(config, context),
    emitUnmatched: config.emit_unmatched_lines,
    multilineFlushMs: config.multiline_flush_interval === undefined ? undefined : config.multiline_flush_interval * 1000,
    resolve,
    tagOf: compileTag(config.tag),
    multiline: (path) => rules && new MultilineText(parser, rules, events, config.encoding === undefined, (line, isEvent) => {
      if (!isEvent) counters.dropped.beforeFirstLine.add();
      log.warn(`got incomplete line before first line from ${path()}: ${toInspect(line)}`);
    }),
    tooLong(path, lines) {
      counters.lines.add(lines);
      counters.dropped.tooLong.add(lines);
      const message = `received line length is longer than ${config.max_line_size ?? LONGEST_LINE}`;
      for (let i = 0; i < lines; i++) log.warn(message, { path });
    },
    emitFailed({ path, tag }, lost, error) {
      counters.dropped.notEmitted.add(lost);
      log.error('events were lost because they could not be emitted', { path, tag, events: lost, error });
    },
  };
  const dated = datePaths(config, context);
  const targets = new Targets({
    paths: splitPaths(config, context).map(dated),
    excluded: config.exclude_path.map(dated),
    isPattern: patternTest(config.glob_policy),
    recentMs: config.limit_recently_modified === undefined ? undefined : config.limit_recently_modified * 1000,
    resolve,
    clock,
    log,
    unreadable: counters.unreadable,
  });
  return { work, targets };
}

function checkCombinations(config: Config, context: PluginContext): void {
  const problem = (message: string, name: string, hint?: string) => context.problem({ message, at: context.place(name), hint });
  if (config.read_gzip_rotated && config.pos_file === undefined)
    problem('read_gzip_rotated needs pos_file', 'read_gzip_rotated', 'set pos_file');
  if (config.follow_inodes && config.pos_file === undefined)
    problem("Can't follow inodes without pos_file configuration parameter", 'follow_inodes', 'set pos_file');
  if (!config.enable_watch_timer && !config.enable_stat_watcher)
    problem('either of enable_watch_timer or enable_stat_watcher must be true', 'enable_watch_timer');
  if (config.glob_policy === 'always' && config.path_delimiter === ',')
    problem('cannot use glob_policy as always with the default path_delimiter: `,"', 'glob_policy', 'set path_delimiter, for example to |');
  if (config.glob_policy === 'extended' && /\{.*,.*\}/.test(config.path) && patternTest('extended')(config.path))
    problem(`cannot include curly braces with glob patterns in \`${config.path}". Use glob_policy always instead.`, 'path', 'set glob_policy always, and path_delimiter');
  if (RESERVED_DELIMITERS.includes(config.path_delimiter))
    problem(`${RESERVED_DELIMITERS.join(', ')} are reserved words: ${config.path_delimiter}`, 'path_delimiter', 'use another one, such as |');
}

function splitPaths(config: Config, context: PluginContext): string[] {
  const paths = config.path.split(config.path_delimiter).map((path) => path.trim()).filter((path) => path !== '');
  if (paths.length === 0) context.problem({ message: "tail: 'path' parameter is required on tail input", at: context.place('path') });
  return paths;
}

/** Which paths have wildcards; in the others all characters are meant as they are. */
export function patternTest(policy: Config['glob_policy']): (path: string) => boolean {
  switch (policy) {
    case 'backward_compatible':
      return (path) => path.includes('*');
    case 'extended':
      return (path) => /[*?]|\[.*\]/.test(path);
    case 'always':
      return (path) => /[*?]|\[.*\]|\{.*,.*\}/.test(path);
  }
}

function datePaths(config: Config, context: PluginContext): (path: string) => DatedPath {
  const zone = config.path_timezone === undefined ? localZone() : parseZone(config.path_timezone);
  if (!zone)
    throw new ConfigError(`Unsupported timezone '${config.path_timezone}'`, context.place('path_timezone'), 'write +09:00, +0900 or Asia/Tokyo');
  return (path) => {
    if (!path.includes('%')) return () => path;
    const format = compileStrftime(path, zone);
    return () => format(context.clock.time());
  };
}

function readEncoding(config: Config, context: PluginContext): LineEncoding | undefined {
  const { encoding, from_encoding: from } = config;
  for (const [name, value] of [['encoding', encoding], ['from_encoding', from]] as const)
    if (value !== undefined && !isEncodingName(value) && !isUtf8Name(value))
      throw new ConfigError(`unknown encoding name - ${value}`, context.place(name), 'use names such as UTF-8, ISO-8859-1, Shift_JIS, GB18030 or UTF-16LE');
  if (from === undefined) return undefined;
  if (encoding === undefined)
    throw new ConfigError("tail: 'from_encoding' parameter must be specified with 'encoding' parameter.", context.place('from_encoding'), 'set encoding UTF-8');
  if (encoding.toLowerCase() === from.toLowerCase()) {
    context.log.warn(`'encoding' and 'from_encoding' are same encoding. No effect`);
    return undefined;
  }
  if (!isUtf8Name(encoding))
    throw new ConfigError(`text can be converted to UTF-8 only, found ${encoding}`, context.place('encoding'), 'set encoding UTF-8');
  return findEncoding(from);
}

function readBytesPerSecond(config: Config, context: PluginContext): number | undefined {
  const limit = config.read_bytes_limit_per_second;
  if (limit <= 0) return undefined;
  if (!config.enable_watch_timer)
    context.problem({ message: 'Need to enable watch timer when using log throttling feature', at: context.place('read_bytes_limit_per_second') });
  if (limit >= LEAST_BYTES_PER_SECOND) return limit;
  context.log.warn(`Should specify greater equal than ${LEAST_BYTES_PER_SECOND}. Use ${LEAST_BYTES_PER_SECOND} for read_bytes_limit_per_second`);
  return LEAST_BYTES_PER_SECOND;
}

function readGroups(config: Config, context: PluginContext): Groups | undefined {
  const { group } = config;
  if (!group) return undefined;
  let pattern: CompiledRegexp;
  try {
    pattern = compileRegexp(group.pattern.source, group.pattern.options);
    const names = new Set(pattern.groups.map(({ name }) => name));
    const rules = group.rule.map(({ match, limit }): GroupRule => {
      const compiled = compileMatch(match);
      for (const name of compiled.keys())
        if (!names.has(name))
          throw new ConfigError(`<rule> match has the key '${name}', which is no named group of <group> pattern`, context.element.at, `named groups: ${[...names].join(', ')}`);
      if (limit < -1) throw new ConfigError(`<rule> limit should be -1 or more, found ${limit}`, context.element.at);
      return { match: compiled, limit };
    });
    return new Groups(pattern, rules, Math.max(0.001, group.rate_period) * 1000);
  } catch (error) {
    if (error instanceof RegexpError) throw new ConfigError(`<group>: ${error.message}`, context.element.at);
    throw error;
  }
}

/** A parser that finds several events in one text makes events of the parts that do not fit itself. */
function tellOfUnmatched({ parse, emit_unmatched_lines: emit }: Config): void {
  const inner = parse!.config as Record<string, unknown>;
  if (emit && 'unmatched_lines' in inner) inner['unmatched_lines'] ??= 'true';
}
