/**
 * What to do with each event of a stream: how the configured mode decides.
 *
 * A step is a set of bits, carried out in the order of the constants below.
 */
import { compileRegexp, ConfigError } from '#logferry';
import type { LogRecord, PluginContext, Value } from '#logferry';
import type { ConcatConfig } from './fields.ts';

/** The open event is complete; it does not include this one. */
export const FLUSH_BEFORE = 1;
/** This one belongs to the open event (or opens one). */
export const APPEND = 2;
/** The open event is complete with this one. */
export const FLUSH_AFTER = 4;
/** This one goes on by itself. */
export const PASS = 8;

export interface Pattern {
  /** The expression between the slashes. */
  readonly source: string;
  test(text: string): boolean;
}

/** Names of the fields that Docker adds to the parts of a split message. */
export interface DockerFields {
  /** The field that only parts have. The journald driver leaves `message` out of the last part. */
  readonly mark: string;
  readonly message: string;
  readonly id: string;
  readonly ordinal: string;
  readonly last: string;
}

export type Mode =
  | { readonly kind: 'lines'; readonly count: number }
  | { readonly kind: 'regexp'; readonly start?: Pattern; readonly end?: Pattern; readonly continues?: Pattern }
  | { readonly kind: 'partial'; readonly key: string; readonly value: string }
  | { readonly kind: 'cri'; readonly key: string }
  | { readonly kind: 'docker'; readonly fields: DockerFields };

const DOCKER_FIELDS: Readonly<Record<ConcatConfig['partial_metadata_format'], DockerFields>> = {
  'docker-fluentd': { mark: 'partial_message', message: 'partial_message', id: 'partial_id', ordinal: 'partial_ordinal', last: 'partial_last' },
  'docker-journald': {
    mark: 'CONTAINER_PARTIAL_ID',
    message: 'CONTAINER_PARTIAL_MESSAGE',
    id: 'CONTAINER_PARTIAL_ID',
    ordinal: 'CONTAINER_PARTIAL_ORDINAL',
    last: 'CONTAINER_PARTIAL_LAST',
  },
  'docker-journald-lowercase': {
    mark: 'container_partial_id',
    message: 'container_partial_message',
    id: 'container_partial_id',
    ordinal: 'container_partial_ordinal',
    last: 'container_partial_last',
  },
};

/** Reads the mode from the configuration; a ConfigError if none or two that exclude each other are given. */
export function readMode(config: ConcatConfig, context: PluginContext): Mode {
  const given = [
    config.n_lines !== undefined && 'n_lines',
    (config.multiline_start_regexp ?? config.multiline_end_regexp) !== undefined && 'multiline_start_regexp/multiline_end_regexp',
    config.partial_key !== undefined && 'partial_key',
    config.use_partial_metadata && 'use_partial_metadata',
    config.use_partial_cri_logtag && 'use_partial_cri_logtag',
  ].filter((name) => name !== false);
  if (given.length > 1) throw new ConfigError(`${given.join(' and ')} are exclusive`, context.element.at, 'choose one');
  if (given.length === 0) {
    throw new ConfigError(
      'Either n_lines, multiline_start_regexp, multiline_end_regexp, partial_key, use_partial_metadata or use_partial_cri_logtag is required',
      context.element.at,
    );
  }
  if (config.n_lines !== undefined) return { kind: 'lines', count: config.n_lines };
  if (config.partial_key !== undefined) {
    if (config.partial_value === undefined) {
      throw new ConfigError('partial_value is required when partial_key is specified', context.place('partial_key'));
    }
    return { kind: 'partial', key: config.partial_key, value: config.partial_value };
  }
  if (config.use_partial_metadata) return { kind: 'docker', fields: DOCKER_FIELDS[config.partial_metadata_format] };
  if (config.use_partial_cri_logtag) {
    if (config.partial_cri_logtag_key === undefined) {
      throw new ConfigError(
        'partial_cri_logtag_key is required when use_partial_cri_logtag is specified',
        context.place('use_partial_cri_logtag'),
        'name the field that has F or P, such as logtag',
      );
    }
    return { kind: 'cri', key: config.partial_cri_logtag_key };
  }
  return {
    kind: 'regexp',
    start: compile(config.multiline_start_regexp, 'multiline_start_regexp', context),
    end: compile(config.multiline_end_regexp, 'multiline_end_regexp', context),
    continues: compile(config.continuous_line_regexp, 'continuous_line_regexp', context),
  };
}

function compile(text: string | undefined, name: string, context: PluginContext): Pattern | undefined {
  if (text === undefined) return undefined;
  // Fluentd takes the first and the last character away, whatever they are.
  const source = text.slice(1, -1);
  try {
    return compileRegexp(source);
  } catch (error) {
    throw new ConfigError(`${name}: ${(error as Error).message}`, context.place(name), 'write it as /expression/');
  }
}

/** Fields that the joined event does not keep. */
export function droppedFields(mode: Mode, config: ConcatConfig): ReadonlySet<string> {
  switch (mode.kind) {
    case 'partial':
      return new Set(config.keep_partial_key ? [] : [mode.key]);
    case 'cri':
      return new Set([config.partial_cri_stream_key, ...(config.keep_partial_key ? [] : [mode.key])]);
    case 'docker':
      return new Set(config.keep_partial_metadata ? [] : Object.values(mode.fields));
    case 'lines':
    case 'regexp':
      return new Set();
  }
}

/** The field of a joined event that has the last part's value, not the first's. */
export function fieldOfLast(mode: Mode): string | undefined {
  return mode.kind === 'partial' || mode.kind === 'cri' ? mode.key : undefined;
}

/** The step of `regexp` mode; `count` parts are open. `pattern(text)` must hold or be undefined. */
export function regexpStep(
  mode: Mode & { kind: 'regexp' },
  count: number,
  matches: (pattern: Pattern) => boolean,
): number {
  if (mode.start && matches(mode.start)) {
    const open = count === 0 ? APPEND : FLUSH_BEFORE | APPEND;
    return mode.end && matches(mode.end) ? open | FLUSH_AFTER : open;
  }
  if (mode.end && matches(mode.end)) return APPEND | FLUSH_AFTER;
  if (count === 0) return mode.start ? PASS : APPEND;
  return !mode.continues || matches(mode.continues) ? APPEND : FLUSH_BEFORE | PASS;
}

/** Whether a record is none of the parts that the mode is about: it goes on as it is. */
export function isApart(mode: Mode, record: LogRecord): boolean {
  if (mode.kind === 'partial') return !record.has(mode.key);
  return mode.kind === 'docker' && !record.has(mode.fields.mark);
}

/** The step for a record whose key has `value`; `count` parts of its stream are open. */
export function recordStep(mode: Mode, record: LogRecord, value: Value, count: number): number {
  switch (mode.kind) {
    case 'lines':
      return count + 1 >= mode.count ? APPEND | FLUSH_AFTER : APPEND;
    case 'partial':
      return record.get(mode.key) === mode.value ? APPEND : APPEND | FLUSH_AFTER;
    case 'cri':
      return isCriWhole(record.get(mode.key)) ? APPEND | FLUSH_AFTER : APPEND;
    case 'docker':
      return record.get(mode.fields.last) === 'true' ? APPEND | FLUSH_AFTER : APPEND;
    case 'regexp': {
      if (value !== null && typeof value !== 'string') return PASS;
      return regexpStep(mode, count, (pattern) => value !== null && pattern.test(value));
    }
  }
}

/** `F`, alone or before a colon and more flags; what has no flag is whole as well. */
function isCriWhole(flag: Value | undefined): boolean {
  return typeof flag !== 'string' || (flag[0] === 'F' && (flag.length === 1 || flag[1] === ':'));
}
