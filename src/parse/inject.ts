/** `<inject>`: tag, time, host name and worker id put into records before they are formatted. */
import { param, section, type Infer } from '../config/params.ts';
import { ConfigError } from '../errors.ts';
import type { EventTime, Tag } from '../event.ts';
import { toFloat, toInteger, type LogRecord, type Value } from '../lib/value.ts';
import type { PluginContext } from '../plugin.ts';
import { createTimeFormatter } from '../time/time-formatter.ts';
import { parseZone } from '../time/zone.ts';

const fields = {
  hostname_key: param.string('Field that gets the name of this machine.', { optional: true }),
  hostname: param.string('That name; the system\'s if absent.', { optional: true }),
  worker_id_key: param.string('Field that gets the number of the worker.', { optional: true }),
  tag_key: param.string('Field that gets the tag.', { optional: true }),
  time_key: param.string('Field that gets the time.', { optional: true }),
  time_type: param.enum(
    ['float', 'unixtime', 'unixtime_millis', 'unixtime_micros', 'unixtime_nanos', 'string'],
    'The form of that time: seconds with a fraction, whole seconds, milliseconds ..., or text.',
    { default: 'float' },
  ),
  time_format: param.string('Format of a time of the type string, as in strftime.', { optional: true }),
  localtime: param.bool('Times of the type string are local times.', { default: true }),
  utc: param.bool('Times of the type string are UTC.', { default: false }),
  timezone: param.string('The zone of times of the type string: an offset such as +09:00, or a name such as Asia/Tokyo.', { optional: true }),
  time_format_fallbacks: param.array('Not used; accepted because all time parameters are.', { default: [] }),
};

/** The `<inject>` section, for the declarations of outputs. */
export const injectFields = section('Tag, time, host name or worker id as fields of the records.', fields);

/** The values of {@link injectFields}. */
export type InjectConfig = Infer<typeof fields>;

/** A record with the injected fields; the given one stays as it is. */
export type Inject = (tag: Tag, time: EventTime, record: LogRecord) => LogRecord;

/** What an `<inject>` section does; undefined if there is none, or it injects nothing. Throws ConfigError. */
export function createInjector(config: InjectConfig | undefined, context: Pick<PluginContext, 'element' | 'system' | 'workerId'>): Inject | undefined {
  if (!config) return undefined;
  const { hostname_key: hostKey, worker_id_key: workerKey, tag_key: tagKey, time_key: timeKey } = config;
  const constants: [string, Value][] = [];
  if (hostKey !== undefined) constants.push([hostKey, config.hostname ?? context.system.hostname]);
  if (workerKey !== undefined) constants.push([workerKey, context.workerId]);
  const timeOf = timeKey === undefined ? undefined : injectedTime(config, context);
  if (constants.length === 0 && tagKey === undefined && !timeOf) return undefined;
  return (tag, time, record) => {
    const out = new Map(record);
    for (const [key, value] of constants) out.set(key, value);
    if (tagKey !== undefined) out.set(tagKey, tag);
    if (timeKey !== undefined && timeOf) out.set(timeKey, timeOf(time));
    return out;
  };
}

function injectedTime(config: InjectConfig, { element }: Pick<PluginContext, 'element'>): (time: EventTime) => Value {
  switch (config.time_type) {
    case 'float':
      return ({ sec, nsec }) => toFloat(Number(`${sec}.${String(Math.floor(nsec / 1000)).padStart(6, '0')}`));
    case 'unixtime':
      return ({ sec }) => sec;
    case 'unixtime_millis':
      return ({ sec, nsec }) => sec * 1000 + Math.floor(nsec / 1_000_000);
    case 'unixtime_micros':
      return ({ sec, nsec }) => sec * 1_000_000 + Math.floor(nsec / 1000);
    case 'unixtime_nanos':
      return ({ sec, nsec }) => toInteger(BigInt(sec) * 1_000_000_000n + BigInt(nsec));
    case 'string': {
      const written = element.elements.find(({ name }) => name === 'inject');
      const at = written?.params.get('timezone')?.at ?? written?.at;
      if (config.timezone !== undefined && !parseZone(config.timezone)) throw new ConfigError(`Unsupported timezone '${config.timezone}'`, at);
      return createTimeFormatter(
        {
          timeType: 'string',
          timeFormat: config.time_format,
          timezone: config.timezone,
          localtime: written?.params.has('localtime') ? config.localtime : undefined,
          utc: written?.params.has('utc') ? config.utc : undefined,
        },
        { at },
      );
    }
  }
}
