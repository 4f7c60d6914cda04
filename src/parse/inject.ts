/** `<inject>`: fields that say where and when an event comes from, added on its way out. */
import { param, section } from '../config/params.ts';
import { ConfigError } from '../errors.ts';
import type { EventTime, Tag } from '../event.ts';
import { toFloat, toInteger, type LogRecord, type Value } from '../lib/value.ts';
import type { PluginContext } from '../plugin.ts';
import { createTimeFormatter } from '../time/index.ts';

const TIME_TYPES = ['float', 'unixtime', 'unixtime_millis', 'unixtime_micros', 'unixtime_nanos', 'string'] as const;

/** Declares the section: `inject: injectSection` among a plugin's fields. */
export const injectSection = section('Fields to add to each record.', {
  hostname_key: param.string('The field for the host name.', { optional: true }),
  hostname: param.string('The host name, if not that of the agent.', { optional: true }),
  worker_id_key: param.string('The field for the number of the worker.', { optional: true }),
  tag_key: param.string('The field for the tag.', { optional: true }),
  time_key: param.string('The field for the time.', { optional: true }),
  time_type: param.enum(TIME_TYPES, 'What the time looks like: seconds, parts of them, or text.', { default: 'float' }),
  time_format: param.string('The format of the time as text, as in strftime.', { optional: true }),
  localtime: param.bool('The time as text is in the local zone.', { default: true }),
  utc: param.bool('The time as text is in UTC.', { default: false }),
  timezone: param.string('The zone of the time as text: an offset such as +09:00, or a name such as Asia/Tokyo.', { optional: true }),
  time_format_fallbacks: param.array('Has no meaning here.', { default: [], noEffect: 'time_type has no value mixed in this section' }),
});

/** Values of {@link injectSection}. */
export interface InjectConfig {
  readonly hostname_key: string | undefined;
  readonly hostname: string | undefined;
  readonly worker_id_key: string | undefined;
  readonly tag_key: string | undefined;
  readonly time_key: string | undefined;
  readonly time_type: (typeof TIME_TYPES)[number];
  readonly time_format: string | undefined;
  readonly localtime: boolean;
  readonly utc: boolean;
  readonly timezone: string | undefined;
}

/** Gives the record with the added fields; the record itself if there are none. */
export type Inject = (tag: Tag, time: EventTime, record: LogRecord) => LogRecord;

/** Compiles the section; undefined if it is not there or adds nothing. Throws ConfigError. */
export function compileInject(config: InjectConfig | undefined, context: PluginContext): Inject | undefined {
  if (!config) return undefined;
  const { hostname_key, worker_id_key, tag_key, time_key } = config;
  if (hostname_key === undefined && worker_id_key === undefined && tag_key === undefined && time_key === undefined) return undefined;
  const hostname = config.hostname ?? context.system.hostname;
  const { workerId } = context;
  const timeValue = compileTimeValue(config, context);
  return (tag, time, record) => {
    const injected = new Map(record);
    if (hostname_key !== undefined) injected.set(hostname_key, hostname);
    if (worker_id_key !== undefined) injected.set(worker_id_key, workerId);
    if (tag_key !== undefined) injected.set(tag_key, tag);
    if (time_key !== undefined) injected.set(time_key, timeValue(time));
    return injected;
  };
}

function compileTimeValue(config: InjectConfig, context: PluginContext): (time: EventTime) => Value {
  switch (config.time_type) {
    case 'float':
      // Microseconds, cut off: what a double can hold.
      return ({ sec, nsec }) => toFloat((sec * 1e6 + Math.floor(nsec / 1000)) / 1e6);
    case 'unixtime':
      return ({ sec }) => sec;
    case 'unixtime_millis':
      return ({ sec, nsec }) => sec * 1000 + Math.floor(nsec / 1e6);
    case 'unixtime_micros':
      return ({ sec, nsec }) => sec * 1e6 + Math.floor(nsec / 1000);
    case 'unixtime_nanos':
      return ({ sec, nsec }) => toInteger(BigInt(sec) * 1_000_000_000n + BigInt(nsec));
    case 'string':
      break;
  }
  const element = context.element.elements.find(({ name }) => name === 'inject');
  const written = (name: 'localtime' | 'utc') => (element?.params.has(name) ? config[name] : undefined);
  const utc = written('utc');
  // Where nothing is written, an output's own default counts: UTC for some.
  const localtime = written('localtime') ?? (config.localtime || utc !== undefined ? undefined : false);
  try {
    return createTimeFormatter(
      { timeType: 'string', timeFormat: config.time_format, timezone: config.timezone, localtime, utc },
      { at: element?.at },
    );
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`<inject>: ${(error as Error).message}`, element?.at);
  }
}
