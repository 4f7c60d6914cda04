/** The time parameters that parsers and formatters of Fluentd share. */
import { ConfigError, type Location } from '../errors.ts';
import { systemContext, type TimeContext } from './instant.ts';
import { parseZone, UTC, type Zone } from './zone.ts';

export type TimeType = 'string' | 'float' | 'unixtime' | 'mixed';

/** Values of `time_type`, `time_format`, `timezone`, `localtime`, `utc` and `time_format_fallbacks`. */
export interface TimeSettings {
  readonly timeType?: TimeType | undefined;
  readonly timeFormat?: string | undefined;
  readonly timezone?: string | undefined;
  /** As configured: undefined if the parameter is not there. */
  readonly localtime?: boolean | undefined;
  /** As configured: undefined if the parameter is not there. */
  readonly utc?: boolean | undefined;
  readonly fallbacks?: readonly string[] | undefined;
}

/** Where the settings stand in a configuration, and what surrounds them. */
export interface TimeOptions {
  readonly at?: Location | undefined;
  readonly context?: TimeContext | undefined;
}

/** The zone that settings name: undefined for the zone of the process. Throws ConfigError. */
export function configuredZone(settings: TimeSettings, at?: Location): Zone | undefined {
  const { timezone, localtime, utc } = settings;
  if (localtime !== undefined && utc !== undefined && localtime === utc) {
    throw new ConfigError('both of utc and localtime are specified, use only one of them', at);
  }
  if (timezone !== undefined) {
    const zone = parseZone(timezone);
    if (zone) return zone;
    const hint = "write an offset such as '+09:00' or a name such as 'Asia/Tokyo'";
    throw new ConfigError(`Unsupported timezone '${timezone}'`, at, hint);
  }
  const isLocal = localtime ?? !(utc ?? false);
  return isLocal && !utc ? undefined : UTC;
}

/** As {@link configuredZone}, with the zone of the process itself. */
export function effectiveZone(settings: TimeSettings, options: TimeOptions = {}): Zone {
  return configuredZone(settings, options.at) ?? (options.context ?? systemContext).local;
}
