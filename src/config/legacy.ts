/**
 * Flat parameters of old configurations, rewritten as the sections that replaced them:
 * `format json` becomes `<parse> @type json`, `buffer_type file` becomes `<buffer> @type file`, ...
 * A section that is written itself wins: then the flat ones are left alone.
 */
import type { ConfigProblem } from '../errors.ts';
import type { LegacyGroup } from '../plugin.ts';
import type { AnyDefinition } from '../registry.ts';
import type { ConfigElement, ConfigValue } from './element.ts';
import type { Fields } from './params.ts';

/** Old name -> name in the section, by group. Those that need more than a new name are handled in code. */
export const LEGACY_NAMES: Readonly<Record<LegacyGroup, Readonly<Record<string, string>>>> = {
  buffer: {
    buffer_type: '@type', buffer_path: 'path', num_threads: 'flush_thread_count', flush_interval: 'flush_interval',
    try_flush_interval: 'flush_thread_interval', queued_chunk_flush_interval: 'flush_thread_burst_interval',
    disable_retry_limit: 'retry_forever', retry_limit: 'retry_max_times', max_retry_wait: 'retry_max_interval',
    retry_wait: 'retry_wait', buffer_chunk_limit: 'chunk_limit_size', buffer_queue_limit: 'queue_limit_length',
    buffer_queue_full_action: 'overflow_action', flush_at_shutdown: 'flush_at_shutdown',
    time_slice_wait: 'timekey_wait', timezone: 'timekey_zone',
  },
  inject: { time_key: 'time_key', time_format: 'time_format', timezone: 'timezone', tag_key: 'tag_key' },
  extract: { time_key: 'time_key', time_format: 'time_format', timezone: 'timezone', tag_key: 'tag_key' },
  parser: {
    format: '@type', types: 'types', keys: 'keys', time_key: 'time_key', time_format: 'time_format', delimiter: 'delimiter',
    keep_time_key: 'keep_time_key', null_empty_string: 'null_empty_string', null_value_pattern: 'null_value_pattern',
    json_parser: 'json_parser', label_delimiter: 'label_delimiter', format_firstline: 'format_firstline',
    message_key: 'message_key', with_priority: 'with_priority', message_format: 'message_format',
    rfc5424_time_format: 'rfc5424_time_format',
    ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`format${i + 1}`, `format${i + 1}`])), // of multiline
  },
  formatter: {
    format: '@type', delimiter: 'delimiter', force_quotes: 'force_quotes', keys: 'keys', fields: 'fields',
    json_parser: 'json_parser', label_delimiter: 'label_delimiter', output_time: 'output_time', output_tag: 'output_tag',
    localtime: 'localtime', utc: 'utc', timezone: 'timezone', message_key: 'message_key', add_newline: 'add_newline',
    output_type: 'output_type',
  },
};

const SECTIONS: Readonly<Record<LegacyGroup, string>> = {
  buffer: 'buffer', inject: 'inject', extract: 'extract', parser: 'parse', formatter: 'format',
};

/** Parameters that make a group worth a section; the others only go along. */
const TRIGGERS: Readonly<Record<LegacyGroup, (params: ReadonlyMap<string, ConfigValue>) => boolean>> = {
  buffer: (params) => [...Object.keys(LEGACY_NAMES.buffer), 'time_slice_format'].some((name) => params.has(name)),
  inject: (params) => isTrue(params.get('include_time_key')) || isTrue(params.get('include_tag_key')),
  extract: (params) => params.has('time_key') || params.has('tag_key'),
  parser: (params) => params.has('format'),
  formatter: (params) => params.has('format'),
};

/** The element with sections in place of the old flat parameters that this plugin took. */
export function withLegacySections(
  original: ConfigElement,
  definition: AnyDefinition,
  warn: (problem: ConfigProblem) => void,
): ConfigElement {
  let element = original;
  /** A flat parameter may serve two groups (`time_format` of parser and inject): removed at the end. */
  const moved = new Set<string>();
  for (const group of definition.legacy ?? []) {
    const section = SECTIONS[group];
    if (element.elements.some((child) => child.name === section)) continue;
    if (!TRIGGERS[group](original.params)) continue;
    const own = group === 'buffer' ? new Set<string>() : ownParams(definition.config as Fields);
    const { params, arg } = sectionOf(group, original, own, moved);
    const at = original.at;
    element = { ...element, elements: [...element.elements, { name: section, arg, at, params, elements: [] }] };
    warn({ message: `parameters of old configurations in <${original.name}> are read as a <${section}> section`, at });
  }
  if (element === original) return original;
  return { ...element, params: new Map([...element.params].filter(([name]) => !moved.has(name))) };
}

/** Names that the plugin itself takes as parameters. */
function ownParams(fields: Fields): Set<string> {
  return new Set(Object.entries(fields).flatMap(([name, field]) => (field.kind === 'param' ? [name] : [])));
}

function sectionOf(group: LegacyGroup, element: ConfigElement, own: ReadonlySet<string>, moved: Set<string>) {
  const params = new Map<string, ConfigValue>();
  let arg = '';
  for (const [old, name] of Object.entries(LEGACY_NAMES[group])) {
    const value = element.params.get(old);
    if (!value || own.has(old)) continue;
    moved.add(old);
    params.set(name, value);
  }
  const take = (name: string): ConfigValue | undefined => {
    const value = element.params.get(name);
    if (value && !own.has(name)) moved.add(name);
    return own.has(name) ? undefined : value;
  };
  switch (group) {
    case 'buffer':
      arg = bufferArgument(element, params, take);
      break;
    case 'inject':
      injectTimes(params, element, take);
      break;
    case 'extract':
    case 'parser':
      zone(params, element, take);
      break;
    case 'formatter':
      break;
  }
  return { params, arg };
}

/** `time_slice_format %Y%m%d%H` is the chunk key time with an hour's timekey. */
function bufferArgument(
  element: ConfigElement,
  params: Map<string, ConfigValue>,
  take: (name: string) => ConfigValue | undefined,
): string {
  const action = params.get('overflow_action');
  // The one value that has another name now.
  if (action?.text === 'exception') params.set('overflow_action', { ...action, text: 'throw_exception' });
  const slice = take('time_slice_format');
  const path = element.params.get('path');
  if (isTrue(element.params.get('utc'))) {
    take('utc');
    params.set('timekey_use_utc', { text: 'true', at: element.at });
  }
  if (take('localtime')) params.set('timekey_use_utc', { text: 'false', at: element.at });
  const timed = slice ?? (element.params.get('@type')?.text === 'file' ? path : undefined);
  if (!timed) return '';
  params.set('timekey', { text: String(sliceSeconds(slice?.text ?? '%Y%m%d')), at: timed.at });
  return 'time';
}

/** The shortest span that a strftime text tells apart. */
function sliceSeconds(format: string): number {
  if (/%[SsTXcLN]/.test(format)) return 1;
  if (/%[MR]/.test(format)) return 60;
  if (/%[HIkl]/.test(format)) return 3600;
  return 86_400;
}

function injectTimes(
  params: Map<string, ConfigValue>,
  element: ConfigElement,
  take: (name: string) => ConfigValue | undefined,
): void {
  const time = isTrue(take('include_time_key'));
  const tag = isTrue(take('include_tag_key'));
  if (time) {
    if (!params.has('time_key')) params.set('time_key', { text: 'time', at: element.at });
    params.set('time_type', { text: 'string', at: element.at });
  } else for (const name of ['time_key', 'time_format', 'timezone']) params.delete(name);
  if (tag) {
    if (!params.has('tag_key')) params.set('tag_key', { text: 'tag', at: element.at });
  } else params.delete('tag_key');
  if (time) zone(params, element, take);
}

function zone(
  params: Map<string, ConfigValue>,
  element: ConfigElement,
  take: (name: string) => ConfigValue | undefined,
): void {
  const utc = take('utc');
  const local = take('localtime');
  if (utc && isTrue(utc)) {
    params.set('localtime', { text: 'false', at: element.at });
    params.set('utc', { text: 'true', at: element.at });
  } else if (local && isTrue(local)) params.set('localtime', { text: 'true', at: element.at });
}

function isTrue(value: ConfigValue | undefined): boolean {
  return value !== undefined && /^(true|yes|)$/.test(value.text);
}
